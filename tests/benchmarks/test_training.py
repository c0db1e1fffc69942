"""The published loop that the benchmark races against trains on the same inputs and the same losses as ours."""

import pytest
import torch

from benchmarks.peers.preprocessing import READER
from benchmarks.peers.training import PublishedLoop
from benchmarks.training import OURS, PUBLISHED, compare
from ich_model.dataset.cases import read_cases
from ich_model.training.config import TrainingConfig
from ich_model.training.input_cache import prepared_inputs
from ich_model.variants import DEFAULT_VARIANT, VARIANTS
from tests.support.tiny_cohort import tiny_cohort

CONFIG = TrainingConfig(grid=(29, 32, 33), batch=2)


@pytest.fixture(scope="module")
def cases(tmp_path_factory):
    return read_cases(tiny_cohort(tmp_path_factory.mktemp("cases"), count=4))


def test_both_ways_meet_the_same_inputs(cases):
    loop = PublishedLoop(VARIANTS[DEFAULT_VARIANT], cases, CONFIG, reader=READER, augmented=False)
    theirs = torch.stack([loop.dataset[number][0] for number in range(len(cases))])
    ours = prepared_inputs(cases, CONFIG.grid).float()  # halves; the files are stored right first, so turned around
    torch.testing.assert_close(theirs.flip(-1), ours, atol=1e-3, rtol=0)


def test_both_ways_train_an_epoch(cases):
    rates, preparing_s = compare(cases, CONFIG, epochs=1)
    assert rates[PUBLISHED][0] > 0
    assert rates[OURS][0] > 0
    assert preparing_s > 0
