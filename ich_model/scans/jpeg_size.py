"""What size a compressed picture says it has, read before anything unpacks it: JPEG, JPEG-LS and JPEG 2000. Torch-free.

A few bytes may announce a picture of gigabytes; a decoder that believes them takes the memory for it.
"""

from typing import NamedTuple

_JPEG, _JPEG_2000 = b"\xff\xd8", b"\xff\x4f\xff\x51"
_BOXES = 64 * 1024  # a JP2 file has some, perhaps with a colour profile, before its codestream
_FRAMES = {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}  # ITU-T T.81 table B.1, and T.87 for JPEG-LS


class Matrix(NamedTuple):
    """Rows, columns and values a pixel."""

    rows: int
    columns: int
    samples: int


def matrix(codestream: bytes) -> Matrix | None:
    """The matrix that a codestream's own header names; None where it is none of the three kinds."""
    if codestream.startswith(_JPEG):
        return _of_jpeg(codestream)
    start = codestream.find(_JPEG_2000, 0, _BOXES)
    return _of_jpeg_2000(codestream[start : start + 42]) if start >= 0 else None


def _of_jpeg_2000(codestream: bytes) -> Matrix | None:
    """From the SIZ segment (ITU-T T.800 A.5.1): the picture lies from its offset to its extent on the grid."""
    if len(codestream) < 42:
        return None
    right, bottom, left, top = (int.from_bytes(codestream[at : at + 4]) for at in (8, 12, 16, 20))
    return Matrix(bottom - top, right - left, int.from_bytes(codestream[40:42]))


def _of_jpeg(codestream: bytes) -> Matrix | None:
    """From the first frame header among the segments, each of which names its own length."""
    at = len(_JPEG)
    while at + 10 <= len(codestream) and codestream[at] == 0xFF:
        marker = codestream[at + 1]
        if marker in _FRAMES:
            rows, columns = (int.from_bytes(codestream[at + n : at + n + 2]) for n in (5, 7))
            return Matrix(rows, columns, codestream[at + 9])
        at += 1 if marker == 0xFF else 2 + int.from_bytes(codestream[at + 2 : at + 4])  # 0xFF may fill up
    return None
