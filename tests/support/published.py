"""Published statistics in a folder beside the checkout: data and expected values; tests are skipped without it."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "truth"
needed = pytest.mark.skipif(not FOLDER.is_dir(), reason="no ../shared/data/truth beside this checkout")


def expected(name: str) -> dict:
    """The expected values of a file NAME_expected.json."""
    return json.loads((FOLDER / f"{name}_expected.json").read_text(encoding="utf-8"))


def table(name: str) -> pd.DataFrame:
    """A data file."""
    return pd.read_csv(FOLDER / f"{name}.csv")


def van_dyke() -> tuple[np.ndarray, np.ndarray]:
    """Van Dyke's ratings (114, 10), five readers of modality 1 and then of modality 2, and the truth (114,)."""
    rows = table("vandyke")
    wide = rows.pivot(index="case", columns=["treatment", "reader"], values="rating").sort_index(axis=1)
    return wide.to_numpy(float), rows.groupby("case")["truth"].first().to_numpy()
