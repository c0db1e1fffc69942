"""Training on a few tiny phantoms: it runs, repeats itself, resumes, and measures what it wrote."""

import csv
import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from monai.transforms import Rotate
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from ich_model.commands import evaluate
from ich_model.commands import train as train_command
from ich_model.network import weights
from ich_model.training.augment import augment, resampled
from ich_model.training.config import TrainingConfig, parse_grid
from ich_model.training.loop import positive_weights, task_losses
from ich_model.variants import VARIANTS
from tests.support.simple_head import written
from tests.support.tiny_cohort import tiny_cohort

FLAGS = ["--grid", "38x38x38", "--batch", "2", "--accumulation", "1", "--validation-fraction", "0.5"]


@pytest.fixture(scope="module")
def table(tmp_path_factory) -> Path:
    """Eight brains, half of them poor with a large clot."""
    return tiny_cohort(tmp_path_factory.mktemp("phantoms"), count=8)


def run(table: Path, out: Path, *flags: str, variant: str = "baseline_cnn") -> weights.Manifest:
    assert train_command.main([variant, "--cases", str(table), "--out", str(out), *FLAGS, *flags]) == 0
    return weights.load(out / "weights.safetensors").manifest


def test_the_same_seed_gives_the_same_weights_also_after_a_break(table, tmp_path):
    straight = run(table, tmp_path / "a", "--epochs", "2")
    run(table, tmp_path / "b", "--epochs", "1")
    resumed = run(table, tmp_path / "b", "--epochs", "2", "--resume")
    assert straight.weights_id == resumed.weights_id
    assert straight.metrics == resumed.metrics
    assert logged(tmp_path / "b" / "tensorboard") == logged(tmp_path / "a" / "tensorboard")
    rows = list(csv.DictReader((tmp_path / "b" / "history.csv").open()))
    assert logged(tmp_path / "b" / "tensorboard") == {
        int(row["epoch"]): pytest.approx(float(row["validation_score"])) for row in rows
    }


def logged(folder: Path) -> dict[int, float]:
    """The validation score by epoch, as TensorBoard reads it."""
    events = EventAccumulator(str(folder)).Reload()
    return {event.step: event.value for event in events.Scalars("validation/score")}


def test_a_run_leaves_weights_that_say_how_they_were_made(table, tmp_path):
    manifest = run(table, tmp_path / "a", "--epochs", "1", "--test-cases", str(table), "--precision", "bf16",
                   "--schedule", "cosine", "--mirror", "--grid", "32x32x32", variant="ord_gcs_bin_age")  # fmt: skip
    assert (manifest.variant, manifest.grid, manifest.synthetic) == ("ord_gcs_bin_age", (32, 32, 32), True)
    assert manifest.recipe["settings"]["precision"] == "bf16"
    assert manifest.metrics["source"].endswith("/cases.csv (8 cases)")
    assert manifest.metrics["prognosis"]["auc"]["n"] == 8
    assert {path.name for path in (tmp_path / "a").iterdir()} == {
        "weights.safetensors", "weights.json", "history.csv", "metrics.csv", "predictions.csv", "best.pt", "last.pt",
        "curves.png", "tensorboard",
    }  # fmt: skip


def test_a_class_weighted_row_trains_by_the_same_function(table, tmp_path):
    manifest = run(table, tmp_path / "a", "--epochs", "1", "--grid", "32x32x32", variant="only_ord_gcs")
    assert manifest.metrics["gcs_ordinal"]["accuracy"]["n"] == 4
    assert "selected the epoch" in manifest.metrics["source"]


def test_evaluation_of_the_weights_repeats_the_runs_own(table, tmp_path):
    run(table, tmp_path / "a", "--epochs", "1", "--test-cases", str(table))
    arguments = [str(tmp_path / "a" / "weights.safetensors"), "--cases", str(table), "--out", str(tmp_path / "e")]
    assert evaluate.main(arguments) == 0
    for name in ("metrics.csv", "predictions.csv"):
        assert (tmp_path / "e" / name).read_text() == (tmp_path / "a" / name).read_text()
    rows = list(csv.DictReader((tmp_path / "e" / "predictions.csv").open()))
    assert [row["prognosis_truth"] for row in rows[:2]] == ["good", "poor"]
    with pytest.raises(ValueError, match="exists already"):
        evaluate.main(arguments)


def test_an_evaluation_that_is_cut_off_leaves_no_folder(table, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    run(table, tmp_path / "a", "--epochs", "1")
    monkeypatch.setattr("ich_model.training.evaluate.write_metrics", full)
    with pytest.raises(OSError, match="No space left on device"):
        evaluate.main([str(tmp_path / "a"), "--cases", str(table), "--out", str(tmp_path / "e")])
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith((".e-", "e"))] == []


def test_several_runs_are_measured_each_for_itself_and_in_one_table(table, tmp_path):
    for name, seed in (("a", "1"), ("b", "2")):
        run(table, tmp_path / name, "--epochs", "1", "--seed", seed)
    argv = ["--cases", str(table), "--out", str(tmp_path / "e")]
    with pytest.raises(ValueError, match=r"baseline_cnn-[0-9a-f]{12}: given more than once"):
        evaluate.main([str(tmp_path / "a"), str(tmp_path / "a" / "weights.safetensors"), *argv])
    assert evaluate.main([str(tmp_path / "a"), str(tmp_path / "b" / "weights.safetensors"), *argv]) == 0
    names = [f"baseline_cnn-{weights.weights_id_of(tmp_path / name / 'weights.safetensors')}" for name in "ab"]
    rows = list(csv.DictReader((tmp_path / "e" / "metrics.csv").open()))
    assert list(dict.fromkeys(row["run"] for row in rows)) == names
    for name in names:
        own = list(csv.DictReader((tmp_path / "e" / name / "metrics.csv").open()))
        assert [{"run": name, **row} for row in own] == [row for row in rows if row["run"] == name]


def test_existing_folders_and_changed_settings_are_refused(table, tmp_path):
    run(table, tmp_path / "a", "--epochs", "1")
    with pytest.raises(ValueError, match="exists already; choose a new folder"):
        run(table, tmp_path / "a")
    with pytest.raises(ValueError, match=r"was started with lr 0\.001, got 0\.5"):
        run(table, tmp_path / "a", "--resume", "--lr", "0.5")


def test_unusable_cases_stop_a_run_before_it_leaves_anything(table, tmp_path):
    bad = written(tmp_path / "flat.nii", np.full((32, 32, 32), 7, np.int16), np.diag([5.0, 5.0, 5.0, 1.0]))
    rows = "\n".join(f"x{n},{bad.name},{n % 2},9,70" for n in range(4))
    (tmp_path / "cases.csv").write_text("caseID,image,poor,gcs,age\n" + rows + "\n")
    with pytest.raises(ValueError, match=r"2 of 2 cases cannot be used; the first: flat\.nii: every voxel is 7"):
        run(tmp_path / "cases.csv", tmp_path / "a")
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_turning_equals_monais(axis):
    image = torch.rand(1, 9, 12, 16, generator=torch.Generator().manual_seed(0))
    angles = torch.zeros(1, 3)
    angles[0, axis] = 0.08
    expected = Rotate(angle=angles[0].tolist(), keep_size=True)(image)
    ours = resampled(image[None], angles=angles * (-1) ** axis, zoom=torch.ones(1), mirror=torch.ones(1))[0]
    torch.testing.assert_close(ours, expected)  # the middle axis turns the other way; angles are drawn evenly


def test_enlarging_keeps_the_centre_and_stretches_the_rest():
    ramp = torch.arange(-4.0, 5.0).expand(1, 1, 9, 9, 9)
    enlarged = resampled(ramp, angles=torch.zeros(1, 3), zoom=torch.tensor([1.1]), mirror=torch.ones(1))
    torch.testing.assert_close(enlarged, ramp / 1.1)


def test_mirroring_exchanges_left_and_right_only():
    image = torch.rand(1, 1, 4, 5, 6, generator=torch.Generator().manual_seed(0))
    mirrored = resampled(image, angles=torch.zeros(1, 3), zoom=torch.ones(1), mirror=-torch.ones(1))
    torch.testing.assert_close(mirrored, image.flip(4))


def test_the_published_zoom_enlarges_every_volume():
    config = TrainingConfig(rotation_probability=0, noise_probability=0)
    image = torch.rand(6, 1, 8, 8, 8, generator=torch.Generator().manual_seed(0))
    enlarged = resampled(image, angles=torch.zeros(6, 3), zoom=torch.full((6,), 1.1), mirror=torch.ones(6))
    torch.testing.assert_close(augment(image, config, torch.Generator().manual_seed(1)), enlarged)


def test_losses_are_weighted_as_the_variant_says():
    variant = VARIANTS["ord_gcs_bin_age"]
    logits = {head.target.key: torch.zeros(3, head.target.n_logits) for head in variant.heads}
    targets = {key: torch.ones_like(value) for key, value in logits.items()}
    losses = task_losses(logits, targets, variant=variant, pos_weight={})
    assert losses["gcs_ordinal"].item() == pytest.approx(math.log(2))
    assert losses["total"].item() == pytest.approx((0.4 + 0.3 + 0.3) * math.log(2))


def test_class_weights_are_negatives_over_positives():
    targets = {"gcs_ordinal": torch.tensor([[1.0, 0.0], [1.0, 1.0], [1.0, 0.0], [0.0, 0.0]])}
    assert positive_weights(targets, VARIANTS["only_ord_gcs"])["gcs_ordinal"].tolist() == pytest.approx([1 / 3, 3])
    assert positive_weights(targets, VARIANTS["ord_gcs"]) == {}


def test_defaults_are_the_published_recipe():
    config = TrainingConfig()
    assert (config.lr, config.weight_decay, config.batch, config.accumulation) == (1e-3, 1e-4, 8, 3)
    assert (config.epochs, config.patience, config.plateau_factor, config.plateau_patience) == (100, 20, 0.98, 5)
    assert json.dumps(config.as_dict())
    assert parse_grid("32x96x96") == (32, 96, 96)
    with pytest.raises(ValueError, match="epochs 0: expected more than 0"):
        TrainingConfig(epochs=0)
