"""Training throughput in cases per second, against the published training loop: `python -m benchmarks.training`.

Both train the same variant on the same phantoms at the demo weights' grid; epochs of the two alternate in one process.
The files have 512 x 512 voxels in plane, as those of the published data and of nearly all scanners. The published loop
reads, preprocesses and augments every file in every epoch, with MONAI, in full precision. Ours preprocesses each file
once (reported separately, and shared by all folds of a run), augments on the network's grid, and uses channels-last
tensors in bf16 or, for comparison, in full precision. Goal: at least twice the cases per second, in bf16.
"""

import argparse
import logging
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import perf_counter

import nibabel as nib
import numpy as np
import torch

from benchmarks.peers.preprocessing import READER
from benchmarks.peers.training import PublishedLoop
from data_samples.cohort import save_nifti, write_cohort
from ich_model.dataset.cases import TrainingCase, read_cases
from ich_model.training.config import Precision, TrainingConfig, Zoom, parse_grid
from ich_model.training.input_cache import cumulative_targets, prepared_inputs
from ich_model.training.loop import LabelledInputs, Training
from ich_model.variants import DEFAULT_VARIANT, VARIANTS

GOAL = 2.0
MATRIX = 512  # rows and columns
SEED = 79  # not used by any training cohort
DEMO_GRID = (32, 80, 80)
PUBLISHED, OURS, OURS_FP32 = "published way", "ours, bf16", "ours, fp32"


def enlarge(file: Path) -> None:
    """Resamples a phantom's file to a scanner's in-plane matrix by repeating voxels; the head keeps its size."""
    image = nib.Nifti1Image.from_filename(file)
    i, j = (np.arange(MATRIX) * n // MATRIX for n in image.shape[:2])
    affine = image.affine @ np.diag([image.shape[0] / MATRIX, image.shape[1] / MATRIX, 1, 1])
    save_nifti(np.asarray(image.dataobj)[np.ix_(i, j, np.arange(image.shape[2]))], affine, path=file)


def compare(cases: list[TrainingCase], config: TrainingConfig, *, epochs: int) -> tuple[dict[str, list[float]], float]:
    """Cases per second of each epoch by loop, and the seconds of our single preprocessing."""
    variant = VARIANTS[DEFAULT_VARIANT]
    started = perf_counter()
    data = LabelledInputs(prepared_inputs(cases, config.grid), cumulative_targets(cases, variant))
    preparing_s = perf_counter() - started
    order = list(range(len(cases)))
    published = PublishedLoop(variant, cases, config, reader=READER, augmented=True)
    loops: dict[str, Callable[[], object]] = {PUBLISHED: published.train_epoch}
    for name, precision in ((OURS, Precision.BF16), (OURS_FP32, Precision.FP32)):
        training = Training(variant, replace(config, precision=precision), pos_weight={}, device="cpu")
        loops[name] = partial(training.train_epoch, data, order)
    rates: dict[str, list[float]] = {name: [] for name in loops}
    for epoch in range(epochs + 1):
        for name, loop in loops.items():
            started = perf_counter()
            loop()
            if epoch:  # the first one includes imports
                rates[name].append(len(cases) / (perf_counter() - started))
    return rates, preparing_s


def main(argv: list[str] | None = None) -> int:
    """Prints the table; exit code 1 where the goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training", description=__doc__)
    parser.add_argument("--count", type=int, default=16, help="phantoms (default: %(default)s)")
    parser.add_argument("--epochs", type=int, default=3, help="of each (default: %(default)s)")
    parser.add_argument("--grid", type=parse_grid, default=DEMO_GRID, help="DxHxW, that of the demo if not given")
    parser.add_argument("--threads", type=int, default=2, help="of torch (default: %(default)s); use 1 on a "
                        "machine with other load, where two threads mostly wait for each other")  # fmt: skip
    parser.add_argument("--cases", type=Path, help="a training table instead of phantoms made now")
    options = parser.parse_args(argv)
    torch.set_num_threads(options.threads)
    logging.basicConfig(level=logging.ERROR)
    config = TrainingConfig(grid=options.grid, zoom=Zoom.PUBLISHED)
    with tempfile.TemporaryDirectory() as folder:
        if not options.cases:
            write_cohort(Path(folder), count=options.count, seed=SEED)
            for file in Path(folder).glob("*.nii.gz"):
                enlarge(file)
        cases = read_cases(options.cases or Path(folder) / "cases.csv")[: options.count]
        rates, preparing_s = compare(cases, config, epochs=options.epochs)
    grid = "x".join(map(str, options.grid))
    print(f"{VARIANTS[DEFAULT_VARIANT].title}, {len(cases)} cases, grid {grid}, batch {config.batch}, "
          f"{options.threads} threads, published way with MONAI's {READER}")
    base = float(np.median(rates[PUBLISHED]))
    for name, values in rates.items():
        middle = float(np.median(values))
        print(f"{name:14} {middle:6.2f} cases/s (median of {len(values)} epochs), {middle / base:5.2f} times")
    print(f"prepared once in {preparing_s:.1f} s, {preparing_s / len(cases):.2f} s a case, for all epochs and folds")
    ratio = float(np.median(rates[OURS])) / base
    print(f"ratio {ratio:.2f} (goal {GOAL}): {'reached' if ratio >= GOAL else 'missed'}")
    return 0 if ratio >= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
