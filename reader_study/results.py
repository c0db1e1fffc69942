"""From the store to the ratings table: readers' answers, models' predictions and the truth in one long shape.

A model is one more rater. Only what readers and models answer alike is comparable: a model's GCS in two bands is not.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from ich_model.tasks import READ_TARGETS, Prediction, Task
from ich_model.variants import variant_named
from reader_study import permissions
from reader_study.design import NotAllowed, Person, Truth
from reader_study.ratings import COLUMNS, TIMES, RaterType
from reader_study.reads import StoredRead
from reader_study.store import Store

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
    """The ratings table of a study, one row a rater, case and question. For callers that passed permission."""
    truths = store.truths(study_key)
    rows = [*_reader_rows(store.reads(study_key)), *_model_rows(store.predictions(study_key))]
    for row in rows:
        row["truth"] = _truth_index(truths, row["caseID"], row["question"])
        row["question"] = row["question"].value
    table = pd.DataFrame(rows, columns=[*COLUMNS, *TIMES])
    return table.astype({"repeat": int, "decision": int, "score": float, "truth": float} | dict.fromkeys(TIMES, float))


def model_label(prediction: Prediction) -> str:
    """A model's name among the raters: the variant's title and the weights' short id."""
    return f"{variant_named(prediction.variant).title} {prediction.weights_id[:WEIGHTS_ID_SHOWN]}"


def _truth_index(truths: Mapping[str, Truth], case: str, task: Task) -> float:
    return float(truths[case].class_index(task)) if case in truths else np.nan


def _reader_rows(reads: list[StoredRead]) -> Iterator[dict[str, Any]]:
    for stored in reads:
        read = stored.read
        for task in READ_TARGETS:
            yield {
                "readerID": read.reader, "rater_type": RaterType.READER.value, "caseID": read.case,
                "modalityID": read.condition.value, "condition": read.condition.value, "repeat": read.repeat,
                "question": task, "decision": read.answers.class_index(task),
                "score": read.answers.p_poor / 100 if task is Task.PROGNOSIS else np.nan,
                "seconds": read.seconds, "overlay_seconds": read.shown.get(MAP_SECONDS, np.nan),
                "position": stored.position,
            }


def _model_rows(predictions: list[Prediction]) -> Iterator[dict[str, Any]]:
    for prediction in predictions:
        label = model_label(prediction)
        for task, target in READ_TARGETS.items():
            if prediction.target_of(task) != target:
                continue
            code = prediction.label(target)
            yield {
                "readerID": label, "rater_type": RaterType.MODEL.value, "caseID": prediction.case,
                "modalityID": label, "condition": MODEL, "repeat": 0,
                "question": task, "decision": target.classes.index(code),
                "score": prediction.cumulative[target.key][0] if target.n_logits == 1 else np.nan,
            }
