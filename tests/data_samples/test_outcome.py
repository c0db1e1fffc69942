import numpy as np
import pytest

from data_samples.phantom.locations import LOCATIONS
from data_samples.phantom.outcome import POOR_BY_SCORE, draw_patient, ich_score


@pytest.fixture(scope="module")
def patients():
    return [draw_patient(np.random.default_rng([3, index])) for index in range(3000)]


def test_same_seed_is_the_same_patient():
    assert draw_patient(np.random.default_rng(8)) == draw_patient(np.random.default_rng(8))


@pytest.mark.parametrize(
    ("gcs", "volume_ml", "ivh", "infratentorial", "age", "score"),
    [  # Hemphill 2001, table 2
        (15, 29.9, False, False, 79, 0),
        (12, 29.9, False, False, 79, 1),
        (4, 29.9, False, False, 79, 2),
        (15, 30.0, False, False, 80, 2),
        (3, 30.0, True, True, 80, 6),
    ],
)
def test_ich_score(gcs, volume_ml, ivh, infratentorial, age, score):
    got = ich_score(gcs=gcs, volume_ml=volume_ml, ivh=ivh, infratentorial=infratentorial, age=age)
    assert got == score


def test_every_patient_is_within_the_published_ranges(patients):
    for patient in patients:
        assert 1 <= patient.volume_ml <= 120
        assert 3 <= patient.gcs <= 15
        assert 28 <= patient.age <= 97
        assert patient.side in (-1, 1)
        assert (patient.ivh_fill > 0) == patient.ivh
        assert patient.infratentorial == LOCATIONS[patient.location].infratentorial


def test_shares_of_the_locations_are_a_distribution():
    assert sum(place.share for place in LOCATIONS.values()) == pytest.approx(1)


def test_a_poor_outcome_is_about_as_frequent_as_in_the_paper(patients):
    assert np.mean([patient.poor for patient in patients]) == pytest.approx(0.57, abs=0.04)  # paper: 0.62


def test_poor_outcome_follows_the_score(patients):
    for score in range(4):
        poor = [patient.poor for patient in patients if patient.ich_score == score]
        assert np.mean(poor) == pytest.approx(POOR_BY_SCORE[score], abs=0.06)


def test_gcs_is_lower_with_large_clots_and_blood_in_the_ventricles(patients):
    worst = [patient.gcs for patient in patients if patient.volume_ml >= 30 and patient.ivh]
    mildest = [patient.gcs for patient in patients if patient.volume_ml < 10 and not patient.ivh]
    assert np.mean(mildest) - np.mean(worst) > 4


def test_atrophy_shows_part_of_the_age(patients):
    ages, atrophies = zip(*[(patient.age, patient.atrophy) for patient in patients], strict=True)
    assert np.corrcoef(ages, atrophies)[0, 1] == pytest.approx(0.75, abs=0.04)
