"""Which form of a reader counts: that of the sitting begun last, wherever it is."""

import pytest

from reader_study import reading_tab, sittings
from reader_study.reading_tab import ReadElsewhere
from reader_study.refusals import NotAllowed
from tests.small_study import KEY


@pytest.fixture
def store(new_store):
    """A small study."""
    return new_store()


def begin(store, opening, reader="ana"):
    """Begins a sitting: its name."""
    return sittings.begin(store, KEY, reader, opening=opening).name


def newest(store, reader="ana"):
    """The newest sitting's name and opening."""
    found = sittings.newest(store, KEY, reader)
    return found and (found.name, found.opening)


def keep(store, sitting, **answers):
    """Keeps answers to ana's next step from a sitting: all that is kept then."""
    step = store.worklist(KEY, "ana").next_step
    reading_tab.keep(store, KEY, "ana", step, answers=answers, tab="tab", sitting=sitting)
    return store.draft(KEY, "ana", step).answers


def test_nothing_is_newest_before_anything_has_begun(store):
    assert newest(store) is None


def test_the_last_one_begun_is_newest_with_its_opening(store):
    begin(store, "one")
    name = begin(store, "two")
    assert newest(store) == (name, "two")


def test_two_in_the_same_opening_have_names_of_their_own(store):
    assert begin(store, "one") != begin(store, "one")


def test_each_reader_has_their_own_in_the_same_opening(store):
    name, other = begin(store, "one"), begin(store, "one", "ben")
    assert (newest(store), newest(store, "ben")) == ((name, "one"), (other, "one"))


def test_a_form_that_was_left_for_another_keeps_nothing_even_from_the_same_tab(store):
    left = begin(store, "one")
    keep(store, left, p_poor=30)
    assert keep(store, begin(store, "two"), p_poor=70) == {"p_poor": 70}
    with pytest.raises(ReadElsewhere, match="has read in another tab or on another computer since: nothing was kept"):
        keep(store, left, p_poor=30)
    assert keep(store, None) == {"p_poor": 70}


def test_who_is_no_reader_of_the_study_has_none(store):
    with pytest.raises(NotAllowed, match="boss is not a reader of study small"):
        begin(store, "one", "boss")
