"""What Streamlit has not yet sent to a browser: nothing of it is dropped when a fragment is run again.

A key that is pressed while the whole page runs reruns the form's fragment right after it. Streamlit 1.67 then drops
what the page's own run has drawn of that fragment and is still waiting to be sent, but tells the browser that this run
is complete: the fields, and what hears their keys, leave the page until the fragment is drawn again, and what is typed
meanwhile is lost or reaches the viewer. Had it been sent in time nothing would have been dropped, so nothing is here.
"""

from functools import wraps

from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

_clear = ForwardMsgQueue.clear


@wraps(_clear)
def _clear_for_whole_pages(
    queue: ForwardMsgQueue, retain_lifecycle_msgs: bool = False, fragment_ids_this_run: list[str] | None = None
) -> None:
    _clear(queue, retain_lifecycle_msgs, None if fragment_ids_this_run is None else [])


def keep() -> None:
    """Makes it so for all sessions of this server."""
    ForwardMsgQueue.clear = _clear_for_whole_pages
