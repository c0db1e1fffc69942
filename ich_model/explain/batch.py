"""Batch explanation of many cases. It is resumable: existing valid outputs are reused.

A map is valid where its manifest has the scan hash, network, method, engine and preprocessing that would be used now,
and the map's own hash. A case that cannot be read is reported and skipped.
"""

import csv
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

import numpy as np

from ich_model.atomic import atomic_file
from ich_model.explain import faithfulness, manifest
from ich_model.explain import outputs as explain_outputs
from ich_model.explain.map_files import map_file
from ich_model.explain.outputs import Request
from ich_model.explain.pointing_game import load_lesion, mask_sha256
from ich_model.explain.scan_list import CaseToExplain
from ich_model.json_file import Json, read_object
from ich_model.network import weights
from ich_model.network.preprocessing import PREPROCESSING_ID
from ich_model.network.weights import LoadedNetwork
from ich_model.saliency.methods import origin_of
from ich_model.saliency.saliency_map import stem_of
from ich_model.scans import load
from ich_model.scans.find import FoundScan
from ich_model.scans.volume import Volume
from ich_model.tasks import Task


class Outcome(StrEnum):
    """The outcome for a case; KEPT means that all its outputs were valid."""

    MADE = "made"
    KEPT = "kept"
    REFUSED = "refused"


@dataclass(frozen=True)
class Job:
    """One case with everything needed to explain it, also on another machine: weights are given by their file."""

    case: CaseToExplain
    out: str | Path
    request: Request
    weights_file: str | Path
    variant: str | None = None
    lesion_values: tuple[int, ...] = ()


@dataclass(frozen=True)
class Result:
    """The result for a case; `maps` counts the newly computed ones.

    `sentence` is the reason of a refusal, or the notes on how the scan was read.
    """

    case: str
    outcome: Outcome
    maps: int
    seconds: float
    sentence: str = ""


def explain_case(job: Job) -> Result:
    """Computes missing or outdated outputs in a case's folder below `job.out`; a refusal is part of the result.

    WeightsMismatch, which concerns all cases, is raised.
    """
    started = time.perf_counter()
    try:
        volume = replace(load.load(job.case.scan, series=job.case.series), name=job.case.name)
        made = _make_missing(job, volume, loaded_once(job.weights_file, job.variant))
    except weights.WeightsMismatch:
        raise
    except (ValueError, OSError) as error:  # an unreadable scan, an implausible brain, a mask of another grid
        return Result(job.case.name, Outcome.REFUSED, 0, time.perf_counter() - started, " ".join(str(error).split()))
    outcome, seconds = Outcome.MADE if made else Outcome.KEPT, time.perf_counter() - started
    return Result(job.case.name, outcome, made, seconds, "; ".join(volume.notes))


@lru_cache(maxsize=1)
def loaded_once(file: str | Path, variant: str | None) -> LoadedNetwork:
    """The network of a weights file, cached for the next case."""
    return weights.load(file, variant=variant or None)


def _make_missing(job: Job, volume: Volume, loaded: LoadedNetwork) -> int:
    """Computes and writes missing or outdated maps; returns their number."""
    lesion = _lesion(job.case.lesion, volume, values=job.lesion_values) if job.case.lesion else None
    folder, request = Path(job.out) / job.case.name, job.request
    tasks = request.tasks or loaded.variant.tasks
    valid = _ValidOutputs(loaded, volume, folder, request, lesion_sha256=mask_sha256(lesion))
    wanted = [task for task in tasks if not valid.has(task)]
    if not wanted:
        return 0
    outputs = explain_outputs.compute(loaded, volume, request=replace(request, tasks=tuple(wanted)), lesion=lesion)
    folder.mkdir(parents=True, exist_ok=True)
    explain_outputs.write(outputs, volume, folder)
    return len(outputs.maps)


def _lesion(found: FoundScan, volume: Volume, *, values: tuple[int, ...]) -> np.ndarray:
    """The mask (I, J, K) bool of a file, which may be in a zip."""
    if found.refusal is not None:
        raise found.refusal
    if not found.file:
        raise ValueError(f"{found.name}: expected a lesion mask as NIfTI; convert it first")
    with found.container.opened() as root:
        return load_lesion(root.joinpath(found.file), volume, values=values)


@dataclass(frozen=True)
class _ValidOutputs:
    """Checks which outputs in a case's folder are valid."""

    loaded: LoadedNetwork
    volume: Volume
    folder: Path
    request: Request
    lesion_sha256: str | None

    def has(self, task: Task | str) -> bool:
        """Whether a task's maps are valid, with the case's prediction and, if requested, with check results."""
        return self._prediction() and all(self._map(method, task) for method in self.request.methods)

    def _prediction(self) -> bool:
        file = self.folder / explain_outputs.PREDICTION_FILE
        try:
            content = read_object(file) if file.is_file() else {}
        except ValueError:  # damaged, so it is computed again
            return False
        return bool(content.get("weights_id") == self.loaded.manifest.weights_id)

    def _map(self, method: str, task: Task | str) -> bool:
        stem = stem_of(method, task)
        if not manifest.is_valid(self.folder, stem, self._expected(method, task)):
            return False
        found = faithfulness.read(self.folder).get(stem, {})
        same = found.get("map_sha256") == manifest.file_sha256(map_file(self.folder, stem))
        return not self.request.check or (same and found["lesion_sha256"] == self.lesion_sha256)

    def _expected(self, method: str, task: Task | str) -> Json:
        """The entries that the manifest of a valid map must have."""
        layer, engine = origin_of(self.loaded, method=method, layer=self.request.layer)
        return {
            "scan_sha256": manifest.volume_sha256(self.volume),
            "variant": self.loaded.variant.key,
            "weights_id": self.loaded.manifest.weights_id,
            "input_grid": list(self.loaded.manifest.grid),
            "preprocessing": PREPROCESSING_ID,
            "task": str(task),
            "method": str(method),
            "form": str(self.request.form),
            "layer": layer,
            "engine": str(engine),
        }


def write_tables(out: str | Path, results: Iterable[Result]) -> None:
    """Writes `explained.csv`, one row per case, and, if maps were checked, `faithfulness.csv`, one row per measure."""
    out, results = Path(out), list(results)
    _write_csv(out / "explained.csv", [asdict(result) for result in results], [one.name for one in fields(Result)])
    rows = [row for result in results for row in faithfulness.rows(result.case, faithfulness.read(out / result.case))]
    if rows:
        _write_csv(out / "faithfulness.csv", rows, list(rows[0]))


def _write_csv(path: Path, rows: Sequence[Mapping[str, object]], columns: list[str]) -> None:
    with atomic_file(path) as written, written.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
