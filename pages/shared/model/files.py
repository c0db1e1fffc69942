"""Where the app looks for own training runs."""

from pathlib import Path

from pages.shared import resources

DEMO_RUNS = Path(__file__).resolve().parents[3] / "data_samples" / "ablation"


def own_runs() -> Path:
    """The folder of own runs: the workspace's, or the phantoms' of the project where there is none."""
    own = resources.workspace().root / "ablation"
    return own if own.is_dir() else DEMO_RUNS
