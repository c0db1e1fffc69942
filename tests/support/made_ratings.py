"""Small ratings tables for tests."""

import numpy as np
import pandas as pd

from reader_study.statistics.input.ratings import validate


def ratings(truth: list, *, readers: dict[str, list] | None = None, models: dict[str, list] | None = None,
            scores: dict[str, list] | None = None, question: str = "prognosis",
            condition: str = "unaided") -> pd.DataFrame:
    """A validated ratings table from each rater's decisions (None where missing) and, for some raters, scores."""
    rows = []
    for kind, raters in (("reader", readers or {}), ("model", models or {})):
        for name, calls in raters.items():
            given = (scores or {}).get(name, [np.nan] * len(truth))
            under = name if kind == "model" else condition
            rows += [{"readerID": name, "rater_type": kind, "caseID": f"case-{i + 1}", "modalityID": under,
                      "condition": "model" if kind == "model" else condition, "repeat": 0, "question": question,
                      "decision": call, "score": given[i], "truth": truth[i]}
                     for i, call in enumerate(calls) if call is not None]
    return validate(pd.DataFrame(rows))


def drawn(*, cases: int = 40, readers: int = 4, models: int = 2, seed: int = 0,
          conditions: tuple[str, ...] = ("unaided",)) -> pd.DataFrame:
    """A seeded random ratings table for all three questions, with graded scores for prognosis."""
    rng = np.random.default_rng(seed)
    poor, gcs, age = np.arange(cases) % 5 < 3, rng.integers(0, 3, cases), rng.integers(0, 2, cases)
    seen = poor + rng.normal(0, 0.6, cases)
    rows = []
    for number in range(readers + models):
        model = number >= readers
        name = f"M{number - readers + 1}" if model else f"R{number + 1}"
        for condition in ("model",) if model else conditions:
            score = np.round(1 / (1 + np.exp(-3 * (seen + rng.normal(0, 0.5, cases) - 0.5))), 2)
            bands = np.clip(gcs + rng.choice([-1, 0, 0, 0, 1], cases), 0, 2)
            years = np.abs(age - (rng.random(cases) < 0.2))
            base = {"readerID": name, "rater_type": "model" if model else "reader", "condition": condition,
                    "repeat": 0, "modalityID": name if model else condition}
            for question, calls, grades, truth in (("prognosis", score >= 0.5, score, poor), ("gcs", bands, None, gcs),
                                                   ("age", years, None, age)):
                rows += [base | {"caseID": f"case-{i + 1}", "question": question, "decision": int(calls[i]),
                                 "score": np.nan if grades is None else grades[i], "truth": int(truth[i])}
                         for i in range(cases)]
    return validate(pd.DataFrame(rows))
