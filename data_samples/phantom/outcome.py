"""Simulation of a phantom's patient: clinical variables and outcome, drawn before the image is made.

The model follows the ICH score (Hemphill et al., Stroke 2001;32:891-897): one to two points for the GCS band, one each
for a volume of 30 mL and more, intraventricular blood, infratentorial origin and an age of 80 years and more. `poor` is
drawn with a probability that depends on the score alone.

The image shows volume, location, intraventricular blood and, through atrophy, part of the age. GCS depends on visible
variables (volume, intraventricular blood, hydrocephalus, brainstem) and on noise that the image does not show, so the
image predicts the outcome only in part.
"""

from dataclasses import dataclass

import numpy as np

from data_samples.phantom.locations import LOCATIONS

LARGE_ML = 30.0  # volume that scores a point, Hemphill 2001
OLD_YEARS = 80  # age that scores a point, Hemphill 2001
SEVERE_POINTS = ((4, 2), (12, 1), (15, 0))  # (highest GCS, points), Hemphill 2001: 3-4, 5-12, 13-15

# Probability of a poor outcome by ICH score 0-6. Assumptions, above the 30-day mortality of Hemphill 2001 (0, 13, 26,
# 72, 97, 100, 100 %), because a poor outcome includes dependence as well as death.
POOR_BY_SCORE = (0.04, 0.32, 0.70, 0.96, 0.99, 1.0, 1.0)

MIN_ML = 1.0
GCS_CUTS = (0.15, 2.1)  # severity below the first: GCS 13-15; above the second: GCS 3-4 or slightly better
GCS_VALUES = ((13, 14, 15), tuple(range(5, 13)), (3, 4))
GCS_WEIGHTS = ((0.2, 0.3, 0.5), (0.09, 0.10, 0.12, 0.13, 0.14, 0.14, 0.14, 0.14), (0.6, 0.4))


@dataclass(frozen=True)
class Patient:
    """One simulated patient; volumes in mL, age in years, atrophy in standard deviations (0: average at 68 years)."""

    location: str
    side: int  # +1 right, -1 left
    volume_ml: float
    infratentorial: bool
    ivh: bool  # intraventricular hemorrhage
    ivh_fill: float  # share of the ventricles filled with blood, 0-1
    hydrocephalus: bool
    age: int
    sex: str  # "F" or "M"
    atrophy: float
    gcs: int
    ich_score: int
    poor: bool


def draw_patient(rng: np.random.Generator) -> Patient:
    """A patient drawn from the model: all clinical variables, independent of the image's noise."""
    rows = list(LOCATIONS.values())
    place = rows[rng.choice(len(rows), p=[row.share for row in rows])]
    volume_ml = float(np.clip(place.median_ml * np.exp(place.log_sd * rng.normal()), MIN_ML, place.max_ml))
    age = round(float(np.clip(rng.normal(place.age_mean, place.age_sd), 28, 97)))
    atrophy = 0.75 * (age - 68) / 13 + 0.66 * rng.normal()  # correlation with age about 0.75
    ivh = bool(rng.random() < logistic(place.ivh_logit + 0.75 * np.log(volume_ml / place.median_ml)))
    ivh_fill = float(rng.beta(1.6, 2.2)) if ivh else 0.0
    hydrocephalus = draw_hydrocephalus(rng, place.name, volume_ml=volume_ml, ivh_fill=ivh_fill)
    gcs = draw_gcs(rng, place.name, volume_ml=volume_ml, ivh_fill=ivh_fill, hydrocephalus=hydrocephalus, age=age)
    score = ich_score(gcs=gcs, volume_ml=volume_ml, ivh=ivh, infratentorial=place.infratentorial, age=age)
    return Patient(
        location=place.name,
        side=int(rng.choice((-1, 1))),
        volume_ml=volume_ml,
        infratentorial=place.infratentorial,
        ivh=ivh,
        ivh_fill=ivh_fill,
        hydrocephalus=hydrocephalus,
        age=age,
        sex=str(rng.choice(("F", "M"))),
        atrophy=float(atrophy),
        gcs=gcs,
        ich_score=score,
        poor=bool(rng.random() < POOR_BY_SCORE[score]),
    )


def ich_score(*, gcs: int, volume_ml: float, ivh: bool, infratentorial: bool, age: int) -> int:
    """The ICH score, 0-6 (Hemphill 2001)."""
    gcs_points = next(points for highest, points in SEVERE_POINTS if gcs <= highest)
    return gcs_points + int(volume_ml >= LARGE_ML) + int(ivh) + int(infratentorial) + int(age >= OLD_YEARS)


def draw_hydrocephalus(rng: np.random.Generator, location: str, *, volume_ml: float, ivh_fill: float) -> bool:
    """Whether the ventricles are dilated: likelier with more blood in them, always with a large cerebellar clot."""
    blocked = rng.random() < (0.25 + 0.6 * ivh_fill if ivh_fill > 0 else 0.0)
    return bool(blocked or (location == "cerebellum" and volume_ml > 18))


def draw_gcs(
    rng: np.random.Generator, location: str, *, volume_ml: float, ivh_fill: float, hydrocephalus: bool, age: int
) -> int:
    """GCS 3-15, from a severity that sums variables visible in the image and logistic noise."""
    by_location = {"brainstem": 2.6, "cerebellum": 0.9, "thalamus": 0.5}.get(location, 0.0)
    severity = (
        0.95 * np.log(volume_ml / 18)
        + (0.4 + 1.6 * ivh_fill if ivh_fill > 0 else 0.0)
        + 0.7 * hydrocephalus
        + by_location
        + 0.35 * (age - 68) / 13
        + 0.8 * rng.logistic()
    )
    band = int(np.searchsorted(GCS_CUTS, severity))
    return int(rng.choice(GCS_VALUES[band], p=GCS_WEIGHTS[band]))


def logistic(log_odds: float) -> float:
    """The probability with these log odds.

    >>> logistic(0.0)
    0.5
    """
    return float(1 / (1 + np.exp(-log_odds)))
