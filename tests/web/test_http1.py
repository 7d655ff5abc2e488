"""The reader of HTTP/1.1 responses: as tolerant as browsers, and strict about reuse."""

import h11
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from staycurrent.web.http1 import MAX_HEAD_BYTES, ResponseReader, request_bytes
from staycurrent.web.response import Failure, TransportError

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


class Pieces:
    """A connection on which these pieces arrive, one per read, and then the end."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = list(pieces)

    async def read(self) -> bytes:
        return self._pieces.pop(0) if self._pieces else b""


async def read(
    *pieces: bytes, method: str = "GET"
) -> tuple[int, list[tuple[bytes, bytes]], bytes, bool]:
    """Status, headers, the whole body, and whether the connection may be reused."""
    reader = ResponseReader(Pieces(*pieces), method)  # type: ignore[arg-type]
    status, headers = await reader.read_head()
    body = b""
    while data := await reader.read_body():
        body += data
    return status, headers, body, reader.may_reuse_connection


async def failure(*pieces: bytes) -> Failure:
    with pytest.raises(TransportError) as error:
        await read(*pieces)
    return error.value.failure


@pytest.mark.parametrize(
    ("head", "headers"),
    [
        (b"A: 1\r\nB:2\r\nC:\r\n\r\n", [(b"a", b"1"), (b"b", b"2"), (b"c", b"")]),
        (b"A:  two words \t\r\n\r\n", [(b"a", b"two words")]),
        (b"A: 1\r\n folded\r\n\tagain\r\nB: 2\r\n\r\n", [(b"a", b"1 folded again"), (b"b", b"2")]),
        (b"A : 1\r\n\r\n", [(b"a", b"1")]),
        (b"no colon\r\nA: 1\r\n: no name\r\n\r\n", [(b"a", b"1")]),
        (b"A: caf\xe9\r\nB(): \x01\r\n\r\n", [(b"a", b"caf\xe9"), (b"b()", b"\x01")]),
        (b"X-Foo[bar]: 1\r\n\r\n", [(b"x-foo[bar]", b"1")]),
        (
            b"forum.php: userdata\r\nX-Gr\xc3\xb6: 1\r\n\r\n",
            [
                (b"forum.php", b"userdata"),
                (b"x-gr\xc3\xb6", b"1"),
            ],
        ),
        (b" folded onto nothing\r\nA: 1\r\n\r\n", [(b"a", b"1")]),
        (b"A: 1\nB: 2\n\n", [(b"a", b"1"), (b"b", b"2")]),
        (b"A: 1\r\nA: 2\r\n\r\n", [(b"a", b"1"), (b"a", b"2")]),
        (b"\r\n", []),
    ],
)
async def test_headers_are_read_as_browsers_read_them(
    head: bytes, headers: list[tuple[bytes, bytes]]
) -> None:
    assert await read(OK + head + b"body") == (200, headers, b"body", False)


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"HTTP/1.1 200 OK", 200),
        (b"HTTP/1.1 200", 200),
        (b"HTTP/1.1 200 ", 200),
        (b"HTTP/1.0 404 Not Found", 404),
        (b"HTTP/1.1 999 Request denied", 999),
        (b"HTTP/1.1  301 \xe9t\xe9", 301),
        (b"HTTP/1.1\t404\tNot Found", 404),
        (b"http/1.1 200 OK", 200),
        (b"HTTP/2 404 Not Found", 404),
        (b"HTTP/1 200OK", 200),
        (b"HTTP 200 OK", 200),
        (b"HTTP/1.1 OK", 200),
        (b"HTTP/1.1", 200),
        (b"ICY 200 OK", 200),
        (b"\xef\xbb\xbfHTTP/1.1 404 Not Found", 404),
        (b"\nabc\nHTTP/1.1 404 Not Found", 404),
        (b"\r\n\r\nHTTP/1.1 200 OK", 200),
        (b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 410 Gone", 410),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 X\r\n\r\nHTTP/1.1 200 OK", 200),
    ],
)
async def test_status_lines(line: bytes, status: int) -> None:
    assert (await read(line + b"\r\n\r\n"))[0] == status


@pytest.mark.parametrize(
    "data",
    [
        b"220 mail.example ESMTP\r\n",  # the server waits now, so this must be enough
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"<html>not HTTP</html>",
        b"five HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.1 000 OK\r\n\r\n",
        OK + b"A: \0\r\n\r\n",
        OK + b"A: " + b"x" * MAX_HEAD_BYTES,
        OK + b"A\0: 1\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: /a\r\nLocation: /b\r\n\r\n",
        OK + b"Content-Length: 4, 9\r\n\r\nbody",
        OK + b"Content-Length: 4\r\nContent-Length: 9\r\n\r\nbody",
    ],
)
async def test_what_is_not_http_is_a_protocol_error(data: bytes) -> None:
    assert await failure(data) is Failure.PROTOCOL


@pytest.mark.parametrize("data", [b"", b"HTT", OK, OK + b"A: 1\r\n"])
async def test_the_end_before_a_whole_head_is_a_reset(data: bytes) -> None:
    assert await failure(data) is Failure.RESET


@pytest.mark.parametrize(
    ("framed", "body", "reusable"),
    [
        (OK + b"Content-Length: 4\r\n\r\nbody", b"body", True),
        (OK + b"Content-Length: 4, 4\r\n\r\nbody", b"body", True),
        (OK + b"Content-Length: 0\r\n\r\n", b"", True),
        (OK + b"Content-Length: 4\r\nConnection: keep-alive\r\n\r\nbody", b"body", True),
        (OK + b"Content-Length: 4\r\nConnection: Close\r\n\r\nbody", b"body", False),
        (OK + b"Content-Length: 4\r\n\r\nbody and more", b"body", False),
        (OK + b"Content-Length : 4\r\n\r\nbody", b"body", False),
        (OK + b"Content-Length: 4\n\nbody", b"body", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nbody", b"body", False),
        (OK + b"\r\nto the end", b"to the end", False),
        (OK + b"Transfer-Encoding: identity\r\n\r\nto the end", b"to the end", False),
        (CHUNKED + b"2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n", b"body", True),
        (CHUNKED + b"4 ;name=x\r\nbody\r\n0\r\n\r\n", b"body", True),
        (CHUNKED + b"4\nbody\n0\n\n", b"body", False),
        (CHUNKED + b"4\r\nbody0\r\n\r\n", b"body", False),
        (b"\r\n" + OK + b"Content-Length: 4\r\n\r\nbody", b"body", False),
        (b"abc " + OK + b"Content-Length: 4\r\n\r\nbody", b"body", False),
        (b"ICY 200 OK\r\nContent-Length: 4\r\n\r\nbody", b"body", False),
        (b"HTTP/1.1 OK\r\nContent-Length: 4\r\n\r\nbody", b"body", False),
        (b"HTTP/2 200 OK\r\nContent-Length: 4\r\n\r\nbody", b"body", False),
        (OK + b"Transfer-Encoding: x\r\nContent-Length: 4\r\n\r\nbody", b"body", False),
        (CHUNKED + b"4\r\nbody\r\n0\r\nTrailer: x\r\n\r\n", b"body", False),
        (CHUNKED + b"4\r\nbody\r\n0\r\n\r\nHTTP/1.1 410 Gone", b"body", False),
        (
            OK + b"Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
            b"x",
            False,
        ),
        (b"HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\n", b"", True),
        (b"HTTP/1.1 304 Not Modified\r\n\r\n", b"", True),
        (b"HTTP/1.1 304 Not Modified\r\n\r\nbody", b"", False),
    ],
)
async def test_where_a_body_ends_and_whether_the_connection_is_reused(
    framed: bytes, body: bytes, *, reusable: bool
) -> None:
    *_, whole, may_reuse = await read(framed)
    assert (whole, may_reuse) == (body, reusable)
    *_, in_pieces, _ = await read(*(bytes([byte]) for byte in framed))
    assert in_pieces == body


@pytest.mark.parametrize(
    "length",
    [
        b"content-length: -1\r\n",
        b"Content-Length: \r\n",
        b"CONTENT-LENGTH: unknown\r\n",
        b"content-length: 5 bytes\r\n",
        b"content-length: -1\n",
        b"content-length: -1\r\ncontent-length: none\r\n",
        b"content-length: " + b"9" * 5000 + b"\r\n",
    ],
)
async def test_a_length_that_is_not_a_number_is_ignored(length: bytes) -> None:
    rest = b"here\r\n\r\ncontent-length: -1\r\nand on"
    _, _, body, reusable = await read(OK + length + b"\r\n" + rest)
    assert (body, reusable) == (rest, False)


@pytest.mark.parametrize(
    "cut",
    [
        OK + b"Content-Length: 9\r\n\r\nbody",
        CHUNKED + b"9\r\nbody",
        CHUNKED + b"4\r\nbody\r\n",
        CHUNKED + b"4\r\nbody\r\n0\r\n",
        CHUNKED + b"x\r\nbody",
        CHUNKED + b"-4\r\nbody",
        CHUNKED + b"4\r\nbodybody\r\n",
    ],
)
async def test_a_body_that_ends_early_or_is_framed_wrongly_is_a_protocol_error(cut: bytes) -> None:
    assert await failure(cut) is Failure.PROTOCOL


@pytest.mark.parametrize("page", [b"<p>hello", b"\n\n<!doctype html>\n\nhello"])
async def test_a_page_without_a_head_is_http09_on_port_80_only(page: bytes) -> None:
    reader = ResponseReader(Pieces(page), "GET", may_be_http09=True)  # type: ignore[arg-type]
    assert await reader.read_head() == (200, [])
    assert await reader.read_body() == page.lstrip(b"\n")
    assert await reader.read_body() == b""
    assert not reader.may_reuse_connection
    with pytest.raises(TransportError):
        await read(page)


@pytest.mark.parametrize("kind", [b"\x04", b"\x07"])
async def test_frames_of_http2_are_recognised(kind: bytes) -> None:
    frame = b"\0\0\x12" + kind + b"\0" + bytes(4) + b"\0\x03\0\0\0\x80"
    assert await failure(frame) is Failure.UNSUPPORTED


async def test_the_response_to_head_has_no_body() -> None:
    sent = OK + b"Content-Length: 4\r\n\r\n"
    assert (await read(sent, method="HEAD"))[2:] == (b"", True)
    assert (await read(sent + b"HTTP/1.1 410 Gone\r\n\r\n", method="HEAD"))[2:] == (b"", False)


NAMES = st.from_regex(r"[A-Za-z-]{1,9}", fullmatch=True).filter(
    lambda name: name.lower() not in ("content-length", "transfer-encoding", "connection")
)
VALUES = st.from_regex(r"[!-~]([ -~]{0,9}[!-~])?", fullmatch=True)


@given(
    st.integers(200, 599),
    st.lists(st.tuples(NAMES, VALUES), max_size=5),
    st.lists(st.binary(min_size=1, max_size=20), max_size=5),
    st.sampled_from(["content-length", "transfer-encoding"]),
)
async def test_what_h11_writes_is_read_back(
    status: int, headers: list[tuple[str, str]], parts: list[bytes], framing: str
) -> None:
    length = "chunked" if framing == "transfer-encoding" else str(sum(map(len, parts)))
    server = h11.Connection(h11.SERVER)
    server.receive_data(b"GET / HTTP/1.1\r\nHost: site.test\r\n\r\n")
    server.next_event()
    server.next_event()
    sent = [server.send(h11.Response(status_code=status, headers=[*headers, (framing, length)]))]
    if status not in (204, 304):
        sent += [server.send(h11.Data(part)) for part in parts]
        sent += [server.send(h11.EndOfMessage())]
    got = await read(b"".join(piece or b"" for piece in sent))
    assert got[0] == status
    assert [(name.decode(), value.decode()) for name, value in got[1]][: len(headers)] == [
        (name.lower(), value) for name, value in headers
    ]
    assert got[2:] == (b"" if status in (204, 304) else b"".join(parts), True)


def test_a_request_is_written_with_the_target_as_it_is() -> None:
    request = httpx.Request("GET", "https://site.test", headers={"Host": "site.test", "A": "1"})
    request.extensions["target"] = b"/it's?a=[b]"
    assert request_bytes(request) == b"GET /it's?a=[b] HTTP/1.1\r\nHost: site.test\r\nA: 1\r\n\r\n"


def test_a_request_with_content_names_its_length() -> None:
    request = httpx.Request("POST", "https://site.test", content=b"here")
    request.extensions["target"] = b"/"
    head, _, content = request_bytes(request).partition(b"\r\n\r\n")
    assert (content, b"Content-Length: 4" in head) == (b"here", True)


@pytest.mark.parametrize("value", [b"a\r\nb: c", b"a\nb", b"a\0", b"\x7f", b"\xe9"])
def test_what_must_not_be_in_a_header_is_not_sent_nor_quoted(value: bytes) -> None:
    request = httpx.Request("GET", "https://site.test", headers={b"A": value})
    request.extensions["target"] = b"/"
    with pytest.raises(TransportError) as error:
        request_bytes(request)
    assert error.value.failure is Failure.PROTOCOL
    assert value.decode("latin-1") not in error.value.detail
