"""Limits that a scan must meet to be imported, in any file format."""

MAX_VOXELS = 512 * 512 * 512  # ten times the largest volume of the published data; 256 MiB as int16
MIN_SLICES = 8
MIN_EXTENT_MM = 80.0  # an adult brain is larger in every direction
SPACING_RANGE_MM = (0.1, 10.0)
MAX_SKEW_COSINE = 0.02  # between two axes that count as orthogonal: about one degree off
MIN_SPANNED_VOLUME = 0.1  # of the three axes' unit vectors; less means that they nearly lie in one plane
MIN_AXIAL_COSINE = 0.8  # between slice axis and inferior-superior: 37 degrees, more than any gantry tilt
NOT_AXIAL_RATIO = 2.0  # in-plane voxel side to slice spacing, above which the slices are coronal or sagittal
