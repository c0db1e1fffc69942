"""A small training cohort: brains with a small or a large clot."""

from pathlib import Path

import numpy as np

from tests.support.simple_head import brain_hu, written


def tiny_cohort(folder: Path, *, count: int, folds: int = 0) -> Path:
    """Writes a training table of `count` cases, half of them poor, with a fold column if `folds` is given."""
    rng = np.random.default_rng(0)
    lines = ["caseID,image,poor,gcs,age,synthetic,fold"]
    for number in range(count):
        poor, hu = number % 2, brain_hu()
        hu[60 : 64 + 12 * poor, 52:68, 14:20] = 65
        hu[hu > 0] += rng.integers(-3, 4, (hu > 0).sum()).astype(hu.dtype)
        written(folder / f"p{number}.nii", hu)
        fold = number // 2 % folds if folds else ""
        lines.append(f"p{number},p{number}.nii,{poor},{4 + number % 12},{76 + number % 8},1,{fold}")
    (folder / "cases.csv").write_text("\n".join(lines) + "\n")
    return folder / "cases.csv"
