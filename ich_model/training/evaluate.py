"""Evaluation of a network on labelled cases: predictions.csv and metrics.csv."""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from torch import Tensor

from ich_model import metrics, roc_area
from ich_model.atomic import atomic_file, atomic_folder
from ich_model.dataset.cases import TrainingCase
from ich_model.estimate import Estimate
from ich_model.json_file import Json
from ich_model.network.network import MultiTaskNetwork
from ich_model.network.weights import LoadedNetwork
from ich_model.tasks import Target
from ich_model.training.config import Precision
from ich_model.training.loop import logits_of

BOOTSTRAP_SEED = 1


@dataclass(frozen=True)
class MetricRow:
    """One metric of one target; for an AUC with more than two classes `metric` names the cut."""

    target: str
    metric: str
    estimate: Estimate


def cumulative_probabilities(network: MultiTaskNetwork, values: Tensor) -> dict[str, np.ndarray]:
    """Cumulative probabilities (N, K - 1) by target key, of inputs (N, 1, D, H, W)."""
    logits = logits_of(network, values, precision=Precision.FP32)
    return {key: value.sigmoid().numpy() for key, value in logits.items()}


def predicted_classes(target: Target, cumulative: np.ndarray) -> np.ndarray:
    """Class index of each case, (N,), from cumulative probabilities (N, K - 1)."""
    return np.array([target.decode(row) for row in cumulative])


def metric_rows(
    cases: Sequence[TrainingCase], cumulative: dict[str, np.ndarray], targets: Sequence[Target]
) -> list[MetricRow]:
    """The paper's metrics of every target with 95 % intervals, from cumulative probabilities (N, K - 1) by target key.

    AUCs have DeLong's interval, the other metrics a bootstrap interval.
    """
    rows = []
    for target in targets:
        truth = np.array([case.class_of(target) for case in cases])
        rows += _auc_rows(target, truth, cumulative[target.key])
        measure = _binary_rows if target.n_logits == 1 else _ordinal_rows
        rows += measure(target, truth, predicted_classes(target, cumulative[target.key]))
    return rows


def _auc_rows(target: Target, truth: np.ndarray, cumulative: np.ndarray) -> list[MetricRow]:
    """AUC at every cut between classes, with the interval of DeLong et al. 1988."""
    cuts = [f"auc_{code}_or_higher" for code in target.classes[1:-1]] + [f"auc_{target.classes[-1]}"]
    names = ["auc"] if target.n_logits == 1 else cuts
    return [
        MetricRow(target.key, name, roc_area.auc(cumulative[:, cut], (truth > cut).astype(int)))
        for cut, name in enumerate(names)
    ]


def _binary_rows(target: Target, truth: np.ndarray, predicted: np.ndarray) -> list[MetricRow]:
    return [
        MetricRow(target.key, name, metrics.bootstrap_interval(measure, truth, predicted, seed=BOOTSTRAP_SEED))
        for name, measure in metrics.BINARY_METRICS.items()
    ]


def _ordinal_rows(target: Target, truth: np.ndarray, predicted: np.ndarray) -> list[MetricRow]:
    measures: dict[str, Callable[[np.ndarray, np.ndarray], metrics.Measured]] = {
        "accuracy": metrics.accuracy,
        "mae": metrics.mean_absolute_error,
        "rmse": metrics.root_mean_square_error,
        "quadratic_kappa": partial(_of_matrix, metrics.quadratic_kappa, len(target.classes)),
        "uoc_index": partial(_of_matrix, metrics.uoc_index, len(target.classes)),
    }
    return [
        MetricRow(target.key, name, metrics.bootstrap_interval(measure, truth, predicted, seed=BOOTSTRAP_SEED))
        for name, measure in measures.items()
    ]


def _of_matrix(
    measure: Callable[[np.ndarray], metrics.Measured], n_classes: int, truth: np.ndarray, predicted: np.ndarray
) -> metrics.Measured:
    return measure(metrics.confusion_matrix(truth, predicted, n_classes=n_classes))


def measure(loaded: LoadedNetwork, cases: Sequence[TrainingCase], values: Tensor, out: Path) -> list[MetricRow]:
    """A network's metrics on cases with inputs `values` (N, 1, D, H, W); both tables are written to a new folder.

    Raises:
        ValueError: where the folder exists.
    """
    cumulative, targets = cumulative_probabilities(loaded.network, values), loaded.variant.targets
    rows = metric_rows(cases, cumulative, targets)
    with atomic_folder(out) as folder:
        write_predictions(folder / "predictions.csv", cases, cumulative, targets)
        write_metrics(folder / "metrics.csv", {"": rows})
    return rows


def metrics_dict(rows: list[MetricRow], *, source: str) -> Json:
    """Metrics in the form of a manifest: the source of the cases, then target -> metric -> estimate."""
    nested: Json = {"source": source}
    for row in rows:
        nested.setdefault(row.target, {})[row.metric] = _record(row.estimate)
    return nested


def write_metrics(path: Path, by_run: dict[str, list[MetricRow]]) -> None:
    """Writes one row per metric: target, metric, value, ci_low, ci_high, n, reason; the run's name first, if any."""
    records = [
        ({"run": run} if run else {}) | {"target": row.target, "metric": row.metric, **_record(row.estimate)}
        for run, rows in by_run.items() for row in rows
    ]
    _write_csv(path, records)


def write_predictions(
    path: Path, cases: Sequence[TrainingCase], cumulative: dict[str, np.ndarray], targets: Sequence[Target]
) -> None:
    """Writes one row per case: for each target the true class, the predicted class and the probability of each class.

    `cumulative` holds cumulative probabilities (N, K - 1) by target key.
    """
    records = []
    for number, case in enumerate(cases):
        record: dict[str, object] = {"caseID": case.case_id}
        for target in targets:
            values = cumulative[target.key][number]
            record[f"{target.key}_truth"] = target.classes[case.class_of(target)]
            record[f"{target.key}_predicted"] = target.classes[target.decode(values)]
            for code, p in zip(target.classes, target.class_probabilities(values), strict=True):
                record[f"{target.key}_p_{code}"] = round(float(p), 6)
        records.append(record)
    _write_csv(path, records)


def _record(estimate: Estimate) -> Json:
    """An estimate as a row of a table or manifest."""
    return {"value": estimate.value, "ci_low": estimate.ci_low, "ci_high": estimate.ci_high, "n": estimate.n,
            "reason": estimate.note}


def _write_csv(path: Path, records: Sequence[Mapping[str, object]]) -> None:
    with atomic_file(path) as written, written.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(records[0]))
        writer.writeheader()
        writer.writerows(records)
