"""Image sizes from the headers of JPEG, JPEG-LS and JPEG 2000 codestreams, read before decoding. Torch-free.

A damaged or hostile header of a few bytes can announce an image of gigabytes, for which a decoder allocates memory.
"""

from typing import NamedTuple

_JPEG, _JPEG_2000 = b"\xff\xd8", b"\xff\x4f\xff\x51"
_MAX_BOXES_BYTES = 64 * 1024  # a JP2 file has boxes, perhaps with a colour profile, before its codestream
_FRAMES = {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}  # ITU-T T.81 table B.1, and T.87 for JPEG-LS


class Matrix(NamedTuple):
    """Rows, columns and samples per pixel."""

    rows: int
    columns: int
    samples: int


def matrix(codestream: bytes) -> Matrix | None:
    """The matrix in a codestream's header; None where it is none of the three formats."""
    if codestream.startswith(_JPEG):
        return _of_jpeg(codestream)
    start = codestream.find(_JPEG_2000, 0, _MAX_BOXES_BYTES)
    return _of_jpeg_2000(codestream[start : start + 42]) if start >= 0 else None


def _of_jpeg_2000(codestream: bytes) -> Matrix | None:
    """From the SIZ segment (ITU-T T.800 A.5.1): the image's size is its extent less its offset on the grid."""
    if len(codestream) < 42:
        return None
    right, bottom, left, top = (int.from_bytes(codestream[at : at + 4]) for at in (8, 12, 16, 20))
    return Matrix(bottom - top, right - left, int.from_bytes(codestream[40:42]))


def _of_jpeg(codestream: bytes) -> Matrix | None:
    """From the first frame header; other segments are skipped by their length field."""
    at = len(_JPEG)
    while at + 10 <= len(codestream) and codestream[at] == 0xFF:
        marker = codestream[at + 1]
        if marker in _FRAMES:
            rows, columns = (int.from_bytes(codestream[at + n : at + n + 2]) for n in (5, 7))
            return Matrix(rows, columns, codestream[at + 9])
        at += 1 if marker == 0xFF else 2 + int.from_bytes(codestream[at + 2 : at + 4])  # 0xFF may be a fill byte
    return None
