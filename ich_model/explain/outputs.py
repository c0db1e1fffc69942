"""Computing and writing the predictions and saliency maps of a case. A new folder of outputs is written atomically."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ich_model.atomic import atomic_file, atomic_folder, refuse_existing
from ich_model.choices import all_chosen
from ich_model.explain import faithfulness
from ich_model.explain.manifest import file_sha256, manifest
from ich_model.explain.map_files import manifest_file, map_file
from ich_model.jobs.queue import Watch
from ich_model.json_file import Json, read_object
from ich_model.network.inference import predict, prediction_from_json, prediction_json
from ich_model.network.preprocessing import NetworkInput, onto_volume, to_input
from ich_model.network.weights import LoadedNetwork
from ich_model.saliency.methods import explain_all
from ich_model.saliency.saliency_map import Form, Method, SaliencyMap
from ich_model.scans.skull_strip import brain_only
from ich_model.scans.volume import Volume, save
from ich_model.tasks import Prediction, Task

PREDICTION_FILE = "prediction.json"


@dataclass(frozen=True)
class Request:
    """The requested maps of a case: for each method and task, by default all tasks of the network.

    `check` also requests the faithfulness checks. Methods, tasks and form may be given by name.
    """

    methods: tuple[str, ...] = (Method.GUIDED_GRAD_CAM,)
    tasks: tuple[Task | str, ...] = ()
    layer: str | None = None
    form: Form | str = Form.SIGNED
    check: bool = False


@dataclass(frozen=True)
class Outputs:
    """All computed outputs of a case."""

    prediction: Prediction
    maps: list[SaliencyMap]
    network_input: NetworkInput
    findings: dict[str, Json] = field(default_factory=dict)


def case_outputs(
    loaded: LoadedNetwork,
    volume: Volume,
    out_dir: str | Path,
    *,
    methods: Iterable[str] = (Method.GUIDED_GRAD_CAM,),
    tasks: Iterable[Task | str] | None = None,
    watch: Watch | None = None,
) -> Prediction:
    """Writes a case's prediction and maps (by default for all tasks of the network) into a new folder.

    The folder has `prediction.json` and, for each method and task, `{method}_{task}.nii.gz` on the scan's grid with its
    manifest `.json`. A whole head is skull-stripped first. `watch` reports the position in the queue and can cancel.
    ValueError where the folder exists, a name is unknown or the scan holds no plausible brain.
    """
    wanted = all_chosen(Method, methods, noun="saliency method"), all_chosen(Task, tasks or (), noun="task")
    return write_new(loaded, volume, out_dir, request=Request(*wanted), watch=watch)


def prediction_in(folder: str | Path) -> Prediction:
    """The prediction in a folder of outputs.

    Raises:
        ValueError: where the file is damaged or not a prediction.
    """
    return prediction_from_json(read_object(Path(folder) / PREDICTION_FILE))


def write_new(
    loaded: LoadedNetwork,
    volume: Volume,
    out_dir: str | Path,
    *,
    request: Request,
    lesion: np.ndarray | None = None,
    watch: Watch | None = None,
) -> Prediction:
    """Writes the requested outputs of a case into a new folder; `lesion` (I, J, K) bool is used by the checks.

    ValueError where the folder exists.
    """
    out_dir = Path(out_dir)
    refuse_existing(out_dir, "folder")
    outputs = compute(loaded, volume, request=request, lesion=lesion, watch=watch)
    with atomic_folder(out_dir) as folder:
        write(outputs, volume, folder)
    return outputs.prediction


def compute(
    loaded: LoadedNetwork,
    volume: Volume,
    *,
    request: Request,
    lesion: np.ndarray | None = None,
    watch: Watch | None = None,
) -> Outputs:
    """A case's prediction, maps and, if requested, check results, which use `lesion` (I, J, K) bool.

    ImplausibleBrain where the scan holds no adult brain; Cancelled where `watch` stops the computation.
    """
    brain = brain_only(volume)
    network_input = to_input(brain, loaded.manifest.grid)
    prediction = predict(loaded, network_input)
    maps = explain_all(
        loaded,
        network_input,
        methods=request.methods,
        tasks=request.tasks or loaded.variant.tasks,
        layer=request.layer,
        form=request.form,
        watch=watch,
    )
    scan = faithfulness.Scan(volume, brain, network_input, lesion)
    findings = faithfulness.check(loaded, scan, maps, watch=watch) if request.check else {}
    return Outputs(prediction, maps, network_input, findings)


def write(outputs: Outputs, volume: Volume, folder: str | Path) -> None:
    """Writes outputs into an existing folder, each file atomically."""
    folder = Path(folder)
    with atomic_file(folder / PREDICTION_FILE) as file:
        file.write_text(json.dumps(prediction_json(outputs.prediction), indent=1) + "\n")
    findings = {}
    for saliency_map in outputs.maps:
        path = write_map(saliency_map, outputs.network_input, volume, folder)
        if saliency_map.stem in outputs.findings:
            findings[saliency_map.stem] = {"map_sha256": file_sha256(path), **outputs.findings[saliency_map.stem]}
    if findings:
        faithfulness.write(findings, folder)


def write_map(saliency_map: SaliencyMap, network_input: NetworkInput, volume: Volume, out_dir: str | Path) -> Path:
    """Writes a map as NIfTI float32 on the scan's grid with its manifest beside it, and returns its path.

    `out_dir` must exist. A former map of the same method and task is replaced.

    Raises:
        ValueError: where the volume is not the one from which the input was made.
    """
    if volume.shape != network_input.volume_shape:
        raise ValueError(
            f"{volume.name}: has shape {volume.shape}, but the input was made from {network_input.volume_shape}; "
            "give the volume that the map explains"
        )
    out_dir = Path(out_dir)
    path = map_file(out_dir, saliency_map.stem)
    values = onto_volume(saliency_map.values, network_input)
    save(values, volume.affine, path, description=_description(saliency_map))
    with atomic_file(manifest_file(out_dir, saliency_map.stem)) as file:
        content = manifest(saliency_map, volume) | {"map_sha256": file_sha256(path)}
        file.write_text(json.dumps(content, indent=1) + "\n")
    return path


def _description(saliency_map: SaliencyMap) -> str:
    origin = "; synthetic weights" if saliency_map.synthetic_weights else ""
    return f"{saliency_map.method} {saliency_map.task} {saliency_map.variant}{origin}"
