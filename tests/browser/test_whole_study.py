"""A whole study in browsers, with a kill -9 in the middle: nothing is lost or changed, and everyone sees the end."""

import pytest

from reader_study.store import workspace
from tests.browser.support.made_study import AIDED, ENTERED, KEY, run_command
from tests.browser.support.whole_study import CRASH_AFTER_S, Play


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The study's workspace."""
    return tmp_path_factory.mktemp("whole")


@pytest.fixture(scope="module")
def played(browser, launch, folder, tmp_path_factory):
    """What was seen while the study was played."""
    play = Play(browser, folder, tmp_path_factory.mktemp("log") / "app.log")
    try:
        yield play.run(launch)
    finally:
        play.store.close()
        play.app.stop()


@pytest.fixture(scope="module")
def reads(played, folder):
    """The locked reads of the played study."""
    store = workspace.at(folder).open_store()
    yield store.reads(KEY)
    store.close()


def test_every_read_is_exactly_what_was_entered(reads):
    stored = {(kept.read.reader, kept.read.case, kept.read.condition): kept.read.answers.values
              for kept in reads}
    assert stored == {(reader, *step): entered.values() for reader, steps in ENTERED.items()
                      for step, entered in steps.items()}


@pytest.mark.parametrize("reader", ["Ana", "Ben"])  # whose server was killed, and whose browser
def test_after_a_crash_the_form_the_measurements_and_the_time_are_as_they_were(played, reads, reader):
    crash = played.crashes[reader]
    assert crash.after == crash.before
    (first, *_) = (kept for kept in reads if kept.read.reader == reader)
    assert CRASH_AFTER_S < crash.kept_s <= first.read.seconds <= first.wall_seconds


def test_only_aided_reads_were_shown_the_model(reads):
    assert {kept.read.condition for kept in reads if "weights_id" in kept.read.shown} == {AIDED}


def test_results_open_to_all_only_when_the_coordinator_unlocks_them(played):
    assert all("unlock" in sentence for sentence in played.closed.values())
    assert played.results == ["the coordinator", *ENTERED]


def test_the_trail_of_the_played_study_is_whole(played, folder):
    done = run_command(folder, "verify")
    assert (done.returncode, done.stderr) == (0, "")
    assert "The audit trail and all reads are as they were written." in done.stdout
