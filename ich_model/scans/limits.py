"""Limits that a scan must meet to be accepted, whatever its file format."""

MAX_VOXELS = 512 * 512 * 512  # ten times the thickest stack of the published data; 256 MiB as int16
MIN_SLICES = 8
MIN_EXTENT_MM = 80.0  # no adult brain fits into less, in any direction
SPACING_RANGE_MM = (0.1, 10.0)
SKEWED = 0.02  # cosine between two axes, about one degree
FLAT = 0.1  # volume that three unit vectors span when they nearly lie in one plane
STEEPEST = 0.8  # cosine between the slices' axis and inferior-superior: 37 degrees, more than a gantry tilts
UPRIGHT = 2.0  # a stack with another side of the voxel this many times as long as its spacing was made upright
