"""Which readers are done, and so compared: one rule for the page, every export and the commands.

A reader is done when every read of their own worklist is locked, training left out: the cases that were assigned to
them, in all conditions of the design, with the repeats. Readers who are not done are left out, unless the study takes
them in; either way it is said who they are. Those who have locked nothing yet are counted and not named.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from reader_study.statistics.input.ratings import RaterType
from reader_study.store.progress import worklists_of
from reader_study.store.store import Store
from reader_study.study.design import Person
from reader_study.study.worklist import Worklist

COLUMNS = ["readerID", "reads", "reads_to_make", "compared", "note"]
READERS = "readers"  # the table's name in exports
NOT_DONE = "not done"


@dataclass(frozen=True)
class Standing:
    """How many of a reader's own reads are locked, of those that can be compared."""

    reader: str  # as the ratings name them
    done: int
    total: int

    @property
    def complete(self) -> bool:
        """Whether there is something to compare and all of it is locked."""
        return self.done == self.total > 0

    @property
    def text(self) -> str:
        """Who, and how far: "Ana Ruiz: 5 of 10 reads"."""
        return f"{self.reader}: {self.done} of {self.total} reads"


def standing_of(reader: Person, worklist: Worklist) -> Standing:
    """Where a reader stands by their own worklist."""
    compared = worklist.without_training
    return Standing(reader.username, compared.done, compared.total)


@dataclass(frozen=True)
class Compared:
    """The readers of a study, and whether those who are not done are compared with the others."""

    standings: tuple[Standing, ...]
    takes_in_unfinished: bool

    @property
    def unfinished(self) -> tuple[Standing, ...]:
        """Those who have begun and are not done."""
        return tuple(one for one in self.standings if one.done and not one.complete)

    @property
    def left_out(self) -> tuple[Standing, ...]:
        """Those of them who are not compared."""
        return () if self.takes_in_unfinished else self.unfinished

    @property
    def sentence(self) -> str:
        """Who is left out, or taken in although not done, and why; empty where all readers are done."""
        told = ""
        if self.unfinished:
            what = "Taken in although" if self.takes_in_unfinished else "Left out because"
            told = f"{what} their reads are not complete: {listed(self.unfinished)}."
        unbegun = sum(one.total > 0 and not one.done for one in self.standings)
        readers = "reader has" if unbegun == 1 else "readers have"
        return " ".join(filter(None, (told, f"{unbegun} {readers} locked no read yet." if unbegun else "")))

    def of(self, ratings: pd.DataFrame) -> pd.DataFrame:
        """The ratings that are compared: models' and those of readers who are not left out."""
        names = {one.reader for one in self.left_out}
        return ratings[(ratings["rater_type"] == RaterType.MODEL) | ~ratings["readerID"].isin(names)]

    def table(self) -> pd.DataFrame:
        """One row a reader who has begun: their reads, whether they are compared, and why not."""
        rows = [(one.reader, one.done, one.total, "no" if one in self.left_out else "yes",
                 "" if one.complete else f"{NOT_DONE}: {one.done} of {one.total} reads")
                for one in self.standings if one.done]
        return pd.DataFrame(rows, columns=COLUMNS)


def listed(standings: Iterable[Standing]) -> str:
    """Their texts in one line."""
    return "; ".join(one.text for one in standings)


def compared(store: Store, study_key: str) -> Compared:
    """The readers of a study as its results take them."""
    standings = tuple(standing_of(reader, worklist) for reader, worklist in worklists_of(store, study_key))
    return Compared(standings, store.state(study_key).takes_in_unfinished)
