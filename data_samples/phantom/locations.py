"""The table of hemorrhage locations, used by the outcome model and by the image."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Location:
    """One location.

    Positions are in mm of the MNI template, RAS+, for the right side (R positive); the left side is mirrored. Shares,
    volumes, ages and the share of intraventricular extension resemble clinical series of spontaneous hemorrhage, but
    are assumptions and not published estimates.
    """

    name: str
    share: float  # of all hemorrhages
    centre_mm: tuple[float, float, float]
    jitter_mm: tuple[float, float, float]  # standard deviation of the centre
    axes_ratio: tuple[float, float, float]  # relative semi-axes of the clot, right-left, front-back, up-down
    median_ml: float
    log_sd: float  # standard deviation of the log volume
    max_ml: float
    ivh_logit: float  # log odds of intraventricular blood at the median volume
    age_mean: float
    age_sd: float
    infratentorial: bool = False


LOCATIONS: dict[str, Location] = {
    row.name: row
    for row in (
        Location("putamen", 0.30, (27, 0, 4), (2.5, 5, 3), (0.80, 1.35, 1.0), 17, 0.90, 100, -0.9, 66, 13),
        Location("thalamus", 0.20, (13, -18, 8), (1.5, 3, 2.5), (0.90, 1.10, 1.0), 10, 0.75, 40, 0.4, 68, 13),
        Location("frontal", 0.10, (30, 36, 24), (5, 7, 7), (0.90, 1.20, 1.0), 30, 0.80, 120, -1.3, 73, 12),
        Location("parietal", 0.10, (32, -45, 36), (5, 7, 5), (0.90, 1.20, 1.0), 30, 0.80, 120, -1.1, 74, 12),
        Location("temporal", 0.08, (44, -24, -8), (3, 8, 4), (0.80, 1.30, 0.9), 27, 0.80, 95, -1.2, 73, 12),
        Location("occipital", 0.07, (25, -76, 8), (4, 4, 5), (0.90, 1.15, 1.0), 23, 0.80, 80, -1.1, 74, 12),
        Location("cerebellum", 0.10, (22, -62, -34), (4, 4, 3), (1.1, 0.90, 0.9), 14, 0.70, 45, -0.6, 70, 13, True),
        Location("brainstem", 0.05, (0, -27, -32), (1.5, 1, 3), (1.2, 0.80, 1.1), 5, 0.60, 14, -0.4, 63, 13, True),
    )
}
