"""A cache of network inputs for training: preprocessed volumes as float16, in memory and in a folder."""

import hashlib
import logging
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from inspect import getfile
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ich_model.atomic import atomic_file
from ich_model.dataset.cases import TrainingCase
from ich_model.network import preprocessing
from ich_model.scans import nifti, skull_strip, volume
from ich_model.variants import Variant

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Preparation:
    """One case to be made ready; `kept` is where its input is kept, or None."""

    image: Path
    grid: tuple[int, int, int]
    kept: Path | None = None


def prepared_inputs(
    cases: Sequence[TrainingCase], grid: tuple[int, int, int], *, workers: int = 0, cache: Path | None = None
) -> Tensor:
    """The cases' network inputs, (N, 1, D, H, W) float16, by `workers` processes or, with 0, this one.

    With a cache folder an input is made once for all runs. All unusable files are named in one error before any
    training starts.

    Raises:
        ValueError: where cases cannot be used.
    """
    jobs = [Preparation(case.image, grid) for case in cases]
    if cache is not None:
        source = _source_hash()
        jobs = [replace(job, kept=cache / _kept_name(job.image, grid, source)) for job in jobs]
    log.info("preparing %d cases on a grid of %s", len(jobs), "x".join(map(str, grid)))
    if workers and not all(job.kept and job.kept.exists() for job in jobs):
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_one_thread) as pool:
            results = list(pool.map(_prepared, jobs, chunksize=4))
    else:
        results = [_prepared(job) for job in jobs]
    problems = [result for result in results if isinstance(result, str)]
    if problems:
        raise ValueError(f"{len(problems)} of {len(jobs)} cases cannot be used; the first: {problems[0]}")
    return torch.from_numpy(np.stack(results))


def _source_hash() -> bytes:
    """A hash of the code that makes an input, so that inputs kept by an older code are not taken."""
    sources = [Path(getfile(module)).read_bytes() for module in (skull_strip, nifti, preprocessing, volume)]
    return hashlib.sha256(b"".join(sources)).digest()


def _kept_name(image: Path, grid: tuple[int, int, int], source: bytes) -> str:
    """A file name that changes with the scan, the grid and the code."""
    key = hashlib.sha256(source + repr(grid).encode() + image.read_bytes()).hexdigest()[:16]
    return f"{nifti.case_name(image)}-{key}.npy"


def _prepared(job: Preparation) -> np.ndarray | str:
    """One case's input as (1, D, H, W) float16, or the sentence that says why not."""
    if job.kept and job.kept.exists():
        kept: np.ndarray = np.load(job.kept)
        return kept
    try:
        brain = skull_strip.brain_only(volume.load(job.image))
        values = preprocessing.to_input(brain, job.grid).values.astype(np.float16)
    except ValueError as error:  # UnreadableVolume and ImplausibleBrain: reported together
        return str(error)
    if job.kept:
        with atomic_file(job.kept) as file:  # several runs may prepare the same case
            np.save(file, values)
    return values


def _one_thread() -> None:
    torch.set_num_threads(1)


def cumulative_targets(cases: Sequence[TrainingCase], variant: Variant) -> dict[str, Tensor]:
    """What each head should say: cumulative codes (N, K - 1) under its target's key."""
    targets = [head.target for head in variant.heads]
    return {t.key: torch.tensor([t.encode(case.class_of(t)) for case in cases]) for t in targets}
