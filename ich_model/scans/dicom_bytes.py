"""A DICOM file's bytes for pydicom to parse, with a limit on their number, also after decompression. Torch-free.

pydicom decompresses a deflated file (transfer syntax 1.2.840.10008.1.2.1.99) completely and without a limit, so this
module does it first.
"""

import zlib
from io import BytesIO
from typing import IO

MAX_FILE_BYTES = 128 * 1024**2  # a slice of 4096 x 4096 has 32 MiB
_MAGIC_AT, _MAGIC, _META_GROUP = 128, b"DICM", b"\x02\x00"  # DICOM PS3.10, 7.1: preamble, magic, group 0002
_LONG = (b"OB", b"OW", b"UN", b"SQ", b"UT")  # length field of four bytes after two reserved ones (PS3.5, 7.1.2)
_DEFLATED, _PLAIN = b"1.2.840.10008.1.2.1.99", b"1.2.840.10008.1.2.1".ljust(22, b"\0")
_MAX_META_BYTES = 4096


def parsable(stream: IO[bytes]) -> IO[bytes]:
    """The stream from its start, decompressed where the transfer syntax is deflated.

    Raises:
        OverflowError: where the file or its decompressed content exceeds MAX_FILE_BYTES.
        zlib.error: where the compressed data are damaged.
    """
    head = stream.read(_MAX_META_BYTES)
    stream.seek(0)
    end = _end_of_meta(head)
    if _DEFLATED not in head[:end]:
        return stream
    content = read_bounded(stream)
    inflated = zlib.decompressobj(-zlib.MAX_WBITS).decompress(content[end:], MAX_FILE_BYTES + 1)
    if len(inflated) > MAX_FILE_BYTES:
        raise OverflowError(f"unpacks to more than {MAX_FILE_BYTES:,} bytes")
    return BytesIO(content[:end].replace(_DEFLATED, _PLAIN) + inflated)


def _end_of_meta(head: bytes) -> int:
    """Offset of the first byte after the file meta information (group 0002); 0 in a file without it."""
    at = _MAGIC_AT + len(_MAGIC)
    if head[_MAGIC_AT:at] != _MAGIC:
        return 0
    while head[at : at + 2] == _META_GROUP:
        size_at, n_bytes = (8, 4) if head[at + 4 : at + 6] in _LONG else (6, 2)
        at += size_at + n_bytes + int.from_bytes(head[at + size_at : at + size_at + n_bytes], "little")
    return at


def read_bounded(stream: IO[bytes]) -> bytes:
    """All remaining bytes of a stream.

    Raises:
        OverflowError: where they exceed MAX_FILE_BYTES, more than one slice can have.
    """
    content = stream.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise OverflowError(f"has more than {MAX_FILE_BYTES:,} bytes")
    return content
