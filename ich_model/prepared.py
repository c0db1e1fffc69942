"""Training cases made ready once: volumes on the network's grid, held in memory as half floats."""

import logging
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ich_model import brain, volume
from ich_model.cases import TrainingCase
from ich_model.preprocessing import to_input
from ich_model.variants import Variant

log = logging.getLogger(__name__)


def prepared_inputs(cases: Sequence[TrainingCase], grid: tuple[int, int, int], *, workers: int = 0) -> Tensor:
    """The cases' network inputs, (N, 1, D, H, W) float16, by `workers` processes or, with 0, this one.

    All unusable files are named in one error before any training starts.
    """
    jobs = [(case.image, grid) for case in cases]
    log.info("preparing %d cases on a grid of %s", len(jobs), "x".join(map(str, grid)))
    if workers:
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_one_thread) as pool:
            results = list(pool.map(_prepared, jobs, chunksize=4))
    else:
        results = [_prepared(job) for job in jobs]
    problems = [result for result in results if isinstance(result, str)]
    if problems:
        raise ValueError(f"{len(problems)} of {len(jobs)} cases cannot be used; the first: {problems[0]}")
    return torch.from_numpy(np.stack(results))


def _prepared(job: tuple[Path, tuple[int, int, int]]) -> np.ndarray | str:
    """One case's input as (1, D, H, W) float16, or the sentence that says why not."""
    path, grid = job
    try:
        return to_input(brain.brain_only(volume.load(path)), grid).values.astype(np.float16)
    except ValueError as error:  # UnreadableVolume and ImplausibleBrain: reported together
        return str(error)


def _one_thread() -> None:
    torch.set_num_threads(1)


def cumulative_targets(cases: Sequence[TrainingCase], variant: Variant) -> dict[str, Tensor]:
    """What each head should say: cumulative codes (N, K - 1) under its target's key."""
    targets = [head.target for head in variant.heads]
    return {t.key: torch.tensor([t.encode(case.class_of(t)) for case in cases]) for t in targets}
