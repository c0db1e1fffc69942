"""Published checkpoints from the Hugging Face Hub, as safetensors with a manifest that says whence they came."""

import hashlib
import logging
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from httpx2 import HTTPError
from huggingface_hub import hf_hub_download, model_info

from ich_model import weights
from ich_model.variants import Variant

log = logging.getLogger(__name__)

REPOSITORIES = ("MiriamCobo/MultitaskLearning_ICH_Prognosis", "trustworthy-ai/MultitaskLearning_ICH_Prognosis")
CACHE = Path(__file__).resolve().parents[1] / ".venv" / "huggingface" / "hub"  # not the home directory


@dataclass(frozen=True)
class Checkpoint:
    """One `.pth` file on the Hub at one revision (a full commit id); `sha256` as the Hub states it, or None."""

    repository: str
    revision: str
    file: str
    sha256: str | None = None


def fetch(variant: Variant, out: Path, *, repositories: tuple[str, ...] = REPOSITORIES) -> Path:
    """The path of a variant's published weights, downloaded, checked strictly and written to a folder.

    The repositories are tried in order. ValueError where none has the checkpoint, or what came is not that variant's.
    """
    path = out / f"{variant.key}_published.safetensors"
    if path.exists():
        raise ValueError(f"{path}: exists already; use it, or choose another --out")
    checkpoint = find(variant, repositories)
    log.info("downloading %s of %s", checkpoint.file, checkpoint.repository)
    downloaded = _downloaded(checkpoint)
    sha256 = hashlib.sha256(downloaded.read_bytes()).hexdigest()
    if checkpoint.sha256 not in (None, sha256):
        raise weights.WeightsMismatch(
            f"{checkpoint.file}: sha256 is {sha256}, the Hub states {checkpoint.sha256}; "
            f"delete {downloaded} and fetch it again"
        )
    loaded = weights.load(downloaded, variant=variant)
    recipe = {**loaded.manifest.recipe, "repository": checkpoint.repository, "revision": checkpoint.revision,
              "file": checkpoint.file, "sha256": sha256}  # fmt: skip
    weights.save(path, network=loaded.network, manifest=replace(loaded.manifest, recipe=recipe), dtype=weights.FP32)
    return path


def find(variant: Variant, repositories: tuple[str, ...]) -> Checkpoint:
    """The first `.pth`, by name, in the variant's folder of the first repository that has one."""
    reasons = []
    for repository in repositories:
        try:
            info = model_info(repository, files_metadata=True, token=False)
        except (OSError, HTTPError) as error:  # no such repository, or no network
            reasons.append(f"{repository} cannot be asked ({str(error).splitlines()[0].rstrip('.')})")
            continue
        found = [one for one in sorted(info.siblings or (), key=lambda one: one.rfilename)
                 if variant.checkpoint_folder in PurePosixPath(one.rfilename).parts[:-1]
                 and one.rfilename.endswith(".pth")]  # fmt: skip
        if found:
            stated = found[0].lfs.sha256 if found[0].lfs else None
            return Checkpoint(repository, info.sha, found[0].rfilename, stated)
        reasons.append(f"{repository} has no .pth in {variant.checkpoint_folder}")
    raise ValueError(f"{variant.key}: {'; '.join(reasons)}; check the network or give another --repository")


def _downloaded(checkpoint: Checkpoint) -> Path:
    """The checkpoint's file in the project's own cache."""
    try:
        path = hf_hub_download(
            checkpoint.repository, checkpoint.file, revision=checkpoint.revision, cache_dir=CACHE, token=False
        )
    except (OSError, HTTPError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(f"{checkpoint.repository}: {checkpoint.file} did not come ({reason}); try again") from error
    return Path(path)
