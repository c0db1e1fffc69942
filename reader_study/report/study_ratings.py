"""The ratings table of a study, from its store: readers' answers, predictions and reference standard in long form.

A model is one more rater. Only what readers and models answer alike is comparable: a model's GCS in two bands is not.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from ich_model.tasks import READ_TARGETS, Prediction, Task
from ich_model.variants import variant_named
from reader_study.access import permissions
from reader_study.statistics.input.ratings import COLUMNS, TIMES, RaterType
from reader_study.store.store import Store
from reader_study.study.design import NotAllowed, Person, Truth
from reader_study.study.read import Answers, Read, StoredRead

WEIGHTS_ID_SHOWN = 8  # characters: enough to tell two sets of weights of one variant apart
MAP_SECONDS = "map_seconds"  # under which `Read.shown` keeps how long the model's map was on the screen
MODEL = "model"  # a model's condition: it reads neither aided nor unaided


def results_for(store: Store, person: Person | None, study_key: str) -> pd.DataFrame:
    """The ratings table of a study for a person; NotAllowed until they may see results."""
    if not permissions.may_see_results(store, person, study_key):
        raise NotAllowed(f"the results of study {study_key} are not open: expected the study to be unlocked and, "
                         "for a reader, their own reads to be complete")
    return ratings(store, study_key)


def ratings(store: Store, study_key: str) -> pd.DataFrame:
    """The ratings table of a study, one row a rater, case and question. For callers that passed permission.

    Training cases are left out. A question that a read leaves open, as of a case that cannot be read, has no row.
    """
    study, truths = store.study(study_key), store.truths(study_key)
    reads = [stored for stored in store.reads(study_key) if stored.read.case not in study.training]
    known = {recorded.rater: recorded.value for recorded in store.thresholds(study_key)}
    predictions = [of for of in store.predictions(study_key) if of.case not in study.training]
    rows = [*_reader_rows(reads), *_model_rows(predictions, known)]
    facts = {name: value for name, value in _FACTS.items() if any(value(truth) for truth in truths.values())}
    for row in rows:
        truth = truths.get(row["caseID"])
        row["truth"] = float(truth.class_index(row["question"])) if truth else np.nan
        row["question"] = row["question"].value
        row |= {name: value(truth) if truth else None for name, value in facts.items()}
    table = pd.DataFrame(rows, columns=[*COLUMNS, *TIMES, *facts])
    kinds = {"repeat": int, "decision": int, "score": float, "truth": float} | dict.fromkeys(TIMES, float)
    return table.astype(kinds | ({"haematoma_ml": float} if "haematoma_ml" in facts else {}))


_FACTS: dict[str, Callable[[Truth], str | float | None]]
_FACTS = {"sex": lambda truth: truth.sex, "haematoma_ml": lambda truth: truth.volume_ml}
"""What is known of a case besides the truth of the questions; a column is there where some case has it."""


def model_label(prediction: Prediction) -> str:
    """A model's name among the raters: the variant's title and the weights' short id."""
    return f"{variant_named(prediction.variant).title} {prediction.weights_id[:WEIGHTS_ID_SHOWN]}"


def _reader_rows(reads: list[StoredRead]) -> Iterator[dict[str, Any]]:
    for stored in reads:
        read, answers = stored.read, stored.final
        for task in READ_TARGETS:
            if answers.code(task) is None:
                continue
            yield {
                "readerID": read.reader, "rater_type": RaterType.READER.value, "caseID": read.case,
                "modalityID": read.condition.value, "condition": read.condition.value, "repeat": read.repeat,
                "question": task, "decision": answers.class_index(task),
                "score": _score(answers) if task is Task.PROGNOSIS else np.nan,
                "seconds": read.seconds, "overlay_seconds": _overlay_seconds(read),
                "position": stored.position,
            }


def _score(answers: Answers) -> float:
    return np.nan if answers.p_poor is None else answers.p_poor / 100


def _overlay_seconds(read: Read) -> float:
    """How long the model's map was on the screen; older releases kept it with what was shown."""
    return read.viewing.get("overlay_s", read.shown.get(MAP_SECONDS, np.nan)) if read.shown else np.nan


def _model_rows(predictions: list[Prediction], thresholds: Mapping[str, float]) -> Iterator[dict[str, Any]]:
    """A model's answers; on prognosis its call is by the threshold recorded for it, where there is one."""
    for prediction in predictions:
        label = model_label(prediction)
        for task, target in READ_TARGETS.items():
            if prediction.target_of(task) != target:
                continue
            score = prediction.cumulative[target.key][0] if target.n_logits == 1 else np.nan
            decision = target.classes.index(prediction.label(target))
            if task is Task.PROGNOSIS and label in thresholds:
                decision = int(score >= thresholds[label])
            yield {
                "readerID": label, "rater_type": RaterType.MODEL.value, "caseID": prediction.case,
                "modalityID": label, "condition": MODEL, "repeat": 0,
                "question": task, "decision": decision, "score": score,
            }
