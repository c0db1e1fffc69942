"""The template head: tissue maps from the nilearn package, and the surfaces derived from them.

Maps: ICBM152 2009a nonlinear symmetric, grey and white matter, 1 mm, values 0-255 (Fonov et al., NeuroImage
2011;54:313-327). There is no map of fluid: voxels of the closed brain that are neither grey nor white count as fluid.
"""

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import as_file, files

import nibabel as nib
import numpy as np
from scipy import ndimage

from data_samples.phantom.grids import ellipsoid_level, signed_distance_mm
from data_samples.phantom.ventricles import ventricle_distance

MAP_NAME = "mni_icbm152_{tissue}_tal_nlin_sym_09a_converted.nii.gz"
MARGIN_MM = 20  # added around the maps, so that the skull and the scalp fit
COARSE_MM = 2
CLOSING = (  # (lowest template height, ball radius in mm); smaller below, so that the skull base's fossae stay separate
    (-np.inf, 7),
    (-20, 12),
    (-6, 24),
)
SUPRASELLAR_MM = {"centre_mm": (0.0, -1.0, -17.0), "semi_axes_mm": (15.0, 14.0, 8.0)}  # cistern over the sella
VAULT_MM = -4  # template height above which the inside of the skull is convex in each axial plane
SKULL_AND_SCALP_MM = 13
FACE_CLOSING_MM = 24  # ball that smooths the outline of face, neck and vault together
BELOW_THE_VAULT = (  # (part, centre, semi-axes), mm of the template, mirrored
    ("face", (0, 22, -58), (62, 66, 58)),
    ("nose", (0, 86, -56), (9, 14, 18)),
    ("neck", (0, -42, -80), (58, 66, 56)),
    ("ear", (80, -24, -44), (5, 16, 24)),
)


@dataclass(frozen=True)
class Anatomy:
    """The template on two grids, as shares 0-1 and as distances in mm.

    `grey`, `white`: shares at 1 mm, from `tissue_origin_mm` on (template mm of the centre of voxel 0). The others are
    on the coarse grid (2 mm, from `origin_mm` on): `depth`, positive inside the skull's inner surface; `head`,
    positive inside the skin; `ventricle`, negative inside the ventricles; `ventricle_outwards` and `surface_push`,
    shape (3, I, J, K): the direction in which the ventricles grow, and the one in which the brain's surface retreats,
    of length 1 there and fading with depth.
    """

    grey: np.ndarray
    white: np.ndarray
    tissue_origin_mm: np.ndarray
    depth: np.ndarray
    ventricle: np.ndarray
    ventricle_outwards: np.ndarray
    surface_push: np.ndarray
    head: np.ndarray
    origin_mm: np.ndarray

    def at(self, name: str, template_mm: np.ndarray) -> np.ndarray:
        """The field with a name, interpolated linearly at positions (3, ...) in template mm; nearest value outside."""
        field = getattr(self, name)
        is_tissue = name in ("grey", "white")
        origin_mm, step = (self.tissue_origin_mm, 1) if is_tissue else (self.origin_mm, COARSE_MM)
        where = (template_mm - origin_mm.reshape(3, *[1] * (template_mm.ndim - 1)).astype(np.float32)) / step
        if field.ndim == 4:
            return np.stack([ndimage.map_coordinates(f, where, order=1, mode="nearest") for f in field])
        return ndimage.map_coordinates(field, where, order=1, mode="nearest")


@lru_cache(maxsize=1)
def template() -> Anatomy:
    """The template head, computed once per process."""
    grey, white, tissue_origin_mm = tissue_maps()
    every = (slice(None, None, COARSE_MM),) * 3
    pad = MARGIN_MM // COARSE_MM
    brain = np.pad(ndimage.gaussian_filter(grey + white, 1.0)[every] > 0.5, pad)
    origin_mm = tissue_origin_mm - MARGIN_MM
    mm = np.ix_(*[origin + COARSE_MM * np.arange(n) for origin, n in zip(origin_mm, brain.shape, strict=True)])
    cavity = intracranial(brain, mm)
    depth = signed_distance_mm(cavity, COARSE_MM)
    ventricle = np.pad(ventricle_distance(grey + white, tissue_origin_mm)[every], pad, mode="edge")
    return Anatomy(
        grey=grey,
        white=white,
        tissue_origin_mm=tissue_origin_mm,
        depth=depth,
        ventricle=ventricle,
        ventricle_outwards=unit_gradient(ventricle),
        surface_push=unit_gradient(depth) * np.exp(-np.maximum(depth, 0) / 12),
        head=ndimage.gaussian_filter(signed_distance_mm(skin_outline(cavity, mm), COARSE_MM), 1.5),
        origin_mm=origin_mm,
    )


def tissue_maps() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Grey and white shares 0-1 (I, J, K) at 1 mm, and the template position (3,) in mm of their first voxel."""
    shares = []
    for tissue in ("gm", "wm"):
        with as_file(files("nilearn.datasets") / "data" / MAP_NAME.format(tissue=tissue)) as path:
            image = nib.as_closest_canonical(nib.load(path))
            shares.append(np.asarray(image.dataobj, dtype=np.float32) / 255)
    return shares[0], shares[1], image.affine[:3, 3]


def intracranial(brain: np.ndarray, mm: tuple[np.ndarray, ...]) -> np.ndarray:
    """The inside of the skull (I, J, K), boolean: the brain closed over sulci and cisterns, by less at the skull base.

    Args:
        brain: grey or white matter (I, J, K), boolean, 2 mm.
        mm: template positions along each axis, open grids.
    """
    closed, away_mm = brain, distance_mm(brain)
    for height_mm, radius_mm in CLOSING:
        closed = np.where(mm[2] >= height_mm, closing(away_mm, radius_mm=radius_mm), closed)
    closed = closed | (ellipsoid_level(mm, **SUPRASELLAR_MM) < 1)
    closed = np.where(mm[2] >= VAULT_MM, convex_in_plane(closed), closed)
    return ndimage.gaussian_filter(closed.astype(np.float32), 1.5) > 0.4


def closing(away_mm: np.ndarray, *, radius_mm: float) -> np.ndarray:
    """The closing (I, J, K), boolean, of a mask with a ball, from the distance to the mask in mm on the coarse grid."""
    return ndimage.distance_transform_edt(away_mm <= radius_mm, sampling=COARSE_MM) > radius_mm


def distance_mm(mask: np.ndarray) -> np.ndarray:
    """Distance to a mask (I, J, K) in mm on the coarse grid, 0 inside."""
    return ndimage.distance_transform_edt(~mask, sampling=COARSE_MM)


def convex_in_plane(mask: np.ndarray, directions: int = 48) -> np.ndarray:
    """The convex hull (I, J, K) of each axial plane of a mask, as an intersection of half-planes."""
    i, j = np.indices(mask.shape[:2])
    hull = np.broadcast_to(mask.any(axis=(0, 1)), mask.shape).copy()
    for angle in np.linspace(0, 2 * np.pi, directions, endpoint=False):
        along = (i * np.cos(angle) + j * np.sin(angle))[:, :, None]
        farthest = np.where(mask, along, -np.inf).max(axis=(0, 1))
        hull &= along <= farthest
    return hull


def skin_outline(cavity: np.ndarray, mm: tuple[np.ndarray, ...]) -> np.ndarray:
    """The head with face and neck (I, J, K), boolean, 2 mm: skull with scalp, and the ellipsoids below the vault."""
    head = distance_mm(cavity) <= SKULL_AND_SCALP_MM
    mirrored = [np.abs(mm[0]), mm[1], mm[2]]
    for _, centre_mm, semi_axes_mm in BELOW_THE_VAULT:
        head |= ellipsoid_level(mirrored, centre_mm=centre_mm, semi_axes_mm=semi_axes_mm) < 1
    return closing(distance_mm(head), radius_mm=FACE_CLOSING_MM)


def unit_gradient(field: np.ndarray) -> np.ndarray:
    """The direction (3, I, J, K) in which a field (I, J, K) grows, of length 1 or less."""
    gradient = np.array(np.gradient(ndimage.gaussian_filter(field, 1.0)))
    direction: np.ndarray = gradient / (np.linalg.norm(gradient, axis=0) + 1e-2)
    return direction.astype(np.float32)
