"""Two studies with content on every page, one read and unlocked and one in draft, and their people."""

from pathlib import Path

from reader_study.access import accounts, setup_links
from reader_study.store import workspace
from reader_study.store.store import Store
from reader_study.study.definition import Design, Study
from reader_study.study.design import Truth
from reader_study.study.read import Answers, Condition, Read, shown_with
from tests.browser.support.put_cases import put_cases
from tests.support.small_study import open_as_is, prediction_of

KEY, DRAFT = "read", "draft"
PASSWORD = "a long password"
DONE, BEGUN = "Ana", "Ben"  # a reader who has read all, and one who has locked one read
BOSS, DRAFT_BOSS = "coordinator", "Dora"  # who coordinates each study
SIMULATED = ("Reader A", "Reader B")
TRUTHS = {"case-001": Truth(1, 7, 84.0, "female"), "case-002": Truth(0, 15, 41.0), "case-003": Truth(0, 10, 82.0),
          "case-004": Truth(1, 5, 66.0)}
POOR = Answers(prognosis="poor", p_poor=80, gcs="severe", age="80_or_more", comment="")
GOOD = Answers(prognosis="good", p_poor=15, gcs="mild", age="under_80", comment="")
P_POOR = {"case-001": 0.9, "case-002": 0.2, "case-003": 0.6, "case-004": 0.7}


def make(folder: Path) -> dict[str, str]:
    """Creates both studies in a workspace; returns the tokens of sessions and links by person or purpose."""
    place = workspace.at(folder)
    store = place.open_store()
    store.create_study(Study(key=KEY, title="A study that is read", seed=7, design=Design.SEQUENTIAL, demo=True,
                             corrections=True, instructions="Read each case **twice**.\n\n- Take your time."))
    put_cases(store, place, KEY, truths=TRUTHS,
              predictions={case: prediction_of(case, p_poor=p_poor) for case, p_poor in P_POOR.items()})
    for name in SIMULATED:
        accounts.add_simulated(store, KEY, name)
    open_as_is(store, KEY)
    found = {name: accounts.join_demo(store, KEY, name, PASSWORD) for name in (DONE, BEGUN)}
    found |= {BOSS: accounts.enter_demo_coordinator(store, KEY), "invitation": accounts.invite(store, KEY, "Cem")}
    _read(store, BEGUN)
    for number, reader in enumerate((DONE, *SIMULATED)):
        _read_all(store, reader, wrong_about=list(TRUTHS)[number])
    store.set_unlocked(KEY)
    found[DRAFT_BOSS] = setup_links.set_up(store, setup_links.offer(store), key=DRAFT, title="A draft", name=DRAFT_BOSS,
                                           password=PASSWORD)
    found["setup"] = setup_links.offer(store)
    store.close()
    return found


def _read_all(store: Store, reader: str, *, wrong_about: str) -> None:
    """Locks all reads of a reader, whose answers are correct except for one case."""
    while _read(store, reader, wrong_about=wrong_about):
        pass


def _read(store: Store, reader: str, *, wrong_about: str = "") -> bool:
    """Locks the next read of a reader; False where there is none."""
    step = store.worklist(KEY, reader).next_step
    if step is None:
        return False
    poor = (TRUTHS[step.case_key].poor == 1) != (step.case_key == wrong_about)
    (prediction,) = store.predictions(KEY, step.case_key)
    started = store.start_read(KEY, reader, step)
    store.lock_read(Read(study=KEY, reader=reader, case=step.case_key, condition=step.condition, started_at=started,
                         answers=POOR if poor else GOOD, seconds=30.0,
                         shown=shown_with(prediction) if step.condition is Condition.AIDED else {}))
    return True
