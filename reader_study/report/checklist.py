"""What reporting guidelines ask for, with what the study itself can answer; the rest is for the authors.

The items and where their numbers come from are in `guideline_items`.
"""

from collections.abc import Mapping

import pandas as pd

from ich_model import software
from ich_model.tasks import CLASS_TEXTS, READ_TARGETS, Task
from reader_study.report.guideline_items import IN_PART, ITEMS
from reader_study.statistics.input.settings import Settings
from reader_study.statistics.labels import subgroup_names

COLUMNS = ["guideline", "item", "topic", "state", "answer"]
FILLED, PARTLY, AUTHORS = "filled by the study", "in part, for the authors to complete", "authors"


def table(tables: Mapping[str, pd.DataFrame], about: Mapping[str, str], settings: Settings) -> pd.DataFrame:
    """One row an item: filled by the study where it can, else left to the authors."""
    answers = _answers(tables, about, settings)
    rows = [(guideline, item, topic, _state(key, answers), answers.get(key, ""))
            for guideline, item, topic, key in ITEMS]
    return pd.DataFrame(rows, columns=COLUMNS)


def _state(key: str, answers: Mapping[str, str]) -> str:
    """Who answers the item of a key."""
    if not answers.get(key):
        return AUTHORS
    return PARTLY if key in IN_PART else FILLED


def _answers(tables: Mapping[str, pd.DataFrame], about: Mapping[str, str], settings: Settings) -> dict[str, str]:
    """Key -> what the study says; a key without an answer is left out."""
    ratings = tables["ratings"]
    readers, models = (ratings[ratings["rater_type"] == kind] for kind in ("reader", "model"))
    truth = ratings[ratings["question"] == "prognosis"].groupby("caseID")["truth"].first()
    repeats = int((ratings["repeat"] > 0).sum())
    poor, good, unknown = int((truth == 1).sum()), int((truth == 0).sum()), int(truth.isna().sum())
    known = f"{poor} poor, {good} good" + (f", {unknown} without reference standard" if unknown else "")
    numbers = (f"cases: {ratings['caseID'].nunique()} ({known}); readers: {readers['readerID'].nunique()}; models: "
               f"{models['readerID'].nunique()}; repeated ratings: {repeats} (ratings.csv)")
    if about.get("readers left out", "none") != "none":
        numbers += f"; readers left out, not done: {about['readers left out']}"
    answers = {
        "numbers": numbers, "flow": f"{numbers}; the authors say which cases were excluded, and why",
        "missing": "unread cases, reads without a score and undefined values are counted in the note of each row; "
                   "nothing is imputed",
        "reference": "poor outcome (1) against good outcome (0) as recorded for each case (ratings.csv, column truth); "
                     "the authors say how it was established",
        "metrics": "methods.txt", "agreement_methods": "methods.txt",
        "uncertainty": f"{100 * (1 - settings.alpha):g} % intervals in every table; tests in tests.csv and mrmc.csv",
        "performance": "performance.csv, figures metrics and roc", "agreement": "agreement.csv, figure agreement",
        "counts": "performance.csv, columns numerator and denominator: calls against the reference standard; cases.csv "
                  "case by case",
        "failures": "cases.csv: every case with the readers and models that missed it; figure cases",
        "threshold": "ratings.csv has every call (column decision); the authors say by which cut-off it was made",
        "software": f"of the analysis: {software.title_and_version()}; in about.csv: versions, digests, seed "
                    f"{settings.seed}",
        "sharing": "ratings.csv holds every rating, about.csv the versions and digests of the analysis; the authors "
                   "say where data, code and model can be had",
        "details": "ratings.csv and ratings.imrmc hold every rating",
    }
    if ratings["decision"].isna().any():
        answers["threshold"] = "no cut-off was given for scores without a call, and none was made of them"
        answers["counts"] += "; scores without a call have none"
    if len(tables["subgroups"]):
        answers["subgroups"] = f"subgroups.csv: {', '.join(subgroup_names(tables['subgroups']))}"
        answers["fairness"] = answers["subgroups"] + "; the authors say which further groups matter"
    if len(tables["calibration"]):
        answers["calibration"] = "performance.csv, subgroups.csv, calibration.csv, figure calibration"
    if tables["sample_size"]["power"].notna().any():
        answers["power"] = "sample_size.csv projects the power of further studies; the authors say how this one was set"
    weights = [f"{name.removeprefix('weights of ')}: {value}" for name, value in about.items()
               if name.startswith("weights of ")]
    if weights:
        answers["models"] = f"weights {'; '.join(weights)}"
    return answers | (_answers_of_study(about) if "design" in about else {})


def _answers_of_study(about: Mapping[str, str]) -> dict[str, str]:
    """What holds of a study that was read in the app; of a table from elsewhere nobody here knows it."""
    trail = f"last hash {about['audit trail, last hash'][:12]}"
    bands = "; ".join(CLASS_TEXTS[name] for task in (Task.GCS, Task.AGE) for name in READ_TARGETS[task].classes)
    return {
        "bands": f"{bands}; the authors define a poor outcome",
        "blinding": f"design {about['design']}: cases came in an order of each reader's own (seed "
                    f"{about['order seed']}), never with another read or the reference standard of a case that is "
                    "analysed; model output only in aided reads, and afterwards only where no read of the case was "
                    f"still to come; clinical data shown: {about['clinical data shown']}; every read is in the audit "
                    f"trail ({trail})",
        "rated": "prognosis (good, poor), GCS band and age band from one non-contrast head CT, on screen",
        "saliency": "saliency maps of the model beside the scans (figure saliency where it was made)",
        "threshold": "readers called good or poor; a model's call is poor from p = 0.5 on, or from its threshold "
                     "recorded before unlocking" + _recorded(about),
        "trail": f"every read, prediction and unlocking is kept and chained by hashes ({trail})",
    }


def _recorded(about: Mapping[str, str]) -> str:
    """The recorded thresholds, in brackets; nothing where there are none."""
    known = [f"{name.removeprefix('threshold of ')}: {value}" for name, value in about.items()
             if name.startswith("threshold of ")]
    return f" ({'; '.join(known)})" if known else ""
