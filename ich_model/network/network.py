"""The network class of every row of `VARIANTS`: encoder, feature vector, one linear head per target."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from torch import Tensor, nn

from ich_model.tasks import Task
from ich_model.variants import Encoder, Variant

Part = TypeVar("Part", bound=nn.Module)

DROPOUT = 0.2  # in every dense layer (Cobo et al. 2024)
SALIENCY_LAYER = "encoder.features.transition3.conv"  # the published target layer
MINIMUM_SIZE = {Encoder.DENSENET121: 29, Encoder.PLAIN_CNN: 38}
"""The smallest depth, height and width for which an encoder's strides leave one voxel."""

PREFIXES = (
    ("feature_extractor.features.", "encoder.features."),
    ("feature_extractor.", "encoder.features."),
    ("features.", "encoder.features."),
    ("binary_head.3.", Task.PROGNOSIS),
    ("ordinal_head.3.", Task.GCS),
    ("ordinal_headGCS.3.", Task.GCS),
    ("ordinal_headAge.3.", Task.AGE),
    ("class_layers.out.", None),
    ("classifier.1.", None),
)
"""Prefixes in the published checkpoints, each with our prefix, the task of its head, or None for the only head."""


class PlainCnn(nn.Module):
    """Features of Perez del Barrio et al.: four unpadded convolutions, (N, 1, D, H, W) to (N, 128, d, h, w)."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv3d(1, 16, 3, bias=False), nn.ReLU(), nn.MaxPool3d(2),
            nn.Conv3d(16, 32, 3), nn.ReLU(), nn.MaxPool3d(2), nn.Dropout3d(0.5),
            nn.Conv3d(32, 64, 3), nn.ReLU(), nn.MaxPool3d(2),
            nn.Conv3d(64, 128, 3, bias=False), nn.ReLU(), nn.BatchNorm3d(128),
        )  # fmt: skip
        self.n_features = 128

    def forward(self, x: Tensor) -> Tensor:
        """Feature maps (N, C, d, h, w) of a batch (N, 1, D, H, W)."""
        maps: Tensor = self.features(x)
        return maps


class DenseFeatures(nn.Module):
    """MONAI's 3D DenseNet121 without its class layers, (N, 1, D, H, W) to (N, 1024, d, h, w)."""

    def __init__(self) -> None:
        super().__init__()
        from monai.networks.nets import DenseNet121  # imported here because it takes seconds

        whole = DenseNet121(spatial_dims=3, in_channels=1, out_channels=1, dropout_prob=DROPOUT)
        self.features = whole.features
        self.n_features = part_of(whole.class_layers, "out", nn.Linear).in_features

    def forward(self, x: Tensor) -> Tensor:
        """Feature maps (N, C, d, h, w) of a batch (N, 1, D, H, W)."""
        maps: Tensor = self.features(x)
        return maps


_Encoder = type[PlainCnn] | type[DenseFeatures]
ENCODERS: dict[Encoder, tuple[_Encoder, Callable[[], nn.Sequential]]] = {
    Encoder.DENSENET121: (DenseFeatures, lambda: nn.Sequential(nn.ReLU(), nn.AdaptiveAvgPool3d(1), nn.Flatten(1))),
    Encoder.PLAIN_CNN: (PlainCnn, lambda: nn.Sequential(nn.AdaptiveMaxPool3d(1), nn.Flatten(1))),
}
"""The class of each encoder, and the pooling that reduces its feature maps to one vector."""


class MultiTaskNetwork(nn.Module):
    """A variant's network: a batch (N, 1, D, H, W) to logits (N, K - 1) by target key."""

    def __init__(self, variant: Variant) -> None:
        super().__init__()
        encoder, to_vector = ENCODERS[variant.encoder]
        self.variant = variant
        self.encoder = encoder()
        self.to_vector = to_vector()
        self.heads = nn.ModuleDict(
            {head.target.key: nn.Linear(self.encoder.n_features, head.target.n_logits) for head in variant.heads}
        )

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        """Cumulative logits (N, K - 1) by target key, of a batch (N, 1, D, H, W); ValueError for too small a grid."""
        check_grid(self.variant, tuple(x.shape[2:]))
        vector = self.to_vector(self.encoder(x))
        return {key: head(vector) for key, head in self.heads.items()}

    def linear_heads(self) -> Iterator[tuple[str, nn.Linear]]:
        """Each head with its target's key."""
        for key in self.heads:
            yield key, part_of(self.heads, key, nn.Linear)


def part_of(module: nn.Module, name: str, kind: type[Part]) -> Part:
    """The submodule with a name, checked to be of a class.

    Raises:
        TypeError: where it is of another class.
    """
    part = module.get_submodule(name)
    if not isinstance(part, kind):
        raise TypeError(f"{name}: expected {kind.__name__}, got {type(part).__name__}")
    return part


def check_grid(variant: Variant, grid: tuple[int, ...]) -> None:
    """Checks that a grid (D, H, W) is large enough for a variant's strides.

    Raises:
        ValueError: where the grid is too small.
    """
    smallest = MINIMUM_SIZE[variant.encoder]
    if len(grid) != 3 or min(grid) < smallest:
        shown = "x".join(map(str, grid))
        raise ValueError(
            f"input grid {shown}: {variant.key} needs at least {smallest} slices, rows and columns; take a larger grid"
        )


def from_published_names(state: dict[str, Tensor], variant: Variant) -> dict[str, Tensor]:
    """A published checkpoint's state dict, tensors (...) by name, with our names.

    Unknown names are left unchanged, so that strict loading refuses them.

    Raises:
        ValueError: where two entries would get the same name.
    """
    renamed: dict[str, Tensor] = {}
    for name, tensor in state.items():
        ours = _renamed(name, variant)
        if ours in renamed:
            raise ValueError(f"two entries of the checkpoint are {ours} of {variant.key}, the second is {name}")
        renamed[ours] = tensor
    return renamed


def _renamed(name: str, variant: Variant) -> str:
    for published, ours in PREFIXES:
        if not name.startswith(published):
            continue
        rest = name.removeprefix(published)
        if isinstance(ours, Task):
            return f"heads.{variant.head_of(ours).target.key}.{rest}" if ours in variant.tasks else name
        return f"heads.{variant.heads[0].target.key}.{rest}" if ours is None else ours + rest
    return name
