"""Simulation of four readers for the demo study. No person read these cases: every answer is drawn from this model.

For a case c with truth t (+1 poor, -1 good), the log odds of a poor outcome for reader r are

    log odds = SIGNAL * t + DIFFICULTY_SD * difficulty(c) + noise_sd(r) * noise(r, c) + leaning(r)

difficulty(c) is shared by all readers, so that their errors correlate. leaning(r) sets the operating point: above 0 the
reader calls more cases poor (sensitive), below 0 fewer (specific). All draws are standard normal. With a model's
probability p, a reader of trust w changes to (1 - w) * log odds + w * ln(p / (1 - p)) in the aided read. The call is
poor where the log odds are at least 0, and the stated probability is consistent with the call.

Each draw is seeded by the seed, the case and the reader: neither the order of the cases nor the presence of aided reads
changes an unaided one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from zlib import crc32

import numpy as np
import pandas as pd

from ich_model.tasks import AGE, GCS_ORDINAL, age_class, gcs_class

SIGNAL, DIFFICULTY_SD = 1.0, 1.1  # log odds
MIN_P = 0.01  # a model's probability is clipped to MIN_P and 1 - MIN_P
SHORTEST_S, LONGEST_S = 30.0, 120.0
AIDED_TIME = 0.8  # ratio of aided to unaided reading time


@dataclass(frozen=True)
class ReaderProfile:
    """The parameters of one simulated reader."""

    name: str
    leaning: float  # log odds added to every case
    noise_sd: float  # log odds
    trust: float  # weight of the model's log odds when aided, 0-1
    gcs_errors: float  # probability of a neighbouring GCS band
    age_errors: float  # probability of the other age band
    usual_s: float  # median time for a case


READERS = (
    ReaderProfile("Simulated reader A", 0.1, 0.6, trust=0.30, gcs_errors=0.30, age_errors=0.15, usual_s=62),
    ReaderProfile("Simulated reader B", 1.0, 0.8, trust=0.45, gcs_errors=0.35, age_errors=0.20, usual_s=48),
    ReaderProfile("Simulated reader C", -0.9, 0.8, trust=0.25, gcs_errors=0.35, age_errors=0.20, usual_s=75),
    ReaderProfile("Simulated reader D", 0.3, 1.5, trust=0.60, gcs_errors=0.45, age_errors=0.25, usual_s=55),
)


@dataclass(frozen=True)
class Case:
    """The reference standard of one case."""

    case_id: str
    poor: bool
    gcs: int  # 3-15
    age: float  # years


@dataclass(frozen=True)
class SimulatedRead:
    """One simulated read; `p_poor` is the probability of a poor outcome in percent, 0-100."""

    reader: str
    case: str
    condition: str  # "unaided" or "aided"
    prognosis: str  # "good" or "poor"
    p_poor: int
    gcs: str  # a GCS band
    age: str  # an age band
    seconds: float


def simulate(
    truth: pd.DataFrame, *, seed: int, model_p: Mapping[str, float] | None = None
) -> list[SimulatedRead]:
    """All reads of the four readers, by reader in the order of the cases, unaided before aided.

    Args:
        truth: columns caseID, poor (0 or 1), gcs (3-15) and age (years).
        seed: of all draws.
        model_p: the model's probability of a poor outcome for each case, 0-1; without it there are no aided reads.

    Raises:
        ValueError: where a case has no probability.
    """
    cases = _cases(truth)
    if model_p is not None and (missing := [case.case_id for case in cases if case.case_id not in model_p]):
        raise ValueError(f"model_p: expected a probability for every case, none for {', '.join(missing)}")
    return [
        read
        for reader in READERS
        for case in cases
        for read in reads_of(reader, case, seed=seed, p=None if model_p is None else model_p[case.case_id])
    ]


def _cases(truth: pd.DataFrame) -> list[Case]:
    columns = (truth[name] for name in ("caseID", "poor", "gcs", "age"))
    return [Case(str(case_id), bool(poor), int(gcs), float(age))
            for case_id, poor, gcs, age in zip(*columns, strict=True)]


def reads_of(reader: ReaderProfile, case: Case, *, seed: int, p: float | None) -> Iterator[SimulatedRead]:
    """The unaided read of a case, and the aided one where a model's probability p is given."""
    shared = np.random.default_rng([seed, crc32(case.case_id.encode())])
    own = np.random.default_rng([seed, crc32(case.case_id.encode()), crc32(reader.name.encode())])
    difficulty = DIFFICULTY_SD * shared.standard_normal()
    signal = SIGNAL if case.poor else -SIGNAL
    log_odds = signal + difficulty + reader.noise_sd * own.standard_normal() + reader.leaning
    prognosis, p_poor = call(log_odds)
    seconds = float(np.clip(reader.usual_s * np.exp(0.25 * own.standard_normal()), SHORTEST_S, LONGEST_S))
    gcs = seen_gcs(case.gcs, errors=reader.gcs_errors, rng=own)
    age = seen_age(case.age, errors=reader.age_errors, rng=own)
    read = SimulatedRead(
        reader.name, case.case_id, "unaided", prognosis, p_poor, gcs=gcs, age=age, seconds=round(seconds, 1)
    )
    yield read
    if p is not None:
        prognosis, p_poor = call((1 - reader.trust) * log_odds + reader.trust * model_log_odds(p))
        aided_s = round(max(SHORTEST_S, AIDED_TIME * seconds), 1)
        yield replace(read, condition="aided", prognosis=prognosis, p_poor=p_poor, seconds=aided_s)


def call(log_odds: float) -> tuple[str, int]:
    """The prognosis and the stated probability of a poor outcome in percent: at least 50 for poor.

    >>> call(0.0), call(-2.0)
    (('poor', 50), ('good', 12))
    """
    percent = round(100 / (1 + np.exp(-log_odds)))
    return ("poor", max(percent, 50)) if log_odds >= 0 else ("good", min(percent, 49))


def model_log_odds(p: float) -> float:
    """The log odds of a model's probability, clipped to MIN_P and 1 - MIN_P.

    >>> model_log_odds(0.5), round(model_log_odds(1.0), 3)
    (0.0, 4.595)
    """
    clipped = np.clip(p, MIN_P, 1 - MIN_P)
    return float(np.log(clipped / (1 - clipped)))


def seen_gcs(gcs: int, *, errors: float, rng: np.random.Generator) -> str:
    """The GCS band of a reader's answer: the true one, or with probability `errors` a neighbouring one."""
    band = gcs_class(gcs)
    wrong, step = rng.random() < errors, int(rng.choice((-1, 1)))
    if wrong:
        band = 1 if band != 1 else band + step
    return GCS_ORDINAL.classes[band]


def seen_age(age: float, *, errors: float, rng: np.random.Generator) -> str:
    """The age band of a reader's answer: the true one, or with probability `errors` the other one."""
    is_old = bool(age_class(age))
    return AGE.classes[int(is_old != (rng.random() < errors))]
