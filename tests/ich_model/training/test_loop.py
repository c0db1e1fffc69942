"""The published recipe, piece by piece: batches gathered, learning rates, enlargement and noise."""

import pytest
import torch

from ich_model.dataset.cases import read_cases
from ich_model.training.augment import augment, resampled
from ich_model.training.config import TrainingConfig, Zoom
from ich_model.training.input_cache import cumulative_targets
from ich_model.training.loop import LabelledInputs, Training, cosine_share
from ich_model.variants import VARIANTS
from tests.support.tiny_cohort import tiny_cohort

STILL = {"rotation_probability": 0, "noise_probability": 0, "zoom": Zoom.NONE}
CNN = VARIANTS["baseline_cnn"]


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_gradients_are_gathered_over_the_published_three_batches(tmp_path):
    cases = read_cases(tiny_cohort(tmp_path, count=8))
    data = LabelledInputs(torch.rand(8, 1, 38, 38, 38, generator=seeded()), cumulative_targets(cases, CNN))
    training = Training(CNN, TrainingConfig(batch=2, **STILL), pos_weight={}, device="cpu")
    training.train_epoch(data, list(range(8)))
    steps = {int(state["step"]) for state in training.optimizer.state.values()}
    assert steps == {2}  # four batches: three, and the one that is left


def test_the_learning_rate_falls_by_a_fiftieth_where_five_epochs_bring_no_lower_loss():
    training = Training(CNN, TrainingConfig(), pos_weight={}, device="cpu")
    rates = []
    for _ in range(7):
        training.end_epoch(1.0)
        rates.append(training.optimizer.param_groups[0]["lr"])
    assert rates == [*[1e-3] * 6, pytest.approx(0.98e-3)]


def test_the_cosine_rises_for_an_epoch_and_ends_near_nothing():
    shares = [cosine_share(epoch, 11) for epoch in range(11)]
    assert shares[:2] == [0.5, 1]
    assert shares[6] == pytest.approx(0.5)
    assert 0 < shares[-1] < 0.03


def test_the_zoom_that_was_meant_enlarges_about_half_and_leaves_the_others():
    batch = torch.rand(40, 1, 6, 6, 6, generator=seeded())
    changed = augment(batch, TrainingConfig(**{**STILL, "zoom": Zoom.RANDOM}), seeded(1))
    enlarged = resampled(batch, angles=torch.zeros(40, 3), zoom=torch.full((40,), 1.1), mirror=torch.ones(40))
    is_enlarged = torch.isclose(changed, enlarged, atol=1e-6).flatten(1).all(1)
    is_left = torch.isclose(changed, batch, atol=1e-6).flatten(1).all(1)
    assert (is_enlarged ^ is_left).all()
    assert 10 <= is_enlarged.sum() <= 30


def test_noise_has_the_published_sd_in_about_half_of_the_volumes():
    batch = torch.zeros(40, 1, 10, 10, 10)
    changed = augment(batch, TrainingConfig(**{**STILL, "noise_probability": 0.5}), seeded())
    sds = changed.flatten(1).std(1)
    noisy = sds > 0
    assert 10 <= noisy.sum() <= 30
    torch.testing.assert_close(sds[noisy], torch.full_like(sds[noisy], 0.01), rtol=0.1, atol=0)


def test_volumes_are_turned_by_five_degrees_at_most():
    points = torch.zeros(1, 1, 41, 41, 41)
    points[0, 0, 20, 20, 34:] = 1  # along one axis from 14 voxels off the centre outwards
    for seed in range(20):
        config = TrainingConfig(**{**STILL, "rotation_probability": 1})
        where = augment(points, config, seeded(seed))[0, 0].argwhere() - 20.0
        off_axis = where[:, :2].abs().max()
        assert off_axis <= 20 * 2 * torch.pi / 36 + 1  # about two axes, and a voxel of interpolation
