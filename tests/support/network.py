"""A small name server on loopback, real enough for the machine's own resolver (RFC 1035)."""

import gzip
import itertools
import json
import os
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
import warnings
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache, cached_property, lru_cache
from importlib import import_module
from ipaddress import ip_address
from pathlib import Path
from threading import Thread
from typing import Any, Self

from cryptography.hazmat.primitives.asymmetric import rsa

from staycurrent.web.replay.scenario import Tls
from tests.support.certificates import issue

_A, _AAAA = 1, 28
_ANSWERED = 0x8180
"""A response to a query that wanted recursion, which is available."""


class Rcode(IntEnum):
    """How a query ended (RFC 1035 section 4.1.1)."""

    OK = 0
    SERVFAIL = 2
    NXDOMAIN = 3
    REFUSED = 5


@dataclass(frozen=True, slots=True)
class Name:
    """What is said of one name."""

    turns: tuple[tuple[str, ...], ...] = ((),)
    """Addresses of both kinds, one set for each query in turn; an empty set is NODATA."""
    rcode: Rcode = Rcode.OK
    silent: bool = False


def has(*addresses: str) -> Name:
    """A name that always has these addresses."""
    return Name((addresses,))


@dataclass(slots=True)
class NameServer:
    """Answers by UDP from its own thread; a context manager. What it does not know is NXDOMAIN."""

    names: Mapping[str, Name]
    where: tuple[str, int] = ("127.0.0.1", 53)
    asked: Counter[tuple[str, int]] = field(default_factory=Counter)
    """Queries by name and type (1 is A, 28 is AAAA)."""
    _socket: socket.socket = field(init=False)
    _thread: threading.Thread = field(init=False)

    def __enter__(self) -> Self:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(self.where)
        self._thread = threading.Thread(target=self._serve, name="name server", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", self.where)
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while True:
            query, sender = self._socket.recvfrom(1232)
            if not query:
                return
            answer = self._answer(query)
            if answer is not None:
                self._socket.sendto(answer, sender)

    def _answer(self, query: bytes) -> bytes | None:
        asked, end = _question(query)
        kind = int.from_bytes(query[end : end + 2], "big")
        turn = self.asked[asked, kind]
        self.asked[asked, kind] += 1
        known = self.names.get(asked, Name(rcode=Rcode.NXDOMAIN))
        if known.silent:
            return None
        records = [
            _record(kind, address)
            for address in known.turns[turn % len(known.turns)]
            if kind == (_A if ip_address(address).version == 4 else _AAAA)
        ]
        head = struct.pack("!2s5H", query[:2], _ANSWERED | known.rcode, 1, len(records), 0, 0)
        return head + query[12 : end + 4] + b"".join(records)


def _question(query: bytes) -> tuple[str, int]:
    """The name asked for in lower case, and where it ends."""
    labels, at = [], 12
    while size := query[at]:
        labels.append(query[at + 1 : at + 1 + size].decode("latin-1"))
        at += 1 + size
    return ".".join(labels).lower(), at + 1


def _record(kind: int, address: str) -> bytes:
    """A resource record whose name points back at the question's."""
    data = ip_address(address).packed
    return struct.pack("!HHHIH", 0xC00C, kind, 1, 60, len(data)) + data


_ROOT = Path(__file__).parents[2]
_UNSHARE = ("unshare", "--map-root-user", "--net", "--mount", "--")
_RESOLV = "nameserver 127.0.0.1\n"


@lru_cache(maxsize=1)
def why_not() -> str:
    """Why this machine gives no private network, or an empty text."""
    if sys.platform != "linux" or not shutil.which("unshare") or not shutil.which("ip"):
        return "needs Linux with unshare and ip"
    script = "ip link set lo up && mount --bind /etc/hosts /etc/resolv.conf"
    tried = subprocess.run(
        [*_UNSHARE, "sh", "-c", script], capture_output=True, text=True, check=False, timeout=20
    )
    said = tried.stderr.strip().splitlines()
    return "" if tried.returncode == 0 else f"no private network here: {''.join(said[-1:])}"


def alone(module: str, function: str, timeout_s: float = 30.0) -> Any:
    """What a function without arguments returns, as JSON, when it runs in a private network."""
    ended = subprocess.run(
        [*_UNSHARE, sys.executable, "-m", "tests.support.network", module, function],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout_s,
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def _enter() -> None:
    """Bring loopback up, and let the C library ask 127.0.0.1 for names and nothing else."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for name, text in (("resolv.conf", _RESOLV), ("nsswitch.conf", "hosts: files dns\n")):
        with tempfile.TemporaryDirectory() as folder:  # what is mounted outlives its name
            file = Path(folder) / name
            file.write_text(text, encoding="utf-8")
            subprocess.run(["mount", "--bind", str(file), f"/etc/{name}"], check=True)


if __name__ == "__main__":
    os.environ.pop("LOCALDOMAIN", None)
    os.environ.pop("RES_OPTIONS", None)
    _enter()
    print(json.dumps(getattr(import_module(sys.argv[1]), sys.argv[2])()))  # noqa: T201


ISSUER_URL = "http://issuer.test/issuer.crt"
"""Where the issuer of those certificates is that are shown without it."""


class Certificates:
    """Contexts for the server, made when a host is first shown, and one for its clients.

    A process has one set (`certificates`): an RSA key takes a tenth of a second.
    """

    def __init__(self) -> None:
        self._ca = issue("CA")
        self._stranger = issue("Stranger")
        self._between = issue("Between", self._ca)
        self._rsa_key = rsa.generate_private_key(65537, 2048)
        self._made: dict[tuple[str, Tls], ssl.SSLContext] = {}

    @cached_property
    def client(self) -> ssl.SSLContext:
        """Trusts our certificate authority and nobody else; hand it to the client under test."""
        context = ssl.create_default_context(cadata=self.pem)
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # Python 3.13 wants all that RFC 5280 has
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context

    @property
    def pem(self) -> str:
        """Our root certificate, for clients that take a file."""
        return self._ca.pem.decode()

    @property
    def files(self) -> dict[str, bytes]:
        """What certificates refer to, by URL."""
        return {ISSUER_URL: self._between.der}

    def of(self, host: str, kind: Tls) -> ssl.SSLContext:
        """The server's context for a host that shows papers of this kind."""
        if (host, kind) not in self._made:
            self._made[host, kind] = self._context(host, kind)
        return self._made[host, kind]

    def _context(self, host: str, kind: Tls) -> ssl.SSLContext:
        issuers = {Tls.UNTRUSTED: self._stranger, Tls.LEAF_ONLY: self._between}
        leaf = issue(
            "Leaf",
            issuers.get(kind, self._ca),
            key=self._rsa_key if kind is Tls.OLD_CIPHERS else None,
            hosts=["somebody-else.invalid" if kind is Tls.WRONG_NAME else host],
            urls=[ISSUER_URL] if kind is Tls.LEAF_ONLY else [],
            days=(-2000, -1500) if kind is Tls.EXPIRED else (-30, 30),
        )
        with tempfile.TemporaryDirectory() as folder:
            context = leaf.server(Path(folder))
        if kind is Tls.OLD:
            _only_old(context)
        if kind is Tls.OLD_CIPHERS:
            context.maximum_version = ssl.TLSVersion.TLSv1_2
            context.set_ciphers("AES128-SHA")
        return context


@cache
def certificates() -> Certificates:
    """The certificates of every server of this process."""
    return Certificates()


def _only_old(context: ssl.SSLContext) -> None:
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():  # that it is deprecated is the point here
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.maximum_version = ssl.TLSVersion.TLSv1_1


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


OK = b"HTTP/1.1 200 OK\r\n"
_CHUNKED = OK + b"transfer-encoding: chunked\r\n\r\n"
_DRIP_S = 0.05

Attack = Callable[[], Iterable[bytes]]


def packed(coding: str, body: Callable[[], bytes]) -> Attack:
    """An answer with a packed body, as a server would send it."""
    return lambda: [OK + f"content-encoding: {coding}\r\n\r\n".encode(), body()]


def for_ever(begin: bytes, piece: bytes) -> Attack:
    """A beginning, then the same piece as fast as it is taken."""
    pieces = piece * max(1, (1 << 16) // len(piece))
    return lambda: itertools.chain([begin], itertools.repeat(pieces))


def drip(begin: bytes, piece: bytes) -> Attack:
    """A beginning, then a piece now and then: each read ends in time, the answer never."""

    def pieces() -> Iterator[bytes]:
        yield begin
        while True:
            time.sleep(_DRIP_S)
            yield piece

    return pieces


BOMBS: dict[str, Attack] = {
    "gzip": packed("gzip", gzip_bomb),
    "gzip, three times over": packed("gzip, gzip, gzip", lambda: gzip_bomb(codings=3)),
    "gzip in three headers": packed(
        "gzip\r\ncontent-encoding: gzip\r\ncontent-encoding: gzip", lambda: gzip_bomb(codings=3)
    ),
    "gzip, one file behind another": packed("gzip", lambda: gzip_bomb(1) * 256),
    "deflate": packed("deflate", deflate_bomb),
    "brotli": packed("br", brotli_bomb),
    "zstd": packed("zstd", zstd_bomb),
}
"""Small on the wire, 256 MB or more behind it."""

BODIES: dict[str, Attack] = {
    "a body without end": for_ever(OK + b"\r\n", b"and on it goes\n"),
    "packed without end": for_ever(OK + b"content-encoding: gzip\r\n\r\n" + gzip_bomb(1), b"\0"),
    "chunks of one byte": for_ever(_CHUNKED, b"1\r\nx\r\n"),
    "a chunk with an endless extension": for_ever(_CHUNKED + b"1;", b"x=y;"),
    "trailers without end": for_ever(_CHUNKED + b"0\r\n", b"x-more: yes\r\n"),
    "a body that drips": drip(OK + b"\r\n", b"."),
    "a chunk size that drips": drip(_CHUNKED, b"0"),
}
"""The status line has come, so the thing is there; what is behind it must not hurt."""

HEADS: dict[str, Attack] = {
    "a giant status line": for_ever(b"HTTP/1.1 200 ", b"OK"),
    "headers without end": for_ever(OK, b"x-more: yes\r\n"),
    "one header without end": for_ever(OK + b"x-more: ", b"yes"),
    "cookies without end": for_ever(OK, b"set-cookie: a=b; path=/\r\n"),
    "empty lines without end": for_ever(b"", b"\r\n"),
    "interim answers without end": for_ever(b"", b"HTTP/1.1 103 Early Hints\r\na: b\r\n\r\n"),
    "bytes that are no HTTP, without end": for_ever(b"", b"\x00\x16\x03"),
    "a status line that drips": drip(b"HTTP/1.1 200 ", b"."),
    "headers that drip": drip(OK, b"x: y\r\n"),
    "interim answers that drip": drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "nothing at all": drip(b"", b""),
}
"""No answer ever comes of these."""


@dataclass(slots=True)
class Heard:
    """What a listener noticed."""

    port: int
    visits: int = 0
    bytes: list[bytes] = field(default_factory=list)


@contextmanager
def listening(attack: Attack, ip: str, port: int = 0) -> Iterator[Heard]:
    """Do this to everybody who connects to `ip`, each in a thread of its own."""
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    with socket.create_server((ip, port), family=family, backlog=64) as door:
        heard = Heard(door.getsockname()[1])

        def wait() -> None:
            while True:
                try:
                    visitor, _ = door.accept()
                except OSError:  # shut: the test is over
                    return
                heard.visits += 1
                Thread(target=_harm, args=(visitor, attack, heard), daemon=True).start()

        waiting = Thread(target=wait, daemon=True)
        waiting.start()
        try:
            yield heard
        finally:
            door.shutdown(socket.SHUT_RDWR)
            waiting.join()


def _harm(visitor: socket.socket, attack: Attack, heard: Heard) -> None:
    with visitor:
        try:
            heard.bytes.append(visitor.recv(1 << 16))
            for piece in attack():
                visitor.sendall(piece)
        except OSError:  # it has left, as it should
            return
