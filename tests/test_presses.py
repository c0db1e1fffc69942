"""What waits for a run is taken in the order in which it was done, whatever Streamlit merges it into."""

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.runtime.scriptrunner_utils import script_requests
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests

from pages.shared import presses


def requested(*names: str) -> list[str]:
    """The widgets of the one run that answers all requests: presses, and values, whose names end with "="."""
    requests, values = ScriptRequests(), []
    for name in names:
        if name.endswith("="):
            values.append(WidgetState(id=name, string_value="typed"))
        pressed = [] if name.endswith("=") else [WidgetState(id=name, trigger_value=True)]
        told = WidgetStates(widgets=[*pressed, *values])  # a browser tells all values each time
        requests.request_rerun(RerunData(widget_states=told, fragment_id="form"))
    return [state.id for state in requests.on_scriptrunner_ready().rerun_data.widget_states.widgets]


@pytest.fixture
def in_order(monkeypatch):
    """As in the app, for one test."""
    monkeypatch.setattr(script_requests, "_coalesce_widget_states", script_requests._coalesce_widget_states)
    presses.keep_order()


@pytest.mark.parametrize(("done", "taken"), [
    (["poor"], ["poor"]),
    (["poor", "good"], ["poor", "good"]),
    (["severe", "mild", "lock"], ["severe", "mild", "lock"]),
    (["severe", "mild", "severe"], ["mild", "severe"]),
    (["severe", "mild", "severe", "lock"], ["mild", "severe", "lock"]),
    (["mild", "comment=", "lock"], ["comment=", "mild", "lock"]),
])  # fmt: skip
def test_presses_are_taken_in_the_order_in_which_they_were_made(in_order, done, taken):
    assert requested(*done) == taken


def test_streamlit_itself_takes_a_later_press_first():
    """Once it no longer does, `presses` has no use."""
    assert requested("poor", "good") == ["good", "poor"]
