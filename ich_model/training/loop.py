"""The training loop of one network: epochs, losses, and a state that can be saved after any epoch and restored."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from torch.optim.lr_scheduler import LambdaLR, ReduceLROnPlateau

from ich_model.network.network import MultiTaskNetwork
from ich_model.training.augment import augment
from ich_model.training.bf16_padding import make_padding_explicit
from ich_model.training.config import Precision, Schedule, TrainingConfig
from ich_model.variants import Variant

INFERENCE_BATCH = 4
State = dict[str, Any]  # Any: tensors and torch's state dicts


@dataclass(frozen=True)
class LabelledInputs:
    """Labelled cases: inputs (N, 1, D, H, W) float16 and cumulative targets (N, K - 1) by target key."""

    values: Tensor
    targets: dict[str, Tensor]

    def rows(self, index: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """The cases with indices (n,): inputs (n, 1, D, H, W) float32 and targets (n, K - 1) by target key."""
        return self.values[index].float(), {key: target[index] for key, target in self.targets.items()}


class Training:
    """A variant's network with its optimiser, learning-rate schedule and random state."""

    def __init__(self, variant: Variant, config: TrainingConfig, *, pos_weight: dict[str, Tensor], device: str) -> None:
        torch.manual_seed(config.seed)  # weights and dropout
        self.variant, self.config, self.device = variant, config, torch.device(device)
        network = MultiTaskNetwork(variant)
        self.network: MultiTaskNetwork = network.to(
            self.device, memory_format=torch.channels_last_3d  # type: ignore[call-overload]  # torch types one of both
        )
        if self.device.type == "cpu" and config.precision is Precision.BF16:
            make_padding_explicit(self.network)
        self.pos_weight = {key: value.to(self.device) for key, value in pos_weight.items()}
        self.generator = torch.Generator().manual_seed(config.seed)  # order and augmentation
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(), lr=config.lr, weight_decay=config.weight_decay, amsgrad=True, fused=True
        )
        self.scheduler: ReduceLROnPlateau | LambdaLR
        if config.schedule is Schedule.PLATEAU:
            self.scheduler = ReduceLROnPlateau(
                self.optimizer, factor=config.plateau_factor, patience=config.plateau_patience
            )
        else:
            self.scheduler = LambdaLR(self.optimizer, lambda epoch: cosine_share(epoch, config.epochs))

    def train_epoch(self, data: LabelledInputs, order: list[int]) -> dict[str, float]:
        """Trains one epoch on the cases in `order`, shuffled; returns mean losses per case by target, and "total".

        Raises:
            ValueError: where the loss is not finite.
        """
        self.network.train()
        batches = list(self._batches(order))
        sums: dict[str, float] = {}
        for number, rows in enumerate(batches):
            inputs, targets = data.rows(rows)
            losses = self._losses(augment(inputs, self.config, self.generator), targets)
            if not torch.isfinite(losses["total"]):
                raise ValueError("the training loss is no longer finite; lower --lr or use --precision fp32")
            first_of_group = number - number % self.config.accumulation
            group = min(self.config.accumulation, len(batches) - first_of_group)
            (losses["total"] / group).backward()
            if number + 1 == first_of_group + group:
                self.optimizer.step()
                self.optimizer.zero_grad(set_to_none=True)
            for key, loss in losses.items():
                sums[key] = sums.get(key, 0.0) + loss.item() * len(rows)
        n = sum(len(rows) for rows in batches)
        return {key: total / n for key, total in sums.items()}

    def end_epoch(self, validation_loss: float) -> None:
        """Advances the learning-rate schedule by one epoch."""
        if isinstance(self.scheduler, ReduceLROnPlateau):
            self.scheduler.step(validation_loss)
        else:
            self.scheduler.step()

    def _batches(self, order: list[int]) -> Iterator[Tensor]:
        """Shuffled batches of indices (n,); a last batch of one case is dropped because batch norm needs two."""
        shuffled = torch.tensor(order)[torch.randperm(len(order), generator=self.generator)]
        return (rows for rows in shuffled.split(self.config.batch) if len(rows) > 1)

    def _losses(self, inputs: Tensor, targets: dict[str, Tensor]) -> dict[str, Tensor]:
        logits = forward(self.network, inputs, precision=self.config.precision)
        return task_losses(logits, targets, variant=self.variant, pos_weight=self.pos_weight)

    def state(self) -> State:
        """The complete state on which the next epoch depends."""
        return {
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": {k: v for k, v in self.scheduler.state_dict().items() if k != "lr_lambdas"},
            "generator": self.generator.get_state(),
            "torch_rng": torch.get_rng_state(),
            "cuda_rng": torch.cuda.get_rng_state(self.device) if self.device.type == "cuda" else None,
        }

    def restore(self, state: State) -> None:
        """Restores a saved state."""
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.scheduler.__dict__.update(state["scheduler"])
        self.generator.set_state(state["generator"])
        torch.set_rng_state(state["torch_rng"])
        if self.device.type == "cuda" and state.get("cuda_rng") is not None:  # dropout is drawn on the GPU
            torch.cuda.set_rng_state(state["cuda_rng"], self.device)


def forward(network: MultiTaskNetwork, inputs: Tensor, *, precision: Precision) -> dict[str, Tensor]:
    """Logits (N, K - 1) in float32 by target key, of a batch (N, 1, D, H, W), on the network's device."""
    device = next(network.parameters()).device
    inputs = inputs.to(device).contiguous(memory_format=torch.channels_last_3d)
    with torch.autocast(device.type, dtype=torch.bfloat16, enabled=precision is Precision.BF16):
        logits = network(inputs)
    return {key: value.float() for key, value in logits.items()}


def logits_of(network: MultiTaskNetwork, values: Tensor, *, precision: Precision) -> dict[str, Tensor]:
    """Logits (N, K - 1) on the CPU by target key, of inputs (N, 1, D, H, W), in evaluation mode."""
    network.eval()
    with torch.inference_mode():
        outputs = [forward(network, part.float(), precision=precision) for part in values.split(INFERENCE_BATCH)]
    return {key: torch.cat([output[key] for output in outputs]).cpu() for key in network.heads}


def task_losses(
    logits: dict[str, Tensor], targets: dict[str, Tensor], *, variant: Variant, pos_weight: dict[str, Tensor]
) -> dict[str, Tensor]:
    """Mean binary cross-entropy of logits (N, K - 1) by target key, and their sum by loss weight as "total"."""
    losses = {}
    for head in variant.heads:
        key = head.target.key
        wanted = targets[key].to(logits[key].device)
        losses[key] = functional.binary_cross_entropy_with_logits(
            logits[key], wanted, pos_weight=pos_weight.get(key)
        )
    weighed = [head.loss_weight * losses[head.target.key] for head in variant.heads]
    return {**losses, "total": sum(weighed[1:], start=weighed[0])}


def positive_weights(targets: dict[str, Tensor], variant: Variant) -> dict[str, Tensor]:
    """Class weights negatives / positives, (K - 1,) by target key, for class-weighted variants; empty for others.

    Raises:
        ValueError: where no training case lies above a cut.
    """
    if not variant.class_weighted:
        return {}
    positives = {key: target.sum(0) for key, target in targets.items()}
    for key, count in positives.items():
        if not count.all():
            raise ValueError(f"{variant.key}: no training case above a cut of {key}; its class weight is undefined")
    return {key: (len(targets[key]) - count) / count for key, count in positives.items()}


def cosine_share(epoch: int, epochs: int) -> float:
    """Factor of the learning rate in an epoch counted from 0: warm-up at 0.5, then half a cosine from 1 to near 0."""
    return 0.5 if epoch == 0 else 0.5 * (1 + math.cos(math.pi * (epoch - 1) / max(1, epochs - 1)))
