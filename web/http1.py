"""HTTP/1.1 on a connection: how a request is written, and how its response is read.

The reader accepts what browsers accept (folded lines, blanks before a colon, lines without one,
bare line feeds, lengths that are not numbers, odd status lines); Chromium was asked, see
docs/decisions/0018-what-browsers-take.md. But a connection is only used again after a response that
follows RFC 9112 to the letter: whatever could make one response look like two ends with it.
"""

import re
import zlib
from collections.abc import Callable

from staycurrent.web.connection import Connection
from staycurrent.web.httpx_import import httpx
from staycurrent.web.response import Failure, TransportError

Headers = list[tuple[bytes, bytes]]

MAX_HEAD_BYTES = 256 * 1024
"""As in Chrome; longer heads are refused."""
_TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_TARGET = re.compile(rb"/[!-~]*")
_HEADER = re.compile(rb"%s: [ -~]*" % _TOKEN)
_STRICT_HEAD = re.compile(rb"HTTP/1\.1 [0-9]{3} [^\r\n\0]*\r\n(?:%s:[^\r\n\0]*\r\n)*\r\n" % _TOKEN)
_HEAD_END = re.compile(rb"\n\r?\n")
_HEAD_START = re.compile(rb"HTTP|ICY ", re.IGNORECASE)
"""`ICY 200 OK` is how SHOUTcast servers begin."""
_STRAY_BYTES = 4
"""Bytes before a status line that are skipped, as in Chrome."""
_STATUS_LINE = re.compile(rb"[^ \t\r\n]++(?:[ \t]++([0-9]*+)[^\n]*+)?\r?\n")
_HTTP2_FRAME = re.compile(rb"\0[\0-\x40][\0-\xff][\x04\x07][\0-\xff]\0{4}")
"""The header of a SETTINGS or GOAWAY frame (RFC 9113 section 4.1)."""
_HTML = re.compile(rb"\s*<[!?a-z]", re.IGNORECASE)
_CHUNK_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,15})[ \t]*(?:;.*)?\r?\n")


def request_bytes(request: httpx.Request) -> bytes:
    """The request as it is sent; the `target` extension holds its path and query.

    Raises TransportError, without quoting it, if a header holds what must not be sent.
    """
    target: bytes = request.extensions["target"]
    headers = [b"%s: %s" % header for header in request.headers.raw]
    if not _TARGET.fullmatch(target) or not all(map(_HEADER.fullmatch, headers)):
        raise TransportError(Failure.PROTOCOL, "the request holds a character that cannot be sent")
    request_line = b"%s %s HTTP/1.1" % (request.method.encode(), target)
    head = b"\r\n".join([request_line, *headers, b"", b""])
    return head + request.content


class ResponseReader:
    """Reads the response to one request: first `read_head`, then `read_body` until it is empty."""

    def __init__(self, connection: Connection, method: str, *, may_be_http09: bool = False) -> None:
        self.connection = connection
        self._method = method
        self._may_be_http09 = may_be_http09
        """Whether a page without a head is read as HTTP/0.9, as browsers do on port 80."""
        self._buffer = bytearray()
        """What was received and not returned yet."""
        self._body_left: int | None = None
        """Bytes of the body (if it is chunked: of the chunk) still to come; None: until the end."""
        self._is_chunked = False
        self._is_after_chunk = False
        self._is_complete = False
        self._may_reuse = True
        self.has_received = False
        """Whether any byte of a response arrived."""

    @property
    def may_reuse_connection(self) -> bool:
        """Whether the connection can carry another request: nothing is left of this one."""
        return self._may_reuse and self._is_complete and not self._buffer

    async def read_head(self) -> tuple[int, Headers]:
        """The status and the headers, names in lower case; interim responses (1xx) are skipped.

        Raises TransportError if what arrives is not HTTP, OSError if the connection is cut.
        """
        while True:
            head = await self._read_head_bytes()
            if not head:
                return 200, []  # HTTP/0.9: all that comes is the page
            line = _STATUS_LINE.match(head)
            if line is None or b"\0" in head:
                raise TransportError(Failure.PROTOCOL, "illegal status line or header")
            digits = line[1] or b"200"  # browsers take a missing status for 200
            if not re.fullmatch(rb"[1-9][0-9]{2}", digits):
                raise TransportError(Failure.PROTOCOL, "illegal status line")
            status = int(digits)
            if status >= 200:
                break
        headers = _parse_headers(head[line.end() :])
        if (
            300 <= status < 400
            and len({value for name, value in headers if name == b"location"}) > 1
        ):
            raise TransportError(Failure.PROTOCOL, "conflicting Location headers")
        self._may_reuse = self._may_reuse and _STRICT_HEAD.fullmatch(head) is not None
        self._prepare_body(status, headers)
        return status, headers

    async def read_body(self) -> bytes:
        """The next bytes of the body as sent, without chunk framing; empty at its end.

        Raises TransportError if it is cut short or framed wrongly, OSError if it is cut.
        """
        if self._is_chunked and not self._body_left and not self._is_complete:
            await self._read_chunk_size()
        if self._is_complete:
            return b""
        if not self._buffer:
            await self._receive()
        if not self._buffer:
            if self._body_left is not None:
                raise TransportError(Failure.PROTOCOL, "the connection was closed within the body")
            self._is_complete = True
            return b""
        data = bytes(self._buffer[: self._body_left])
        del self._buffer[: len(data)]
        if self._body_left is not None:
            self._body_left -= len(data)
            self._is_complete = not self._is_chunked and not self._body_left
        return data

    def _prepare_body(self, status: int, headers: Headers) -> None:
        """Find out how long the body is (RFC 9112 section 6.3)."""
        lengths, codings, options = set[bytes](), list[bytes](), list[bytes]()
        for name, value in headers:
            if name == b"content-length":
                lengths.update(part.strip() for part in value.split(b","))
            elif name == b"transfer-encoding":
                codings += [part.strip() for part in value.lower().split(b",")]
            elif name == b"connection":
                options += [part.strip() for part in value.lower().split(b",")]
        # A length that is not a number is ignored, as browsers do: servers send them if unknown.
        numbers = {int(text) for text in lengths if re.fullmatch(rb"[0-9]{1,15}", text)}
        self._is_chunked = b"chunked" in codings
        if self._method == "HEAD" or status in (204, 304):
            self._is_chunked, self._is_complete = False, True
        elif self._is_chunked:
            self._body_left = 0
            self._may_reuse &= not lengths
        elif len(numbers) > 1:
            raise TransportError(Failure.PROTOCOL, "conflicting Content-Length headers")
        elif numbers:
            (self._body_left,) = numbers
            self._is_complete = self._body_left == 0
        else:
            self._may_reuse = False
        is_strict = len(lengths) == len(numbers) and codings in ([], [b"chunked"])
        self._may_reuse &= is_strict and b"close" not in options

    async def _read_head_bytes(self) -> bytes:
        """The head of the next response up to and with its blank line; empty for HTTP/0.9."""
        has_started, searched = False, 0
        while True:
            has_started = has_started or self._find_head_start()
            if not has_started and self._may_be_http09 and _HTML.match(self._buffer):
                self._may_reuse = False
                return b""
            if not has_started and len(self._buffer) >= _STRAY_BYTES + len(b"HTTP"):
                if _HTTP2_FRAME.match(self._buffer):
                    raise TransportError(Failure.UNSUPPORTED, "the server speaks HTTP/2 only")
                raise TransportError(Failure.PROTOCOL, "illegal status line")
            end = _HEAD_END.search(self._buffer, max(0, searched - 3)) if has_started else None
            if (end.end() if end else len(self._buffer)) > MAX_HEAD_BYTES:
                raise TransportError(Failure.PROTOCOL, "the headers are too long")
            if end is not None:
                head = bytes(self._buffer[: end.end()])
                del self._buffer[: end.end()]
                return head
            searched = len(self._buffer)
            if not await self._receive():
                raise TransportError(Failure.RESET, "the connection was closed without an answer")

    def _find_head_start(self) -> bool:
        """Whether a head has begun; empty lines and a few stray bytes before it are dropped."""
        start = len(self._buffer) - len(self._buffer.lstrip(b"\r\n"))
        line = _HEAD_START.search(self._buffer, start, start + _STRAY_BYTES + len(b"HTTP"))
        del self._buffer[: line.start() if line else start]
        self._may_reuse = self._may_reuse and not start and (line is None or line.start() == 0)
        return line is not None

    async def _read_chunk_size(self) -> None:
        """Read up to the next chunk's data, or past the last chunk and its trailers."""
        line = await self._read_line()
        if self._is_after_chunk:
            if line in (b"\r\n", b"\n"):
                line = await self._read_line()
            else:
                self._may_reuse = False
        self._is_after_chunk = True
        size = _CHUNK_SIZE.fullmatch(line)
        if size is None:
            raise TransportError(Failure.PROTOCOL, "illegal chunk header")
        self._body_left = int(size[1], 16)
        if not self._body_left:
            while await self._read_line() not in (b"\r\n", b"\n"):
                self._may_reuse = False  # trailers are not worth the trouble
            self._is_complete = True

    async def _read_line(self) -> bytes:
        end = self._buffer.find(b"\n")
        while end < 0:
            if not await self._receive():
                raise TransportError(Failure.PROTOCOL, "the connection was closed within the body")
            end = self._buffer.find(b"\n")
        line = bytes(self._buffer[: end + 1])
        del self._buffer[: end + 1]
        self._may_reuse &= line.endswith(b"\r\n")
        return line

    async def _receive(self) -> bool:
        """Read from the connection into the buffer; False at its end."""
        data = await self.connection.read()
        self._buffer += data
        self.has_received = self.has_received or bool(data)
        return bool(data)


def _parse_headers(block: bytes) -> Headers:
    """Header lines, names in lower case. Lines without a name are skipped, folded ones joined."""
    headers: Headers = []
    for line in block.split(b"\n"):
        if line[:1] in (b" ", b"\t"):
            if headers:
                name, value = headers.pop()
                headers.append((name, value + b" " + line.strip()))
            continue
        name, colon, value = line.partition(b":")
        if colon and name.strip():
            headers.append((name.strip().lower(), value.strip()))
    return headers


_GZIP = frozenset(("gzip", "x-gzip"))
_OTHER_CODINGS = frozenset(("br", "compress", "deflate", "x-compress", "zstd"))
"""Codings that are not asked for, nor decoded."""
_TEXT_START = re.compile(rb"\s*[<{][\t\n\r -~\x80-\xff]{31}")
"""As no compressed body begins."""
_NOT_ASCII = re.compile(rb"[^\x00-\x7f]")


async def read_body(response: httpx.Response, coding: str, body: bytearray, limit: int) -> bool:
    """Append decoded bytes until the end or the limit; True if the limit came first."""
    if limit <= 0:
        return True
    assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101 -- of async transports
    decode = None
    async for chunk in response.stream:
        decode = decode or _body_decoder(coding, chunk)
        if decode is None:
            return True  # a coding that we did not ask for: headers are enough
        body += decode(chunk, limit - len(body))
        if len(body) >= limit:
            return True
    return False


def _body_decoder(coding: str, start: bytes) -> Callable[[bytes, int], bytes] | None:
    """What decodes a body that begins like this, or None for a coding that we did not ask for.

    As in browsers, a `Content-Encoding` that names no coding (`UTF-8`, `none`) means nothing. One
    that the body contradicts is a lie: the body is plain.
    """
    codings = [one for part in coding.lower().split(",") if (one := part.strip())]
    known = [one for one in codings if one in _GZIP | _OTHER_CODINGS]
    is_gzip = _GZIP.issuperset(known)
    if not known or (is_gzip and not start.startswith(b"\x1f")) or _TEXT_START.match(start):
        return lambda chunk, room: chunk[:room]
    return zlib.decompressobj(wbits=31).decompress if is_gzip and len(known) == 1 else None


def merge_headers(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers by name in lower case; repeated ones are joined by `, `, but the same `Location`.

    As in browsers, bytes of a `Location` beyond ASCII are percent-encoded, whatever their charset.
    """
    merged: dict[str, str] = {}
    for raw_name, raw_value in raw:
        name, value = raw_name.decode("latin-1").lower(), _decode(raw_value)
        if name == "location":
            value = _NOT_ASCII.sub(lambda byte: b"%%%02X" % byte[0][0], raw_value).decode("ascii")
        is_joined = name in merged and (name, value) != ("location", merged[name])
        merged[name] = f"{merged[name]}, {value}" if is_joined else value
    return merged


def set_cookie_lines(raw: list[tuple[bytes, bytes]]) -> list[str]:
    """The `Set-Cookie` headers, which must not be joined."""
    return [_decode(value) for name, value in raw if name.lower() == b"set-cookie"]


def _decode(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")
