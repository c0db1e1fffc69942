"""Running the app's network on the cases of a study that have no output yet."""

import logging
from collections.abc import Callable, Iterator

from ich_model.jobs.progress import no_progress
from pages.shared import resources
from reader_study.models import run as models
from reader_study.study.design import Case

NO_NETWORK = "The network's weights are missing or damaged: no case was run. The server's log names the file to mend."
_LOGGER = logging.getLogger(__name__)


def place_text(number: int) -> str:
    """A place in the queue, in words; empty for the one that runs."""
    return f"Number {number} in line: another explanation is running." if number else ""


def run(
    study_key: str, cases: list[Case], *,
    tell_place: Callable[[int], None], tell_step: Callable[[int, int], None] = no_progress,
) -> Iterator[tuple[Case, str | None]]:
    """Each case with None once its outputs are stored, or with the sentence that says why it has none.

    One explanation runs at a time in this process. `tell_place` gets the place in the queue, 0 when running;
    `tell_step` how many of how many maps of a case are done.
    """
    from ich_model.jobs.queue import Watch
    from ich_model.network.weights import WeightsMismatch  # with the network comes torch, which takes seconds

    try:
        loaded = resources.network()
    except WeightsMismatch:
        _LOGGER.exception("the network was not loaded")
        yield from ((case, NO_NETWORK) for case in cases[:1])
        return
    watch = Watch(on_place=tell_place, on_step=tell_step)
    for outcome in models.run(resources.store(), resources.workspace(), study_key, loaded=loaded, cases=cases,
                              watch=watch):
        yield outcome.case, outcome.refusal or None
