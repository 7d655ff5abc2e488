"""Small bodies that decode to large ones."""

import gzip
import zlib
from functools import lru_cache

_MEGABYTE = bytes(1 << 20)


@lru_cache(maxsize=8)
def gzip_bomb(megabytes: int = 256, codings: int = 1) -> bytes:
    """Zeros, packed `codings` times over; each layer is a valid gzip file."""
    bomb = _zeros(megabytes)
    for _ in range(codings - 1):
        bomb = gzip.compress(bomb, mtime=0)
    return bomb


def _zeros(megabytes: int) -> bytes:
    """A flushed block can be repeated: a gigabyte is packed in the time that a megabyte takes."""
    packer = zlib.compressobj(9, wbits=-15)
    block = packer.compress(_MEGABYTE) + packer.flush(zlib.Z_FULL_FLUSH)
    check = 0
    for _ in range(megabytes):
        check = zlib.crc32(_MEGABYTE, check)
    size = (megabytes << 20) & 0xFFFFFFFF
    header = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
    tail = packer.flush(zlib.Z_FINISH)
    return (
        header + block * megabytes + tail + check.to_bytes(4, "little") + size.to_bytes(4, "little")
    )
