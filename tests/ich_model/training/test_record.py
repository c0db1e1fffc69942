"""What a run leaves while it goes: killed, it loses no more than the epoch under way; it stops early and says how long.
"""

import csv
import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from ich_model.commands import train as train_command
from ich_model.training import record as training_record
from ich_model.training import train
from ich_model.training.config import TrainingConfig
from ich_model.training.loop import Training
from ich_model.training.record import LAST, Record
from ich_model.variants import VARIANTS
from tests.support.tiny_cohort import tiny_cohort

ROOT = Path(__file__).resolve().parents[3]
FLAGS = ["--grid", "38x38x38", "--batch", "2", "--accumulation", "1", "--validation-fraction", "0.5",
         "--patience", "1000"]  # fmt: skip


def epochs_in(history_csv: Path) -> int:
    return len(list(csv.DictReader(history_csv.open()))) if history_csv.is_file() else 0


def killed_after(epochs: int, argv: list[str], out: Path) -> int:
    """The epochs that a run's table showed when the run was killed without warning."""
    environment = {**os.environ, "OMP_NUM_THREADS": str(torch.get_num_threads())}  # sums depend on the threads
    process = subprocess.Popen([sys.executable, "-m", "ich_model", "train", *argv], cwd=ROOT, env=environment,
                               stderr=subprocess.DEVNULL)  # fmt: skip
    end = time.monotonic() + 120
    while epochs_in(out / "history.csv") < epochs:
        assert process.poll() is None, "the run ended by itself"
        assert time.monotonic() < end, "the run did not get that far"
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    return epochs_in(out / "history.csv")


def test_a_killed_run_loses_an_epoch_at_most_and_goes_on_as_if_nothing_had_been(tmp_path):
    common = ["baseline_cnn", "--cases", str(tiny_cohort(tmp_path, count=8)), *FLAGS]
    killed, straight = tmp_path / "killed", tmp_path / "straight"
    shown = killed_after(3, [*common, "--out", str(killed), "--epochs", "1000"], killed)
    kept = len(torch.load(killed / LAST, weights_only=True)["history"])
    assert shown - 1 <= kept <= shown
    wanted = ["--epochs", str(kept + 2)]
    assert train_command.main([*common, "--out", str(killed), *wanted, "--resume"]) == 0
    assert train_command.main([*common, "--out", str(straight), *wanted]) == 0
    assert epochs_in(killed / "history.csv") == kept + 2
    manifests = [train.weights.read_manifest(out / train.WEIGHTS) for out in (killed, straight)]
    assert manifests[0].weights_id == manifests[1].weights_id
    assert len(list((killed / "tensorboard").iterdir())) == kept + 2


class Killed(Exception):
    """Stands for the end of the process."""


@pytest.mark.parametrize("step", ["_write_history", "_log_to_tensorboard", "_write"])
def test_wherever_a_run_dies_an_epoch_is_told_whole_or_done_again(step, tmp_path, monkeypatch):
    config, history = TrainingConfig(), [{"epoch": 1, "validation_score": 0.7, "seconds": 1.0}]
    training = Training(VARIANTS["baseline_cnn"], config, pos_weight={}, device="cpu")
    record = Record(tmp_path, {**config.as_dict(), "variant": "baseline_cnn"}, config=config)

    def die(*_: object) -> None:
        raise Killed("here")

    with monkeypatch.context() as patch:
        patch.setattr(training_record if step == "_write" else Record, step, die)
        with pytest.raises(Killed, match="here"):
            record.save(training, history)
    assert record.resumed(training) == []
    record.save(training, history)
    assert record.resumed(training) == history
    assert epochs_in(tmp_path / "history.csv") == 1


def test_a_run_stops_when_as_many_epochs_as_its_patience_brought_no_better_score():
    history = [{"validation_score": score} for score in (0.5, 0.7, 0.7, 0.6)]
    assert train._at_end(history, TrainingConfig(patience=2))
    assert not train._at_end(history, TrainingConfig(patience=3))
    assert train._at_end(history, TrainingConfig(patience=3, epochs=4))


def test_each_epoch_is_told_with_the_time_left(tmp_path, caplog):
    config = TrainingConfig(epochs=10)
    row = {"train_total": 0.5, "validation_score": 0.7, "seconds": 60.0}
    with caplog.at_level(logging.INFO):
        Record(tmp_path, {}, config=config).report([{"epoch": epoch, **row} for epoch in (1, 2)])
    assert "epoch 2/10: train_total 0.500, validation_score 0.700; 60 s, at most 8 min left" in caplog.text
