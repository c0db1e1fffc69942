"""Role x state x route: every cell of the table is stated and asked."""

import pytest

from reader_study.access import accounts, permissions
from reader_study.study.design import Design, Person, Role, Study
from tests.support.small_study import CASES, KEY, lock_all, lock_next, small_case, store_at

OPEN, UNLOCKED = False, True
# design, unlocked?, person -> may open the first and the other case's scan, their model output, the results
TABLE = {
    (Design.SEQUENTIAL, OPEN): {
        "nobody": "-- -- -", "fresh": "VV -- -", "mid": "VV M- -", "done": "VV MM -", "coordinator": "VV MM -",
        "stranger": "-- -- -", "strange coordinator": "-- -- -",
    },
    (Design.SEQUENTIAL, UNLOCKED): {
        "nobody": "-- -- -", "fresh": "VV -- -", "mid": "VV M- -", "done": "VV MM R", "coordinator": "VV MM R",
        "stranger": "-- -- -", "strange coordinator": "-- -- -",
    },
    (Design.UNAIDED_ONLY, OPEN): {
        "nobody": "-- -- -", "fresh": "VV -- -", "mid": "VV -- -", "done": "VV -- -", "coordinator": "VV MM -",
        "stranger": "-- -- -", "strange coordinator": "-- -- -",
    },
    (Design.UNAIDED_ONLY, UNLOCKED): {
        "nobody": "-- -- -", "fresh": "VV -- -", "mid": "VV -- -", "done": "VV MM R", "coordinator": "VV MM R",
        "stranger": "-- -- -", "strange coordinator": "-- -- -",
    },
}
CELLS = [(*state, closed, who, allowed) for state, row in TABLE.items() for who, allowed in row.items()
         for closed in (False, True)]
ROLES = {"coordinator": Role.COORDINATOR, "strange coordinator": Role.COORDINATOR}


def person(who: str) -> Person | None:
    """Someone of the table."""
    if who == "nobody":
        return None
    return Person(who, who, ROLES.get(who, Role.READER), "elsewhere" if "strange" in who else KEY)


@pytest.fixture(scope="module")
def states(all_databases):
    """For each design, unlocked or not, closed or not: the store, and the case that "mid" has read."""
    made = {}
    for chosen, unlocked in TABLE:
        for closed in (False, True):
            store = store_at(all_databases.new(), design=chosen, readers=("fresh", "mid", "done"))
            store.create_study(Study(key="elsewhere", title="Another study", seed=1))
            store.add_case("elsewhere", small_case("case-009"))
            accounts.add_simulated(store, "elsewhere", "stranger")
            first = lock_next(store, "mid").case_key
            lock_all(store, "done")
            if unlocked:
                store.set_unlocked(KEY)
            if closed:
                store.set_closed(KEY)
            made[chosen, unlocked, closed] = store, first
    yield made
    for store, _ in made.values():
        store.close()
        all_databases.drop(store.url)


@pytest.mark.parametrize(("chosen", "unlocked", "closed", "who", "allowed"), CELLS)
def test_each_cell(states, chosen, unlocked, closed, who, allowed):
    store, first = states[chosen, unlocked, closed]
    cases = [first, next(case for case in CASES if case != first)]
    scans = "".join("V" if permissions.may_open(store, person(who), KEY, case) else "-" for case in cases)
    model = "".join("M" if permissions.may_see_model_output(store, person(who), KEY, case) else "-" for case in cases)
    results = "R" if permissions.may_see_results(store, person(who), KEY) else "-"
    assert f"{scans} {model} {results}" == allowed


@pytest.mark.parametrize("who", ["nobody", "done", "coordinator"])
@pytest.mark.parametrize(("study", "case"), [(KEY, "case-999"), (KEY, "case-009"), ("unknown", CASES[0])])
def test_what_is_not_there_is_not_allowed(states, who, study, case):
    store, _ = states[Design.SEQUENTIAL, UNLOCKED, False]
    assert not permissions.may_open(store, person(who), study, case)
    assert not permissions.may_see_model_output(store, person(who), study, case)


@pytest.mark.parametrize(("who", "allowed"), [
    ("nobody", False), ("done", False), ("stranger", False), ("coordinator", True), ("strange coordinator", False)
])
def test_only_the_studys_own_coordinator_coordinates(who, allowed):
    assert permissions.may_coordinate(person(who), KEY) is allowed


@pytest.mark.parametrize(("who", "allowed"), [
    ("nobody", "--"), ("fresh", "f-"), ("done", "-d"), ("stranger", "--"), ("coordinator", "fd"),
    ("strange coordinator", "--"),
])
def test_a_profile_is_for_its_reader_and_the_coordinator(who, allowed):
    seen = [reader[0] if permissions.may_see_profile(person(who), KEY, reader) else "-" for reader in ("fresh", "done")]
    assert "".join(seen) == allowed
