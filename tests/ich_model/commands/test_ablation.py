"""Several variants on several folds: what is done stays done, and the tables stand beside the paper's."""

import logging
import pickle
from pathlib import Path

import pandas as pd
import pytest

from ich_model.commands import ablation
from ich_model.commands import train as train_command
from ich_model.dataset.cases import read_cases
from ich_model.training import fold_tables
from ich_model.training.train import WEIGHTS
from ich_model.variants import VARIANTS as ROWS
from tests.support.tiny_cohort import tiny_cohort

FLAGS = ["--grid", "29x29x29", "--epochs", "1", "--batch", "6", "--accumulation", "1"]
VARIANTS = ["prognosis", "bin_age"]
BIN_AGE = ROWS["bin_age"]


@pytest.fixture(scope="module")
def table(tmp_path_factory) -> Path:
    return tiny_cohort(tmp_path_factory.mktemp("cases"), count=24, folds=2)


@pytest.fixture(scope="module")
def done(table, tmp_path_factory) -> Path:
    """The folder of an ablation of two variants on two folds."""
    out = tmp_path_factory.mktemp("runs") / "ablation"
    assert ablation.main(["--cases", str(table), "--out", str(out), "--variants", *VARIANTS, *FLAGS]) == 0
    return out


def test_each_variant_is_trained_on_each_fold(done):
    folds = fold_tables.read_folds(done)
    assert set(zip(folds["variant"], folds["fold"], strict=True)) == {(v, k) for v in VARIANTS for k in (0, 1)}
    assert folds["synthetic"].all()
    assert set(folds["test_cases"]) == {12}


def test_own_means_stand_beside_the_published_ones(done):
    shown = pd.read_csv(done / "ablation.csv").set_index(["variant", "metric"])
    assert shown.loc[("bin_age", "auc"), ["published_mean", "published_sd"]].tolist() == [0.724, 0.081]
    assert shown.loc[("bin_age", "auc"), "own_folds"] == 2
    assert shown["own_mean"].notna().groupby("variant").any().sum() == len(VARIANTS)
    assert (done / "ablation.png").stat().st_size > 10_000


def test_gains_are_paired_by_fold(done):
    gains = pd.read_csv(done / "gains.csv").set_index(["variant", "metric"])
    folds = fold_tables.read_folds(done).query("metric == 'auc' and target == 'prognosis'")
    by_variant = folds.groupby("variant")["value"].mean()
    assert gains.loc[("bin_age", "auc"), "gain"] == pytest.approx(by_variant["bin_age"] - by_variant["prognosis"])


def test_what_is_done_is_not_trained_again_and_what_is_missing_is(done, table, caplog):
    before = {path: path.stat().st_mtime_ns for path in done.rglob(WEIGHTS)}
    lost = done / "bin_age" / "fold_1" / WEIGHTS
    lost.with_suffix(".json").unlink()
    argv = ["--cases", str(table), "--out", str(done), "--variants", *VARIANTS, *FLAGS]
    with pytest.raises(ValueError, match="exists already; choose a new folder, or --resume"):
        ablation.main(argv)
    with caplog.at_level(logging.INFO):
        assert ablation.main([*argv, "--resume"]) == 0
    assert {path for path in before if path.stat().st_mtime_ns != before[path]} == {lost}
    assert "resuming after epoch 1" in caplog.text


def test_a_run_can_be_sent_to_a_cluster(table, tmp_path):
    options = train_command._parser().parse_args(["bin_age", "--cases", str(table), "--out", str(tmp_path), *FLAGS])
    (run,) = train_command.fold_runs(BIN_AGE, read_cases(table), options, out=tmp_path, folds=[1])
    assert pickle.loads(pickle.dumps(run)) == run
    assert run.out.is_absolute()
    assert run.cache.is_absolute()


def test_other_settings_are_refused_when_going_on(done, table):
    argv = ["--cases", str(table), "--out", str(done), "--variants", *VARIANTS, *FLAGS, "--resume", "--lr", "0.1"]
    with pytest.raises(ValueError, match=r"was started with lr 0\.001, got 0\.1; use the same flags"):
        ablation.main(argv)
    with pytest.raises(ValueError, match="--folds 7: expected some of 0, 1"):
        ablation.main([*argv, "--folds", "7"])


def test_all_folds_of_one_variant_end_in_a_summary(table, tmp_path):
    argv = ["baseline_cnn", "--cases", str(table), "--out", str(tmp_path / "cv"), "--fold", "all", *FLAGS]
    assert train_command.main([*argv, "--grid", "38x38x38"]) == 0
    shown = pd.read_csv(tmp_path / "cv" / "summary.csv").set_index("metric")
    assert shown.loc["auc", "folds"] == 2
    assert len(list((tmp_path / "cv" / "prepared").iterdir())) == 24  # made once for both folds
    with pytest.raises(ValueError, match="'some': expected a number of a fold, or all"):
        train_command.main([*argv[:-len(FLAGS) - 1], "some"])
