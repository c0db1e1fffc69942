"""Speed of the comparison: `python -m benchmarks.statistics`.

1. All tables of 4 readers and 7 models on 261 cases with 2000 resamples, against the published code's approach:
   scikit-learn metrics in a Python loop over the resamples (for the performance table's bootstrap only). Both use the
   same resamples, and the intervals of F1 and balanced accuracy must agree.
2. The multi-reader analysis of 50 readers under two conditions on 2000 cases, with DeLong covariance.
"""

import argparse
import resource
import sys
import time
import warnings

import numpy as np
import pandas as pd
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    f1_score,
    precision_score,
    recall_score,
    roc_auc_score,
)

from ich_model import bootstrap
from ich_model.bootstrap import RESAMPLES
from reader_study.statistics.comparison import all_tables
from reader_study.statistics.input.panel import Panel, Rater, panel_of
from reader_study.statistics.input.ratings import CATEGORIES, RaterType, validate
from reader_study.statistics.input.settings import Settings
from reader_study.statistics.multi_reader import mrmc_table

CASES, READERS, MODELS = 261, 4, 7  # the paper's cases, readers and models
LIMITS = {"ratio": 100.0, "tables_s": 3.0, "mrmc_s": 10.0, "mrmc_gib": 2.0}


def drawn_panel(*, cases: int, raters: list[Rater], seed: int = 0) -> Panel:
    """Simulated ratings (cases, raters): 62 % poor, graded scores, binary decisions at a score of 0.5."""
    rng = np.random.default_rng(seed)
    truth = (np.arange(cases) < round(0.62 * cases)).astype(float)
    seen = truth[:, None] + rng.normal(0, 0.7, (cases, 1)) + rng.normal(0, 0.6, (cases, len(raters)))
    score = np.round(1 / (1 + np.exp(-3 * (seen - 0.5))), 3)
    names = tuple(f"c{i:04d}" for i in range(cases))
    return Panel("prognosis", CATEGORIES["prognosis"], names, tuple(raters), (score >= 0.5).astype(float), score, truth)


def ratings_of(panel: Panel) -> pd.DataFrame:
    """The ratings table of a panel."""
    rows = [{"readerID": rater.id, "rater_type": str(rater.kind), "caseID": panel.cases, "modalityID": rater.modality,
             "condition": "model" if rater.kind is RaterType.MODEL else "unaided", "repeat": 0, "question": "prognosis",
             "decision": panel.decision[:, i], "score": panel.score[:, i], "truth": panel.truth}
            for i, rater in enumerate(panel.raters)]
    return validate(pd.concat([pd.DataFrame(row) for row in rows], ignore_index=True))


def the_loop(panel: Panel, resamples: int) -> dict[tuple[str, str], tuple[float, float]]:
    """(rater, metric) -> percentile interval, by scikit-learn in a loop over the same resamples."""
    drawn = bootstrap.weights(panel.truth, resamples=resamples, seed=1).astype(int)
    found = {}
    for position, rater in enumerate(panel.raters):
        kept: dict[str, list[float]] = {"f1": [], "balanced_accuracy": []}
        for times in drawn:
            truth, call = np.repeat(panel.truth, times), np.repeat(panel.decision[:, position], times)
            score = np.repeat(panel.score[:, position], times)
            accuracy_score(truth, call)
            kept["balanced_accuracy"].append(balanced_accuracy_score(truth, call))
            recall_score(truth, call, pos_label=0)
            precision_score(truth, call, pos_label=0)
            precision_score(truth, call)
            recall_score(truth, call)
            kept["f1"].append(f1_score(truth, call))
            roc_auc_score(truth, score)
        for metric, values in kept.items():
            found[rater.id, metric] = tuple(np.quantile(values, [0.025, 0.975]))
    return found


def tables_against_the_loop(loop_resamples: int) -> bool:
    """Prints both times, their ratio and the largest difference of a confidence limit; returns whether all are met."""
    raters = [Rater(f"R{i + 1}", RaterType.READER, "unaided") for i in range(READERS)]
    raters += [Rater(f"M{i + 1}", RaterType.MODEL, f"M{i + 1}") for i in range(MODELS)]
    panel = drawn_panel(cases=CASES, raters=raters)
    ratings = ratings_of(panel)
    start = time.perf_counter()
    tables = all_tables(ratings, settings=Settings(resamples=RESAMPLES))
    ours = time.perf_counter() - start
    start = time.perf_counter()
    loop = the_loop(panel_of(ratings), loop_resamples)
    theirs = (time.perf_counter() - start) * RESAMPLES / loop_resamples
    print(f"all {len(tables)} tables, {READERS} readers + {MODELS} models, {CASES} cases, {RESAMPLES} resamples: "
          f"{ours:.2f} s (goal < {LIMITS['tables_s']:g})")
    scaled = "" if loop_resamples == RESAMPLES else f", scaled from {loop_resamples} resamples"
    print(f"scikit-learn in a loop, performance alone: {theirs:.1f} s{scaled}; ratio {theirs / ours:.0f} "
          f"(goal >= {LIMITS['ratio']:g})")
    same = True
    if loop_resamples == RESAMPLES:
        rows = tables["performance"].set_index(["raterID", "metric"])
        found = {key: rows.loc[key, ["ci_low", "ci_high"]].to_numpy(dtype=float) for key in loop}
        gap = max(float(np.abs(np.array(ends) - found[key]).max()) for key, ends in loop.items())
        same = gap < 1e-6
        print(f"largest difference of an interval's end from the loop's: {gap:.1e}")
    return same and ours < LIMITS["tables_s"] and theirs / ours >= LIMITS["ratio"]


def many_readers() -> bool:
    """Prints the time and the peak memory of the multi-reader analysis; returns whether its goals are met."""
    raters = [Rater(f"R{i + 1}", RaterType.READER, modality) for modality in ("unaided", "aided") for i in range(50)]
    panel = drawn_panel(cases=2000, raters=[*raters, Rater("M", RaterType.MODEL, "M")])
    start = time.perf_counter()
    rows, _ = mrmc_table.tables(panel, Settings())
    took = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2 ** 20
    print(f"mrmc, 50 readers x 2 conditions x 2000 cases and a model, DeLong covariance, {len(rows)} rows: "
          f"{took:.2f} s (goal < {LIMITS['mrmc_s']:g}), peak {peak:.2f} GiB (goal < {LIMITS['mrmc_gib']:g})")
    return took < LIMITS["mrmc_s"] and peak < LIMITS["mrmc_gib"]


def main(argv: list[str]) -> int:
    """Prints all results; the exit code is 1 where a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.statistics", description=__doc__)
    parser.add_argument("--loop-resamples", type=int, default=RESAMPLES, help="run the slow loop over fewer and scale")
    arguments = parser.parse_args(argv)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn warns of undefined metrics in the loop
        passed = [many_readers(), tables_against_the_loop(arguments.loop_resamples)]
    return int(not all(passed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
