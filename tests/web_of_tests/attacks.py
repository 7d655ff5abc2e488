"""Servers that want to harm: each sends raw bytes, for ever if need be, to whoever connects."""

import itertools
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread

from tests.web_of_tests.bombs import brotli_bomb, deflate_bomb, gzip_bomb, zstd_bomb

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
