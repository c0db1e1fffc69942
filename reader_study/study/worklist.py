"""A reader's worklist: blocks of steps in an order that follows from seed, reader, reader's number and case keys alone.

The rules, which an export states and a test reproduces from it:
- A reader's order of cases is by SHA-256 of "seed|reader|case"; in the second session of a crossover of
  "seed|reader|2|case".
- Training cases come first, in the study's order, each in all conditions.
- Sequential: unaided, then aided, before the next case. Crossover: the readers 0 and 1, 2 and 3, ... are pairs; the
  cases, by SHA-256 of "seed|pair|NUMBER|case", are halved; the even reader reads the first half aided in session 1,
  the odd one the other half; session 2 has the other condition of each.
- Of the cases in the first half of a session's order, those with the smallest SHA-256 of "seed|reader|repeat|case" are
  read again in the session's condition, each half the list after its first reading.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from hashlib import sha256
from statistics import median

from reader_study.study.definition import Design, Study
from reader_study.study.errors import AlreadyRead, NotAllowed
from reader_study.study.read import Condition, Step

TRAINING, FIRST, SECOND = 0, 1, 2
"""The blocks of a worklist, by the number of the session."""
ENOUGH_READS = 3  # of one's own, for a median that says something


@dataclass(frozen=True)
class Worklist:
    """All steps of a reader in their order, their sessions, and those that are locked.

    While a washout lasts there is no next step; `waits_until` says when there is one again.
    """

    steps: tuple[Step, ...]
    locked: frozenset[Step]
    sessions: tuple[int, ...] = ()  # of each step; empty: all are of the first
    training: frozenset[str] = frozenset()
    waits_until: datetime | None = None

    @cached_property
    def first_open(self) -> Step | None:
        """The first step that is not locked, whether or not it may be taken now."""
        return next((step for step in self.steps if step not in self.locked), None)

    @property
    def next_step(self) -> Step | None:
        """The step that may be taken now; None when the worklist is complete, or waits."""
        return None if self.waits_until else self.first_open

    @cached_property
    def without_training(self) -> "Worklist":
        """The steps whose reads can be compared.

        Training comes first, so where there is such a step, this list is complete exactly when the whole one is.
        """
        places = [place for place, step in enumerate(self.steps) if step.case_key not in self.training]
        return Worklist(tuple(self.steps[place] for place in places), self.locked,
                        tuple(self.sessions[place] for place in places) if self.sessions else (),
                        waits_until=self.waits_until)

    @property
    def done(self) -> int:
        """Number of locked steps."""
        return sum(step in self.locked for step in self.steps)

    @property
    def total(self) -> int:
        """Number of steps."""
        return len(self.steps)

    @property
    def complete(self) -> bool:
        """Whether there was something to read and all of it is locked."""
        return self.total > 0 and self.first_open is None

    def session_of(self, step: Step) -> int:
        """The number of a step's session; 0 is training."""
        return self.sessions[self.steps.index(step)] if self.sessions else FIRST

    def of_case(self, case_key: str) -> tuple[Step, ...]:
        """All steps of a case."""
        return tuple(step for step in self.steps if step.case_key == case_key)

    def case_is_done(self, case_key: str) -> bool:
        """Whether a case has steps and all of them are locked."""
        steps = self.of_case(case_key)
        return bool(steps) and self.locked.issuperset(steps)


def _sorted_by_hash(prefix: str, keys: Iterable[str]) -> list[str]:
    return sorted(keys, key=lambda key: sha256(f"{prefix}|{key}".encode()).digest())


def reading_order(study: Study, reader: str, cases: Iterable[str]) -> list[str]:
    """A reader's own order of case keys: sorted by SHA-256 of "seed|reader|case".

    It needs nothing but the study's seed, the reader's name and the case keys, so an export reproduces it, and
    neither another reader nor another case moves the cases relative to each other.
    """
    return _sorted_by_hash(f"{study.seed}|{reader}", cases)


def blocks(study: Study, reader: str, number: int, cases: tuple[str, ...]) -> tuple[tuple[int, tuple[Step, ...]], ...]:
    """Session number and steps of each block of a reader; `number` counts the study's readers from 0.

    Args:
        study: The definition.
        reader: The reader's name.
        number: The reader's number, which only a crossover needs.
        cases: Keys of the cases assigned to the reader, training included.
    """
    training = tuple(Step(case, condition) for case in study.training if case in cases
                     for condition in study.conditions)
    to_read = [case for case in cases if case not in study.training]
    order = reading_order(study, reader, to_read)
    if study.design is Design.CROSSOVER:
        first = _first_conditions(study, number, to_read)
        second = {case: _other(condition) for case, condition in first.items()}
        later = _sorted_by_hash(f"{study.seed}|{reader}|2", to_read)
        sessions = [(FIRST, _with_repeats(study, reader, [(Step(case, first[case]),) for case in order])),
                    (SECOND, _with_repeats(study, reader, [(Step(case, second[case]),) for case in later]))]
    else:
        sessions = [(FIRST, _with_repeats(
            study, reader, [tuple(Step(case, condition) for condition in study.conditions) for case in order]))]
    return tuple((session, steps) for session, steps in ((TRAINING, training), *sessions) if steps)


def _first_conditions(study: Study, number: int, cases: list[str]) -> dict[str, Condition]:
    """The condition of each case in session 1 of a crossover."""
    halves = _sorted_by_hash(f"{study.seed}|pair|{number // 2}", cases)
    aided_first = set(halves[: len(halves) // 2]) if number % 2 == 0 else set(halves[len(halves) // 2:])
    return {case: Condition.AIDED if case in aided_first else Condition.UNAIDED for case in cases}


def _other(condition: Condition) -> Condition:
    return Condition.UNAIDED if condition is Condition.AIDED else Condition.AIDED


def _with_repeats(study: Study, reader: str, readings: list[tuple[Step, ...]]) -> tuple[Step, ...]:
    """The steps of cases in their order, with the first step of the repeated cases once more, half the list later."""
    half = len(readings) // 2
    early = [case_steps[0].case_key for case_steps in readings[: len(readings) - half]]
    wanted = min(round(study.repeat_share * len(readings)), half)
    if study.repeat_share and half:
        wanted = max(wanted, 1)
    again = set(_sorted_by_hash(f"{study.seed}|{reader}|repeat", early)[:wanted])
    steps: list[Step] = []
    for place, case_steps in enumerate(readings):
        steps += case_steps
        if place >= half and (first := readings[place - half][0]).case_key in again:
            steps.append(Step(first.case_key, first.condition, repeat=1))
    return tuple(steps)


@lru_cache(maxsize=512)
def laid_out(
    study: Study, reader: str, number: int, cases: tuple[str, ...]
) -> tuple[tuple[Step, ...], tuple[int, ...]]:
    """All steps of a reader in their order, and the number of each one's session."""
    listed = blocks(study, reader, number, cases)
    return (tuple(step for _session, block in listed for step in block),
            tuple(session for session, block in listed for _step in block))


def worklist(
    study: Study, reader: str, number: int, cases: Iterable[str], locked: Collection[Step], *,
    session_ended_at: datetime | None = None, now: datetime | None = None,
) -> Worklist:
    """A reader's worklist. `session_ended_at` is when the last read of the first session was locked."""
    steps, sessions = laid_out(study, reader, number, tuple(cases))
    made = Worklist(steps, frozenset(locked), sessions, frozenset(study.training))
    if not study.washout_days or made.first_open is None or made.session_of(made.first_open) != SECOND:
        return made
    if session_ended_at is None or now is None:
        return made
    waits_until = session_ended_at + timedelta(days=study.washout_days)
    return made if now >= waits_until else Worklist(steps, made.locked, sessions, made.training, waits_until)


def check_step(steps: Worklist, step: Step, reader: str) -> int:
    """The position of a step in a reader's worklist, if it is the one that may be taken now.

    AlreadyRead where it is locked; NotAllowed where it is not in the worklist or another step comes first.
    """
    name = f"{step.case_key} {step.condition} by {reader}"
    if step in steps.locked:
        raise AlreadyRead(f"{name} is already locked: a locked read is never changed")
    if step not in steps.steps:
        raise NotAllowed(f"{name} is not a read of this study: expected a step of the reader's worklist")
    if steps.waits_until:
        raise NotAllowed(f"{name} comes later: the washout lasts until {steps.waits_until:%Y-%m-%d %H:%M} UTC")
    first = next(one for one in steps.steps if one not in steps.locked)  # there is one: this step is open
    if step != first:
        raise NotAllowed(f"{name} comes later: expected {first.case_key} {first.condition} first")
    return steps.steps.index(step)


def time_left(seconds: Sequence[float], worklist: Worklist) -> str:
    """How long the rest may take at the reader's own median pace, from the seconds of each of their reads, in words;
    empty before there are enough of them."""
    if len(seconds) < ENOUGH_READS:
        return ""
    minutes = median(seconds) * (worklist.total - worklist.done) / 60
    if minutes < 1:
        return "less than a minute left"
    return f"about {minutes:.0f} min left" if minutes < 90 else f"about {minutes / 60:.1f} h left"
