"""The published training loop: each epoch reads and preprocesses every file again, in full precision."""

from collections.abc import Sequence
from math import pi
from typing import Any

import torch
from monai.data import DataLoader, Dataset
from monai.transforms import Compose, EnsureChannelFirst, RandGaussianNoise, RandRotate, Zoom
from torch import Tensor

from benchmarks.peers.preprocessing import array_transforms, quiet_load
from ich_model.dataset.cases import TrainingCase
from ich_model.network.network import MultiTaskNetwork
from ich_model.training.config import TrainingConfig
from ich_model.training.input_cache import cumulative_targets
from ich_model.training.loop import task_losses
from ich_model.variants import Variant

Row = dict[str, Any]  # Any: the file's name under "image", cumulative targets under "targets"


class PublishedLoop:
    """MONAI's uncached dataset and loader and a plain network (Cobo et al. 2024): no memory format, no autocast."""

    def __init__(
        self, variant: Variant, cases: Sequence[TrainingCase], config: TrainingConfig, *, reader: str, augmented: bool
    ) -> None:
        torch.manual_seed(config.seed)
        self.variant, self.config = variant, config
        self.network = MultiTaskNetwork(variant)
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(), lr=config.lr, weight_decay=config.weight_decay, amsgrad=True
        )
        targets = cumulative_targets(cases, variant)
        rows = [{"image": str(case.image), "targets": {key: target[number] for key, target in targets.items()}}
                for number, case in enumerate(cases)]  # fmt: skip
        self.dataset = Dataset(rows, transform=_Prepare(config.grid, reader=reader, augmented=augmented))

    def train_epoch(self) -> float:
        """Trains one epoch on all cases, shuffled; returns the mean loss per case."""
        self.network.train()
        batches = DataLoader(self.dataset, batch_size=self.config.batch, shuffle=True, num_workers=0)
        total = 0.0
        for number, (inputs, targets) in enumerate(batches, start=1):
            losses = task_losses(self.network(inputs), targets, variant=self.variant, pos_weight={})
            losses["total"].backward()
            if number % self.config.accumulation == 0 or number == len(batches):
                self.optimizer.step()
                self.optimizer.zero_grad()
            total += losses["total"].item() * len(inputs)
        return total / len(self.dataset)


class _Prepare:
    """A row of the dataset as input (1, D, H, W) and targets, with the published augmentations."""

    def __init__(self, grid: tuple[int, int, int], *, reader: str, augmented: bool) -> None:
        *placing, to_depth_first = array_transforms(grid)
        turning = [RandRotate(pi / 36, pi / 36, pi / 36, prob=0.5), Zoom(1.1), RandGaussianNoise(prob=0.5, std=0.01)]
        load = quiet_load(reader)
        self.pipeline = Compose([load, EnsureChannelFirst(), *placing, *(turning if augmented else []), to_depth_first])

    def __call__(self, row: Row) -> tuple[Tensor, dict[str, Tensor]]:
        return torch.as_tensor(self.pipeline(row["image"])).float(), row["targets"]


