"""The saliency figure of a study: which cases it shows, and their scans and maps as arrays."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ich_model.saliency.saliency_map import Method
from ich_model.scans import payload_files, volume
from ich_model.tasks import CLASS_TEXTS, PROGNOSIS, Prediction, Task
from pages.shared import resources
from pages.shared.compare.tables import names_of
from reader_study.figures.saliency_figure import Panel, Row, saliency_figure, strongest_slice, upright
from reader_study.report.study_ratings import model_label
from reader_study.statistics.comparison import cases

METHOD = Method.GUIDED_GRAD_CAM
MOST_CASES = 6


def telling_cases(ratings: pd.DataFrame) -> list[str]:
    """Of each outcome the case that most readers got right and the one that fewest did, as in the paper's figure."""
    table = cases(ratings)
    counts = [name for name in names_of(table) if name.startswith("n_right")]
    if not counts:
        return []
    chosen: list[str] = []
    for _, rows in table[table["truth"] != ""].groupby("truth"):
        order = rows.sort_values([counts[0], "caseID"], ascending=[False, True])["caseID"]
        chosen += [order.iloc[0], order.iloc[-1]] if len(order) > 1 else list(order)
    return chosen


def cases_with_maps(study_key: str) -> list[str]:
    """The cases for which there is a map of prognosis."""
    predictions = resources.store().predictions(study_key)
    return sorted({prediction.case for prediction in predictions if _has_map(study_key, prediction)})


def figure_of(study_key: str, ratings: pd.DataFrame, chosen: list[str]) -> Figure | None:
    """The figure of the chosen cases and every model with maps of all of them; None where there is no such model."""
    known = set(cases_with_maps(study_key))
    chosen = [case for case in dict.fromkeys(chosen) if case in known][:MOST_CASES]
    made: dict[str, dict[str, Prediction]] = {}
    for prediction in resources.store().predictions(study_key):
        if prediction.case in chosen and PROGNOSIS in prediction.targets and _has_map(study_key, prediction):
            made.setdefault(model_label(prediction), {})[prediction.case] = prediction
    complete = {label: by_case for label, by_case in made.items() if len(by_case) == len(chosen)}
    if not chosen or not complete:
        return None
    said = cases(ratings).set_index("caseID")
    return saliency_figure(list(complete), list(_rows(study_key, said, chosen, complete)))


def _has_map(study_key: str, prediction: Prediction) -> bool:
    return _map_file(study_key, prediction).is_file()


def _map_of(study_key: str, prediction: Prediction) -> np.ndarray:
    """The map (I, J, K) on its scan's grid."""
    return payload_files.map_values(_map_file(study_key, prediction))


def _map_file(study_key: str, prediction: Prediction) -> Path:
    return resources.map_file(study_key, prediction.case, prediction.weights_id, method=METHOD, task=Task.PROGNOSIS)


def _rows(study_key: str, said: pd.DataFrame, chosen: list[str],
          models: dict[str, dict[str, Prediction]]) -> Iterator[Row]:
    """Each case on the slice where the first model's map is strongest."""
    right = next((name for name in names_of(said) if name.startswith("k_right")), None)
    for case in chosen:
        hu = volume.load(resources.workspace().volume_path(study_key, case)).hu
        maps = {label: _map_of(study_key, by_case[case]) for label, by_case in models.items()}
        k = strongest_slice(next(iter(maps.values())))
        panels = [Panel(upright(hu, k), upright(_unit(maps[label]), k), by_case[case].cumulative[PROGNOSIS.key][0])
                  for label, by_case in models.items()]
        truth = str(said.at[case, "truth"]) if case in said.index else ""
        yield Row(case, CLASS_TEXTS.get(truth, ""), str(said.at[case, right]) if right and case in said.index else "",
                  f"slice {k + 1} of {hu.shape[2]}", panels)


def _unit(saliency: np.ndarray) -> np.ndarray:
    """A map with its positive part scaled to a maximum of 1; all zeros stay so."""
    positive: np.ndarray = np.maximum(saliency, 0)
    return positive / positive.max() if positive.max() > 0 else positive
