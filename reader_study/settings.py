"""How a comparison is made: one set of choices for all its tables, stated in every export."""

from dataclasses import dataclass

from reader_study.bootstrap import RESAMPLES
from reader_study.merit import Covariance


@dataclass(frozen=True)
class Settings:
    """1 - alpha is the level of intervals; resamples and seed are the bootstrap's; the rest is for readers x cases.

    `margin` is how much worse, in the metric's own unit, still counts as not inferior; None asks no such question.
    """

    alpha: float = 0.05
    resamples: int = RESAMPLES
    seed: int = 1
    covariance: Covariance = Covariance.DELONG
    margin: float | None = None


DEFAULTS = Settings()
