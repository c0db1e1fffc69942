"""Saliency maps: Guided Backpropagation, Grad-CAM and their product, from one forward pass for all.

What is explained is the sum of a head's logits. Logit m of K - 1 says "the class is above m", so the sum is evidence
for a higher class over all cuts; for a binary head it is its one logit.

Guided Backpropagation: Springenberg et al. 2015; Grad-CAM and Guided Grad-CAM: Selvaraju et al. 2017. The maps equal
Captum's (LayerGradCam with ReLU, GuidedGradCam with trilinear interpolation). `autograd` is the readable way and
the reference; `onednn.engine` is twice as fast and is taken where it can be. Both agree with the same network in
float64 to a hundredth of a map's maximum in every voxel (measured: 8e-4 with the demo's weights, `onednn/README.md`).
What is left comes from values so near 0 before a ReLU that float32 puts them on its other side.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from ich_model.choices import all_chosen, chosen
from ich_model.jobs.queue import EXPLANATIONS, FairQueue, Watch
from ich_model.network.inference import check_fits
from ich_model.network.network import SALIENCY_LAYER, MultiTaskNetwork
from ich_model.network.preprocessing import NetworkInput
from ich_model.network.weights import LoadedNetwork
from ich_model.saliency import captum_reference, published_scaling
from ich_model.saliency.gradients.autograd import AutogradPass
from ich_model.saliency.gradients.base import Evidence, Pass
from ich_model.saliency.gradients.onednn.engine import EnginePass, can_explain
from ich_model.saliency.saliency_map import INPUT_LAYER, Engine, Form, Method, SaliencyMap
from ich_model.tasks import Task
from ich_model.variants import Encoder

LAYERS = {
    Encoder.DENSENET121: SALIENCY_LAYER,
    Encoder.PLAIN_CNN: "encoder.features.10",  # its last convolution
}
"""Where Grad-CAM is taken, by encoder."""


@dataclass(frozen=True)
class Row:
    """A method: the map (1, 1, D, H, W) it makes, and the same as published where the paper's tool has it.

    `at_layer` says whether the map is made at a layer or at the input, `through_captum` whether Captum makes it (then
    it is slow), `native_shape` the map's shape where it is neither the layer's nor the input's.
    """

    of: Callable[[Evidence], Tensor]
    published: Callable[[Evidence], Tensor] | None = None
    at_layer: bool = False
    through_captum: bool = False
    native_shape: tuple[int, int, int] | None = None


METHODS = {
    Method.GUIDED_BACKPROP: Row(lambda evidence: evidence.guided_gradient, published_scaling.guided_backprop),
    Method.GRAD_CAM: Row(lambda evidence: evidence.cam_on_grid, published_scaling.grad_cam, at_layer=True),
    Method.GUIDED_GRAD_CAM: Row(
        lambda evidence: evidence.cam_on_grid * evidence.guided_gradient, published_scaling.guided_grad_cam,
        at_layer=True
    ),
    Method.OCCLUSION: Row(captum_reference.occlusion, through_captum=True, native_shape=captum_reference.WINDOWS),
    Method.INTEGRATED_GRADIENTS: Row(captum_reference.integrated_gradients, through_captum=True),
}


def explain(
    loaded: LoadedNetwork, network_input: NetworkInput, *, method: str, task: Task | str, layer: str | None = None
) -> SaliencyMap:
    """The saliency map of one task by one method; `layer` is a module's name, by default the encoder's in `LAYERS`."""
    return explain_all(loaded, network_input, methods=(method,), tasks=(task,), layer=layer)[0]


def explain_all(
    loaded: LoadedNetwork,
    network_input: NetworkInput,
    *,
    methods: Iterable[str],
    tasks: Iterable[Task | str],
    layer: str | None = None,
    form: Form | str = Form.SIGNED,
    engine: Engine | str | None = None,
    watch: Watch | None = None,
    queue: FairQueue = EXPLANATIONS,
) -> list[SaliencyMap]:
    """The saliency maps of several tasks, each by several methods, from one forward pass; ordered by task.

    The fast engine is taken where it can be, unless `engine` names one. It waits for its turn in `queue`, and `watch`
    follows and stops it. Methods, tasks, form and engine may be given as texts.
    """
    check_fits(loaded, network_input)
    rows = all_chosen(Method, methods, noun="saliency method")
    form = chosen(Form, form, noun="form of a map")
    _check_form(rows, form)
    targets = [loaded.variant.head_of(task).target for task in all_chosen(Task, tasks, noun="task")]
    layer = layer or LAYERS[loaded.variant.encoder]
    _check_layer(loaded.network, layer)
    engine = chosen(Engine, engine, noun="engine") if engine else engine_for(loaded, layer)
    watch = watch or Watch()
    maps: list[SaliencyMap] = []
    with queue.turn(watch), torch.inference_mode(False), torch.enable_grad():
        run = _pass(loaded.network, network_input.values, layer=layer, engine=engine, watch=watch)
        for target in targets:
            evidence = run.evidence(target)
            for method in rows:
                origin = _Origin(loaded, network_input.name, method, form=form, layer=layer, engine=engine)
                maps.append(_map_of(evidence, origin))
                watch.on_step(len(maps), len(targets) * len(rows))
    return maps


def engine_for(loaded: LoadedNetwork, layer: str | None = None) -> Engine:
    """The engine that explains a network at a layer (by default the encoder's in `LAYERS`)."""
    layer = layer or LAYERS[loaded.variant.encoder]
    return Engine.ONEDNN if can_explain(loaded.network, layer) else Engine.AUTOGRAD


def origin_of(loaded: LoadedNetwork, *, method: str, layer: str | None = None) -> tuple[str, Engine]:
    """Where a method's map would be made, and by which engine; the layer is by default the encoder's in `LAYERS`."""
    row = METHODS[method_named(method)]
    engine = Engine.CAPTUM if row.through_captum else engine_for(loaded, layer)
    return (layer or LAYERS[loaded.variant.encoder]) if row.at_layer else INPUT_LAYER, engine


def method_named(name: str) -> Method:
    """The method of a name; ValueError names the methods there are."""
    return chosen(Method, name, noun="saliency method")


def _pass(network: MultiTaskNetwork, values: np.ndarray, *, layer: str, engine: Engine, watch: Watch) -> Pass:
    if engine is Engine.AUTOGRAD:
        return AutogradPass(network, values, layer=layer, watch=watch)
    if engine is Engine.ONEDNN and can_explain(network, layer):
        return EnginePass(network, values, watch=watch)
    raise ValueError(f"engine {engine}: cannot explain {network.variant.key} at {layer}; take {Engine.AUTOGRAD}")


@dataclass(frozen=True)
class _Origin:
    """Where a map comes from, before it is made."""

    loaded: LoadedNetwork
    case: str
    method: Method
    form: Form
    layer: str
    engine: Engine


def _map_of(evidence: Evidence, origin: _Origin) -> SaliencyMap:
    """The map of one method with its origin."""
    row, run, target = METHODS[origin.method], evidence.run, evidence.target
    manifest = origin.loaded.manifest
    values = _in_form(row, evidence, origin.form)[0, 0].cpu().numpy()
    if not np.isfinite(values).all():
        raise ValueError(
            f"{origin.case}: {origin.method} of {target.key} is not finite; replace weights {manifest.weights_id}"
        )
    depth, height, width = run.activation.shape[2:] if row.at_layer else run.grid
    return SaliencyMap(
        case=origin.case,
        variant=origin.loaded.variant.key,
        weights_id=manifest.weights_id,
        synthetic_weights=manifest.synthetic,
        target=target,
        method=origin.method,
        form=origin.form,
        layer=origin.layer if row.at_layer else INPUT_LAYER,
        engine=Engine.CAPTUM if row.through_captum else origin.engine,
        native_shape=row.native_shape or (depth, height, width),
        cumulative=tuple(torch.sigmoid(run.logits[target.key][0]).tolist()),
        values=values,
    )


def _in_form(row: Row, evidence: Evidence, form: Form) -> Tensor:
    if form is Form.PUBLISHED:
        if row.published is None:
            raise ValueError("a method without a published form; expected one that `_check_form` lets through")
        return row.published(evidence)
    return row.of(evidence).abs() if form is Form.ABSOLUTE else row.of(evidence)


def _check_form(methods: Iterable[Method], form: Form) -> None:
    """Refuses the published form of a method that the paper's tool has not."""
    for method in methods:
        if form is Form.PUBLISHED and METHODS[method].published is None:
            raise ValueError(f"{method}: has no published form; take {Form.SIGNED} or {Form.ABSOLUTE}")


def _check_layer(network: MultiTaskNetwork, layer: str) -> None:
    """Refuses a layer that the network has not, or that makes no feature maps."""
    module = dict(network.named_modules()).get(layer)
    if not isinstance(module, nn.Conv3d):
        usual = LAYERS[network.variant.encoder]
        raise ValueError(f"layer {layer!r}: expected a convolution of {network.variant.key}, such as {usual}")
