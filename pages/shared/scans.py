"""What the viewer is told of a case: the scan for anyone who may open it, maps only for who may see model output."""

from ich_model.explain.map_files import manifests_in
from ich_model.json_file import Json
from ich_model.saliency.saliency_map import Method
from ich_model.scans import browser_payload
from ich_model.tasks import CLASS_TEXTS, Prediction, Task
from pages.shared import resources
from pages.shared.viewer.component import Overlay, Scan
from reader_study.access import permissions
from reader_study.study.design import Case, Person, model_shown

TASK_TITLES = {Task.PROGNOSIS: "Prognosis", Task.GCS: "GCS", Task.AGE: "Age"}
METHOD_TITLES = {
    Method.GUIDED_GRAD_CAM: "Guided Grad-CAM",
    Method.GRAD_CAM: "Grad-CAM",
    Method.GUIDED_BACKPROP: "Guided Backpropagation",
    Method.OCCLUSION: "Occlusion",
    Method.INTEGRATED_GRADIENTS: "Integrated Gradients",
}


def scan_of(study_key: str, case: Case, *, reader: str = "") -> Scan:
    """The scan of a case; with a reader's name the browser keeps their view and time over a reload."""
    first_slice_mm = browser_payload.first_slice_mm(resources.workspace().volume_path(study_key, case.key))
    return Scan(study_key, case.key, case.shape, case.spacing_mm, f"data/{study_key}/{case.key}/volume", case.synthetic,
                reader=reader, first_slice_mm=first_slice_mm)


def prediction_for(person: Person, case_key: str) -> Prediction | None:
    """The study's model output of a case; None where this person may not see it (yet) or there is none."""
    store = resources.store()
    if not permissions.may_see_model_output(store, person, person.study_key, case_key):
        return None
    return model_shown(store.study(person.study_key), store.predictions(person.study_key, case_key))


def overlays_for(person: Person, case_key: str) -> list[Overlay]:
    """The saliency maps of a case, prognosis first; none where this person may not see them (yet)."""
    prediction = prediction_for(person, case_key)
    return overlays_of(person.study_key, prediction) if prediction else []


def overlays_of(study_key: str, prediction: Prediction, *, model: str = "") -> list[Overlay]:
    """The maps of one model's output, prognosis first; `model` names it where several are shown.

    Nobody is asked here whether they may be seen: `overlays_for` and `review.case_view` have done so.
    """
    folder = resources.workspace().outputs_folder(study_key, prediction.case, prediction.weights_id)
    return [_overlay(study_key, prediction, entry, model=model) for entry in manifests_in(folder)]


def _overlay(study_key: str, prediction: Prediction, entry: Json, *, model: str) -> Overlay:  # from JSON
    task, method = Task(entry["task"]), Method(entry["method"])
    url = f"data/{study_key}/{prediction.case}/map/{prediction.weights_id}/{method}/{task}"
    label = map_title(task, method) + (f" – {model}" if model else "")
    native, answer = tuple(entry["native_shape"]), leading_answer(prediction, task)
    return Overlay(label, str(task), str(method), url, native, answer)


def map_title(task: Task, method: Method) -> str:
    """A map in words: "Prognosis – Guided Grad-CAM"."""
    return f"{TASK_TITLES[task]} – {METHOD_TITLES[method]}"


def leading_answer(prediction: Prediction, task: Task) -> str:
    """The network's answer to a task with its probability: "Poor, p 0.73"; empty where it has none."""
    target = prediction.target_of(task)
    if target is None:
        return ""
    label = prediction.label(target)
    return f"{CLASS_TEXTS[label]}, p {prediction.probabilities(target)[label]:.2f}"
