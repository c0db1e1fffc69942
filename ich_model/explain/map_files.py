"""File names of saliency maps: a NIfTI file named by method and task, with its manifest beside it. Torch-free."""

from pathlib import Path

from ich_model.json_file import Json, read_object
from ich_model.saliency.saliency_map import Method, stem_of
from ich_model.tasks import Task


def map_file(folder: Path, stem: str) -> Path:
    """The path of a map among a case's outputs; `stem` is `saliency_map.stem_of` its method and task."""
    return folder / f"{stem}.nii.gz"


def manifest_file(folder: Path, stem: str) -> Path:
    """The path of a map's manifest, beside the map."""
    return folder / f"{stem}.json"


def manifests_in(folder: Path) -> list[Json]:
    """The manifests of all maps in a folder, in the order of the tasks; empty where there is no such folder.

    Raises:
        ValueError: where one of them is truncated or not a JSON object.
    """
    stems = [stem_of(method, task) for task in Task for method in sorted(Method)]
    return [read_object(file) for file in (manifest_file(folder, stem) for stem in stems) if file.is_file()]
