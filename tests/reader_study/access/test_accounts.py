"""Signing in: who gets in, who does not, and that the answer tells nothing."""

from hashlib import sha256
from time import process_time

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from reader_study.access import accounts, passwords
from reader_study.access.accounts import AccountRefused
from reader_study.store import schema
from reader_study.store.store import Store
from reader_study.study.design import NotAllowed, Person, Role
from tests.support.small_study import KEY, small_store

PASSWORD = "correct horse"


def use_hasher(monkeypatch: pytest.MonkeyPatch, hasher: PasswordHasher) -> None:
    """Hash with other costs from now on."""
    monkeypatch.setattr(passwords, "_hasher", hasher)
    passwords._nobodys_hash.cache_clear()


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch):
    use_hasher(monkeypatch, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def store(new_store):
    """A demo study without readers."""
    return new_store(readers=(), demo=True)


@pytest.fixture
def ana(store):
    """A reader with a password, and her session's token."""
    return accounts.accept(store, accounts.invite(store, KEY, "Ana"), PASSWORD)


def everything_stored(store: Store) -> str:
    """Every value of every table as text."""
    with store.reading() as connection:
        return "\n".join(str(tuple(row)) for table in schema.metadata.sorted_tables
                         for row in connection.execute(select(table)))


def test_an_invitation_sets_a_password_and_signs_in(store, ana):
    assert accounts.person(store, ana) == Person("Ana", "Ana", Role.READER, KEY)
    assert accounts.person(store, accounts.sign_in(store, " aNA ", PASSWORD)).username == "Ana"


def test_an_invitation_says_whom_it_is_for_until_it_is_used(store):
    token = accounts.invite(store, KEY, "boss", role=Role.COORDINATOR)
    assert accounts.invited(store, token).role is Role.COORDINATOR
    accounts.accept(store, token, PASSWORD)
    assert accounts.invited(store, token) is None
    with pytest.raises(AccountRefused, match="invitation: it is unknown, used or older than seven days"):
        accounts.accept(store, token, PASSWORD)


def test_an_invitation_expires_and_a_new_one_replaces_it(store):
    first = accounts.invite(store, KEY, "ana")
    second = accounts.invite(store, KEY, "Ana")
    assert (accounts.invited(store, first), accounts.invited(store, second).username) == (None, "ana")
    store.now.forward(days=7, seconds=1)
    assert accounts.invited(store, second) is None


@pytest.fixture
def real(new_store):
    """A study that is no demo, with a coordinator, and Ana who has a password."""
    store = new_store(readers=())
    accounts.invite(store, KEY, "boss", role=Role.COORDINATOR)
    accounts.accept(store, accounts.invite(store, KEY, "Ana"), PASSWORD)
    return store


def test_a_new_invitation_resets_a_password_when_it_is_accepted(real):
    session, token = accounts.sign_in(real, "ana", PASSWORD), accounts.invite(real, KEY, "ana", by="boss")
    assert accounts.person(real, session) == accounts.person(real, accounts.sign_in(real, "ana", PASSWORD))
    new = accounts.accept(real, token, "battery staple")
    assert accounts.person(real, new).username == "Ana"
    assert accounts.person(real, session) is accounts.sign_in(real, "ana", PASSWORD) is None
    assert accounts.sign_in(real, "ana", "battery staple")
    assert [(entry.action, entry.actor) for entry in real.audit(KEY)[-2:]] == [
        ("password_reset_offered", "boss"), ("password_reset", "Ana")]


def test_a_reset_ends_a_lock_out(real):
    for _ in range(5):
        accounts.sign_in(real, "ana", "wrong password")
    accounts.accept(real, accounts.invite(real, KEY, "ana"), "battery staple")
    assert accounts.sign_in(real, "ana", "battery staple")


def test_a_reset_needs_the_studys_coordinator_and_keeps_the_role(real):
    with pytest.raises(NotAllowed, match="Ana is not a coordinator of study small"):
        accounts.invite(real, KEY, "Ana", by="Ana")
    with pytest.raises(AccountRefused, match="'Ana' is taken, choose another one"):
        accounts.invite(real, KEY, "Ana", role=Role.COORDINATOR, by="boss")


def test_nobody_resets_a_password_in_a_demo_where_anyone_is_coordinator(store, ana):
    boss = accounts.person(store, accounts.enter_demo_coordinator(store, KEY))
    with pytest.raises(AccountRefused, match="'Ana' is taken, choose another one"):
        accounts.invite(store, KEY, "Ana", by=boss.username)


def test_nobody_signs_in_before_the_password_is_set(store):
    accounts.invite(store, KEY, "ana")
    assert accounts.sign_in(store, "ana", "") is None


def test_only_the_coordinator_of_the_study_invites(store, ana):
    with pytest.raises(NotAllowed, match="Ana is not a coordinator of study small"):
        accounts.invite(store, KEY, "ben", by="Ana")
    accounts.invite(store, KEY, "boss", role=Role.COORDINATOR)
    assert accounts.invited(store, accounts.invite(store, KEY, "ben", by="boss")).role is Role.READER


@pytest.mark.parametrize("name", ["ANA", "ana ", "ａｎａ"])  # the last is full-width
def test_a_name_is_taken_in_any_case_and_form(store, ana, name):
    for take in (lambda: accounts.join_demo(store, KEY, name, PASSWORD), lambda: accounts.invite(store, KEY, name)):
        with pytest.raises(AccountRefused, match="is taken, choose another one"):
            take()


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "a\nb", "a\x00b"])
def test_names_are_short_and_printable(store, name):
    with pytest.raises(AccountRefused, match="name: expected 1 to 60 printable characters"):
        accounts.join_demo(store, KEY, name, PASSWORD)


@pytest.mark.parametrize("password", ["", "1234567", "x" * 201])
def test_passwords_have_8_to_200_characters(store, password):
    with pytest.raises(AccountRefused, match=f"password: expected 8 to 200 characters, got {len(password)}"):
        accounts.join_demo(store, KEY, "ana", password)
    assert store.people(KEY) == []


def test_wrong_names_and_passwords_get_the_same_answer_after_the_same_work(tmp_path, monkeypatch):
    store = small_store(tmp_path, readers=(), demo=True)
    use_hasher(monkeypatch, PasswordHasher())
    accounts.join_demo(store, KEY, "ana", PASSWORD)

    def seconds(name: str) -> float:
        start = process_time()  # not the clock, which also counts what else the machine does
        assert accounts.sign_in(store, name, "wrong password") is None
        return process_time() - start

    seconds("warm-up")
    known, unknown = (min(seconds(name) for _ in range(3)) for name in ("ana", "nobody"))
    assert unknown > known / 3  # without the hash for nobody it would be a hundredth


def test_five_failures_lock_an_account_for_five_minutes(store, ana):
    for _ in range(5):
        assert accounts.sign_in(store, "ana", "wrong password") is None
    assert accounts.sign_in(store, "ana", PASSWORD) is None
    store.now.forward(minutes=5)
    assert accounts.sign_in(store, "ana", PASSWORD)
    assert store.audit(KEY)[-1].action == "account_locked_out"


def test_success_forgets_earlier_failures(store, ana):
    for _ in range(2):
        for _ in range(4):
            accounts.sign_in(store, "ana", "wrong password")
        assert accounts.sign_in(store, "ana", PASSWORD)


def test_a_session_ends_by_signing_out_alone(store, ana):
    other = accounts.sign_in(store, "ana", PASSWORD)
    accounts.sign_out(store, ana)
    assert accounts.person(store, ana) is None
    assert accounts.person(store, other) is not None


def test_a_session_ends_after_eight_idle_hours(store, ana):
    for _ in range(3):
        store.now.forward(hours=7)
        assert accounts.person(store, ana) is not None
    store.now.forward(hours=8, seconds=1)
    assert accounts.person(store, ana) is None


@pytest.mark.parametrize("token", [None, "", "guess", "x" * 10_000])
def test_a_guessed_token_is_nobody(store, ana, token):
    assert accounts.person(store, token) is None
    accounts.sign_out(store, token)
    assert accounts.person(store, ana) is not None


def test_no_token_and_no_password_is_stored(store, ana):
    invitation = accounts.invite(store, KEY, "ben")
    stored = everything_stored(store)
    assert not any(secret in stored for secret in (ana, invitation, PASSWORD))
    assert sha256(ana.encode()).hexdigest() in stored
    assert "$argon2id$" in stored


def test_a_password_is_hashed_anew_when_the_costs_have_risen(store, ana, monkeypatch):
    use_hasher(monkeypatch, PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))
    assert accounts.sign_in(store, "ana", PASSWORD)
    assert "m=8,t=2,p=1" in everything_stored(store)
    assert accounts.sign_in(store, "ana", PASSWORD)


def test_simulated_readers_cannot_sign_in_or_be_invited(store):
    assert accounts.add_simulated(store, KEY, "sim-1", display_name="Reader 1").simulated
    assert accounts.sign_in(store, "sim-1", PASSWORD) is None
    with pytest.raises(AccountRefused, match="'sim-1' is taken"):
        accounts.invite(store, KEY, "sim-1")


def test_anyone_joins_a_demo_study(store):
    someone = accounts.person(store, accounts.join_demo(store, KEY, " Ann Lee ", PASSWORD))
    assert someone == Person("Ann Lee", "Ann Lee", Role.READER, KEY)
    assert accounts.person(store, accounts.sign_in(store, "ann lee", PASSWORD)) == someone


def test_a_demo_has_one_coordinator_for_all_who_come_without_a_password(store):
    people = [accounts.person(store, accounts.enter_demo_coordinator(store, KEY)) for _ in range(2)]
    assert people[0] == people[1] == store.people(KEY)[0]
    assert people[0].role is Role.COORDINATOR
    assert accounts.sign_in(store, people[0].username, "") is None


def test_a_real_study_has_no_open_door(new_store):
    store = new_store()
    for enter in (lambda: accounts.join_demo(store, KEY, "eve", PASSWORD),
                  lambda: accounts.enter_demo_coordinator(store, KEY)):
        with pytest.raises(AccountRefused, match="study small is not a demo study: expected an invitation"):
            enter()
