"""A DICOM file's bytes, for pydicom to parse: never more than a slice can have, deflated ones unpacked within bounds.

pydicom unpacks a deflated file whole before it looks at it, however much comes out; here that has an end. Torch-free.
"""

import zlib
from io import BytesIO
from typing import IO

MAX_FILE_BYTES = 128 * 1024**2  # a slice of 4096 x 4096 has 32 MiB
_MAGIC_AT, _MAGIC, _INFORMATION = 128, b"DICM", b"\x02\x00"  # DICOM PS3.10, 7.1: preamble, magic, group 0002
_LONG = (b"OB", b"OW", b"UN", b"SQ", b"UT")  # whose length has four bytes after two empty ones (PS3.5, 7.1.2)
_DEFLATED, _PLAIN = b"1.2.840.10008.1.2.1.99", b"1.2.840.10008.1.2.1".ljust(22, b"\0")
_MAX_INFORMATION_BYTES = 4096


def parsable(stream: IO[bytes]) -> IO[bytes]:
    """The stream from its start; of a file that is deflated as a whole, what it unpacks to.

    Raises:
        OverflowError: where more than MAX_FILE_BYTES come out.
        zlib.error: where it is damaged.
    """
    head = stream.read(_MAX_INFORMATION_BYTES)
    stream.seek(0)
    end = _end_of_information(head)
    if _DEFLATED not in head[:end]:
        return stream
    content = read_bounded(stream)
    inflated = zlib.decompressobj(-zlib.MAX_WBITS).decompress(content[end:], MAX_FILE_BYTES + 1)
    if len(inflated) > MAX_FILE_BYTES:
        raise OverflowError(f"unpacks to more than {MAX_FILE_BYTES:,} bytes")
    return BytesIO(content[:end].replace(_DEFLATED, _PLAIN) + inflated)


def _end_of_information(head: bytes) -> int:
    """Where the elements of group 0002 end, which say how the others are written; 0 in a file without them."""
    at = _MAGIC_AT + len(_MAGIC)
    if head[_MAGIC_AT:at] != _MAGIC:
        return 0
    while head[at : at + 2] == _INFORMATION:
        size_at, n_bytes = (8, 4) if head[at + 4 : at + 6] in _LONG else (6, 2)
        at += size_at + n_bytes + int.from_bytes(head[at + size_at : at + size_at + n_bytes], "little")
    return at


def read_bounded(stream: IO[bytes]) -> bytes:
    """All bytes from here; OverflowError where they are more than one slice can have."""
    content = stream.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise OverflowError(f"has more than {MAX_FILE_BYTES:,} bytes")
    return content
