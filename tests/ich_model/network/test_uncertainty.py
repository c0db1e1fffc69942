"""Repeated answers to one case: their mean, their spread, and the network as it was before."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from ich_model import __main__ as commands
from ich_model.network import inference, uncertainty, weights
from ich_model.network.network import MultiTaskNetwork
from ich_model.network.weights import LoadedNetwork
from ich_model.tasks import Repeats
from ich_model.variants import VARIANTS
from tests.support.random_networks import random_input, random_network
from tests.support.simple_head import brain, written


@pytest.fixture(scope="module")
def loaded() -> LoadedNetwork:
    return random_network("prognosis")


@pytest.fixture(scope="module")
def folds(loaded) -> list[LoadedNetwork]:
    """Two networks of one variant with different weights."""
    torch.manual_seed(1)
    other = MultiTaskNetwork(loaded.variant).eval()
    return [loaded, replace(loaded, network=other, manifest=replace(loaded.manifest, weights_id="ba9876543210"))]


@pytest.fixture(scope="module")
def files(folds, tmp_path_factory) -> list[str]:
    folder = tmp_path_factory.mktemp("folds")
    paths = [folder / f"fold_{number}.safetensors" for number in range(2)]
    for path, one in zip(paths, folds, strict=True):
        weights.save(path, network=one.network, manifest=one.manifest)
    return [str(path) for path in paths]


def test_mc_dropout_repeats_itself_by_its_seed_and_leaves_everything_as_it_was(loaded):
    before = torch.get_rng_state()
    first, again, other = (
        uncertainty.mc_dropout(loaded, random_input(), passes=3, seed=seed) for seed in (7, 7, 8)
    )
    assert first.cumulative == again.cumulative != other.cumulative
    assert first.spread.sd["prognosis"][0] > 0
    assert torch.equal(torch.get_rng_state(), before)
    assert not any(module.training for module in loaded.network.modules())


def test_mc_dropout_is_the_mean_and_sd_of_its_passes(loaded):
    outputs = []
    torch.manual_seed(7)
    with torch.inference_mode():
        for _ in range(3):
            logits = uncertainty.with_dropout(loaded.network)(torch.from_numpy(random_input().values)[None])
            outputs.append(torch.sigmoid(logits["prognosis"]).item())
    found = uncertainty.mc_dropout(loaded, random_input(), passes=3, seed=7)
    assert found.cumulative["prognosis"][0] == pytest.approx(np.mean(outputs))
    assert found.spread.sd["prognosis"][0] == pytest.approx(np.std(outputs, ddof=1))


@pytest.mark.parametrize("variant", ["baseline_cnn", "ord_gcs_bin_age"])
def test_only_dropout_layers_are_left_on(variant):
    network = uncertainty.with_dropout(MultiTaskNetwork(VARIANTS[variant]))
    on = {type(module).__name__ for module in network.modules() if module.training}
    assert on
    assert on <= {"Dropout", "Dropout3d"}


def test_an_ensemble_is_the_mean_of_its_members(folds):
    single = [inference.predict(one, random_input()).cumulative["prognosis"][0] for one in folds]
    found = uncertainty.ensemble(folds, random_input())
    assert found.cumulative["prognosis"][0] == pytest.approx(np.mean(single))
    assert found.spread.sd["prognosis"][0] == pytest.approx(np.std(single, ddof=1))
    assert found.spread.members == ("0123456789ab", "ba9876543210")
    assert found.weights_id == uncertainty.ensemble(folds[::-1], random_input()).weights_id


def test_members_must_be_different_weights_of_one_variant_and_grid(folds):
    with pytest.raises(ValueError, match="expected at least two, all different"):
        uncertainty.check_same_kind([folds[0], folds[0]])
    small = replace(folds[1], manifest=replace(folds[1].manifest, grid=(29, 29, 29)))
    with pytest.raises(ValueError, match=r"\(29, 29, 29\) and \(32, 32, 32\): expected weights of one grid"):
        uncertainty.check_same_kind([folds[0], small])
    with pytest.raises(ValueError, match="1 passes with dropout: expected at least 2"):
        uncertainty.mc_dropout(folds[0], random_input(), passes=1, seed=1)


def test_the_command_labels_what_was_repeated(tmp_path, capsys, files):
    scan = str(written(tmp_path / "c.nii", brain().hu))
    assert commands.main(["predict", scan, "--mc-dropout", "2", "--json", "--weights", files[0]]) == 0
    (answer,) = json.loads(capsys.readouterr().out)
    assert (answer["uncertainty"]["repeats"], answer["uncertainty"]["n"]) == (str(Repeats.MC_DROPOUT), 2)
    assert commands.main(["predict", scan, "--weights", *files]) == 0
    shown = capsys.readouterr().out
    assert "SD 0." in shown
    assert "mean and SD of an ensemble of 2 networks" in shown
    assert commands.main(["predict", scan, "--mc-dropout", "2", "--weights", *files]) == 2
    assert "expected one or the other" in capsys.readouterr().err
