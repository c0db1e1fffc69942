"""The table of the paper's image networks, one row each (Cobo et al. 2024). No other module names a variant's key."""

from dataclasses import dataclass
from enum import StrEnum

from ich_model.tasks import AGE, GCS_BINARY, GCS_ORDINAL, PROGNOSIS, Target, Task, task_named

PUBLISHED_GRID = (40, 301, 301)  # depth, height, width
DEFAULT_VARIANT = "ord_gcs_bin_age"


class Encoder(StrEnum):
    """The part of the network that turns a volume into feature maps."""

    DENSENET121 = "densenet121"
    PLAIN_CNN = "plain_cnn"  # Perez del Barrio et al., the paper's "Baseline [17]"


@dataclass(frozen=True)
class Head:
    """One output of a network: its target and the weight of its loss in the sum."""

    target: Target
    loss_weight: float


@dataclass(frozen=True)
class Variant:
    """One network: encoder, heads, and the folder of its published checkpoint."""

    key: str
    title: str
    encoder: Encoder
    heads: tuple[Head, ...]
    checkpoint_folder: str
    class_weighted: bool = False  # binary cross-entropy with pos_weight = negatives / positives

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The tasks that this network predicts, in the order of its heads."""
        return tuple(head.target.task for head in self.heads)

    @property
    def targets(self) -> tuple[Target, ...]:
        """The targets that this network predicts, in the order of its heads."""
        return tuple(head.target for head in self.heads)

    def head_of(self, task: Task | str) -> Head:
        """The head that predicts a task.

        Raises:
            ValueError: where the network has none.
        """
        wanted = task_named(task)
        for head in self.heads:
            if head.target.task is wanted:
                return head
        raise ValueError(f"{self.key} does not predict {wanted}; it predicts {', '.join(self.tasks)}")


_P1, _P5, _P4 = Head(PROGNOSIS, 1.0), Head(PROGNOSIS, 0.5), Head(PROGNOSIS, 0.4)
_BIN_GCS, _ORD_GCS, _AGE = Head(GCS_BINARY, 0.3), Head(GCS_ORDINAL, 0.3), Head(AGE, 0.3)
_DENSE = Encoder.DENSENET121

_ROWS = (
    Variant("baseline_cnn", "Baseline CNN", Encoder.PLAIN_CNN, (_P1,), "Baseline_Perez_et_al"),
    Variant("prognosis", "DenseNet121", _DENSE, (_P1,), "Baseline_DenseNet_PrognosisICH"),
    Variant("bin_age", "MT (bin age)", _DENSE, (_P5, _AGE), "BinaryAge_PrognosisICH"),
    Variant("bin_gcs", "MT (bin GCS)", _DENSE, (_P4, _BIN_GCS), "BinaryGCS_PrognosisICH"),
    Variant("ord_gcs", "MT (ord GCS)", _DENSE, (_P4, _ORD_GCS), "ThreeClassOrdinalGCS_PrognosisICH"),
    Variant("bin_gcs_bin_age", "MT (bin GCS, bin age)", _DENSE, (_P4, _BIN_GCS, _AGE),
            "Proposed_BinaryGCS_BinaryAge_PrognosisICH"),
    Variant("ord_gcs_bin_age", "MT (ord GCS, bin age)", _DENSE, (_P4, _ORD_GCS, _AGE),
            "Proposed_ThreeClassOrdinalGCS_BinaryAge_PrognosisICH"),
    Variant("only_bin_gcs", "Single task (bin GCS)", _DENSE, (Head(GCS_BINARY, 1.0),),
            "Baseline_DenseNet_BinaryGCS", class_weighted=True),
    Variant("only_ord_gcs", "Single task (ord GCS)", _DENSE, (Head(GCS_ORDINAL, 1.0),),
            "Baseline_DenseNet_ThreeClassOrdinalGCS", class_weighted=True),
    Variant("only_bin_age", "Single task (bin age)", _DENSE, (Head(AGE, 1.0),),
            "Baseline_DenseNet_BinaryAge", class_weighted=True),
)
VARIANTS = {variant.key: variant for variant in _ROWS}


def variant_named(key: Variant | str) -> Variant:
    """The variant with a key, or the given variant itself.

    Raises:
        ValueError: for an unknown key; it lists the keys.
    """
    if isinstance(key, Variant):
        return key
    if key not in VARIANTS:
        raise ValueError(f"unknown variant {key!r}: expected one of {', '.join(VARIANTS)}")
    return VARIANTS[key]
