"""What the model predicts and a reader answers: tasks, their ordered classes, and how classes become logits.

A target with K ordered classes is K - 1 cumulative logits: logit m says "the class is above m". A binary target is the
ordinal target with two classes, so there is one code path. Torch-free: `reader_study` imports it.
"""

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from ich_model.choices import chosen

POOR_PROBABILITY = 0.5  # p >= 0.5 is poor (Cobo et al. 2024)
SEVERE_GCS = 8  # GCS 3-8 is severe (Teasdale & Jennett 1974; Cobo et al. 2024)
MODERATE_GCS = 12  # GCS 9-12 is moderate, 13-15 mild
GCS_RANGE = (3, 15)
OLD_AGE_YEARS = 80  # the age cut-point of the ICH score (Hemphill 2001)
AGE_RANGE_YEARS = (0, 120)


class Task(StrEnum):
    """A prediction task, the same for the model and for the readers."""

    PROGNOSIS = "prognosis"
    GCS = "gcs"
    AGE = "age"


def task_named(name: Task | str) -> Task:
    """The task with a name; ValueError, which lists the tasks, for any other name."""
    return chosen(Task, name, noun="task")


@dataclass(frozen=True)
class Target:
    """One way to code a task: its ordered classes, lowest first, as stable codes."""

    key: str
    task: Task
    classes: tuple[str, ...]

    @property
    def n_logits(self) -> int:
        """Number of cumulative outputs, one fewer than classes."""
        return len(self.classes) - 1

    def encode(self, index: int) -> tuple[float, ...]:
        """Cumulative code of a class index, (K - 1,): ones up to the index, then zeros (Frank & Hall 2001).

        >>> GCS_ORDINAL.encode(1)
        (1.0, 0.0)

        Raises:
            ValueError: where there is no such class.
        """
        if not 0 <= index < len(self.classes):
            raise ValueError(f"{self.key}: expected a class from 0 to {self.n_logits}, got {index}")
        return tuple(float(m < index) for m in range(self.n_logits))

    def decode(self, cumulative: np.ndarray) -> int:
        """Predicted class index: the number of cumulative probabilities (K - 1,) of at least 0.5.

        At exactly 0.5 the published scripts differ (prognosis counts it, ordinal GCS does not); here it counts.

        >>> GCS_ORDINAL.decode(np.array([0.7, 0.2]))
        1
        """
        return int((np.asarray(cumulative) >= POOR_PROBABILITY).sum())

    def class_probabilities(self, cumulative: np.ndarray) -> np.ndarray:
        """Probability of each class, (K,), from the cumulative probabilities (K - 1,) of lying above each cut.

        The network's outputs are independent, so they need not decrease with the cut. A running minimum makes them
        decrease, so that no class has a negative probability.

        >>> GCS_ORDINAL.class_probabilities(np.array([0.7, 0.2])).round(3).tolist()
        [0.3, 0.5, 0.2]
        """
        above = np.minimum.accumulate(np.asarray(cumulative, dtype=float))
        return np.abs(np.diff(np.concatenate([[1.0], above, [0.0]])))


PROGNOSIS = Target("prognosis", Task.PROGNOSIS, ("good", "poor"))
GCS_BINARY = Target("gcs_binary", Task.GCS, ("not_severe", "severe"))
GCS_ORDINAL = Target("gcs_ordinal", Task.GCS, ("mild", "moderate", "severe"))
AGE = Target("age", Task.AGE, ("under_80", "80_or_more"))
TARGETS = {target.key: target for target in (PROGNOSIS, GCS_BINARY, GCS_ORDINAL, AGE)}

READ_TARGETS = {Task.PROGNOSIS: PROGNOSIS, Task.GCS: GCS_ORDINAL, Task.AGE: AGE}
"""The targets that readers rate: the paper's three, GCS always in three classes."""

CLASS_TEXTS = {
    "good": "Good",
    "poor": "Poor",
    "mild": "Mild (GCS 13–15)",
    "moderate": "Moderate (GCS 9–12)",
    "severe": "Severe (GCS 3–8)",
    "not_severe": "Not severe (GCS 9–15)",
    "under_80": "Under 80 years",
    "80_or_more": "80 years or more",
}


def gcs_class(gcs: int, target: Target = GCS_ORDINAL) -> int:
    """Class index of a Glasgow Coma Scale total, 3 to 15; a lower total is a higher class.

    Raises:
        ValueError: for a total outside 3 to 15.
    """
    low, high = GCS_RANGE
    if not low <= gcs <= high:
        raise ValueError(f"GCS {gcs}: expected {low} to {high}")
    if target is GCS_BINARY:
        return int(gcs <= SEVERE_GCS)
    return int(gcs <= MODERATE_GCS) + int(gcs <= SEVERE_GCS)


def age_class(age_years: float) -> int:
    """Class index of an age in years, 0 to 120.

    Raises:
        ValueError: for an age outside 0 to 120.
    """
    low, high = AGE_RANGE_YEARS
    if not low <= age_years <= high:
        raise ValueError(f"age {age_years}: expected {low} to {high} years")
    return int(age_years >= OLD_AGE_YEARS)


def class_of(target: Target, *, poor: int, gcs: int, age: float) -> int:
    """Class index of a patient for a target, from outcome (0 or 1), GCS total and age in years.

    Raises:
        ValueError: for a value outside its range.
    """
    if target.task is Task.PROGNOSIS:
        if poor not in (0, 1):
            raise ValueError(f"poor {poor}: expected 0 (good) or 1 (poor)")
        return int(poor)
    return gcs_class(gcs, target) if target.task is Task.GCS else age_class(age)


class Repeats(StrEnum):
    """How repeated predictions of one case were made, to measure their spread."""

    MC_DROPOUT = "mc_dropout"  # one network, with dropout active
    ENSEMBLE = "ensemble"  # several networks, for example those of the folds


@dataclass(frozen=True)
class Spread:
    """The spread of repeated predictions: for each target key the standard deviation of its K - 1 outputs.

    It measures the model's own variability and is no confidence interval for the true class. `seed` is that of the
    dropout, `members` are the weights ids of an ensemble.
    """

    repeats: Repeats
    n: int
    sd: dict[str, tuple[float, ...]]
    seed: int | None = None
    members: tuple[str, ...] = ()


@dataclass(frozen=True)
class Prediction:
    """A network's prediction for one case. `cumulative` holds, for each target key, its K - 1 sigmoid outputs.

    With a `spread` they are means over repeated predictions. `preprocessing` and `software` (package to version)
    record what the numbers depend on besides the weights.
    """

    case: str
    variant: str
    weights_id: str
    input_grid: tuple[int, int, int]
    cumulative: dict[str, tuple[float, ...]]
    seconds: float
    synthetic_weights: bool
    preprocessing: str = ""
    software: dict[str, str] = field(default_factory=dict)
    spread: Spread | None = None

    def probabilities(self, target: Target) -> dict[str, float]:
        """Probability of each class code of one of the network's targets.

        >>> Prediction("case-001", "prognosis", "0123456789ab", (40, 301, 301), {"prognosis": (0.75,)}, seconds=0.1,
        ...            synthetic_weights=False).probabilities(PROGNOSIS)
        {'good': 0.25, 'poor': 0.75}
        """
        values = target.class_probabilities(np.array(self.cumulative[target.key]))
        return {code: float(value) for code, value in zip(target.classes, values, strict=True)}

    def label(self, target: Target) -> str:
        """Predicted class code of one of the network's targets."""
        return target.classes[target.decode(np.array(self.cumulative[target.key]))]

    @property
    def targets(self) -> tuple[Target, ...]:
        """The targets that this network predicts, in the order of its heads."""
        return tuple(TARGETS[key] for key in self.cumulative)

    def target_of(self, task: Task | str) -> Target | None:
        """The network's target for a task, or None where it has none."""
        wanted = task_named(task)
        return next((target for target in self.targets if target.task is wanted), None)
