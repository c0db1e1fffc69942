"""Face and skull base as a table of ellipsoids."""

from dataclasses import dataclass

import numpy as np

from data_samples.phantom.grids import Grid, ellipsoid_level, smooth_noise
from data_samples.phantom.pose import Pose


@dataclass(frozen=True)
class Part:
    """One ellipsoid, in mm of the template, mirrored to both sides; later rows overwrite earlier ones.

    `turn_deg` rotates it in the axial plane, from the right-left axis towards the front. `cells` divides it into air
    cells with septa.
    """

    name: str
    hu: float
    centre_mm: tuple[float, float, float]
    semi_axes_mm: tuple[float, float, float]
    turn_deg: float = 0.0
    cells: bool = False
    ragged: float = 0.12  # amplitude of the surface's noise, in semi-axes


AIR_HU, FAT_HU, WATER_HU, MUSCLE_HU, SPONGY_HU, DENSE_HU = -1000.0, -90.0, 10.0, 52.0, 450.0, 1250.0

PARTS = (
    Part("neck muscles", MUSCLE_HU, (26, -78, -78), (24, 26, 26)),
    Part("temporal muscle", MUSCLE_HU, (66, 12, -28), (8, 26, 28)),
    Part("pterygoid and masseter muscles", MUSCLE_HU, (42, 22, -72), (16, 18, 26)),
    Part("midface bone", 700, (24, 58, -66), (26, 24, 14)),
    Part("clivus", SPONGY_HU, (0, -2, -44), (15, 11, 20)),
    Part("sphenoid bone", SPONGY_HU, (0, 20, -38), (26, 14, 13)),
    Part("greater sphenoid wing", 900, (46, 32, -36), (14, 3.5, 16), turn_deg=-35),
    Part("petrous pyramid", DENSE_HU, (36, -22, -38), (30, 8, 9), turn_deg=-32),
    Part("mastoid", 900, (58, -38, -48), (11, 15, 17)),
    Part("mandibular condyle", 900, (52, -4, -62), (8, 5, 8)),
    Part("zygomatic arch", 1000, (62, 34, -50), (3, 22, 4), turn_deg=-12),
    Part("lateral orbital rim", 1000, (46, 60, -38), (4, 7, 18), turn_deg=20),
    Part("orbital wall", 800, (31, 50, -42), (19, 31, 19)),
    Part("orbital fat", FAT_HU, (31, 51, -42), (17.2, 32, 17)),
    Part("medial rectus muscle", MUSCLE_HU, (19, 46, -41), (2, 18, 5), turn_deg=6),
    Part("lateral rectus muscle", MUSCLE_HU, (42, 46, -41), (2, 18, 5), turn_deg=22),
    Part("optic nerve", 38, (28, 42, -41), (2.2, 16, 2.5), turn_deg=12, ragged=0),
    Part("eyelid", 40, (32, 70, -42), (15, 7, 14), ragged=0),
    Part("sclera", 55, (32, 62, -42), (12.8, 12.8, 12.8), ragged=0),
    Part("vitreous", WATER_HU, (32, 62, -42), (11.6, 11.6, 11.6), ragged=0),
    Part("lens", 85, (32, 71, -42), (4.5, 2.0, 4.5), ragged=0),
    Part("ethmoid wall", 500, (0, 46, -44), (13.5, 27, 17)),
    Part("ethmoid cells", AIR_HU, (0, 46, -44), (12, 25, 15), cells=True),
    Part("sphenoid sinus", AIR_HU, (9, 19, -39), (8, 10, 8)),
    Part("maxillary sinus", AIR_HU, (30, 50, -74), (14, 16, 14)),
    Part("nasal cavity", AIR_HU, (8, 58, -70), (5, 26, 16), cells=True),
    Part("mastoid cells", AIR_HU, (58, -38, -48), (9.5, 13, 15), cells=True),
    Part("inner ear", 300, (38, -22, -40), (2.5, 2.5, 2.5)),
    Part("ear canal", AIR_HU, (66, -22, -46), (14, 3, 3.5)),
)
SEPTA_HU, SEPTA_WIDTH = 500.0, 0.45  # septa are voxels whose noise of variance 1 is that close to 0
HIGHEST_MM = (0, 0, -15)  # template point that is the upper limit of all parts


def paint_skull_base(
    hu: np.ndarray, grid: Grid, *, pose: Pose, allowed: np.ndarray, rng: np.random.Generator
) -> None:
    """Writes every part into `hu` (I, J, K), in place, where `allowed` (I, J, K) is true."""
    septa = np.zeros(grid.shape, bool)
    wobble = np.zeros(grid.shape, np.float32)
    low = (slice(None), slice(None), slice(0, int(np.searchsorted(grid.k_mm, pose.to_patient_mm(HIGHEST_MM)[2]))))
    septa[low] = np.abs(smooth_noise(rng, grid.part(low), length_mm=2.6)) < SEPTA_WIDTH
    wobble[low] = smooth_noise(rng, grid.part(low), length_mm=6)
    for part in PARTS:
        for side in (1, -1) if part.centre_mm[0] else (1,):
            box = grid.inside(box_around(part, side, pose=pose))
            level = part_level(pose.to_template_mm(grid.part(box)), part, side=side)
            inside = (level + part.ragged * wobble[box] < 1) & allowed[box]
            hu[box][inside] = np.where(septa[box][inside], SEPTA_HU, part.hu) if part.cells else part.hu


def box_around(part: Part, side: int, *, pose: Pose) -> np.ndarray:
    """A box (3, 2) in patient mm that contains the part on one side (+1 right, -1 left) in any orientation."""
    centre_mm = pose.to_patient_mm((side * part.centre_mm[0], *part.centre_mm[1:]))
    reach_mm = max(part.semi_axes_mm)
    return np.stack([centre_mm - reach_mm, centre_mm + reach_mm], axis=1)


def part_level(template_mm: np.ndarray, part: Part, *, side: int) -> np.ndarray:
    """Distance from the part's centre in units of its semi-axes (I, J, K): below 1 inside."""
    turn = np.radians(part.turn_deg)
    right = side * template_mm[0] - part.centre_mm[0]
    front = template_mm[1] - part.centre_mm[1]
    along = (
        np.cos(turn) * right + np.sin(turn) * front,
        np.cos(turn) * front - np.sin(turn) * right,
        template_mm[2] - part.centre_mm[2],
    )
    return ellipsoid_level(along, centre_mm=np.zeros(3), semi_axes_mm=part.semi_axes_mm)
