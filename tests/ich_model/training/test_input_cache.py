"""Inputs are made once: kept ones are taken as they are, and only for the same scan, grid and code."""

from pathlib import Path

import pytest
import torch

from ich_model.dataset.cases import TrainingCase, read_cases
from ich_model.training import input_cache
from tests.support.tiny_cohort import tiny_cohort

GRID = (12, 16, 16)


@pytest.fixture
def cases(tmp_path) -> list[TrainingCase]:
    return read_cases(tiny_cohort(tmp_path, count=2))


def made(monkeypatch) -> list[Path]:
    """The scans that are read from now on."""
    read, load = [], input_cache.volume.load
    monkeypatch.setattr(input_cache.volume, "load", lambda path: (read.append(path.name), load(path))[1])
    return read


def test_what_is_kept_is_not_made_again_and_is_the_same(cases, tmp_path, monkeypatch):
    read = made(monkeypatch)
    first = input_cache.prepared_inputs(cases, GRID, cache=tmp_path / "kept")
    second = input_cache.prepared_inputs(cases, GRID, cache=tmp_path / "kept")
    assert read == ["p0.nii", "p1.nii"]
    assert torch.equal(first, second)
    assert (first.dtype, tuple(first.shape)) == (torch.float16, (2, 1, *GRID))


def test_another_grid_or_scan_is_made_anew(cases, tmp_path, monkeypatch):
    input_cache.prepared_inputs(cases, GRID, cache=tmp_path / "kept")
    cases[0].image.write_bytes(cases[1].image.read_bytes())
    read = made(monkeypatch)
    input_cache.prepared_inputs(cases, GRID, cache=tmp_path / "kept")
    assert read == ["p0.nii"]
    input_cache.prepared_inputs(cases, (13, 16, 16), cache=tmp_path / "kept")
    assert read == ["p0.nii", "p0.nii", "p1.nii"]


def test_processes_make_what_this_one_would(cases):
    assert torch.equal(input_cache.prepared_inputs(cases, GRID, workers=2), input_cache.prepared_inputs(cases, GRID))
