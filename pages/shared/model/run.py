"""Running the app's network on the cases of a study that have no output yet."""

import logging
from collections.abc import Callable, Iterator

from ich_model.jobs.progress import no_progress
from ich_model.tasks import Prediction
from pages.shared import resources
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
    from ich_model.network.weights import WeightsMismatch
    from ich_model.scans.skull_strip import ImplausibleBrain  # with the network comes torch, which takes seconds

    for case in cases:
        try:
            resources.store().add_prediction(study_key, _outputs(study_key, case, tell_place, tell_step))
        except ImplausibleBrain as error:
            yield case, str(error)
        except WeightsMismatch:
            _LOGGER.exception("the network was not loaded")
            yield case, NO_NETWORK
            return
        else:
            yield case, None


def _outputs(study_key: str, case: Case, tell_place: Callable[[int], None],
             tell_step: Callable[[int, int], None]) -> Prediction:
    """The prediction of a case; its maps are written first."""
    from ich_model.explain import outputs
    from ich_model.jobs.queue import Watch

    loaded, place = resources.network(), resources.workspace()
    folder = place.outputs_folder(study_key, case.key, loaded.manifest.weights_id)
    return outputs.kept_or_new(loaded, place.volume_path(study_key, case.key), folder, case=case.key,
                               watch=Watch(on_place=tell_place, on_step=tell_step))
