"""Where the app looks for weights and for own training runs."""

from pathlib import Path

from pages.shared import resources

DEMO_WEIGHTS = Path(__file__).resolve().parents[3] / "data_samples" / "weights"
DEMO_RUNS = Path(__file__).resolve().parents[3] / "data_samples" / "ablation"


def weights_files() -> list[Path]:
    """The weights that come with the project, then those of the workspace (fetched ones, for example)."""
    folders = (DEMO_WEIGHTS, resources.workspace().root / "weights")
    return [path for folder in folders for path in sorted(folder.glob("*.safetensors"))]


def own_runs() -> Path:
    """The folder of own runs: the workspace's, or the phantoms' of the project where there is none."""
    own = resources.workspace().root / "ablation"
    return own if own.is_dir() else DEMO_RUNS
