"""A small name server on loopback, real enough for the machine's own resolver (RFC 1035)."""

import socket
import struct
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from ipaddress import ip_address
from typing import Self

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
