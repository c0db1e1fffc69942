"""One implementation of saliency maps, timed in a process of its own:
`python -m benchmarks.peers.saliency WAY --out FOLDER ...`.

Writes `result.json` (seconds and CPU seconds of the second call, peak memory) and `map.npy`, the Guided Grad-CAM
(D, H, W) of the first output.
"""

import argparse
import copy
import json
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from ich_model.network import weights
from ich_model.network.network import SALIENCY_LAYER
from ich_model.network.preprocessing import NetworkInput, to_input
from ich_model.network.weights import LoadedNetwork
from ich_model.saliency import methods
from ich_model.saliency.saliency_map import Engine, Method
from ich_model.scans import skull_strip, volume
from ich_model.variants import PUBLISHED_GRID

SCAN = weights.DEMO_WEIGHTS.parents[1] / "cases" / "demo-01.nii.gz"
METHODS = (Method.GUIDED_BACKPROP, Method.GRAD_CAM, Method.GUIDED_GRAD_CAM)
Way = Callable[[LoadedNetwork, NetworkInput, int], Callable[[], np.ndarray | None]]


class OneOutput(nn.Module):
    """The network as the peers require it: one output (N, 1), the summed logits of a head, and ReLUs not in place."""

    def __init__(self, loaded: LoadedNetwork, number: int) -> None:
        super().__init__()
        self.network = copy.deepcopy(loaded.network)
        self.key = loaded.variant.heads[number].target.key
        for module in self.network.modules():
            if isinstance(module, nn.ReLU):
                module.inplace = False

    def forward(self, x: Tensor) -> Tensor:
        """The output (N, 1) for a batch (N, 1, D, H, W)."""
        logits: dict[str, Tensor] = self.network(x)
        return logits[self.key].sum(dim=1, keepdim=True)


def forward(loaded: LoadedNetwork, case: NetworkInput, _n_outputs: int) -> Callable[[], None]:
    """The forward pass alone on an input (1, D, H, W), a lower bound for any method."""
    x = torch.from_numpy(case.values)[None]

    def run() -> None:
        with torch.inference_mode():
            loaded.network(x)

    return run


def ours(engine: Engine) -> Way:
    """All three methods by one of our engines, maps (D, H, W)."""

    def way(loaded: LoadedNetwork, case: NetworkInput, n_outputs: int) -> Callable[[], np.ndarray]:
        tasks = loaded.variant.tasks[:n_outputs]

        def run() -> np.ndarray:
            maps = methods.explain_all(loaded, case, methods=METHODS, tasks=tasks, engine=engine)
            return maps[len(METHODS) - 1].values

        return run

    return way


def heads(loaded: LoadedNetwork, n_outputs: int) -> list[tuple[OneOutput, nn.Module]]:
    """The first outputs as networks of one output, each with its target layer."""
    made = [OneOutput(loaded, number) for number in range(n_outputs)]
    return [(head, head.network.get_submodule(SALIENCY_LAYER)) for head in made]


def captum(*, frozen: bool) -> Way:
    """Captum's Guided Grad-CAM (D, H, W) alone, one output at a time; `frozen` means without weight gradients."""

    def way(loaded: LoadedNetwork, case: NetworkInput, n_outputs: int) -> Callable[[], np.ndarray]:
        from captum.attr import GuidedGradCam

        explainers = [GuidedGradCam(head.requires_grad_(not frozen), layer) for head, layer in heads(loaded, n_outputs)]

        def run() -> np.ndarray:
            x = torch.from_numpy(case.values)[None].requires_grad_()
            maps: list[Tensor] = [
                one.attribute(x, target=0, interpolate_mode="trilinear").detach() for one in explainers
            ]
            return maps[0][0, 0].numpy()

        return run

    return way


def captum_three(loaded: LoadedNetwork, case: NetworkInput, n_outputs: int) -> Callable[[], np.ndarray]:
    """Captum's Guided Backpropagation, Grad-CAM and Guided Grad-CAM, (D, H, W): three calls per output."""
    from captum.attr import GuidedBackprop, GuidedGradCam, LayerAttribution, LayerGradCam

    explained = heads(loaded, n_outputs)

    def maps_of(head: OneOutput, layer: nn.Module) -> list[Tensor]:
        x = torch.from_numpy(case.values)[None].requires_grad_()
        cam = LayerGradCam(head, layer).attribute(x, target=0, relu_attributions=True)
        return [
            GuidedBackprop(head).attribute(x, target=0).detach(),
            LayerAttribution.interpolate(cam, tuple(x.shape[2:]), "trilinear").detach(),
            GuidedGradCam(head, layer).attribute(x, target=0, interpolate_mode="trilinear").detach(),
        ]

    def run() -> np.ndarray:
        maps = [maps_of(head, layer) for head, layer in explained]
        return maps[0][-1][0, 0].numpy()

    return run


def m3d_cam(loaded: LoadedNetwork, case: NetworkInput, n_outputs: int) -> Callable[[], None]:
    """M3d-CAM's Guided Grad-CAM alone, one output at a time."""
    from medcam import medcam

    layer = f"network.{SALIENCY_LAYER}"
    models = [medcam.inject(OneOutput(loaded, number), backend="ggcam", layer=layer, label=0, return_attention=True)
              for number in range(n_outputs)]  # fmt: skip

    def run() -> None:
        for model in models:
            model(torch.from_numpy(case.values)[None])

    return run


WAYS: dict[str, Way] = {
    "forward": forward,
    "engine": ours(Engine.ONEDNN),
    "reference": ours(Engine.AUTOGRAD),
    "captum-three": captum_three,
    "captum": captum(frozen=False),
    "captum-frozen": captum(frozen=True),
    "m3d-cam": m3d_cam,
}


def main(argv: list[str] | None = None) -> int:
    """Measures one implementation."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers.saliency")
    parser.add_argument("way", choices=WAYS)
    parser.add_argument("--outputs", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--grid", type=int, nargs=3, default=PUBLISHED_GRID)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(argv)
    torch.set_num_threads(options.threads)
    grid, loaded = tuple(options.grid), weights.load_demo()
    loaded = replace(loaded, manifest=replace(loaded.manifest, grid=grid))  # the encoder accepts any grid
    run = WAYS[options.way](loaded, to_input(skull_strip.brain_only(volume.load(SCAN)), grid), options.outputs)
    run()  # warm-up: the first call selects algorithms and, for M3d-CAM, probes the layers
    started, cpu_started = time.perf_counter(), time.process_time()
    found = run()
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu_started
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    result = {"seconds": seconds, "cpu_seconds": cpu_seconds, "peak_mib": peak_mib}
    (options.out / "result.json").write_text(json.dumps(result))
    if found is not None:
        np.save(options.out / "map.npy", found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
