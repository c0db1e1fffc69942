"""All faithfulness checks of a case's saliency maps, as numbers and as one plain sentence each.

`check` computes them. Its results are stored in `faithfulness.json` beside the maps; reading them needs no torch.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ich_model.atomic import atomic_file
from ich_model.explain import pointing_game
from ich_model.jobs.queue import Watch
from ich_model.json_file import Json, read_object
from ich_model.saliency.saliency_map import SaliencyMap, stem_of
from ich_model.scans.volume import Volume

if TYPE_CHECKING:
    from ich_model.network.preprocessing import NetworkInput
    from ich_model.network.weights import LoadedNetwork

FILE = "faithfulness.json"


@dataclass(frozen=True)
class Scan:
    """The scan of the maps: volume, skull-stripped brain, network input, and lesion mask (I, J, K) bool if known."""

    volume: Volume
    brain: Volume
    network_input: "NetworkInput"
    lesion: np.ndarray | None = None


def check(
    loaded: "LoadedNetwork", scan: Scan, maps: Sequence[SaliencyMap], *, watch: Watch | None = None
) -> dict[str, Json]:
    """The check results of each map by its file's stem, as JSON values, with their sentences."""
    from ich_model.explain import deletion_curves, sanity_check  # both need torch
    from ich_model.network.preprocessing import onto_volume

    cascades = sanity_check.cascade(loaded, scan.network_input, maps, watch=watch)
    found: dict[str, Json] = {}
    for one, steps in zip(maps, cascades, strict=True):
        curves = deletion_curves.curves(loaded, scan.network_input, one, watch=watch)
        findings: Json = {
            "randomisation": [asdict(step) for step in steps],
            "curves": asdict(curves),
            "areas": curves.areas,
            "lesion_sha256": pointing_game.mask_sha256(scan.lesion),
        }
        sentences = [sanity_check.sentence(steps), curves.sentence]
        if scan.lesion is not None:
            values = onto_volume(one.values, scan.network_input)
            pointed = pointing_game.point(values, scan.lesion, brain=scan.brain.hu != 0, affine=scan.volume.affine)
            findings["pointing"] = asdict(pointed)
            sentences.append(pointed.sentence)
        found[one.stem] = {**findings, "sentences": sentences}
    return found


def read(folder: str | Path) -> dict[str, Json]:
    """The check results of the maps in a case's folder; empty where they were not checked."""
    file = Path(folder) / FILE
    return read_object(file) if file.is_file() else {}


def read_sentences(folder: str | Path, *, method: str, task: str) -> list[str]:
    """The results for one map in a case's folder, one sentence per check; empty where it was not checked."""
    sentences: list[str] = read(folder).get(stem_of(method, task), {}).get("sentences", [])
    return sentences


def write(found: dict[str, Json], folder: Path) -> None:
    """Adds check results to those in a folder, atomically."""
    with atomic_file(folder / FILE) as file:
        file.write_text(json.dumps(read(folder) | found, indent=1) + "\n", encoding="utf-8")


def rows(case: str, found: dict[str, Json]) -> Iterator[Json]:
    """The check results as rows of a table: case, map, measure, at (a part of the network) and value."""
    for stem, findings in found.items():
        for step in findings["randomisation"]:
            yield _row(case, stem, "rank_correlation", step["part"], step["correlation"])
            yield _row(case, stem, "rank_correlation_without_sign", step["part"], step["without_sign"])
        for curve, area in findings["areas"].items():
            yield _row(case, stem, f"{curve}_area", "", area)
        for measure, value in findings.get("pointing", {}).items():
            yield _row(case, stem, f"pointing_{measure}", "", value)


def _row(case: str, stem: str, measure: str, at: str, value: float | bool | None) -> Json:
    return {"case": case, "map": stem, "measure": measure, "at": at, "value": "" if value is None else value}
