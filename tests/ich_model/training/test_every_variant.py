"""Every network of the paper is trained for two epochs on tiny phantoms, reloads, predicts and is explained."""

import csv
import json
from pathlib import Path

import pytest

from ich_model import __main__ as commands
from ich_model.network import weights
from ich_model.network.network import MINIMUM_SIZE
from ich_model.tasks import Task
from ich_model.variants import VARIANTS
from tests.support.tiny_cohort import tiny_cohort

FLAGS = ["--epochs", "2", "--batch", "2", "--accumulation", "1", "--validation-fraction", "0.5"]


@pytest.fixture(scope="module")
def table(tmp_path_factory) -> Path:
    return tiny_cohort(tmp_path_factory.mktemp("phantoms"), count=8)


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=lambda row: row.key)
def test_a_variant_trains_reloads_predicts_and_is_explained(variant, table, tmp_path, capsys):
    scan, run, maps = str(table.parent / "p1.nii"), tmp_path / "run", tmp_path / "maps"
    grid = "x".join([str(MINIMUM_SIZE[variant.encoder])] * 3)
    argv = ["train", variant.key, "--cases", str(table), "--out", str(run), "--grid", grid, *FLAGS]
    assert commands.main([*argv, "--cache", str(table.parent / "prepared")]) == 0
    assert [row["epoch"] for row in csv.DictReader((run / "history.csv").open())] == ["1", "2"]
    assert weights.load(run / "weights.safetensors").variant == variant

    capsys.readouterr()
    of_run = ["--weights", str(run / "weights.safetensors")]
    assert commands.main(["predict", scan, "--json", *of_run]) == 0
    (answer,) = json.loads(capsys.readouterr().out)
    assert [task for task in Task if answer[task]] == [task for task in Task if task in variant.tasks]

    tasks = [word for task in variant.tasks for word in ("--task", str(task))]
    assert commands.main(["explain", scan, "--out", str(maps), *tasks, *of_run]) == 0
    assert {path.name for path in maps.glob("*.nii.gz")} == {f"guided_grad_cam_{task}.nii.gz" for task in variant.tasks}
    for checkpoint in run.glob("*.pt"):
        checkpoint.unlink()  # hundreds of megabytes, which pytest would keep
