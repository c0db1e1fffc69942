"""Deletion and insertion curves of a network that looks at one voxel alone, worked out by hand."""

import functools
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from ich_model.explain import deletion_curves
from ich_model.jobs.queue import Cancelled, Watch
from ich_model.network.preprocessing import NetworkInput
from ich_model.network.weights import LoadedNetwork
from ich_model.saliency import methods
from ich_model.saliency.saliency_map import SaliencyMap
from ich_model.tasks import PROGNOSIS, Task
from tests.support.random_networks import GRID, random_input, random_network

pytestmark = pytest.mark.numeric

known_network = functools.cache(lambda: random_network("prognosis"))


@functools.cache
def known_map() -> SaliencyMap:
    """A map of the real network, for its origin."""
    return methods.explain(known_network(), random_input(), method="grad_cam", task=Task.PROGNOSIS)


class OneVoxel(nn.Module):
    """Certain of poor where voxel 0 is above 0.9, of good elsewhere."""

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        return {PROGNOSIS.key: 200 * (x.flatten(1)[:, :1] - 0.9)}


def ramp() -> NetworkInput:
    """Ten voxels with tissue, 0.1 to 1 from the last to the first, and ten without."""
    values = np.concatenate([np.arange(10, 0, -1) / 10, np.zeros(10)]).astype(np.float32)
    return NetworkInput("ramp", values.reshape(1, 1, 2, 10), (1, 2, 10), volume_shape=(10, 2, 1), padding=(0, 0))


def judged(values: np.ndarray) -> deletion_curves.Curves:
    """The curves of a map (20,) of the network that looks at voxel 0."""
    loaded = LoadedNetwork(OneVoxel(), known_network().variant, known_network().manifest)
    one = replace(known_map(), values=values.reshape(1, 2, 10).astype(np.float32))
    return deletion_curves.curves(loaded, ramp(), one)


def test_a_map_that_marks_what_counts_deletes_and_inserts_at_once():
    found = judged(np.arange(20, 0, -1))
    assert [round(score) for score in found.deletion] == [1] + [0] * 10
    assert [round(score) for score in found.insertion] == [0] + [1] * 10
    assert (found.areas["deletion"], found.areas["insertion"]) == (pytest.approx(0.05), pytest.approx(0.95))
    assert "is 0.05 as the tissue this map marks most is removed first" in found.sentence


def test_a_map_that_marks_it_last_does_so_at_the_end():
    found = judged(np.arange(20))
    assert [round(score) for score in found.deletion] == [1] * 10 + [0]
    assert [round(score) for score in found.insertion] == [0] * 10 + [1]


def test_the_random_order_begins_and_ends_as_the_maps():
    found = judged(np.arange(20))
    assert (found.random_deletion[0], found.random_deletion[-1]) == (found.deletion[0], found.deletion[-1])
    assert (found.random_insertion[0], found.random_insertion[-1]) == (found.insertion[0], found.insertion[-1])


def test_an_input_without_tissue_is_refused_and_a_stopped_one_stops():
    loaded, case, one = known_network(), random_input(), known_map()
    with pytest.raises(ValueError, match="case: no tissue above 15 HU"):
        deletion_curves.curves(loaded, replace(case, values=np.zeros((1, *GRID), np.float32)), one)
    watch = Watch()
    watch.stop.set()
    with pytest.raises(Cancelled, match="was stopped"):
        deletion_curves.curves(loaded, case, one, watch=watch)


def test_a_curve_asks_the_network_itself():
    loaded, case, one = known_network(), random_input(), known_map()
    found = deletion_curves.curves(loaded, case, one, n_steps=1)
    assert found.deletion[0] == pytest.approx(one.cumulative[0], abs=1e-5)
    with torch.no_grad():
        emptied = torch.full((1, 1, *GRID), float(np.median(case.values)))
        assert found.deletion[1] == pytest.approx(torch.sigmoid(loaded.network(emptied)["prognosis"]).item(), abs=1e-5)
