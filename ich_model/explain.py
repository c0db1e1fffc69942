"""Predictions and saliency maps of a case as files. A folder of outputs appears whole or not at all."""

import json
import shutil
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import numpy as np

from ich_model.brain import brain_only
from ich_model.inference import predict, prediction_json
from ich_model.preprocessing import PREPROCESSING_ID, NetworkInput, onto_volume, to_input
from ich_model.saliency import explain_all
from ich_model.saliency_map import Method, SaliencyMap
from ich_model.tasks import Prediction, Task
from ich_model.volume import Volume, save
from ich_model.weights import LoadedNetwork

PREDICTION_FILE = "prediction.json"
SOFTWARE = ("torch", "monai", "numpy", "nibabel")  # what a map's values depend on


def case_outputs(
    loaded: LoadedNetwork,
    volume: Volume,
    out_dir: Path,
    *,
    methods: Iterable[str] = (Method.GUIDED_GRAD_CAM,),
    tasks: Iterable[Task] | None = None,
) -> Prediction:
    """Writes a case's prediction and its maps (for each task of the network unless told) into a new folder.

    The folder holds `prediction.json` and, for each method and task, `{method}_{task}.nii.gz` on the scan's grid with
    its manifest `.json`. A whole head is skull-stripped first.
    """
    refuse_existing(out_dir)
    network_input = to_input(brain_only(volume), tuple(loaded.manifest.grid))
    prediction = predict(loaded, network_input)
    maps = explain_all(loaded, network_input, methods=methods, tasks=tasks or loaded.variant.tasks)
    with _whole_folder(out_dir) as folder:
        (folder / PREDICTION_FILE).write_text(json.dumps(prediction_json(prediction), indent=1) + "\n")
        for saliency_map in maps:
            write_map(saliency_map, network_input, volume, folder)
    return prediction


def refuse_existing(out_dir: Path) -> None:
    """ValueError where an output folder is there already: results are not mixed with older ones."""
    if out_dir.exists():
        raise ValueError(f"{out_dir}: exists already; give a new folder for the outputs")


def write_map(saliency_map: SaliencyMap, network_input: NetworkInput, volume: Volume, out_dir: Path) -> Path:
    """The path of the map, written as NIfTI float32 on the scan's own grid, with its manifest beside it.

    `out_dir` must exist. An older map of the same method and task is replaced.
    """
    if volume.shape != network_input.volume_shape:
        raise ValueError(
            f"{volume.name}: has shape {volume.shape}, but the input was made from {network_input.volume_shape}; "
            "give the volume that the map explains"
        )
    stem = f"{saliency_map.method}_{saliency_map.task}"
    path, manifest_path = out_dir / f"{stem}.nii.gz", out_dir / f"{stem}.json"
    with _whole_folder(out_dir / stem, keep=False) as folder:
        values = onto_volume(saliency_map.values, network_input)
        save(values, volume.affine, folder / path.name, description=_description(saliency_map))
        (folder / manifest_path.name).write_text(json.dumps(manifest(saliency_map, volume), indent=1) + "\n")
        (folder / manifest_path.name).replace(manifest_path)
        (folder / path.name).replace(path)
    return path


def manifest(saliency_map: SaliencyMap, volume: Volume) -> dict:
    """Where a map came from, as plain JSON values; enough to make it again and to judge it."""
    target, cumulative = saliency_map.target, np.array(saliency_map.cumulative)
    return {
        "case": saliency_map.case,
        "variant": saliency_map.variant,
        "weights_id": saliency_map.weights_id,
        "synthetic_weights": saliency_map.synthetic_weights,
        "task": str(saliency_map.task),
        "target": target.key,
        "target_logit": f"sum of {target.n_logits}" if target.n_logits > 1 else "the only one",
        "p": dict(zip(target.classes, target.class_probabilities(cumulative).tolist(), strict=True)),
        "label": target.classes[target.decode(cumulative)],
        "method": str(saliency_map.method),
        "layer": saliency_map.layer,
        "native_shape": list(saliency_map.native_shape),
        "input_grid": list(saliency_map.values.shape),
        "scan_shape": list(volume.shape),
        "empty": saliency_map.empty,
        "preprocessing": PREPROCESSING_ID,
        "software": {package: version(package) for package in SOFTWARE},
    }


def _description(saliency_map: SaliencyMap) -> str:
    origin = "; synthetic weights" if saliency_map.synthetic_weights else ""
    return f"{saliency_map.method} {saliency_map.task} {saliency_map.variant}{origin}"


@contextmanager
def _whole_folder(out_dir: Path, *, keep: bool = True) -> Iterator[Path]:
    """A folder to write in, which takes its name at the end and is removed if anything fails (or is not to be kept)."""
    partial = out_dir.with_name(f".{out_dir.name}.{uuid.uuid4().hex}")
    partial.mkdir(parents=True)
    try:
        yield partial
        if keep:
            partial.rename(out_dir)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
