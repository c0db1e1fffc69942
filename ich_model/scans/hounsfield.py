"""Checks whether an array holds HU of a head or of a skull-stripped brain. Torch-free.

The checks use the values alone. Air is -1000 HU by definition, so the values of air show whether a whole head was
scaled or shifted. A skull-stripped brain has no air: only its median (about 30 HU) and its range can be checked.
"""

import numpy as np

BRAIN_MEDIAN_HU = (15, 50)  # grey and white matter have about 30
AIR_HU = -1024  # lowest value kept; scanners write -2000 or -3024 outside their circular field of view

# Thresholds that separate heads, skull-stripped brains and other values; shares are of all voxels unless noted.
_GAS_HU, _GAS_SHARE = -500, 0.005  # a whole head is surrounded by air
_BONE_HU, _BONE_SHARE = 300, 0.001
_SOFT_TISSUE_HU, _SOFT_TISSUE_SHARE = (0, 100), 0.1  # of the voxels that are not gas
_LOWEST_MEDIAN_HU = -1100  # air is -1000 within 20 on calibrated scanners, and noise does not shift a median
_AIR_TENTH_HU = -850  # the gas's 10 % quantile must not exceed this; cushions and sinuses are denser than air
_AIR_SHARE = 0.01  # below this the gas may be sinuses only, whose partial volume is denser than air
_BRAIN_SHARE = 0.75  # an ellipsoid fills 52 % of its box
_SKULL_HU, _SKULL_SHARE = 200, 0.001  # the most that a stripped brain has (calcified plexus)
_CUT_OFF_SHARE = 0.10  # this share of the non-zero voxels at the maximum means a windowed head with a clipped skull


def has_air(values: np.ndarray) -> bool:
    """Whether values (I, J, K) in HU include air: a whole head, not a skull-stripped brain.

    >>> bool(has_air(np.array([[[-1000, 30]]]))), bool(has_air(np.array([[[0, 30]]])))
    (True, False)
    """
    return _share(values < _GAS_HU) > _GAS_SHARE


def _share(chosen: np.ndarray) -> float:
    """The share of True voxels; count_nonzero is several times faster than the mean of a bool array."""
    return np.count_nonzero(chosen) / chosen.size


def problem(values: np.ndarray) -> str | None:
    """Why values (I, J, K), padding included, are not HU of a head or a brain; None where they may be.

    >>> problem(np.array([[[0.0, 0.0, 0.5, 1.0]]]))
    'rescaled to 0-1'
    """
    flat = values.ravel(order="K")  # in memory order, in which boolean indexing is several times faster
    return _head_problem(flat) if has_air(flat) else _brain_problem(flat)


def _head_problem(values: np.ndarray) -> str | None:
    """Why a volume with air is not a head in HU; None where it may be."""
    if _share(values >= _BONE_HU) < _BONE_SHARE:
        return f"air but no bone above {_BONE_HU} HU; outside a stripped brain 0 is expected"
    body = values[values >= _GAS_HU]
    low, high = _SOFT_TISSUE_HU
    if _share((body >= low) & (body <= high)) < _SOFT_TISSUE_SHARE:
        return f"hardly any soft tissue of {low} to {high} HU: the values are shifted or scaled"
    return _air_problem(values)


def _air_problem(values: np.ndarray) -> str | None:
    """Why the values of air are not HU; None where they may be. The lowest value is excluded as possible padding."""
    gas = values[(values < _GAS_HU) & (values > values.min())]
    if gas.size < _AIR_SHARE * values.size:
        return None
    tenth, median = np.percentile(gas, [10, 50])
    if median < _LOWEST_MEDIAN_HU or tenth > _AIR_TENTH_HU:
        return f"the air has {median:.0f} HU where -1000 is expected: the values are shifted or scaled"
    return None


def _brain_problem(values: np.ndarray) -> str | None:
    """Why a volume without air is not a brain of about 30 HU with 0 outside; None where it may be."""
    inside = values[values != 0]
    share, highest, median = inside.size / values.size, float(inside.max()), float(np.median(inside))
    low, high = BRAIN_MEDIAN_HU
    if highest <= 1.5:
        return "rescaled to 0-1"
    if _share(values > _SKULL_HU) > _SKULL_SHARE:
        return f"no air, yet many voxels above {_SKULL_HU}: shifted, 8 bit or windowed"
    if share > _BRAIN_SHARE:
        return f"no air, and {share:.0%} of the voxels are not 0: windowed or cropped"
    if not low <= median <= high:
        return f"median {median:g} where a brain has {low} to {high}"
    if highest > median and _share(inside == highest) > _CUT_OFF_SHARE:
        return f"cut off at {highest:g}: windowed"
    return None
