"""Published checkpoints from the Hugging Face Hub, converted to safetensors, with their source in the manifest."""

import hashlib
import logging
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from httpx2 import HTTPError
from huggingface_hub import HfApi

from ich_model.network import weights
from ich_model.variants import Variant, variant_named

log = logging.getLogger(__name__)

REPOSITORIES = ("MiriamCobo/MultitaskLearning_ICH_Prognosis", "trustworthy-ai/MultitaskLearning_ICH_Prognosis")
CACHE = Path(__file__).resolve().parents[2] / ".venv" / "huggingface" / "hub"  # not the home directory


@dataclass(frozen=True)
class Checkpoint:
    """One `.pth` file on the Hub at one revision (a full commit id), with the Hub's sha256 or None."""

    repository: str
    revision: str
    file: str
    sha256: str | None = None


def fetch(
    variant: Variant | str,
    out: str | Path,
    *,
    repositories: tuple[str, ...] = REPOSITORIES,
    file: str | None = None,
    endpoint: str | None = None,
) -> Path:
    """The path of a variant's published weights, downloaded, checked strictly and written to a folder.

    The repositories are tried in order; `file` selects one of several checkpoints in the variant's folder, `endpoint`
    is a mirror of the Hub.

    Raises:
        ValueError: where the output exists, or no repository has the checkpoint.
        WeightsMismatch: where the file has another sha256 than the Hub states, or does not fit the variant.
    """
    variant = variant_named(variant)
    path = Path(out) / f"{variant.key}_published.safetensors"
    if path.exists():
        raise ValueError(f"{path}: exists already; use it, or choose another --out")
    hub = HfApi(endpoint=endpoint, token=False)
    checkpoint = find(variant, repositories, hub=hub, file=file)
    log.info("downloading %s of %s", checkpoint.file, checkpoint.repository)
    downloaded = _downloaded(checkpoint, hub)
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


def find(variant: Variant, repositories: tuple[str, ...], *, hub: HfApi, file: str | None = None) -> Checkpoint:
    """The `.pth` file (named `file`, if given) in the variant's folder of the first repository that has one.

    Raises:
        ValueError: where no repository has one, or a repository has several.
    """
    reasons = []
    for repository in repositories:
        try:
            info = hub.model_info(repository, files_metadata=True)
        except (OSError, HTTPError) as error:  # no such repository, or no network
            reasons.append(f"{repository} cannot be reached ({_reason(error)})")
            continue
        found = [one for one in sorted(info.siblings or (), key=lambda one: one.rfilename)
                 if variant.checkpoint_folder in PurePosixPath(one.rfilename).parts[:-1]
                 and one.rfilename.endswith(".pth") and file in (None, PurePosixPath(one.rfilename).name)]  # fmt: skip
        if len(found) > 1:
            names = ", ".join(PurePosixPath(one.rfilename).name for one in found)
            raise ValueError(f"{variant.key}: {repository} has {len(found)} checkpoints in "
                             f"{variant.checkpoint_folder} ({names}); choose one with --file")  # fmt: skip
        if not found:
            reasons.append(f"{repository} has no {file or '.pth'} in {variant.checkpoint_folder}")
        elif info.sha is None:  # the download's revision would be unknown
            reasons.append(f"{repository} does not say at which revision it is")
        else:
            stated = found[0].lfs.sha256 if found[0].lfs else None
            return Checkpoint(repository, info.sha, found[0].rfilename, stated)
    raise ValueError(f"{variant.key}: {'; '.join(reasons)}; check the network or give another --repository")


def _downloaded(checkpoint: Checkpoint, hub: HfApi) -> Path:
    """The checkpoint's file in the project's own cache."""
    try:
        path = hub.hf_hub_download(
            checkpoint.repository, checkpoint.file, revision=checkpoint.revision, cache_dir=CACHE
        )
    except (OSError, HTTPError) as error:
        raise ValueError(
            f"{checkpoint.repository}: {checkpoint.file} could not be downloaded ({_reason(error)}); try again"
        ) from error
    return Path(path)


def _reason(error: Exception) -> str:
    """The first line of the Hub client's error."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0].rstrip(".")
