"""The ventricles of the template: the fluid within a table of boxes."""

import numpy as np
from scipy import ndimage

from data_samples.phantom.grids import ellipsoid_level, signed_distance_mm

# Boxes that contain the ventricles but no cisterns, mm of the template; right-left is distance from the midline:
# (part, midline from, to, back, front, low, high)
VENTRICLES = (
    ("frontal horn", 0, 26, -6, 34, -4, 34),
    ("body", 8, 34, -40, 34, 12, 34),
    ("body at the midline", 0, 8, -34, 34, 20, 34),
    ("atrium and occipital horn", 10, 38, -56, -18, 6, 30),
    ("atrium, lower part", 20, 38, -56, -24, -3, 6),
    ("third", 0, 4, -22, 6, -14, 10),
    ("fourth", 0, 11, -46, -30, -48, -20),
)
VENTRICLE_BOX_MM = ((0, -20, 0), 75)  # centre and half side of the region in which distances are computed
TEMPORAL_HORN_MM = {"centre_mm": (32.0, -17.0, -15.0), "semi_axes_mm": (2.4, 9.0, 3.2)}  # too thin for the maps
SMALLEST_PART_MM3 = 60  # smaller components of fluid are not ventricles


def ventricle_distance(tissue: np.ndarray, origin_mm: np.ndarray) -> np.ndarray:
    """Distance in mm to the ventricles' wall (I, J, K) at 1 mm, negative inside.

    Args:
        tissue: grey plus white share 0-1 (I, J, K), 1 mm.
        origin_mm: template position in mm of its first voxel, (3,).
    """
    axes = [origin + np.arange(n) for origin, n in zip(origin_mm, tissue.shape, strict=True)]
    middle_mm, reach_mm = VENTRICLE_BOX_MM
    near = [np.flatnonzero(np.abs(axis - mm) <= reach_mm) for axis, mm in zip(axes, middle_mm, strict=True)]
    mm = [axis[part] for axis, part in zip(axes, near, strict=True)]
    mm[0] = np.abs(mm[0])
    tissue_near = tissue[np.ix_(*near)]
    fluid = np.zeros(tissue_near.shape, bool)
    for _, *limits in VENTRICLES:
        pairs = zip(mm, limits[0::2], limits[1::2], strict=True)
        box = np.ix_(*[np.flatnonzero((axis >= first) & (axis <= last)) for axis, first, last in pairs])
        fluid[box] |= tissue_near[box] < 0.5
    labels, _ = ndimage.label(fluid)
    sizes = np.bincount(labels.ravel())[1:]
    ventricles = np.isin(labels, 1 + np.flatnonzero(sizes > SMALLEST_PART_MM3))
    ventricles |= ellipsoid_level(np.ix_(*mm), **TEMPORAL_HORN_MM) < 1
    distance = ndimage.gaussian_filter(-signed_distance_mm(ventricles, 1), 0.7)
    around = [(part[0], n - 1 - part[-1]) for part, n in zip(near, tissue.shape, strict=True)]
    return np.pad(distance, around, mode="edge")
