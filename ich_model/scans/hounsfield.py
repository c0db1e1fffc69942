"""Whether numbers are the HU of a head or of a skull-stripped brain. Torch-free.

What can be known from the values alone: air is -1000 HU by definition, so its values tell a whole head that was
scaled or shifted; a brain alone has no air, so only its median (about 30 HU) and its limits can be looked at.
"""

import numpy as np

BRAIN_MEDIAN_HU = (15, 50)  # grey and white matter have about 30
AIR_HU = -1024  # scanners write -2000 or -3024 outside their round field; that is air too

# What tells a head from a skull-stripped brain and both from other numbers, as shares of voxels.
_GAS_HU, _GAS_SHARE = -500, 0.005  # a whole head lies in air
_BONE_HU, _BONE_SHARE = 300, 0.001
_SOFT_TISSUE_HU, _SOFT_TISSUE_SHARE = (0, 100), 0.1  # of all that is not gas
_LIGHTEST_MEDIAN_HU = -1100  # air is -1000 and scanners keep it within 20; noise does not move a median
_AIR_TENTH_HU = -850  # a tenth of the gas is at least as thin as this; cushions and sinuses are denser
_AIR_SHARE = 0.01  # with less gas than that there may be sinuses only, whose edges are not air
_BRAIN_SHARE = 0.75  # an ellipsoid fills 52 % of its box
_SKULL_HU, _SKULL_SHARE = 200, 0.001  # what a stripped brain has at most (calcified plexus)
_CUT_OFF_SHARE = 0.10  # this much of what is not 0 at its very maximum: a windowed head, whose skull is cut off


def has_air(values: np.ndarray) -> bool:
    """Whether values (I, J, K) in HU have air around what was scanned: a whole head, not a stripped brain."""
    return _share(values < _GAS_HU) > _GAS_SHARE


def _share(chosen: np.ndarray) -> float:
    """The share of voxels that are chosen; counting them is several times faster than their mean."""
    return np.count_nonzero(chosen) / chosen.size


def problem(values: np.ndarray) -> str | None:
    """Why values (I, J, K), padding included, are not HU of a head or a brain; None where they may be."""
    flat = values.ravel(order="K")  # in the order of memory, in which picking voxels is several times faster
    return _head_problem(flat) if has_air(flat) else _brain_problem(flat)


def _head_problem(values: np.ndarray) -> str | None:
    """What is wrong with a volume that has air around it."""
    if _share(values >= _BONE_HU) < _BONE_SHARE:
        return f"air but no bone above {_BONE_HU} HU; outside a stripped brain 0 is expected"
    body = values[values >= _GAS_HU]
    low, high = _SOFT_TISSUE_HU
    if _share((body >= low) & (body <= high)) < _SOFT_TISSUE_SHARE:
        return f"hardly any soft tissue of {low} to {high} HU: the values are shifted or scaled"
    return _air_problem(values)


def _air_problem(values: np.ndarray) -> str | None:
    """What is wrong with the air. The lowest value is left out: it pads what was not scanned, and may be anything."""
    gas = values[(values < _GAS_HU) & (values > values.min())]
    if gas.size < _AIR_SHARE * values.size:
        return None
    tenth, median = np.percentile(gas, [10, 50])
    if median < _LIGHTEST_MEDIAN_HU or tenth > _AIR_TENTH_HU:
        return f"the air has {median:.0f} HU where -1000 is expected: the values are shifted or scaled"
    return None


def _brain_problem(values: np.ndarray) -> str | None:
    """What is wrong with a volume without air: it must be a brain of about 30 HU, with 0 outside."""
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
