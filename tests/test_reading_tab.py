"""One tab at a time, and drafts that are put together from what several senders know."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from reader_study import reading_tab
from reader_study.reading_tab import SILENT_AFTER, ReadElsewhere
from reader_study.refusals import AlreadyRead
from tests.small_study import KEY, lock_next


@pytest.fixture
def store(new_store):
    """A small study."""
    return new_store()


def keep(store, tab, **answers):
    """Keeps answers to ana's next step from a tab."""
    step = store.worklist(KEY, "ana").next_step
    reading_tab.keep(store, KEY, "ana", step, answers=answers, tab=tab, sitting=None)
    return store.draft(KEY, "ana", step)


def test_nobody_reads_before_a_tab_is_heard_of(store):
    assert reading_tab.holder(store, KEY, "ana") is None
    keep(store, "one")
    assert reading_tab.holder(store, KEY, "ana") == "one"
    assert reading_tab.holder(store, KEY, "ben") is None


def test_a_second_tab_is_refused_and_nothing_of_it_is_kept(store):
    keep(store, "one", p_poor=70)
    with pytest.raises(ReadElsewhere, match="another tab or on another computer: nothing was kept"):
        keep(store, "two", p_poor=10)
    assert keep(store, "one").answers == {"p_poor": 70}


def test_a_silent_tab_gives_way(store):
    keep(store, "one")
    store.now.forward(seconds=SILENT_AFTER.total_seconds())
    keep(store, "two")
    assert reading_tab.holder(store, KEY, "ana") == "two"


def test_a_tab_that_is_heard_of_again_and_again_stays(store):
    for _ in range(5):
        keep(store, "one")
        store.now.forward(seconds=SILENT_AFTER.total_seconds() - 1)
    assert reading_tab.holder(store, KEY, "ana") == "one"


def test_taking_over_turns_the_first_tab_away(store):
    keep(store, "one", p_poor=70)
    reading_tab.take(store, KEY, "ana", "two")
    with pytest.raises(ReadElsewhere, match="nothing was kept"):
        keep(store, "one", p_poor=10)
    assert keep(store, "two", comment="left").answers == {"p_poor": 70, "comment": "left"}


def test_leaving_gives_up_only_the_own_claim(store):
    keep(store, "one")
    reading_tab.leave(store, KEY, "ana", "two")
    assert reading_tab.holder(store, KEY, "ana") == "one"
    reading_tab.leave(store, KEY, "ana", "one")
    assert reading_tab.holder(store, KEY, "ana") is None


def test_seconds_only_grow_and_viewing_stays_where_none_is_sent(store):
    step = store.worklist(KEY, "ana").next_step
    reading_tab.keep(store, KEY, "ana", step, answers={}, sitting=None, seconds=12.0, viewing={"slices_visited": 3})
    reading_tab.keep(store, KEY, "ana", step, answers={"p_poor": 5}, sitting=None, seconds=4.0)
    draft = store.draft(KEY, "ana", step)
    assert (draft.seconds, draft.viewing, draft.answers) == (12.0, {"slices_visited": 3}, {"p_poor": 5})


def test_what_is_typed_and_what_is_chosen_at_once_are_both_kept(store):
    step = store.worklist(KEY, "ana").next_step
    given = [{"comment": "left"}, {"prognosis": "poor"}, {"p_poor": 70}, {"gcs": "mild"}, {"age": "under_80"}] * 4
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda answers: reading_tab.keep(store, KEY, "ana", step, answers=answers, sitting=None), given))
    assert set(store.draft(KEY, "ana", step).answers) == {"comment", "prognosis", "p_poor", "gcs", "age"}


def test_a_locked_step_keeps_nothing_more(store):
    step = lock_next(store, "ana")
    with pytest.raises(AlreadyRead, match="nothing was kept"):
        reading_tab.keep(store, KEY, "ana", step, answers={"p_poor": 5}, sitting=None)
