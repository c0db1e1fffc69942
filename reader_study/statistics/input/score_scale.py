"""The scale of the scores of a file, and the threshold of a call: named by an option, or taken from the data.

Scores from 0 to 1 are probabilities, and 0.5 makes a call of them. On any other scale nobody but the authors knows a
cut-off, so that no call is made without --threshold.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ich_model.tasks import POOR_PROBABILITY
from reader_study.statistics.input.ratings import LINE, BadRatings

LEAST_OUTSIDE = 0.05  # share of scores outside 0 to 1 from which a file has another scale, and not a few wrong cells
_MOST_ROWS = 5  # that a refusal lists


@dataclass(frozen=True)
class Scale:
    """From where to where scores go; from `threshold` on one is a positive call, None: no call is made of any."""

    low: float = 0.0
    high: float = 1.0
    threshold: float | None = POOR_PROBABILITY
    from_data: bool = False

    @property
    def is_probability(self) -> bool:
        """Whether scores go from 0 to 1."""
        return (self.low, self.high) == (0.0, 1.0)

    @property
    def text(self) -> str:
        """From where to where: "1 to 5"."""
        return f"{self.low:g} to {self.high:g}"


PROBABILITY = Scale()


def scale_of(frame: pd.DataFrame, *, name: str, given: Sequence[float] | None, threshold: float | None) -> Scale:
    """The scale of a table's scores; BadRatings where there is none that holds them all.

    Args:
        frame: The rows of a file.
        name: Of the file; with the ending .imrmc its scores may have any scale.
        given: --score-range, where it was.
        threshold: --threshold, where it was.
    """
    scores = _scores(frame)
    finite = scores[np.isfinite(scores)]
    outside = (finite < 0) | (finite > 1)
    if given is not None:
        scale = _given(*given)
        _refuse(frame, scores, name, scale,
                "--score-range has to hold every score")
    elif outside.any() and (name.endswith(".imrmc") or outside.mean() >= LEAST_OUTSIDE):
        scale = Scale(float(finite.min()), float(finite.max()), from_data=True)
    else:
        scale = Scale()
        _refuse(frame, scores, name, scale,
                "where the scores have another scale, name it with --score-range LOW HIGH")
    default = POOR_PROBABILITY if scale.is_probability else None
    return Scale(scale.low, scale.high, _checked(threshold, scale) if threshold is not None else default,
                 scale.from_data)


def _scores(frame: pd.DataFrame) -> pd.Series:
    """The scores (rows,) as numbers, NaN where there is none or something else."""
    if "score" not in frame:
        return pd.Series(np.nan, index=frame.index, dtype=float)
    return pd.to_numeric(frame["score"], errors="coerce").astype(float)


def _given(low: float, high: float) -> Scale:
    """The scale of --score-range."""
    if not (np.isfinite([low, high]).all() and low < high):
        raise BadRatings(f"--score-range {low:g} {high:g}: expected two numbers, the lower one first")
    return Scale(float(low), float(high))


def _checked(threshold: float, scale: Scale) -> float:
    """The threshold, which must lie on the scale."""
    if not scale.low <= threshold <= scale.high:
        where = ", the range of the data: --score-range LOW HIGH names a wider one" if scale.from_data else ""
        raise BadRatings(f"--threshold {threshold:g}: expected a number on the scale of the scores, from {scale.low:g} "
                         f"to {scale.high:g}{where}")
    return threshold


def _refuse(frame: pd.DataFrame, scores: pd.Series, name: str, scale: Scale, then: str) -> None:
    """BadRatings that lists the rows whose score lies outside; an endless score is refused with its own rule."""
    outside = (scores < scale.low) | (scores > scale.high)
    places = np.flatnonzero((outside & np.isfinite(scores)).to_numpy())
    if not len(places):
        return
    shown, more = places[:_MOST_ROWS], len(places) - _MOST_ROWS
    lines = frame[LINE] if LINE in frame else pd.Series(range(2, len(frame) + 2), index=frame.index)
    rows = ", ".join(str(lines.iloc[place]) for place in shown)
    got = ", ".join(f"{scores.iloc[place]:g}" for place in shown)
    also = f" ({more} more such {'row' if more == 1 else 'rows'})" if more > 0 else ""
    row, number = ("row", "a number") if len(places) == 1 else ("rows", "numbers")
    raise BadRatings(f"{name}, {row} {rows}, column score: expected {number} from {scale.text}, got {got}{also}; "
                     f"{then}")


def sentences(scale: Scale, ratings: pd.DataFrame, name: str) -> list[str]:
    """What is to be known of a file's scores: a scale that was taken from the data, and scores without a call."""
    told = []
    if scale.from_data and scale.low == scale.high:
        told.append(f"{name}: every score is {scale.low:g}, which was taken as their scale; --score-range LOW HIGH "
                    "names another.")
    elif scale.from_data:
        told.append(f"{name}: the scores go from {scale.text}; this range was taken from the data, --score-range LOW "
                    "HIGH names another.")
    without = int(ratings["decision"].isna().sum())
    if without:
        told.append(f"No call was made of {without} {'score' if without == 1 else 'scores'} on the scale {scale.text}: "
                    "tables of calls need --threshold. AUC, ROC and ordinal agreement are of the scores themselves.")
    return told
