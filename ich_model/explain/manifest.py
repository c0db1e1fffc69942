"""The manifest of a saliency map, JSON beside it: its provenance, and whether a stored map is still current."""

import hashlib
from pathlib import Path

import numpy as np

from ich_model import software
from ich_model.explain.map_files import manifest_file, map_file
from ich_model.json_file import Json, read_object
from ich_model.network.preprocessing import PREPROCESSING_ID
from ich_model.saliency.saliency_map import SaliencyMap
from ich_model.scans.volume import Volume


def manifest(saliency_map: SaliencyMap, volume: Volume) -> Json:
    """A map's provenance as JSON values, sufficient to compute it again."""
    target, cumulative = saliency_map.target, np.array(saliency_map.cumulative)
    return {
        "case": saliency_map.case,
        "variant": saliency_map.variant,
        "weights_id": saliency_map.weights_id,
        "synthetic_weights": saliency_map.synthetic_weights,
        "task": str(saliency_map.task),
        "target": target.key,
        "target_logit": f"sum of {target.n_logits}" if target.n_logits > 1 else "the only one",
        "p": dict(zip(target.classes, target.class_probabilities(cumulative).tolist(), strict=True)),
        "label": target.classes[target.decode(cumulative)],
        "method": str(saliency_map.method),
        "form": str(saliency_map.form),
        "layer": saliency_map.layer,
        "engine": str(saliency_map.engine),
        "native_shape": list(saliency_map.native_shape),
        "input_grid": list(saliency_map.values.shape),
        "scan_shape": list(volume.shape),
        "scan_sha256": volume_sha256(volume),
        "empty": saliency_map.empty,
        "preprocessing": PREPROCESSING_ID,
        "software": software.versions(),
    }


def volume_sha256(volume: Volume) -> str:
    """The SHA-256 of a scan's HU (I, J, K) and affine (4, 4), independent of its file format."""
    digest = hashlib.sha256(np.asarray(volume.shape, "<i8").tobytes())
    digest.update(np.ascontiguousarray(volume.affine, "<f8").tobytes())
    digest.update(np.ascontiguousarray(volume.hu, "<f4").tobytes())
    return digest.hexdigest()


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def is_valid(folder: Path, stem: str, expected: Json) -> bool:
    """Whether a map is in a folder, undamaged, with a manifest that has the expected entries."""
    path, manifest_path = map_file(folder, stem), manifest_file(folder, stem)
    if not (path.is_file() and manifest_path.is_file()):
        return False
    try:
        found = read_object(manifest_path)
    except ValueError:  # truncated, or not a JSON object
        return False
    return found.items() >= expected.items() and found.get("map_sha256") == file_sha256(path)
