"""The settings of a comparison: one set for all its tables, stated in every export."""

from dataclasses import dataclass, field
from enum import StrEnum

from ich_model.bootstrap import RESAMPLES
from ich_model.estimate import Interval
from reader_study.statistics.input.score_scale import Scale


class Covariance(StrEnum):
    """How the covariance of figures of merit is estimated."""

    JACKKNIFE = "jackknife"
    DELONG = "DeLong"
    UNBIASED = "unbiased"


@dataclass(frozen=True)
class Plan:
    """Planned studies whose power is worked out from this one: reader and case counts, and differences to detect."""

    readers: tuple[int, ...] = (4, 6, 8, 12, 16, 24)
    cases: tuple[int, ...] = (100, 200, 300, 500)
    differences: tuple[float, ...] = (0.05,)


@dataclass(frozen=True)
class Settings:
    """1 - alpha is the level of intervals; resamples and seed are the bootstrap's; the rest is for readers x cases.

    `margin` is how much worse, in the metric's own unit, still counts as not inferior; None asks no such question.
    With `reference_modality` every other modality, or the readers, are compared with that one alone. `paper_mode` adds
    the table that resamples as the published code did. `scale` is that of the scores.
    """

    alpha: float = 0.05
    resamples: int = RESAMPLES
    seed: int = 1
    covariances: tuple[Covariance, ...] = (Covariance.DELONG,)
    margin: float | None = None
    interval: Interval = Interval.WILSON
    reference_modality: str | None = None
    paper_mode: bool = False
    plan: Plan = field(default_factory=Plan)
    scale: Scale = field(default_factory=Scale)


DEFAULTS = Settings()
