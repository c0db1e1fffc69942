"""What is known of a reader, who may record it, and what is left when a reader asks to be forgotten."""

import json
from contextlib import closing

import pandas as pd
import pytest
from sqlalchemy import select

from reader_study.access import accounts, erasure, profiles
from reader_study.access.accounts import AccountRefused
from reader_study.access.profiles import Profile
from reader_study.report import study_archive
from reader_study.store import schema
from reader_study.store.store import Store
from reader_study.study.design import NotAllowed, Role, reading_order
from tests.support.small_study import CASES, KEY, lock_all, lock_next, small_store

PROFILE = Profile(specialty="Neuroradiology", board_certified=True, years_experience=7.5, institution_code="H-2")
NAME, PASSWORD = "Ana Quispe", "correct horse"


@pytest.fixture
def store(new_store):
    """A study with a reader, who has a profile, one read and a draft, and a coordinator."""
    return _filled(new_store(readers=("ben",)))


def _filled(store: Store) -> Store:
    accounts.invite(store, KEY, "boss", role=Role.COORDINATOR)
    accounts.accept(store, accounts.invite(store, KEY, NAME), PASSWORD)
    profiles.record(store, KEY, NAME, PROFILE, by=NAME)
    lock_next(store, NAME)
    store.save_draft(KEY, NAME, store.worklist(KEY, NAME).next_step, {"comment": "I, Quispe"}, seconds=1)
    return store


def everything_stored(store: Store) -> str:
    """Every value of every table as text."""
    with store.reading() as connection:
        return "\n".join(str(tuple(row)) for table in schema.metadata.sorted_tables
                         for row in connection.execute(select(table)))


def test_a_profile_comes_back_and_is_replaced(store):
    assert profiles.of_study(store, KEY) == {NAME: PROFILE}
    newer = Profile(specialty="Neuroradiology", board_certified=True, years_experience=8, institution_code="H-3")
    profiles.record(store, KEY, NAME, newer, by="boss")
    assert profiles.of_study(store, KEY) == {NAME: newer}
    assert (store.audit(KEY)[-1].action, store.audit(KEY)[-1].actor) == ("profile_recorded", "boss")


@pytest.mark.parametrize("by", ["ben", "nobody"])
def test_nobody_else_records_a_profile(store, by):
    with pytest.raises(NotAllowed, match=f"{by} is not a coordinator of study small"):
        profiles.record(store, KEY, NAME, PROFILE, by=by)
    with pytest.raises(NotAllowed, match="boss is not a reader of study small"):
        profiles.record(store, KEY, "boss", PROFILE)


@pytest.mark.parametrize(("field", "value"), [
    ("specialty", " "), ("specialty", "x" * 101), ("specialty", "a\nb"), ("board_certified", "no"),
    ("years_experience", -1), ("years_experience", float("nan")), ("institution_code", "St. Mary"),
    ("institution_code", ""),
])
def test_a_profile_checks_itself(field, value):
    values = {"specialty": "R", "board_certified": True, "years_experience": 1, "institution_code": "A", field: value}
    with pytest.raises(ValueError, match=f"{field}: expected"):
        Profile(**values)


def test_the_export_holds_the_papers_table_of_readers(store, tmp_path):
    store.set_unlocked(KEY)
    study_archive.write(store, KEY, tmp_path / "out")
    readers = pd.read_csv(tmp_path / "out" / "readers.csv").set_index("readerID")
    assert list(readers.loc[NAME]) == [
        False, False, "Neuroradiology", True, 7.5, "H-2", 1, 1, 2, "no"]
    assert readers.loc["ben", ["simulated", "reads"]].tolist() == [True, 0]
    assert readers.loc["ben", ["specialty", "institution_code"]].isna().all()


def test_a_forgotten_reader_leaves_no_name(store):
    pseudonym = erasure.forget(store, KEY, "ana quispe", by="boss")
    stored = everything_stored(store)
    assert not any(word in stored for word in ("Quispe", "quispe", "H-2", "Neuroradiology"))
    assert [person.username for person in store.people(KEY) if person.forgotten] == [pseudonym]


def test_the_reads_of_a_forgotten_reader_stay_and_the_trail_is_whole(store):
    before = store.reads(KEY), store.audit(KEY)
    pseudonym = erasure.forget(store, KEY, NAME, by="boss")
    assert [stored.read.answers for stored in store.reads(KEY, pseudonym)] == [before[0][0].read.answers]
    assert [entry.hash for entry in store.audit(KEY)][:-1] == [entry.hash for entry in before[1]]
    assert (store.audit(KEY)[-1].action, store.audit(KEY)[-1].actor) == ("reader_forgotten", "boss")
    assert store.verify() is None


def test_a_forgotten_reader_is_out_at_once_and_for_good(store):
    token = accounts.sign_in(store, NAME, PASSWORD)
    invitation = accounts.invite(store, KEY, NAME)
    pseudonym = erasure.forget(store, KEY, NAME)
    assert accounts.person(store, token) is accounts.invited(store, invitation) is None
    assert accounts.sign_in(store, NAME, PASSWORD) is accounts.sign_in(store, pseudonym, PASSWORD) is None
    with pytest.raises(AccountRefused, match="is taken"):
        accounts.invite(store, KEY, pseudonym)
    with pytest.raises(NotAllowed, match="asked to be forgotten: no profile is kept"):
        profiles.record(store, KEY, pseudonym, PROFILE)


def test_the_name_of_a_forgotten_reader_is_a_new_persons(store):
    erasure.forget(store, KEY, NAME)
    accounts.accept(store, accounts.invite(store, KEY, NAME), PASSWORD)
    assert (store.reads(KEY, NAME), store.worklist(KEY, NAME).done) == ([], 0)


def test_the_order_of_a_forgotten_reader_stays_in_the_export(store):
    order = reading_order(store.study(KEY), NAME, CASES)
    pseudonym = erasure.forget(store, KEY, NAME)
    described = {reader["readerID"]: reader for reader in study_archive.description(store, KEY)["readers"]}
    assert (described[pseudonym]["forgotten"], described[pseudonym]["order"]) == (True, order)
    assert json.dumps(described[pseudonym]).count("Quispe") == 0


def test_only_the_coordinator_forgets_and_only_once(store):
    with pytest.raises(NotAllowed, match="ben is not a coordinator of study small"):
        erasure.forget(store, KEY, NAME, by="ben")
    with pytest.raises(NotAllowed, match="boss is not a reader of study small"):
        erasure.forget(store, KEY, "boss")
    pseudonym = erasure.forget(store, KEY, NAME)
    with pytest.raises(NotAllowed, match="was forgotten already"):
        erasure.forget(store, KEY, pseudonym)


def test_a_forgotten_reader_who_was_done_stays_done(store):
    lock_all(store, NAME)
    assert store.worklist(KEY, erasure.forget(store, KEY, NAME)).complete


def test_no_byte_of_a_forgotten_name_is_left_in_the_file(tmp_path):
    with closing(_filled(small_store(tmp_path, readers=("ben",)))) as store:
        assert any(b"Quispe" in file.read_bytes() for file in tmp_path.iterdir())
        erasure.forget(store, KEY, NAME)
        left = b"".join(file.read_bytes() for file in tmp_path.iterdir())
        assert not any(word in left for word in (b"Quispe", b"quispe", b"H-2"))
