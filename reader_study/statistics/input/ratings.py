"""The ratings table: one row a rater, case and question. It is the one input of all statistics.

A model is a rater like a reader. Rows are counted as a spreadsheet counts them: the header is row 1.
"""

from collections.abc import Iterable
from enum import StrEnum

import numpy as np
import pandas as pd

from ich_model.tasks import GCS_BINARY, POOR_PROBABILITY, READ_TARGETS

COLUMNS = ("readerID", "rater_type", "caseID", "modalityID", "condition", "repeat", "question", "decision", "score",
           "truth")
TIMES = ("seconds", "overlay_seconds", "position")
"""Of a read, where known: active time, of that with the model's map on screen, and its place in the reader's order."""
CASE_FACTS = ("sex", "haematoma_ml")
"""Of a case, where known: what divides cases into subgroups besides the reference standard."""
OPTIONAL = TIMES + CASE_FACTS
LINE = "line"
"""Where each row stands in a file whose rows are not counted from a header; only used to say where a rule is broken."""
KEY = ["readerID", "caseID", "modalityID", "question", "repeat"]
CONDITIONS = ("unaided", "aided", "model")
CATEGORIES = {str(task): target.classes for task, target in READ_TARGETS.items()} | {GCS_BINARY.key: GCS_BINARY.classes}
"""Question -> its classes in order: what readers are asked, and GCS in the two bands that some models give."""


NO_CALL = "no call"
"""In place of the call of a read that has a score alone."""
NO_CALLS = "the scores have no calls: give --threshold"
"""Why what is worked out from calls has no value, where scores have another scale than 0 to 1."""


class RaterType(StrEnum):
    """Who rated."""

    READER = "reader"
    MODEL = "model"


class BadRatings(ValueError):
    """A ratings table that breaks a rule; the message names the row, the column and the rule."""


def _refuse(broken: pd.Series, column: str, rule: str, frame: pd.DataFrame) -> None:
    """BadRatings for the first row where `broken` holds; says how many rows break the rule."""
    if not broken.any():
        return
    position = int(np.flatnonzero(broken.to_numpy())[0])
    value, more = frame[column].iloc[position], int(broken.sum()) - 1
    row = frame[LINE].iloc[position] if LINE in frame else position + 2
    shown = "an empty cell" if pd.isna(value) else repr(value) if isinstance(value, str) else f"{value:g}"
    also = f" ({more} more such {'row' if more == 1 else 'rows'})" if more else ""
    raise BadRatings(f"row {row}, column {column}: expected {rule}, got {shown}{also}")


def _number(frame: pd.DataFrame, column: str, rule: str) -> pd.Series:
    """The column as floats, empty cells as NaN; text that is no number is refused."""
    numbers = pd.to_numeric(frame[column], errors="coerce").astype(float)
    _refuse((numbers.isna() & frame[column].notna()) | np.isinf(numbers), column, rule, frame)
    return numbers


def _class_index(frame: pd.DataFrame, column: str, *, may_be_empty: pd.Series, otherwise: str) -> pd.Series:
    """The column as whole class indices of each row's question."""
    rule = f"a class index of the question (0 for its lowest class), or {otherwise}"
    numbers = _number(frame, column, rule)
    highest = frame["question"].map({question: len(names) - 1 for question, names in CATEGORIES.items()}).astype(float)
    broken = numbers.notna() & ((numbers < 0) | (numbers > highest) | (numbers % 1 != 0))
    _refuse(broken | (numbers.isna() & ~may_be_empty), column, rule, frame)
    return numbers


def validate(frame: pd.DataFrame, *, score_range: tuple[float, float] = (0.0, 1.0)) -> pd.DataFrame:
    """The table with its columns in order and their types settled; BadRatings where a rule is broken.

    Optional columns stay where they are there; any other column is left out.
    """
    missing = [column for column in COLUMNS if column not in frame.columns]
    if missing:
        raise BadRatings(f"ratings: column {missing[0]} is missing; expected {', '.join(COLUMNS)}")
    if frame.empty:
        raise BadRatings("ratings: the table has no rows; expected one row a rater, case and question")
    kept = (name for name in (*OPTIONAL, LINE) if name in frame.columns)
    clean = frame[[*COLUMNS, *kept]].reset_index(drop=True)
    for column in ("readerID", "caseID", "modalityID"):
        _refuse(clean[column].isna() | (clean[column].astype(str).str.strip() == ""), column, "a name", clean)
        clean[column] = clean[column].astype(str)
        _refuse(clean[column].str.contains(r"[\x00\x08\x1b\x7f]"), column, "a name without control characters", clean)
    for column, allowed in (("rater_type", [*RaterType]), ("condition", CONDITIONS), ("question", CATEGORIES)):
        _refuse(~clean[column].isin(list(allowed)), column, f"one of {', '.join(allowed)}", clean)
        clean[column] = clean[column].astype(str)
    low, high = score_range
    rule = f"a number from {low:g} to {high:g}, or empty"
    score = _number(clean, "score", rule)
    _refuse((score < low) | (score > high), "score", rule, clean)
    repeat = _number(clean, "repeat", "a whole number from 0 on")
    _refuse(repeat.isna() | (repeat < 0) | (repeat % 1 != 0), "repeat", "a whole number from 0 on", clean)
    scored = score.notna() & (clean["question"] == "prognosis")  # what has a graded answer may lack a call
    decision = _class_index(clean, "decision", may_be_empty=scored, otherwise="a score of prognosis to make it from")
    truth = _class_index(clean, "truth", may_be_empty=clean["truth"].isna(), otherwise="empty")
    clean = clean.assign(score=score, repeat=repeat.astype(int), truth=truth,
                         decision=decision.astype("Int64" if decision.isna().any() else int))
    clean = _optional(clean)
    _check_rows_against_each_other(clean)
    return clean.drop(columns=LINE, errors="ignore")


def _optional(clean: pd.DataFrame) -> pd.DataFrame:
    """The table with its optional columns settled: numbers from 0 on, and sex as text."""
    for column in (name for name in OPTIONAL if name in clean.columns):
        if column == "sex":
            clean = clean.assign(sex=clean["sex"].astype(object).where(clean["sex"].notna(), ""))
            clean["sex"] = clean["sex"].astype(str).str.strip()
            continue
        numbers = _number(clean, column, "a number from 0 on, or empty")
        _refuse(numbers < 0, column, "a number from 0 on, or empty", clean)
        clean = clean.assign(**{column: numbers})
    return clean


def _check_rows_against_each_other(clean: pd.DataFrame) -> None:
    """One rating a rater, case, question and repeat; one truth a case and question; one type a rater."""
    _refuse(clean.duplicated(KEY), "caseID", "one row a reader, case, modality, question and repeat", clean)
    first_truth = clean.groupby(["caseID", "question"])["truth"].transform("first")
    differs = clean["truth"].notna() & (clean["truth"] != first_truth)
    _refuse(differs, "truth", "the same truth for a case in all its rows", clean)
    for fact in (name for name in CASE_FACTS if name in clean.columns):
        given = clean[fact].notna() & (clean[fact] != "")
        first = clean[fact].where(given).groupby(clean["caseID"]).transform("first")
        _refuse(given & (clean[fact] != first), fact, "the same for a case in all its rows", clean)
    first_type = clean.groupby(["readerID", "modalityID"])["rater_type"].transform("first")
    _refuse(clean["rater_type"] != first_type, "rater_type", "one type for a rater in all its rows", clean)


def with_labels(frame: pd.DataFrame, positive: str) -> pd.DataFrame:
    """The table with decision and truth of the question prognosis as 1 where they say `positive` and else 0.

    One other label may stand beside it. A table of other questions is left as it is: their classes are ordered.

    Raises:
        BadRatings: where more than two labels are used.
    """
    named = frame.copy()
    asked = named["question"] == "prognosis" if "question" in named.columns else pd.Series(True, index=named.index)
    for column in (name for name in ("decision", "truth") if name in named.columns):
        labels = named[column].map(label).where(asked & named[column].notna())
        others = sorted(set(labels.dropna()) - {positive})
        if len(others) > 1:
            raise BadRatings(f"column {column}: expected {positive} and one other label, got {', '.join(others)}")
        coded = (labels == positive).astype(float).where(labels.notna())
        named[column] = named[column].astype(object).where(labels.isna(), coded)
    return named


def label(value: object) -> str:
    """A cell's text, whole numbers without their decimal point."""
    return f"{value:g}" if isinstance(value, float) else str(value).strip()


def at_threshold(frame: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """The table with the call on prognosis of each graded rater made anew: poor from `threshold` on.

    Raters without graded scores keep their calls, and so does a read without a score.
    """
    asked = (frame["question"] == "prognosis") & frame["score"].notna()
    between = asked & ~frame["score"].isin([0.0, 1.0])
    graded = between.groupby([frame["readerID"], frame["modalityID"]]).transform("any") & asked
    return frame.assign(decision=frame["decision"].where(~graded, (frame["score"] >= threshold).astype(int)))


def _way_out(columns: Iterable[object]) -> str:
    """What to do where answers stand under the name of their question; nothing where there is no such column."""
    for question in CATEGORIES:
        if question in columns:
            return (f"; put the classes of column {question} (0 for the lowest) into a column decision and {question} "
                    f"into a column question, and compare with --question {question}")
    return ""


def with_defaults(frame: pd.DataFrame, *, threshold: float | None = POOR_PROBABILITY) -> pd.DataFrame:
    """A table that has at least readerID, caseID, modalityID and score or decision, with the other columns filled.

    A rater is a reader of the question prognosis unless the table says otherwise; a missing call is score >= threshold,
    and stays missing where the threshold is None.

    Raises:
        BadRatings: where a column that is needed is missing.
    """
    for column in ("readerID", "caseID", "modalityID"):
        if column not in frame.columns:
            raise BadRatings(f"ratings: column {column} is missing; expected readerID, caseID, modalityID and score, "
                             f"got {', '.join(map(str, frame.columns)) or 'no column'}")
    if not {"score", "decision"} & set(frame.columns):
        raise BadRatings("ratings: expected a column score or a column decision, got neither"
                         + _way_out(frame.columns))
    filled = frame.copy()
    fallback: dict[str, str | float]
    fallback = {"rater_type": "reader", "repeat": 0, "question": "prognosis", "score": np.nan, "decision": np.nan,
                "truth": np.nan}
    for column, value in fallback.items():
        if column not in filled.columns:
            filled[column] = value
    if "condition" not in filled.columns:
        known = filled["modalityID"].where(filled["modalityID"].isin(CONDITIONS), "unaided")
        filled["condition"] = known.where(filled["rater_type"] != "model", "model")
    if threshold is None:
        return filled
    score = pd.to_numeric(filled["score"], errors="coerce")
    to_call = filled["decision"].isna() & score.notna() & (filled["question"] == "prognosis")
    filled["decision"] = filled["decision"].astype(object).where(~to_call, (score >= threshold).astype(int))
    return filled
