"""A small sequential study for the end-to-end test: its cases, and the answers of three readers."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from reader_study.store import workspace
from reader_study.study.design import Truth
from reader_study.study.questions import DEFAULT
from reader_study.study.read import Condition
from tests.browser.support.put_cases import put_cases
from tests.browser.support.serving import PROJECT
from tests.support.small_study import prediction_of

KEY = "whole"
TRUTHS = {"case-001": Truth(1, 7, 84.0), "case-002": Truth(0, 15, 41.0)}
UNAIDED, AIDED = Condition.UNAIDED, Condition.AIDED


@dataclass(frozen=True)
class Entered:
    """A reader's answers: the letters of the choices, the probability in percent, and a comment."""

    letters: str  # of prognosis, GCS and age
    percent: int
    comment: str = ""

    def codes(self) -> dict[str, str]:
        """The expected stored choices by question."""
        return {question.key: choice.code for question in DEFAULT for choice in question.choices
                if choice.letter in self.letters.upper()}

    def values(self) -> dict[str, object]:
        """The expected stored answers by question."""
        return self.codes() | {"p_poor": self.percent, "comment": self.comment}


ENTERED = {
    "Ana": {("case-001", UNAIDED): Entered("phz", 90, "clot, left"), ("case-001", AIDED): Entered("phz", 95),
            ("case-002", UNAIDED): Entered("gmy", 5, "small"), ("case-002", AIDED): Entered("gny", 15)},
    "Ben": {("case-001", UNAIDED): Entered("pnz", 70, "unsure"), ("case-001", AIDED): Entered("phz", 85),
            ("case-002", UNAIDED): Entered("gmy", 40, "thalamus"), ("case-002", AIDED): Entered("gmy", 20)},
    "Cem": {("case-001", UNAIDED): Entered("gny", 45), ("case-001", AIDED): Entered("phy", 60, "the map"),
            ("case-002", UNAIDED): Entered("pmy", 35), ("case-002", AIDED): Entered("gmy", 30)},
}
"""Reader -> case and condition -> answers. One of Cem's reads is contradictory and has to be confirmed."""


def run_command(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    """`python -m reader_study` on a workspace."""
    return subprocess.run([sys.executable, "-m", "reader_study", *arguments], cwd=PROJECT, text=True, check=False,
                          env=os.environ | {"ICH_WORKSPACE": str(folder)}, capture_output=True)


def prepare(folder: Path) -> str:
    """Creates a study of two cases with the model's output; returns the coordinator's one-time token."""
    made = run_command(folder, "init", KEY, "--title", "The whole study", "--design", "sequential", "--seed", "1")
    assert made.returncode == 0, made.stderr
    token = re.search(r"invite=(\S+)", made.stdout)[1]
    place = workspace.at(folder)
    store = place.open_store()
    put_cases(store, place, KEY, truths=TRUTHS, predictions={
        case: prediction_of(case, p_poor=0.75 if truth.poor else 0.25) for case, truth in TRUTHS.items()})
    store.close()
    return token
