"""Type I error and coverage of the multi-reader tests, by simulation: `python -m benchmarks.coverage [--studies 2000]`.

Studies are drawn from the model of Roe & Metz (1997): score = mean of the class + reader + case + modality x reader +
modality x case + reader x case + error, all normal, the case terms and the error with a total variance of 1. The type I
error is the rate of p < .05 under the null hypothesis; coverage is the rate of 95 % intervals that contain the true
difference. Each is printed with the 95 % range of its sampling error for this number of studies.
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from ich_model import roc_area
from reader_study.statistics.input.settings import Covariance
from reader_study.statistics.multi_reader.figures_of_merit import merits
from reader_study.statistics.multi_reader.obuchowski_rockette import Analysis, against_model, components, difference
from reader_study.statistics.performance import delong

READERS, POSITIVE, NEGATIVE = 5, 50, 50
AREA, SHIFT = 0.855, 0.05  # AUC of the second modality; under the alternative the first one's is lower by SHIFT
ALPHA = 0.05


@dataclass(frozen=True)
class Variances:
    """Variance components: reader, modality x reader, case, modality x case, reader x case, and error."""

    reader: float = 0.0055
    modality_reader: float = 0.0055
    case: float = 0.3
    modality_case: float = 0.3
    reader_case: float = 0.2
    error: float = 0.2


RANDOM, FIXED_READERS = Variances(), Variances(modality_reader=0.0)
FIXED_CASES = Variances(case=0.6, modality_case=0.0)
TRUTH = np.repeat([1, 0], [POSITIVE, NEGATIVE])


def mean_for(area: float, v: Variances) -> float:
    """Distance between the classes' means that gives an expected AUC of `area`."""
    return float(ndtri(area) * np.sqrt(2 * (1 + v.reader + v.modality_reader)))


def case_effect(rng: np.random.Generator, v: Variances) -> np.ndarray:
    """The case effect shared by all raters, (cases,)."""
    effect: np.ndarray = np.sqrt(v.case) * rng.normal(size=len(TRUTH))
    return effect


def study(rng: np.random.Generator, areas: tuple[float, float], v: Variances, cases: np.ndarray) -> np.ndarray:
    """Scores (cases, 2, READERS) of one study of two modalities, with case effects (cases,)."""
    n, sides = len(TRUTH), (TRUTH == 1, TRUTH == 0)
    score: np.ndarray = cases[:, None, None] + np.sqrt(v.modality_case) * rng.normal(size=(n, 2, 1))
    score = score + np.sqrt(v.reader_case) * rng.normal(size=(n, 1, READERS))
    score = score + np.sqrt(v.error) * rng.normal(size=(n, 2, READERS))
    for side in sides:  # reader effects are drawn separately for each class
        score[side] += np.sqrt(v.reader) * rng.normal(size=(1, 1, READERS))
        score[side] += np.sqrt(v.modality_reader) * rng.normal(size=(1, 2, READERS))
    score[sides[0]] += np.array([mean_for(area, v) for area in areas])[None, :, None]
    return score


def two_modalities(rng: np.random.Generator, shift: float, analysis: Analysis, covariance: Covariance,
                   v: Variances) -> tuple[float, bool]:
    """p, and whether the interval contains the true difference between two modalities."""
    score = study(rng, (AREA - shift, AREA), v, case_effect(rng, v))
    found = merits(score.reshape(len(TRUTH), -1), TRUTH, metric="auc", covariance=covariance)
    values = found.values.reshape(2, READERS)
    parts = components(values, found.covariance.reshape(2, READERS, 2, READERS))
    test = difference(values, parts, analysis, pair=(0, 1), alpha=ALPHA)
    return _outcome(test.p, (test.ci_low, test.ci_high), true=-shift)


def readers_and_model(rng: np.random.Generator, shift: float, analysis: Analysis, covariance: Covariance,
                      v: Variances) -> tuple[float, bool]:
    """p, and whether the interval contains the true difference readers - model; both share the case effects."""
    shared = case_effect(rng, v)
    readers = study(rng, (AREA - shift, AREA - shift), v, shared)[:, 0]
    model = shared + np.sqrt(1 - v.case) * rng.normal(size=len(TRUTH))
    model[TRUTH == 1] += ndtri(AREA) * np.sqrt(2)
    found = merits(np.column_stack([readers, model]), TRUTH, metric="auc", covariance=covariance)
    test = against_model(found.values, found.covariance, analysis, alpha=ALPHA)
    return _outcome(test.p, (test.ci_low, test.ci_high), true=-shift)


def one_area(rng: np.random.Generator, shift: float, *_: object) -> tuple[float, bool]:
    """DeLong's paired p of two readings, and whether the first one's interval contains its true AUC."""
    areas, v = (AREA - shift, AREA), Variances(reader=0.0, modality_reader=0.0)
    score = study(rng, areas, v, case_effect(rng, v))[:, :, 0]
    test, first = delong.paired(score, TRUTH), roc_area.auc(score[:, 0], TRUTH)
    return _outcome(test.p, (first.ci_low, first.ci_high), true=areas[0])


def _outcome(p: float | None, interval: tuple[float | None, float | None], *, true: float) -> tuple[float, bool]:
    """p, and whether the interval contains the true value; RuntimeError where the drawn study allows no test."""
    low, high = interval
    if p is None or low is None or high is None:
        raise RuntimeError("a drawn study allows no test; expected readers who differ, draw larger studies")
    return p, low <= true <= high


Draw = Callable[..., tuple[float, bool]]
SCENARIOS: tuple[tuple[str, Draw, Analysis, Covariance, Variances], ...] = (
    *((f"two modalities, RRRC, {c}", two_modalities, Analysis.RRRC, c, RANDOM) for c in Covariance),
    ("two modalities, FRRC, DeLong", two_modalities, Analysis.FRRC, Covariance.DELONG, FIXED_READERS),
    ("two modalities, RRFC", two_modalities, Analysis.RRFC, Covariance.DELONG, FIXED_CASES),
    *((f"readers - model, RRRC, {c}", readers_and_model, Analysis.RRRC, c, RANDOM) for c in Covariance),
    ("one reader, paired DeLong", one_area, Analysis.FRRC, Covariance.DELONG, RANDOM),
)


def main(argv: list[str]) -> int:
    """Prints type I error and coverage of every scenario."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.coverage", description=__doc__)
    parser.add_argument("--studies", type=int, default=2000, help="of each scenario, at least 1000 to be precise")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args(argv)
    n = arguments.studies
    chance = 1.96 * np.sqrt(ALPHA * (1 - ALPHA) / n)
    print(f"{READERS} readers, {POSITIVE} + {NEGATIVE} cases, AUC {AREA:g}; {n} studies each, by chance alone "
          f"{ALPHA - chance:.3f} to {ALPHA + chance:.3f} and {1 - ALPHA - chance:.3f} to {1 - ALPHA + chance:.3f}")
    print(f"{'':34}{'type I error':>14}{'coverage at 0':>15}{f'coverage at -{SHIFT:g}':>19}")
    for number, (name, draw, *rest) in enumerate(SCENARIOS):
        rng = np.random.default_rng([arguments.seed, number])
        null = [draw(rng, 0.0, *rest) for _ in range(n)]
        other = [draw(rng, SHIFT, *rest) for _ in range(n)]
        print(f"{name:34}{np.mean([p < ALPHA for p, _ in null]):14.3f}{np.mean([held for _, held in null]):15.3f}"
              f"{np.mean([held for _, held in other]):19.3f}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
