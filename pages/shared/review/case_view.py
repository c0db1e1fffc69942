"""The model outputs, maps, reads and reference standard of a case that a person may see in review."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from ich_model.explain import faithfulness
from ich_model.saliency.saliency_map import Method
from ich_model.tasks import CLASS_TEXTS, READ_TARGETS, Prediction, Task
from pages.shared import resources
from pages.shared.scans import map_title, overlays_of, scan_of
from pages.shared.viewer.component import Overlay, Scan
from reader_study.access import permissions
from reader_study.report.study_ratings import model_label
from reader_study.study.design import Case, Person, Role
from reader_study.study.questions import Question, QuestionKind
from reader_study.study.read import Answers, StoredRead


def scan_for_review(person: Person, case: Case) -> Scan:
    """The scan of a case, with the address of its brain's contour."""
    return replace(scan_of(person.study_key, case), brain_url=f"data/{person.study_key}/{case.key}/brain")


def models_of(person: Person, case_key: str) -> dict[str, Prediction]:
    """The models' outputs of a case that this person may see, by the model's name; none where it is too early."""
    seen = permissions.models_seen(resources.store(), person, person.study_key, case_key)
    return {model_label(prediction): prediction for prediction in seen}


def maps_of(study_key: str, models: Mapping[str, Prediction]) -> list[Overlay]:
    """The maps of these models. The same map of each model stands together, so that panes compare the models."""
    several = len(models) > 1
    found = [overlay for label, prediction in models.items()
             for overlay in overlays_of(study_key, prediction, model=label if several else "")]
    tasks, methods = list(Task), list(Method)
    return sorted(found, key=lambda one: (tasks.index(Task(one.task)), methods.index(Method(one.method))))


def findings_of(study_key: str, prediction: Prediction) -> dict[str, list[str]]:
    """How far each map of a model's output may be believed: the map in words -> a sentence for each check made."""
    folder = resources.workspace().outputs_folder(study_key, prediction.case, prediction.weights_id)
    found = {map_title(task, method): faithfulness.read_sentences(folder, method=method, task=task)
             for task in Task for method in Method}
    return {title: sentences for title, sentences in found.items() if sentences}


def reads_of(person: Person, case_key: str) -> pd.DataFrame:
    """The reads of a case that a person may see: all with the results, before that a reader's own."""
    store = resources.store()
    if permissions.may_see_results(store, person, person.study_key):
        reads = store.reads(person.study_key)
    else:
        reads = store.reads(person.study_key, person.username) if person.role is Role.READER else []
    questions = store.study(person.study_key).questions
    return pd.DataFrame([_row(stored, questions) for stored in reads if stored.read.case == case_key])


def _row(stored: StoredRead, questions: Sequence[Question]) -> dict[str, object]:
    """A read in words, as it counts: with the reader's last correction and its reason."""
    read, answers = stored.read, stored.final
    said = {question.text + (f", {question.unit}" if question.unit else ""): _answer(question, answers)
            for question in questions}
    corrected = {"Corrected": stored.corrections[-1].reason} if stored.corrections else {}
    condition = f"{read.condition}, repeat {read.repeat}" if read.repeat else str(read.condition)
    return {"Reader": read.reader, "Condition": condition, **said, "Seconds": round(read.seconds), **corrected}


def _answer(question: Question, answers: Answers) -> object:
    answer = answers.get(question.key)
    return answer if question.kind is QuestionKind.NUMBER else question.text_of(answer)


def truth_of(person: Person, case_key: str) -> str | None:
    """The reference standard of a case in words; None before the results are open, or where none is recorded."""
    store = resources.store()
    if not permissions.may_see_results(store, person, person.study_key):
        return None
    truth = store.truths(person.study_key).get(case_key)
    if truth is None:
        return None
    outcome = CLASS_TEXTS[READ_TARGETS[Task.PROGNOSIS].classes[truth.class_index(Task.PROGNOSIS)]]
    more = [truth.sex] if truth.sex else []
    more += [f"haematoma {truth.volume_ml:g} mL"] if truth.volume_ml is not None else []
    return ", ".join([f"{outcome} outcome, GCS {truth.gcs}, {truth.age:g} years", *more])
