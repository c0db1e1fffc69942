"""Loading and saving a network's weights: safetensors with a manifest beside it, or a published `.pth` checkpoint.

Loading is strict and onto the CPU: every name and shape must match, and no file can execute code. The manifest is a
JSON file of the same stem with the weights' variant, grid and training recipe, and whether phantoms were used.
"""

import hashlib
import json
import logging
import pickle
import warnings
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from ich_model.atomic import atomic_file
from ich_model.json_file import Json
from ich_model.network.network import MultiTaskNetwork, check_grid, from_published_names
from ich_model.network.preprocessing import PREPROCESSING_ID
from ich_model.variants import PUBLISHED_GRID, VARIANTS, Variant, variant_named

log = logging.getLogger(__name__)

DEMO_WEIGHTS = Path(__file__).resolve().parents[2] / "data_samples" / "weights" / "ord_gcs_bin_age.safetensors"
PUBLISHED_SUFFIXES = (".pth", ".pt")
FP32 = torch.float32  # published weights are stored without loss


class WeightsMismatch(ValueError):
    """Raised for a weights file that cannot be read or does not fit the variant."""


@dataclass(frozen=True)
class Manifest:
    """Provenance of weights. `metrics` holds held-out results, each with value, ci_low, ci_high and n."""

    variant: str
    grid: tuple[int, int, int]
    weights_id: str
    synthetic: bool
    preprocessing: str = PREPROCESSING_ID
    git_commit: str = ""
    recipe: Json = field(default_factory=dict)
    metrics: Json = field(default_factory=dict)


@dataclass(frozen=True)
class LoadedNetwork:
    """A network in evaluation mode on the CPU, in fp32, with its variant and its manifest."""

    network: MultiTaskNetwork
    variant: Variant
    manifest: Manifest


def load(path: str | Path, *, variant: Variant | str | None = None) -> LoadedNetwork:
    """The network of a weights file.

    `variant` (or its key) is required for a published `.pth` file; otherwise it is checked against the manifest.

    Raises:
        WeightsMismatch: where the file or its manifest is missing, unreadable or not of the variant.
    """
    path, variant = Path(path), None if variant is None else variant_named(variant)
    if not path.is_file():
        raise WeightsMismatch(f"{path}: no such weights file; give an existing .safetensors or .pth file")
    if path.suffix in PUBLISHED_SUFFIXES:
        return _load_published(path, variant)
    manifest = read_manifest(path)
    row = VARIANTS[manifest.variant]
    if variant is not None and variant != row:
        raise WeightsMismatch(f"{path.name}: weights of {row.key}, expected {variant.key}; choose --variant {row.key}")
    if manifest.weights_id != weights_id_of(path):
        raise WeightsMismatch(f"{path.name}: not the file of its manifest ({manifest.weights_id}); copy both again")
    try:
        state = load_file(path, device="cpu")
    except (SafetensorError, OSError) as error:
        raise WeightsMismatch(f"{path.name}: not a readable safetensors file ({error}); copy it again") from error
    return LoadedNetwork(_network_of(state, row, path), row, manifest)


def load_demo() -> LoadedNetwork:
    """The committed demo network, trained on phantoms."""
    return load(DEMO_WEIGHTS)


def _load_published(path: Path, variant: Variant | None) -> LoadedNetwork:
    if variant is None:
        raise WeightsMismatch(f"{path.name}: a .pth checkpoint does not say what it is; name its variant")
    try:
        state = _unpickled(path)
    except pickle.UnpicklingError as error:
        raise WeightsMismatch(f"{path.name}: refused, code in it or damaged; use a plain state dict") from error
    except (RuntimeError, EOFError, OSError, ValueError, KeyError, IndexError, AttributeError, TypeError) as error:
        raise WeightsMismatch(f"{path.name}: empty, truncated or no torch checkpoint; download it again") from error
    if not isinstance(state, dict) or not all(isinstance(value, Tensor) for value in state.values()):
        raise WeightsMismatch(f"{path.name}: expected a plain state dict, a dict of tensors only")
    try:
        renamed = from_published_names(state, variant)
    except ValueError as error:
        raise WeightsMismatch(f"{path.name}: {error}") from error
    recipe = {"source": f"published checkpoint, {variant.checkpoint_folder}"}
    manifest = Manifest(variant.key, PUBLISHED_GRID, weights_id_of(path), synthetic=False, recipe=recipe)
    return LoadedNetwork(_network_of(renamed, variant, path), variant, manifest)


def _unpickled(path: Path) -> object:
    """The content of a `.pth` file, by torch's restricted unpickler, which executes no code."""
    with warnings.catch_warnings():
        # Torch warns that a newer pickle protocol may not be supported; the caller refuses unsupported content with a
        # sentence of its own.
        warnings.filterwarnings("ignore", message="Detected pickle protocol", category=UserWarning)
        return torch.load(path, map_location="cpu", weights_only=True)


def _network_of(state: dict[str, Tensor], variant: Variant, path: Path) -> MultiTaskNetwork:
    """A variant's network in evaluation mode with exactly these tensors, floats as fp32."""
    network = MultiTaskNetwork(variant)
    check_state(state, network, path.name)
    as_fp32 = {name: value.float() if value.is_floating_point() else value for name, value in state.items()}
    network.load_state_dict(as_fp32)
    return network.eval()


def check_state(state: dict[str, Tensor], network: MultiTaskNetwork, name: str) -> None:
    """Checks that a state dict, tensors (...) by name, fits a network.

    Raises:
        WeightsMismatch: at the first name or shape that does not fit, or value that is not finite.
    """
    expected, key = network.state_dict(), network.variant.key
    missing, surplus = sorted(expected.keys() - state.keys()), sorted(state.keys() - expected.keys())
    for words, names in (("is missing", missing), ("has no place for", surplus)):
        if names:
            more = f" and {len(names) - 1} more" if len(names) > 1 else ""
            raise WeightsMismatch(f"{name}: does not fit {key}, which {words} {names[0]}{more}; check the variant")
    for entry, tensor in expected.items():
        if state[entry].shape != tensor.shape:
            got, wanted = tuple(state[entry].shape), tuple(tensor.shape)
            raise WeightsMismatch(f"{name}: {entry} has shape {got}, expected {wanted} for {key}; check the variant")
        if not torch.isfinite(state[entry]).all():
            raise WeightsMismatch(f"{name}: {entry} holds values that are not finite; these weights are broken")


def save(
    path: str | Path, *, network: MultiTaskNetwork, manifest: Manifest, dtype: torch.dtype = torch.float16
) -> Manifest:
    """Writes a network's weights and manifest, and returns the manifest with the id of the written file.

    Integer tensors keep their type, and a tensor with values beyond the range of `dtype` is stored as fp32.
    """
    path = Path(path)
    with atomic_file(path) as file:
        save_file({name: _stored(value, dtype) for name, value in network.state_dict().items()}, file)
    written = replace(manifest, weights_id=weights_id_of(path))
    write_manifest(path, written)
    return written


def _stored(value: Tensor, dtype: torch.dtype) -> Tensor:
    if not value.is_floating_point():
        return value.detach().cpu().contiguous()
    cast = value.detach().cpu().to(dtype).contiguous()
    return cast if torch.isfinite(cast).all() else value.detach().cpu().float().contiguous()


def weights_id_of(path: Path) -> str:
    """First twelve hexadecimal digits of a file's sha256."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def manifest_path(path: Path) -> Path:
    """The path of a weights file's manifest."""
    return path.with_suffix(".json")


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Writes the manifest of a weights file atomically."""
    with atomic_file(manifest_path(path)) as file:
        file.write_text(json.dumps(asdict(manifest), indent=1) + "\n")


def read_manifest(path: str | Path) -> Manifest:
    """The checked manifest of a weights file.

    Raises:
        WeightsMismatch: where the manifest is missing or damaged.
    """
    path = Path(path)
    beside = manifest_path(path)
    if not beside.is_file():
        raise WeightsMismatch(f"{path.name}: its manifest {beside.name} is missing; copy both files")
    try:
        fields = json.loads(beside.read_text())
        manifest = Manifest(**{**fields, "grid": tuple(fields["grid"])})
        check_grid(variant_named(manifest.variant), manifest.grid)
    except (ValueError, TypeError, KeyError) as error:
        raise WeightsMismatch(f"{beside.name}: not a manifest of weights ({error}); copy it again") from error
    return manifest
