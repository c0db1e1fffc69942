"""Presses of buttons that wait for the same run take effect in the order in which they were made.

Streamlit merges what waits for a run into one request, in which 1.67 puts an earlier press behind a later one. A reader
who corrects an answer and locks at once would lock the answer before, as the lock would be carried out first; of two
answers to one question the first would stand. Merged as below, what was typed or moved comes first, then press by
press. A button that was pressed twice counts by its last press.
"""

from functools import wraps

from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.runtime.scriptrunner_utils import script_requests

_PRESSES = ("trigger_value", "string_trigger_value", "json_trigger_value", "chat_input_value")  # of a WidgetState
_merge = script_requests._coalesce_widget_states


@wraps(_merge)
def _merge_in_order(earlier: WidgetStates | None, later: WidgetStates | None) -> WidgetStates | None:
    merged = _merge(earlier, later)
    if not (merged and earlier and later):
        return merged
    order: dict[str, int] = {}
    for place, state in enumerate((*earlier.widgets, *later.widgets)):
        if _is_press(state):
            order[state.id] = place
        else:
            order.setdefault(state.id, -1)
    return WidgetStates(widgets=sorted(merged.widgets, key=lambda state: order[state.id]))


def _is_press(state: WidgetState) -> bool:
    kind = state.WhichOneof("value")
    return kind in _PRESSES and bool(getattr(state, kind))


def keep_order() -> None:
    """Makes it so for all sessions of this server."""
    script_requests._coalesce_widget_states = _merge_in_order
