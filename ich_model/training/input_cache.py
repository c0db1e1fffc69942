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
    """One case to be preprocessed; `cached` is its file in the cache, or None."""

    image: Path
    grid: tuple[int, int, int]
    cached: Path | None = None


def prepared_inputs(
    cases: Sequence[TrainingCase], grid: tuple[int, int, int], *, workers: int = 0, cache: Path | None = None
) -> Tensor:
    """The cases' network inputs, (N, 1, D, H, W) float16, by `workers` processes or, with 0, in this one.

    With a cache folder an input is computed once for all runs. Unusable files are reported before training starts.

    Raises:
        ValueError: where cases cannot be used; it counts them and describes the first.
    """
    jobs = [Preparation(case.image, grid) for case in cases]
    if cache is not None:
        source = _source_hash()
        jobs = [replace(job, cached=cache / _cache_name(job.image, grid, source)) for job in jobs]
    log.info("preparing %d cases on a grid of %s", len(jobs), "x".join(map(str, grid)))
    if workers and not all(job.cached and job.cached.exists() for job in jobs):
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_one_thread) as pool:
            results = list(pool.map(_prepared, jobs, chunksize=4))
    else:
        results = [_prepared(job) for job in jobs]
    problems = [result for result in results if isinstance(result, str)]
    if problems:
        raise ValueError(f"{len(problems)} of {len(jobs)} cases cannot be used; the first: {problems[0]}")
    return torch.from_numpy(np.stack(results))


def _source_hash() -> bytes:
    """A hash of the preprocessing's source code, which invalidates cached inputs when the code changes."""
    sources = [Path(getfile(module)).read_bytes() for module in (skull_strip, nifti, preprocessing, volume)]
    return hashlib.sha256(b"".join(sources)).digest()


def _cache_name(image: Path, grid: tuple[int, int, int], source: bytes) -> str:
    """The name of a cache file, which depends on the scan's content, the grid and the code."""
    key = hashlib.sha256(source + repr(grid).encode() + image.read_bytes()).hexdigest()[:16]
    return f"{nifti.case_name(image)}-{key}.npy"


def _prepared(job: Preparation) -> np.ndarray | str:
    """One case's input (1, D, H, W) float16, or the sentence of its refusal."""
    if job.cached and job.cached.exists():
        cached: np.ndarray = np.load(job.cached)
        return cached
    try:
        brain = skull_strip.brain_only(volume.load(job.image))
        values = preprocessing.to_input(brain, job.grid).values.astype(np.float16)
    except ValueError as error:  # UnreadableVolume or ImplausibleBrain; the caller reports all cases together
        return str(error)
    if job.cached:
        with atomic_file(job.cached) as file:  # several runs may prepare the same case
            np.save(file, values)
    return values


def _one_thread() -> None:
    torch.set_num_threads(1)


def cumulative_targets(cases: Sequence[TrainingCase], variant: Variant) -> dict[str, Tensor]:
    """The labels of each head: cumulative codes (N, K - 1) by target key."""
    targets = [head.target for head in variant.heads]
    return {t.key: torch.tensor([t.encode(case.class_of(t)) for case in cases]) for t in targets}
