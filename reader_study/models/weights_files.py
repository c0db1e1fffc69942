"""The weights at hand: those that come with the project, and those of a workspace (fetched ones, for example)."""

from pathlib import Path

from reader_study.store.workspace import Workspace

PROJECT_WEIGHTS = Path(__file__).resolve().parents[2] / "data_samples" / "weights"


def weights_files(workspace: Workspace) -> list[Path]:
    """All weights files, those of the project first."""
    folders = (PROJECT_WEIGHTS, workspace.root / "weights")
    return [path for folder in folders for path in sorted(folder.glob("*.safetensors"))]


def weights_file(named: str, workspace: Workspace) -> Path:
    """The weights file of a path, or of a variant's key among those at hand.

    Raises:
        ValueError: where there is no such file and no weights of that name.
    """
    if Path(named).is_file():
        return Path(named)
    known = {path.stem: path for path in weights_files(workspace)}
    if named not in known:
        raise ValueError(f"{named}: no such weights file, and no weights of that name at hand; give a .safetensors "
                         f"file or one of {', '.join(known)}")
    return known[named]
