"""What the viewer is told of a case: the scan for anyone who may open it, maps only for who may see model output."""

import json

from ich_model.saliency_map import Method
from ich_model.tasks import CLASS_TEXTS, Prediction, Task
from pages.shared import resources
from pages.shared.viewer import Overlay, Scan
from reader_study import permissions
from reader_study.design import Case, Person
from reader_study.reads import Answers, Condition

TASK_TITLES = {Task.PROGNOSIS: "Prognosis", Task.GCS: "GCS", Task.AGE: "Age"}
METHOD_TITLES = {
    Method.GUIDED_GRAD_CAM: "Guided Grad-CAM",
    Method.GRAD_CAM: "Grad-CAM",
    Method.GUIDED_BACKPROP: "Guided Backpropagation",
}


def scan_of(study_key: str, case: Case, *, reader: str = "") -> Scan:
    """The scan of a case; with a reader's name the browser keeps their view and time over a reload."""
    return Scan(study_key, case.key, case.shape, case.spacing_mm, f"data/{study_key}/{case.key}/volume", case.synthetic,
                reader=reader)


def prediction_for(person: Person, case_key: str) -> Prediction | None:
    """The study's model output of a case; None where this person may not see it (yet) or there is none."""
    store = resources.store()
    if not permissions.may_see_model_output(store, person, person.study_key, case_key):
        return None
    return next(iter(store.predictions(person.study_key, case_key)), None)


def overlays_for(person: Person, case_key: str) -> list[Overlay]:
    """The saliency maps of a case, prognosis first; none where this person may not see them (yet)."""
    prediction = prediction_for(person, case_key)
    if prediction is None:
        return []
    folder = resources.workspace().outputs_folder(person.study_key, case_key, prediction.weights_id)
    manifests = [json.loads(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*_*.json"))]
    by_task = sorted(manifests, key=lambda entry: list(Task).index(entry["task"]))
    return [_overlay(person.study_key, prediction, entry) for entry in by_task]


def _overlay(study_key: str, prediction: Prediction, manifest: dict) -> Overlay:
    task, method = Task(manifest["task"]), Method(manifest["method"])
    url = f"data/{study_key}/{prediction.case}/map/{prediction.weights_id}/{method}/{task}"
    label = f"{TASK_TITLES[task]} – {METHOD_TITLES[method]}"
    native, answer = tuple(manifest["native_shape"]), leading_answer(prediction, task)
    return Overlay(label, str(task), str(method), url, native, answer)


def leading_answer(prediction: Prediction, task: Task) -> str:
    """The network's answer to a task with its probability: "Poor, p 0.73"; empty where it has none."""
    target = prediction.target_of(task)
    if target is None:
        return ""
    label = prediction.label(target)
    return f"{CLASS_TEXTS[label]}, p {prediction.probabilities(target)[label]:.2f}"


def unaided_answers(person: Person, case_key: str) -> Answers | None:
    """A reader's own locked unaided answers to a case."""
    reads = (stored.read for stored in resources.store().reads(person.study_key, person.username))
    return next((read.answers for read in reads
                 if read.case == case_key and read.condition is Condition.UNAIDED), None)
