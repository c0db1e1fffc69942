"""Drafts: one tab at a time, revisions that no older form overwrites, and a lock that is made once."""

from dataclasses import replace

import pytest

from reader_study.store import drafts
from reader_study.store.drafts import SILENT_AFTER, NewerDraft, ReadElsewhere, Sender
from reader_study.study.errors import AlreadyRead
from tests.support.small_study import KEY, lock_next, read_of


@pytest.fixture
def store(new_store):
    """A small study."""
    return new_store()


def next_step(store):
    """Ana's next step."""
    return store.worklist(KEY, "ana").next_step


def save(store, *, tab="one", form="a form", revision=0, number=1, **answers):
    """Saves answers to ana's next step: the draft's revision."""
    sender = Sender(tab, form, revision, number)
    return drafts.save(store, KEY, "ana", next_step(store), sender, answers=answers)


def kept(store):
    """The answers that are kept of it."""
    return store.draft(KEY, "ana", next_step(store)).answers


def test_nobody_reads_before_a_tab_is_heard_of(store):
    assert drafts.holder(store, KEY, "ana") is None
    save(store)
    assert drafts.holder(store, KEY, "ana") == "one"
    assert drafts.holder(store, KEY, "ben") is None


def test_a_second_tab_is_refused_and_nothing_of_it_is_kept(store):
    save(store, p_poor=70)
    with pytest.raises(ReadElsewhere, match="another tab or on another computer: nothing was kept"):
        save(store, tab="two", revision=1, p_poor=10)
    assert not drafts.claim(store, KEY, "ana", "two")
    assert kept(store) == {"p_poor": 70}


def test_a_silent_tab_gives_way(store):
    save(store)
    store.now.forward(seconds=SILENT_AFTER.total_seconds())
    assert drafts.claim(store, KEY, "ana", "two")
    assert drafts.holder(store, KEY, "ana") == "two"


def test_a_tab_that_is_heard_of_again_and_again_stays(store):
    for number in range(5):
        save(store, number=number)
        store.now.forward(seconds=SILENT_AFTER.total_seconds() - 1)
    assert drafts.holder(store, KEY, "ana") == "one"


def test_taking_over_turns_the_first_tab_away(store):
    save(store, p_poor=70)
    drafts.take(store, KEY, "ana", "two")
    with pytest.raises(ReadElsewhere, match="nothing was kept"):
        save(store, number=2, p_poor=10)
    save(store, tab="two", form="another", revision=1, p_poor=70, comment="left")
    assert kept(store) == {"p_poor": 70, "comment": "left"}


def test_leaving_gives_up_only_the_own_claim(store):
    save(store)
    drafts.leave(store, KEY, "ana", "two")
    assert drafts.holder(store, KEY, "ana") == "one"
    drafts.leave(store, KEY, "ana", "one")
    assert drafts.holder(store, KEY, "ana") is None


def test_each_save_is_a_new_revision_and_replaces_all_answers(store):
    assert [save(store, revision=number - 1, number=number, p_poor=number) for number in (1, 2, 3)] == [1, 2, 3]
    assert kept(store) == {"p_poor": 3}


def test_a_form_that_knows_an_older_revision_than_another_saved_keeps_nothing_and_gets_the_newer(store):
    save(store, p_poor=30)
    save(store, form="another", revision=1, p_poor=70)
    with pytest.raises(NewerDraft, match=r"revision 2, this one knows 1: nothing was kept") as refused:
        save(store, number=2, revision=1, p_poor=35)
    assert (refused.value.draft.answers, refused.value.draft.revision) == ({"p_poor": 70}, 2)
    assert kept(store) == {"p_poor": 70}


def test_a_repeated_save_and_one_that_was_overtaken_change_nothing(store):
    save(store, number=1, p_poor=3)
    save(store, number=3, p_poor=35)
    assert [save(store, number=number, p_poor=number) for number in (1, 2, 3)] == [2, 2, 2]
    assert kept(store) == {"p_poor": 35}


def test_seconds_only_grow_and_viewing_stays_where_none_is_sent(store):
    step = next_step(store)
    first, second = Sender("one", "a form", 0, 1), Sender("one", "a form", 1, 2)
    drafts.save(store, KEY, "ana", step, first, answers={}, seconds=12.0, viewing={"slices_visited": 3})
    drafts.save(store, KEY, "ana", step, second, answers={"p_poor": 5}, seconds=4.0)
    draft = store.draft(KEY, "ana", step)
    assert (draft.seconds, draft.viewing, draft.answers) == (12.0, {"slices_visited": 3}, {"p_poor": 5})


def test_a_locked_step_keeps_nothing_more(store):
    step = lock_next(store, "ana")
    with pytest.raises(AlreadyRead, match="nothing was kept"):
        drafts.save(store, KEY, "ana", step, Sender("one", "a form", 0, 1), answers={"p_poor": 5})


def pressed(store, press, **sender):
    """The read that a press locks."""
    step = store.worklist(KEY, "ana").steps[0]
    of = {"tab": "one", "form": "a form", "revision": 0, "save": 1} | sender
    return drafts.lock(store, replace(read_of("ana", step), press=press), Sender(**of))


def test_a_repeated_press_gets_the_read_of_the_first_and_another_is_refused(store):
    store.start_read(KEY, "ana", next_step(store))
    first = pressed(store, "press 1")
    assert pressed(store, "press 1") == first
    with pytest.raises(AlreadyRead, match="is already locked"):
        pressed(store, "press 2")
    assert store.reads(KEY) == [first]
    assert store.verify() is None


def test_a_lock_from_another_tab_or_on_an_older_revision_is_refused(store):
    store.start_read(KEY, "ana", next_step(store))
    save(store, p_poor=70)
    with pytest.raises(ReadElsewhere, match="nothing was kept"):
        pressed(store, "press", tab="two")
    with pytest.raises(NewerDraft, match="nothing was kept"):
        pressed(store, "press", form="another")
    assert store.reads(KEY) == []
    assert pressed(store, "press", form="another", revision=1).number == 1


def test_a_lock_that_was_overtaken_by_other_answers_of_its_own_form_is_refused(store):
    store.start_read(KEY, "ana", next_step(store))
    entered = {key: answer for key, answer in read_of("ana", next_step(store)).answers.values.items() if answer}
    save(store, number=2, **entered | {"p_poor": 55})
    with pytest.raises(NewerDraft, match="the form was changed after the press: nothing was locked"):
        pressed(store, "press")
    assert store.reads(KEY) == []
    save(store, number=3, **entered)  # the same answers, sent once more as the tab was left
    assert pressed(store, "press", save=2).read.answers.p_poor == 70
