"""The published validation pipeline of MONAI transforms, from a skull-stripped file to the network's input."""

import importlib.util
import warnings
from pathlib import Path

import numpy as np
from monai.transforms import (
    Compose,
    EnsureChannelFirst,
    Flip,
    LoadImage,
    Resize,
    Rotate90,
    ScaleIntensityRange,
    SpatialPad,
    ThresholdIntensity,
    Transform,
    Transpose,
)

WINDOW_HU = (15, 100)
READER = "ITKReader" if importlib.util.find_spec("itk") else "NibabelReader"
"""The paper's reader where its package is installed; the other returns the same array."""


def published_pipeline(grid: tuple[int, int, int], *, reader: str) -> Compose:
    """The pipeline of Cobo et al. 2024 from a file to (1, D, H, W) on a grid; the paper's reader is "ITKReader".

    The array is used in the file's storage order. "NibabelReader" returns the same array and needs no further package.
    """
    return Compose([quiet_load(reader), EnsureChannelFirst(), *array_transforms(grid)])


def quiet_load(reader: str) -> LoadImage:
    """MONAI's loader with one of its readers."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="NvImgCodec")  # MONAI tries a GPU reader that is not needed
        return LoadImage(reader=reader, image_only=True)


def array_transforms(grid: tuple[int, int, int]) -> list[Transform]:
    """The transforms after loading, of an array (1, I, J, K)."""
    depth, height, width = grid
    return [
        Rotate90(k=3, spatial_axes=(0, 1)),
        Flip(spatial_axis=1),
        ScaleIntensityRange(a_min=WINDOW_HU[0], a_max=WINDOW_HU[1], b_min=0, b_max=1, clip=False),
        ThresholdIntensity(threshold=0, above=True, cval=0),
        ThresholdIntensity(threshold=1, above=False, cval=0),
        SpatialPad(spatial_size=(-1, -1, depth), method="symmetric"),
        Resize(spatial_size=(height, width, depth), mode="area"),
        Transpose((0, 3, 1, 2)),
    ]


def published_input(path: Path, grid: tuple[int, int, int], *, reader: str) -> np.ndarray:
    """A file's network input (1, D, H, W) by the published pipeline."""
    return np.asarray(published_pipeline(grid, reader=reader)(str(path)))
