"""A request as it goes over the wire: made of httpx's, or of an address that is plain enough."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import h11

from staycurrent.web.address import WEB_SCHEMES, Address
from staycurrent.web.connection import Connection
from staycurrent.web.http import httpx
from staycurrent.web.pool import PoolKey
from staycurrent.web.response import Failure, TransportError

Headers = list[tuple[bytes, bytes]]

_SIGNS = r"[A-Za-z0-9._~!$&()*+,;=:@-]|%[0-9A-Fa-f]{2}"
_PLAIN_TARGET = re.compile(rf"(?:/(?!\.)(?:{_SIGNS})*)+(?:\?(?:{_SIGNS}|[/?])*)?")
_PLAIN_NAME = re.compile(r"(?:[a-z0-9_-]+\.)*[a-z][a-z0-9-]*")
_LONG = 8_000


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of whom."""

    key: PoolKey
    budget: int
    """Bytes that may be read for it, headers and framing included."""
    target: bytes
    """Path and query."""
    headers: Headers
    method: str = "GET"
    content: bytes = b""

    @property
    def may_share(self) -> bool:
        """It may go out where another did: it can be sent twice, and does not ask to be alone."""
        asked = [name for name, _ in self.headers if name.lower() == b"connection"]
        return self.method == "GET" and not asked


def plainly(here: Address, ip: str, headers: Mapping[str, str], budget: int) -> Request | None:
    """A GET of an address that httpx would send as it stands; None where that is for it to say.

    It refuses what is no host or too long, resolves `/../` and quotes what few addresses have.
    """
    target = here.target
    if len(target) > _LONG or not _PLAIN_TARGET.fullmatch(target):
        return None
    if here.host != ip and not _PLAIN_NAME.fullmatch(here.host):
        return None
    port = None if here.port == WEB_SCHEMES[here.scheme] else here.port
    way = (here.scheme, here.host.encode("ascii"), port, ip)
    lines = [(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()]
    return Request(way, budget, target.encode("ascii"), lines)


def of_httpx(request: httpx.Request, budget: int) -> Request:
    """What httpx made; `address` in its extensions is the vetted one, `wire_bytes` a budget."""
    url, extensions = request.url, request.extensions
    return Request(
        (url.scheme, url.raw_host, url.port, extensions["address"]),
        extensions.get("wire_bytes", budget),
        url.raw_path,
        request.headers.raw,
        request.method,
        request.content,
    )


_HEAD_BYTES = 100 * 1024
"""The longest head, interim answer or line of a chunk."""
_NO_LENGTH = re.compile(rb"(?im)^content-length:(?![ \t]*[0-9][0-9, \t]*\r?$)[^\n]*\n")
"""A length that is no number, as servers send that do not know it. Browsers read to the end of the
connection then, h11 refuses the whole answer; two numbers that differ are refused by both."""
_HEAD_END = re.compile(rb"\n\r?\n")
_NAME = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_ASKED = re.compile(rb"[A-Z]+ /[!-~]* HTTP/1\.1\r\n(?:%s: [ -~]*\r\n)+\r\n" % _NAME)
"""A head that can be sent as it is; of any other h11 says what is wrong with it."""
_COMMON = re.compile(
    rb"HTTP/1\.([01]) ([2-5][0-9][0-9])(?: [ -~]*)?\r\n((?:%s:[ \t]*[!-~][ -~]*\r\n)+)\r\n" % _NAME
)
"""What nearly every answer begins with. It is a part of what h11 takes, which stays the judge of
all that is less plain: folded lines, odd signs, interim answers, other ends of lines."""
_LINE = re.compile(rb"(%s):[ \t]*([^\r]*?)[ \t]*\r\n" % _NAME)
_FRAMING = frozenset((b"connection", b"content-length", b"transfer-encoding"))
_BODILESS = frozenset((204, 304))
_DIGITS = 15
"""A length that takes more is for h11 to judge."""


class Http1Exchange:
    """One request and its answer on a connection; raises h11's errors where it is no HTTP."""

    def __init__(self, wire: Connection, request: Request) -> None:
        self.wire = wire
        self._request = request
        self._http: h11.Connection | None = None
        """Who reads the answer, where it is not of the common form."""
        self._in_head = True
        self._rest = b""
        """What came and was not handed on yet."""
        self._left = 0
        """Bytes of the body that are still to come, those included, where nobody else counts."""
        self._may_go_on = False
        """An answer of the common form that neither ends its connection nor has more behind it."""
        self.is_heard = False
        """Something of an answer came."""

    @property
    def is_over(self) -> bool:
        """The answer came whole, nothing came behind it, and another may follow."""
        if self._http is None:
            return self._may_go_on and self._left == 0
        done = self._http.our_state is h11.DONE and self._http.their_state is h11.DONE
        return done and not self._http.trailing_data[0]

    def ask(self) -> None:
        """Send the request, its body included, in one piece."""
        request = self._request
        lines = [b"%s %s HTTP/1.1" % (request.method.encode(), request.target)]
        lines += [b"%s: %s" % line for line in request.headers]
        head = b"\r\n".join([*lines, b"", b""])
        if _ASKED.fullmatch(head) is None:
            self._judge()
        self.wire.send(head + request.content)

    async def head(self) -> tuple[int, Headers]:
        """The status and the headers; interim answers before them are dropped."""
        self._rest = await self.wire.read()
        self.is_heard = bool(self._rest)
        common = self._common()
        if common is not None:
            return common
        self._http = self._judge()
        while True:
            event = self._http.next_event()
            if isinstance(event, h11.Response):
                return event.status_code, event.headers.raw_items()
            if event is h11.NEED_DATA:
                data = await self._readable()
                if not data:
                    raise TransportError(
                        Failure.RESET, "the connection was closed without an answer"
                    )
                self._http.receive_data(data)

    async def more(self) -> bytes:
        """The next bytes of the body, its framing taken off; empty at its end."""
        if self._http is None:
            return await self._counted()
        while True:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                self._http.receive_data(await self._readable())
            elif not isinstance(event, h11.Data):
                return b""
            elif event.data:
                return bytes(event.data)

    def _common(self) -> tuple[int, Headers] | None:
        """The head, if it came whole, is of the common form, and says how long the body is."""
        head = _COMMON.match(self._rest)
        if head is None or self._request.method == "HEAD" or int(head[2]) in _BODILESS:
            return None
        headers: Headers = _LINE.findall(head[3])
        framing = [(name, value) for n, value in headers if (name := n.lower()) in _FRAMING]
        names = [name for name, _ in framing]
        lengths = [value for name, value in framing if name == b"content-length"]
        if b"transfer-encoding" in names or len(lengths) != 1:
            return None
        if not lengths[0].isdigit() or len(lengths[0]) > _DIGITS:
            return None
        self._rest, self._left = self._rest[head.end() :], int(lengths[0])
        is_whole = len(self._rest) <= self._left
        self._may_go_on = is_whole and head[1] == b"1" and b"connection" not in names
        return int(head[2]), headers

    async def _counted(self) -> bytes:
        if self._left <= 0:
            return b""
        data = self._rest or await self.wire.read()
        if not data:
            raise TransportError(Failure.PROTOCOL, "the connection was closed within the body")
        self._may_go_on = self._may_go_on and len(data) <= self._left
        self._rest, data = b"", data[: self._left]
        self._left -= len(data)
        return data

    def _judge(self) -> h11.Connection:
        """h11, told what is asked; it raises where that is no request."""
        asked = self._request
        http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEAD_BYTES)
        http.send(h11.Request(method=asked.method, target=asked.target, headers=asked.headers))
        if asked.content:
            http.send(h11.Data(asked.content))
        http.send(h11.EndOfMessage())
        return http

    async def _readable(self) -> bytes:
        """What came, the first head without a length that is none; empty at the end only."""
        while data := self._rest or await self.wire.read():
            self._rest = b""
            if not self._in_head:
                return data
            end = _HEAD_END.search(data)
            self._in_head = end is None
            cut = end.end() if end else len(data)
            if left := _NO_LENGTH.sub(b"", data[:cut]) + data[cut:]:
                return left
        return b""
