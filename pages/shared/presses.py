"""Presses of buttons that wait for the same run take effect in the order in which they were made.

Streamlit merges what waits for a run into one request, in which 1.67 puts an earlier press behind a later one. A reader
who corrects an answer and locks at once would lock the answer before, as the lock would be carried out first; of two
answers to one question the first would stand. Merged as below, what was typed or moved comes first, then press by
press. A button that was pressed twice counts by its last press.
"""

from functools import wraps

from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.scriptrunner_utils import script_requests

_merge = script_requests._coalesce_widget_states


@wraps(_merge)
def _merge_in_order(earlier: WidgetStates | None, later: WidgetStates | None) -> WidgetStates | None:
    merged = _merge(earlier, later)
    if not (earlier and later):
        return merged
    told = enumerate((*earlier.widgets, *later.widgets))
    pressed = {state.id: place for place, state in told if script_requests._has_active_trigger_value(state)}
    return WidgetStates(widgets=sorted(merged.widgets, key=lambda state: pressed.get(state.id, -1)))


def keep_order() -> None:
    """Makes it so for all sessions of this server."""
    script_requests._coalesce_widget_states = _merge_in_order
