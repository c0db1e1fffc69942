"""The network class against plain MONAI and the authors' arrangement."""

import pytest
import torch
from monai.networks.nets import DenseNet121
from torch import nn

from ich_model.network.network import MINIMUM_SIZE, SALIENCY_LAYER, MultiTaskNetwork, from_published_names
from ich_model.tasks import Task
from ich_model.variants import VARIANTS, Encoder, Variant

pytestmark = pytest.mark.numeric

MULTI_TASK = [row for row in VARIANTS.values() if len(row.heads) > 1]
PLAIN = [row for row in VARIANTS.values() if len(row.heads) == 1 and row.encoder is Encoder.DENSENET121]


def seeded_input(size: int) -> torch.Tensor:
    return torch.rand(2, 1, size, size, size, generator=torch.Generator().manual_seed(0))


class AuthorsNetwork(nn.Module):
    """The published arrangement: a DenseNet without class layers, and a head of four modules for each task."""

    def __init__(self, variant: Variant) -> None:
        super().__init__()
        self.feature_extractor = DenseNet121(spatial_dims=3, in_channels=1, out_channels=1, dropout_prob=0.2)
        self.feature_extractor.class_layers = nn.Identity()
        two_with_gcs = variant.tasks == (Task.PROGNOSIS, Task.GCS)
        names = {Task.PROGNOSIS: "binary_head", Task.GCS: "ordinal_headGCS", Task.AGE: "ordinal_headAge"}
        names |= {Task.GCS: "ordinal_head"} if two_with_gcs else {}
        self.names = [names[task] for task in variant.tasks]
        for name, head in zip(self.names, variant.heads, strict=True):
            linear = nn.Linear(1024, head.target.n_logits)
            setattr(self, name, nn.Sequential(nn.ReLU(), nn.AdaptiveAvgPool3d(1), nn.Flatten(), linear))

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        maps = self.feature_extractor(x)
        return [getattr(self, name)(maps) for name in self.names]


@pytest.mark.parametrize("variant", PLAIN, ids=lambda row: row.key)
def test_a_single_task_network_is_monais_densenet_bit_for_bit(variant):
    torch.manual_seed(1)
    plain = DenseNet121(spatial_dims=3, in_channels=1, out_channels=variant.heads[0].target.n_logits, dropout_prob=0.2)
    ours = MultiTaskNetwork(variant)
    ours.load_state_dict(from_published_names(plain.state_dict(), variant))
    x = seeded_input(29)
    with torch.inference_mode():
        assert torch.equal(ours.eval()(x)[variant.heads[0].target.key], plain.eval()(x))


@pytest.mark.parametrize("variant", MULTI_TASK, ids=lambda row: row.key)
def test_a_multi_task_network_is_the_authors_arrangement_bit_for_bit(variant):
    torch.manual_seed(2)
    authors, ours = AuthorsNetwork(variant), MultiTaskNetwork(variant)
    ours.load_state_dict(from_published_names(authors.state_dict(), variant))
    x = seeded_input(29)
    with torch.inference_mode():
        for got, expected in zip(ours.eval()(x).values(), authors.eval()(x), strict=True):
            assert torch.equal(got, expected)


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=lambda row: row.key)
def test_every_variant_runs_at_its_smallest_grid(variant):
    network = MultiTaskNetwork(variant).eval()
    with torch.inference_mode():
        logits = network(seeded_input(MINIMUM_SIZE[variant.encoder]))
    assert {key: tuple(value.shape) for key, value in logits.items()} == {
        head.target.key: (2, head.target.n_logits) for head in variant.heads
    }
    assert all(torch.isfinite(value).all() for value in logits.values())


@pytest.mark.parametrize(("key", "smallest"), [("ord_gcs_bin_age", 29), ("baseline_cnn", 38)])
def test_a_grid_one_slice_too_thin_is_refused(key, smallest):
    network = MultiTaskNetwork(VARIANTS[key])
    with pytest.raises(ValueError, match=f"needs at least {smallest} slices"):
        network(torch.zeros(1, 1, smallest - 1, 64, 64))


def test_the_plain_cnn_has_the_published_names():
    variant = VARIANTS["baseline_cnn"]
    ours = MultiTaskNetwork(variant)
    names = {name.rsplit(".", 1)[0] for name in ours.state_dict()}
    numbers = {name.removeprefix("encoder.features.") for name in names if name.startswith("encoder")}
    assert numbers == {"0", "3", "7", "10", "12"}
    published = {"feature_extractor.0.weight": torch.zeros(1), "classifier.1.bias": torch.zeros(1)}
    assert set(from_published_names(published, variant)) == {"encoder.features.0.weight", "heads.prognosis.bias"}


def test_two_names_for_one_head_are_refused():
    state = {"ordinal_head.3.bias": torch.zeros(2), "ordinal_headGCS.3.bias": torch.zeros(2)}
    with pytest.raises(ValueError, match=r"two entries of the checkpoint are heads\.gcs_ordinal\.bias"):
        from_published_names(state, VARIANTS["ord_gcs"])


def test_the_saliency_layer_is_where_its_name_says():
    network = MultiTaskNetwork(VARIANTS["prognosis"])
    assert network.get_submodule(SALIENCY_LAYER) is network.encoder.features.transition3.conv
