"""Tabular models of prognosis: logistic regression and decision tree on GCS and age, a small network on all columns.

Folds, balancing and metrics are those of the image networks. The two simple models have no epochs to select, so they
are fitted to the validation cases too; the network uses these for early stopping. The paper does not report the tree's
size or the network's recipe: here the tree has at most three levels, and the network has the image networks' optimiser,
batch size and patience.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np
import pandas as pd
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from torch import Tensor, nn
from torch.nn import functional

from ich_model.dataset.cases import Split, TrainingCase, fold_numbers, oversampled, split_by_fold
from ich_model.dataset.clinical_table import ClinicalTable, scaled, scaling_of
from ich_model.tasks import PROGNOSIS
from ich_model.training import evaluate
from ich_model.training.config import TrainingConfig

HIDDEN = (64, 32, 16)
TREE_DEPTH, TREE_LEAF = 3, 5  # our choice: levels, and minimum number of patients in a leaf
TREE_SEED = 1


@dataclass(frozen=True)
class Parts:
    """Row indices of one fold: training (balanced by oversampling), validation and test, each (n,)."""

    training: np.ndarray
    validation: np.ndarray
    test: np.ndarray


class Classifier(Protocol):
    """The methods used of a scikit-learn classifier, which has no type annotations."""

    def fit(self, rows: np.ndarray, outcome: np.ndarray, /) -> "Classifier":
        """The model, fitted to rows (N, columns) and their classes (N,)."""

    def predict_proba(self, rows: np.ndarray, /) -> np.ndarray:
        """The probability of each class, (N, classes)."""


def simple_models() -> dict[str, Classifier]:
    """The two models on GCS and age, not fitted yet."""
    return {
        "logistic_regression": make_pipeline(StandardScaler(), LogisticRegression()),
        "decision_tree": DecisionTreeClassifier(
            max_depth=TREE_DEPTH, min_samples_leaf=TREE_LEAF, random_state=TREE_SEED
        ),
    }


def _simple(name: str) -> Callable[[ClinicalTable, Parts, TrainingConfig], np.ndarray]:
    """A function that fits a simple model and returns the test patients' probabilities of a poor outcome."""

    def probabilities(table: ClinicalTable, parts: Parts, _: TrainingConfig) -> np.ndarray:
        rows = np.concatenate([parts.training, parts.validation])
        model = simple_models()[name].fit(table.gcs_and_age[rows], table.poor[rows])
        return model.predict_proba(table.gcs_and_age[parts.test])[:, 1]

    return probabilities


def network(n_columns: int) -> nn.Sequential:
    """The small network, from (N, columns) to one logit (N, 1)."""
    widths = (n_columns, *HIDDEN)
    layers = [part for pair in pairwise(widths) for part in (nn.Linear(*pair), nn.ReLU())]
    return nn.Sequential(*layers, nn.Linear(widths[-1], 1))


def _by_network(table: ClinicalTable, parts: Parts, config: TrainingConfig) -> np.ndarray:
    """The test patients' probabilities of a poor outcome, (n,), by the network of the best validation epoch."""
    scaling = scaling_of(table.predictors.iloc[np.unique(parts.training)])
    inputs = torch.from_numpy(scaled(table.predictors, scaling))
    outcome = torch.from_numpy(table.poor).float()[:, None]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        model = trained(inputs, outcome, parts, config)
    with torch.inference_mode():
        return torch.sigmoid(model(inputs[parts.test]))[:, 0].numpy()


def trained(inputs: Tensor, outcome: Tensor, parts: Parts, config: TrainingConfig) -> nn.Module:
    """The network of the epoch with the lowest validation loss, trained on inputs (N, P) and outcomes (N, 1).

    For images the highest validation AUC selects the epoch; here it would select an early one, because so small a
    network ranks patients well before its probabilities are calibrated.
    """
    model = network(inputs.shape[1])
    optimizer = torch.optim.AdamW(model.parameters(), lr=config.lr, weight_decay=config.weight_decay, amsgrad=True)
    best, best_state, waited = math.inf, model.state_dict(), 0
    for _ in range(config.epochs):
        for rows in torch.from_numpy(parts.training)[torch.randperm(len(parts.training))].split(config.batch):
            optimizer.zero_grad()
            functional.binary_cross_entropy_with_logits(model(inputs[rows]), outcome[rows]).backward()
            optimizer.step()
        with torch.inference_mode():
            logits = model(inputs[parts.validation])
        loss = functional.binary_cross_entropy_with_logits(logits, outcome[parts.validation]).item()
        waited += 1
        if loss < best:
            best, best_state, waited = loss, {name: value.clone() for name, value in model.state_dict().items()}, 0
        if waited >= config.patience:
            break
    model.load_state_dict(best_state)
    return model


MODELS = {
    "logistic_regression": ("Logistic regression (GCS, age)", _simple("logistic_regression")),
    "decision_tree": ("Decision tree (GCS, age)", _simple("decision_tree")),
    "clinical_network": ("Network 64-32-16 (all clinical columns)", _by_network),
}
"""Key -> title, and the function that trains on a fold's training part and predicts its test part."""
TITLES = {key: title for key, (title, _) in MODELS.items()}


def cross_validated(table: ClinicalTable, config: TrainingConfig) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Metrics by model and fold (with `fold_tables.COLUMNS`), and each patient's probability in their test fold."""
    measured, answers = [], []
    for fold, split, parts in _folds(table):
        for key, (_, probabilities) in MODELS.items():
            p = probabilities(table, parts, config)
            facts = {"variant": key, "fold": fold, "training_cases": len(split.training), "synthetic": table.synthetic}
            measured += [
                {**facts, "target": row.target, "metric": row.metric, "value": row.estimate.value,
                 "test_cases": row.estimate.n}
                for row in evaluate.metric_rows(split.test, {PROGNOSIS.key: p[:, None]}, (PROGNOSIS,))
            ]  # fmt: skip
            answers += [
                {"variant": key, "fold": fold, "caseID": case.case_id, "poor": case.poor, "p_poor": float(value)}
                for case, value in zip(split.test, p, strict=True)
            ]
    return pd.DataFrame(measured).astype({"value": float}), pd.DataFrame(answers)


def _folds(table: ClinicalTable) -> Iterator[tuple[int, Split, Parts]]:
    row_of = {case.case_id: row for row, case in enumerate(table.cases)}

    def rows(cases: tuple[TrainingCase, ...]) -> np.ndarray:
        return np.array([row_of[case.case_id] for case in cases])

    for fold in fold_numbers(table.cases):
        split = split_by_fold(table.cases, fold)
        balanced = rows(split.training)[oversampled(split.training)]
        yield fold, split, Parts(balanced, rows(split.validation), rows(split.test))
