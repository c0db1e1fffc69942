"""Pointing game of saliency maps on phantoms with known blood: `python -m benchmarks.pointing`.

A map hits where its strongest voxel is in the blood. The table has the hit rate with its Wilson interval, the mean
share of positive values inside the blood, and the blood's share of the brain, which is the chance level of both. Blood
is bright, so the last row is a baseline without a network: the scan itself as the map.
"""

import argparse
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

from data_samples.cohort import draw_case
from data_samples.phantom.brain import Label
from ich_model.estimate import proportion
from ich_model.explain.pointing_game import Pointing, point
from ich_model.network import weights
from ich_model.network.preprocessing import onto_volume, to_input
from ich_model.network.weights import LoadedNetwork
from ich_model.saliency import methods
from ich_model.saliency.saliency_map import Method
from ich_model.scans.volume import Volume

SCAN = "the scan itself"
SEED = 72  # not used by any training cohort
BLOOD = (Label.HAEMATOMA, Label.IVH)
METHODS = (Method.GUIDED_GRAD_CAM, Method.GRAD_CAM, Method.GUIDED_BACKPROP)


def measure(loaded: LoadedNetwork, index: int) -> dict[str, Pointing]:
    """The pointing game of each map of case number `index` of the benchmark's cohort."""
    _, phantom = draw_case(SEED, index)
    brain = Volume(f"{SEED}-{index:03d}", phantom.brain_hu, phantom.affine)
    network_input, blood = to_input(brain, loaded.manifest.grid), np.isin(phantom.labels, BLOOD)
    maps = methods.explain_all(loaded, network_input, methods=METHODS, tasks=loaded.variant.tasks)
    values = {one.stem: one.values for one in maps} | {SCAN: network_input.values[0]}
    inside = phantom.labels > Label.OUTSIDE
    return {
        name: point(onto_volume(one, network_input), blood, brain=inside, affine=phantom.affine)
        for name, one in values.items()
    }


def row(stem: str, found: list[Pointing]) -> str:
    """One row of the table."""
    rate = proportion(sum(one.hit for one in found), len(found))
    pointed = [one for one in found if one.distance_mm is not None]
    inside = np.mean([one.energy_inside for one in pointed]) if pointed else float("nan")
    away = np.median([one.distance_mm for one in pointed]) if pointed else float("nan")
    return (f"| {stem} | {len(found)} | {rate.numerator} | {rate.value:.2f} ({rate.ci_low:.2f}-{rate.ci_high:.2f}) | "
            f"{np.mean([one.chance for one in found]):.3f} | {inside:.2f} | {away:.0f} | {len(found) - len(pointed)} |")


def main(argv: list[str] | None = None) -> int:
    """Prints the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pointing", description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=50, help="number of phantoms (default: %(default)s)")
    parser.add_argument("--weights", type=Path, default=weights.DEMO_WEIGHTS, help="those of the demo if not given")
    options = parser.parse_args(argv)
    loaded, found = weights.load(options.weights), defaultdict(list)
    for index in range(options.count):
        for stem, pointed in measure(loaded, index).items():
            found[stem].append(pointed)
    print(f"weights {loaded.manifest.weights_id} ({loaded.variant.title}), {options.count} phantoms of seed {SEED}")
    print("| map | n | hits | hit rate (95 % Wilson) | chance | energy inside | median mm away | empty maps |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    print("\n".join(row(stem, one) for stem, one in found.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
