"""What is waiting to be sent to a browser outlives a fragment's rerun, since the browser is told that it was drawn."""

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

from pages.shared import unsent

FORM = "the form's fragment"


@pytest.fixture
def kept(monkeypatch):
    """As in the app, for one test."""
    monkeypatch.setattr(ForwardMsgQueue, "clear", ForwardMsgQueue.clear)
    unsent.keep()


def drawn(place: int, *, fragment: str = "", text: str = "") -> ForwardMsg:
    """A field at a place of the page."""
    message = ForwardMsg()
    message.metadata.delta_path.extend([0, place])
    message.delta.fragment_id = fragment
    message.delta.new_element.text.body = text
    return message


def waiting() -> ForwardMsgQueue:
    """A whole run of a page with a form, of which nothing is sent yet."""
    queue = ForwardMsgQueue()
    for message in (drawn(0), drawn(1, fragment=FORM, text="before"),
                    ForwardMsg(script_finished=ForwardMsg.FINISHED_SUCCESSFULLY)):
        queue.enqueue(message)
    return queue


def sent(queue: ForwardMsgQueue) -> list:
    """What the browser then hears: the text at a place, or how a run has ended."""
    return [(message.metadata.delta_path[1], message.delta.new_element.text.body) if message.HasField("delta")
            else message.script_finished for message in queue.flush()]


def test_a_rerun_of_the_form_drops_nothing_that_a_complete_run_has_drawn(kept):
    queue = waiting()
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=[FORM])
    queue.enqueue(drawn(1, fragment=FORM, text="after"))
    assert sent(queue) == [(0, ""), (1, "before"), ForwardMsg.FINISHED_SUCCESSFULLY, (1, "after")]


def test_a_rerun_of_the_whole_page_draws_all_of_it_again_so_nothing_else_is_sent(kept):
    queue = waiting()
    queue.clear(retain_lifecycle_msgs=True)
    assert sent(queue) == [ForwardMsg.FINISHED_EARLY_FOR_RERUN]


def test_streamlit_itself_drops_what_the_browser_is_told_was_drawn():
    """Once it no longer does, `unsent` has no use."""
    queue = waiting()
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=[FORM])
    assert sent(queue) == [(0, ""), ForwardMsg.FINISHED_SUCCESSFULLY]
