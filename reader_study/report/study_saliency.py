"""The saliency figure of a study: which cases it shows, and their scans and maps as arrays."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ich_model.explain.map_files import map_file
from ich_model.saliency.saliency_map import Method, stem_of
from ich_model.scans import browser_payload, volume
from ich_model.tasks import CLASS_TEXTS, PROGNOSIS, Prediction, Task
from reader_study.figures.saliency_figure import Panel, Row, saliency_figure, strongest_slice, upright
from reader_study.report.study_ratings import model_label
from reader_study.statistics.comparison import cases
from reader_study.store.store import Store
from reader_study.store.workspace import Workspace

MAP = stem_of(Method.GUIDED_GRAD_CAM, Task.PROGNOSIS)
MOST_CASES = 6


def telling_cases(ratings: pd.DataFrame) -> list[str]:
    """Of each outcome the case that most readers got right and the one that fewest did, as in the paper's figure."""
    table = cases(ratings)
    counts = _columns(table, "n_right")
    if not counts:
        return []
    chosen: list[str] = []
    for _, rows in table[table["truth"] != ""].groupby("truth"):
        order = rows.sort_values([counts[0], "caseID"], ascending=[False, True])["caseID"]
        chosen += [order.iloc[0], order.iloc[-1]] if len(order) > 1 else list(order)
    return chosen


def cases_with_maps(store: Store, workspace: Workspace, study_key: str) -> list[str]:
    """The cases of a study for which there is a map of prognosis."""
    files = MapFiles(workspace, study_key)
    return sorted({prediction.case for prediction in store.predictions(study_key) if files.has(prediction)})


def figure_of(store: Store, workspace: Workspace, study_key: str, *, ratings: pd.DataFrame,
              chosen: Iterable[str]) -> Figure | None:
    """The figure of the chosen cases and every model with maps of all of them; None where there is no such model.

    `ratings` are those compared, from which the figure says how many readers were right.
    """
    files, known = MapFiles(workspace, study_key), set(cases_with_maps(store, workspace, study_key))
    shown = [case for case in dict.fromkeys(chosen) if case in known][:MOST_CASES]
    made: dict[str, dict[str, Prediction]] = {}
    for prediction in store.predictions(study_key):
        if prediction.case in shown and PROGNOSIS in prediction.targets and files.has(prediction):
            made.setdefault(model_label(prediction), {})[prediction.case] = prediction
    complete = {label: by_case for label, by_case in made.items() if len(by_case) == len(shown)}
    if not shown or not complete:
        return None
    said = cases(ratings).set_index("caseID")
    return saliency_figure(list(complete), [_row(files, said, case, complete) for case in shown])


@dataclass(frozen=True)
class MapFiles:
    """The scans of a study and the maps of prognosis on their grids, (I, J, K) arrays in RAS+."""

    workspace: Workspace
    study_key: str

    def has(self, prediction: Prediction) -> bool:
        """Whether a model's map of a case is there."""
        return self._file(prediction).is_file()

    def map_of(self, prediction: Prediction) -> np.ndarray:
        """A model's map of a case (I, J, K)."""
        return browser_payload.map_values(self._file(prediction))

    def hu_of(self, case: str) -> np.ndarray:
        """A case's scan (I, J, K) in HU."""
        return volume.load(self.workspace.volume_path(self.study_key, case)).hu

    def _file(self, prediction: Prediction) -> Path:
        folder = self.workspace.outputs_folder(self.study_key, prediction.case, prediction.weights_id)
        return map_file(folder, MAP)


def _row(files: MapFiles, said: pd.DataFrame, case: str, models: Mapping[str, Mapping[str, Prediction]]) -> Row:
    """A case on the slice where the first model's map is strongest."""
    hu, maps = files.hu_of(case), {label: files.map_of(by_case[case]) for label, by_case in models.items()}
    k = strongest_slice(next(iter(maps.values())))
    panels = [Panel(upright(hu, k), upright(_unit(maps[label]), k), by_case[case].cumulative[PROGNOSIS.key][0])
              for label, by_case in models.items()]
    known, right = case in said.index, _columns(said, "k_right")
    truth = str(said.at[case, "truth"]) if known else ""
    return Row(case, CLASS_TEXTS.get(truth, ""), str(said.at[case, right[0]]) if right and known else "",
               f"slice {k + 1} of {hu.shape[2]}", panels)


def _columns(table: pd.DataFrame, begin: str) -> list[str]:
    """The columns of the table of cases that begin so: one for each modality of readers."""
    return [str(name) for name in table.columns if str(name).startswith(begin)]


def _unit(saliency: np.ndarray) -> np.ndarray:
    """A map with its positive part scaled to a maximum of 1; all zeros stay so."""
    positive: np.ndarray = np.maximum(saliency, 0)
    return positive / positive.max() if positive.max() > 0 else positive
