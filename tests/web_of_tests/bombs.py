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


@lru_cache(maxsize=8)
def deflate_bomb(megabytes: int = 256) -> bytes:
    """The same zeros as HTTP's `deflate`: zlib's header, the checksum left out."""
    return b"\x78\x9c" + _zeros(megabytes)[10:-8]


def brotli_bomb() -> bytes:
    """A gigabyte in 809 bytes: brotli's packing of zeros repeats itself every 128 MB (RFC 7932)."""
    eighth = bytes.fromhex(
        "effff9ffff0f8004401c1680eefd3fffffff01900088c302d0bdffe7ffff3f001200715800baf7fffcffff0740"
        "02200e0b40f7fe9fffffff004800c46101e8defff3ffff1f000980382c00ddfb7ffeffff032001108705a07bff"
        "cfffff7f002400e2b00074"
    )
    return bytes.fromhex("cfffff7f002400e2b14072") + eighth * 7 + eighth[:90] + b"\x3f"


def zstd_bomb() -> bytes:
    """A gigabyte in 33 kB: blocks of one repeated byte, 128 kB each (RFC 8878 section 3.1.1.2)."""
    size, blocks = 1 << 17, 1 << 13
    block = (size << 3 | 1 << 1).to_bytes(3, "little") + b"\x00"
    last = (size << 3 | 1 << 1 | 1).to_bytes(3, "little") + b"\x00"
    return b"\x28\xb5\x2f\xfd\x00\x38" + block * (blocks - 1) + last
