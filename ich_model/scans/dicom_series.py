"""Grouping the CT slices of one examination into series, and choosing one of them. Torch-free."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ich_model.scans.dicom_headers import Image, Skipped, SkippedFile
from ich_model.scans.limits import MIN_AXIAL_COSINE, MIN_EXTENT_MM, MIN_SLICES
from ich_model.scans.refusal import Refusal, UnreadableVolume

MAX_SHOWN = 12
SAME_SPACING_MM, SAME_DIRECTION = 1e-3, 2e-3  # half a pixel over 512 pixels; a ninth of a degree


@dataclass(frozen=True, eq=False)
class Series:
    """Slices of one series with the same matrix, orientation, spacing and kernel, in the order of the files."""

    images: tuple[Image, ...]

    @property
    def extent_mm(self) -> float:
        """Length in mm that the slices cover along their normal.

        >>> from types import SimpleNamespace
        >>> at = lambda z: SimpleNamespace(position=np.array([0.0, 0, z]), normal=np.array([0.0, 0, 1]))
        >>> Series((at(0), at(5), at(10))).extent_mm
        15.0
        """
        first = self.images[0]
        return covered_mm(np.array([image.position @ first.normal for image in self.images]))

    @property
    def is_axial(self) -> bool:
        """Whether the slices lie across the patient's long axis."""
        return abs(float(self.images[0].normal[2])) >= MIN_AXIAL_COSINE

    @property
    def may_be_a_head(self) -> bool:
        """Whether it is axial, and long enough to hold a brain."""
        return self.is_axial and len(self.images) >= MIN_SLICES and self.extent_mm >= MIN_EXTENT_MM

    @property
    def burned_in(self) -> bool:
        """Whether a slice has BurnedInAnnotation YES."""
        return any(image.burned_in for image in self.images)

    @property
    def label(self) -> str:
        """Description, number of slices, thickness and kernel, for the user to choose by; it is shown, never stored."""
        first = self.images[0]
        thickness = " and ".join(f"{mm:g}" for mm in thicknesses_mm(self.images)) or "unknown"
        parts = [first.description or "no description", f"{len(self.images)} slices", f"{thickness} mm thick"]
        return ", ".join([*parts, f"kernel {first.kernel or 'unknown'}"])


def covered_mm(along_mm: np.ndarray) -> float:
    """Length in mm that slices at positions (n,) in mm cover, with half a mean gap beyond the first and the last.

    >>> covered_mm(np.array([0.0, 5.0, 10.0]))
    15.0
    """
    return float(np.ptp(along_mm)) * len(along_mm) / max(len(along_mm) - 1, 1)


def thicknesses_mm(images: Iterable[Image]) -> tuple[float, ...]:
    """The distinct slice thicknesses in mm, ascending; empty where the headers have none.

    >>> from types import SimpleNamespace
    >>> thicknesses_mm(SimpleNamespace(thickness_mm=mm) for mm in (5.0, 2.5, 5.0, 0.0))
    (2.5, 5.0)
    """
    return tuple(sorted({image.thickness_mm for image in images if image.thickness_mm > 0}))


def sorted_into_series(images: Iterable[Image]) -> tuple[Series, ...]:
    """Slices grouped by series, sorted by series number; a series with several geometries or kernels is split."""
    groups: dict[tuple[object, ...], list[list[Image]]] = {}
    for image in images:
        alike = groups.setdefault((image.series, image.rows, image.columns, image.kernel, image.kind), [])
        group = next((group for group in alike if _same_layout(group[0], image)), None)
        if group is None:
            alike.append(group := [])
        group.append(image)
    flat = [group for alike in groups.values() for group in alike]
    return tuple(Series(tuple(group)) for group in sorted(flat, key=lambda group: group[0].series_number))


def _same_layout(one: Image, other: Image) -> bool:
    """Whether two slices have the same pixel spacing and orientation, up to rounding in the headers."""
    return bool(np.abs(one.pixel_spacing - other.pixel_spacing).max() <= SAME_SPACING_MM
                and np.abs(one.orientation - other.orientation).max() <= SAME_DIRECTION)


def chosen(series: Sequence[Series], wanted: str | None, *, label: str) -> Series:
    """The series that `wanted` names by its number in the list or by text of its label; without it the only candidate.

    Raises:
        UnreadableVolume: SEVERAL_SERIES with the list where more than one fits, NO_SUCH_SERIES where none fits,
            TOO_FEW_SLICES where none is a head.
    """
    if wanted is None:
        candidates = [one for one in series if one.may_be_a_head] if len(series) > 1 else list(series)
    elif wanted.strip().isdecimal():
        candidates = list(series[int(wanted) - 1 : int(wanted)]) if int(wanted) > 0 else []
    else:
        candidates = [one for one in series if wanted.strip().lower() in one.label.lower()]
    if len(candidates) == 1:
        return candidates[0]
    listed = listing(series)
    if wanted is not None and not candidates:
        raise UnreadableVolume(
            Refusal.NO_SUCH_SERIES, f"{label}: no series fits {wanted!r}; expected one of {listed}; name another"
        )
    if not candidates:
        raise UnreadableVolume(
            Refusal.TOO_FEW_SLICES,
            f"{label}: none of {listed} is axial with {MIN_SLICES} slices over {MIN_EXTENT_MM:.0f} mm or more; "
            "use the full axial series",
        )
    raise UnreadableVolume(
        Refusal.SEVERAL_SERIES, f"{label}: {len(candidates)} series would do; choose one of {listed}"
    )


def listing(series: Sequence[Series]) -> str:
    """The series as one line: (1) ..., (2) ..."""
    shown = "; ".join(f"({number}) {one.label}" for number, one in enumerate(series[:MAX_SHOWN], 1))
    return shown + (f"; and {len(series) - MAX_SHOWN} more" if len(series) > MAX_SHOWN else "")


def counted(skipped: Iterable[SkippedFile]) -> str:
    """Counts of skipped files by reason: "2 localizer, 1 not CT (SR)"; empty for none."""
    reasons = Counter(_in_words(one) for one in skipped)
    return ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items()))


def _in_words(one: SkippedFile) -> str:
    known = one.modality.isalpha() and one.modality.isupper() and len(one.modality) <= 4  # a DICOM code, not free text
    return f"{one.reason} ({one.modality})" if one.reason is Skipped.NOT_CT and known else str(one.reason)
