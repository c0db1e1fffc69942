"""A network on the cases of a study: its predictions in the store, its saliency maps beside the scans.

What is there is kept, so that a run which was cut off goes on where it stopped.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from ich_model.explain.map_files import map_file
from ich_model.saliency.saliency_map import Method, stem_of
from ich_model.tasks import Prediction, Task
from reader_study.store.store import Store
from reader_study.store.workspace import Workspace
from reader_study.study.design import Case

if TYPE_CHECKING:  # torch takes seconds to load; only who runs a network waits for it
    from ich_model.explain.outputs import Request
    from ich_model.jobs.queue import Watch
    from ich_model.network.weights import LoadedNetwork


class Maps(StrEnum):
    """The tasks of which saliency maps are made: none, prognosis alone, or all of the network."""

    NONE = "none"
    PROGNOSIS = "prognosis"
    ALL = "all"


@dataclass(frozen=True)
class Outcome:
    """What became of a case: `refusal` is empty where its outputs are stored, else one sentence."""

    case: Case
    refusal: str = ""


def cases_without(store: Store, study_key: str, weights_id: str) -> list[Case]:
    """The cases of a study for which these weights have no prediction in the store."""
    known = {one.case for one in store.predictions(study_key) if one.weights_id == weights_id}
    return [case for case in store.cases(study_key) if case.key not in known]


def run(
    store: Store, workspace: Workspace, study_key: str, *, loaded: "LoadedNetwork", cases: Iterable[Case],
    maps: Maps = Maps.ALL, methods: Iterable[Method] = (Method.GUIDED_GRAD_CAM,), watch: "Watch | None" = None,
) -> Iterator[Outcome]:
    """Runs a network on cases one after another; each outcome comes once the case's outputs are stored.

    Maps are made of the tasks in `maps`, each by all `methods`; those that lie there already are kept. A scan that the
    network cannot take is refused by itself, and the others go on.

    Raises:
        Cancelled: where `watch` stops it; what was stored stays.
    """
    from ich_model.explain.outputs import Request

    tasks = {Maps.NONE: (), Maps.PROGNOSIS: (Task.PROGNOSIS,), Maps.ALL: loaded.variant.tasks}[maps]
    request = Request(tuple(methods) if tasks else (), tasks)
    known = {(one.case, one.weights_id) for one in store.predictions(study_key)}
    for case in cases:
        try:
            prediction = _outputs(workspace, study_key, case, loaded, request, watch)
        except ValueError as error:  # UnreadableVolume and ImplausibleBrain among them
            yield Outcome(case, str(error))
            continue
        if (case.key, prediction.weights_id) not in known:
            store.add_prediction(study_key, prediction)
        yield Outcome(case)


def _outputs(workspace: Workspace, study_key: str, case: Case, loaded: "LoadedNetwork", request: "Request",
             watch: "Watch | None") -> Prediction:
    """The prediction of a case; the maps that are missing are made first."""
    from dataclasses import replace

    from ich_model.explain import outputs
    from ich_model.scans.volume import load

    folder = workspace.outputs_folder(study_key, case.key, loaded.manifest.weights_id)
    missing = [stem_of(method, task) for task in request.tasks for method in request.methods
               if not map_file(folder, stem_of(method, task)).is_file()]
    if folder.exists() and not missing:
        return outputs.prediction_in(folder)
    scan = replace(load(workspace.volume_path(study_key, case.key)), name=case.key)
    if not folder.exists():
        return outputs.write_new(loaded, scan, folder, request=request, watch=watch)
    outputs.write(outputs.compute(loaded, scan, request=request, watch=watch), scan, folder)
    return outputs.prediction_in(folder)
