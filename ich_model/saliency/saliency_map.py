"""A saliency map with where it came from. Torch-free."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from ich_model.tasks import Target, Task


class Method(StrEnum):
    """How a network's output is traced back to voxels."""

    GUIDED_BACKPROP = "guided_backprop"
    GRAD_CAM = "grad_cam"
    GUIDED_GRAD_CAM = "guided_grad_cam"
    OCCLUSION = "occlusion"
    INTEGRATED_GRADIENTS = "integrated_gradients"


def stem_of(method: str, task: str) -> str:
    """The name of a map's files, without an ending: "grad_cam_prognosis"."""
    return f"{method}_{task}"


class Form(StrEnum):
    """What of a map is given back: the values with their sign, without it, or the paper's way to show them."""

    SIGNED = "signed"
    ABSOLUTE = "absolute"
    PUBLISHED = "published"


class Engine(StrEnum):
    """What made a map: our CPU engine, autograd (the reference), or Captum."""

    ONEDNN = "onednn"
    AUTOGRAD = "autograd"
    CAPTUM = "captum"


INPUT_LAYER = "input"  # the layer of a method that goes back to the voxels themselves


@dataclass(frozen=True, eq=False, kw_only=True)
class SaliencyMap:
    """What in one case spoke for a higher class of one task (worse prognosis, deeper coma, higher age).

    `values` (D, H, W) float32 lie on the network's grid. In the signed form above 0 is evidence for the higher class,
    and all methods but Grad-CAM also have values below 0. `native_shape` is the map's shape where it was made, at
    `layer`: everything finer is interpolation. `cumulative` are the network's outputs for the target, 0 to 1.
    """

    case: str
    variant: str
    weights_id: str
    synthetic_weights: bool
    target: Target
    method: Method
    form: Form
    layer: str
    engine: Engine
    native_shape: tuple[int, int, int]
    cumulative: tuple[float, ...]
    values: np.ndarray

    @property
    def task(self) -> Task:
        """The task whose output was explained."""
        return self.target.task

    @property
    def stem(self) -> str:
        """Name of its files, without an ending."""
        return stem_of(self.method, self.task)

    @property
    def empty(self) -> bool:
        """Whether there is no evidence at this layer: the map is 0 everywhere."""
        return not self.values.any()
