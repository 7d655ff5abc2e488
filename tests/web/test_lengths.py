"""A `Content-Length` that is no number: the end of the connection is the end of the page."""

import time
from collections.abc import Iterable, Iterator

import pytest

from staycurrent.web.client import Client
from staycurrent.web.response import Failure, Response
from staycurrent.web.settings import WebSettings
from staycurrent.web.transport import Transport
from tests.support.network import listening
from tests.support.web_server import NETWORK, impatient

EVIL = "127.64.0.11"
OK = b"HTTP/1.1 200 OK\r\n"
BODY = b"\r\nhere\r\n\r\ncontent-length: -1\r\nand on"
HERE = b"here\r\n\r\ncontent-length: -1\r\nand on"


def slowly(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Far enough apart that each is read by itself."""
    for piece in pieces:
        yield piece
        time.sleep(0.1)


async def asked(*pieces: bytes) -> Response:
    with listening(lambda: slowly(pieces), EVIL) as heard:
        own = WebSettings(allow_networks=(NETWORK,), timeout_s=impatient().timeout_s, pause_s=0)
        web = Client(own, transport=Transport(own), resolver=Nobody())
        return await web.request(f"http://{EVIL}:{heard.port}/")


class Nobody:
    """No name is asked for."""

    async def resolve(self, host: str) -> tuple[str, ...]:
        raise AssertionError(host)


@pytest.mark.parametrize(
    "length",
    [
        b"content-length: -1\r\n",
        b"Content-Length: \r\n",
        b"CONTENT-LENGTH: unknown\r\n",
        b"content-length: 5 bytes\r\n",
        b"content-length: -1\n",
        b"content-length: -1\r\ncontent-length: none\r\n",
    ],
)
async def test_a_length_that_is_none_is_read_past(length: bytes) -> None:
    answer = await asked(OK + length + BODY)
    assert (answer.status, answer.body, answer.truncated) == (200, HERE, False)


async def test_it_is_read_past_in_a_piece_of_its_own_too() -> None:
    answer = await asked(OK, b"content-length: -1\r\n", BODY)
    assert (answer.status, answer.body) == (200, HERE)


async def test_a_length_that_is_one_is_obeyed() -> None:
    answer = await asked(OK + b"content-length: 4\r\n" + BODY)
    assert answer.body == b"here"


@pytest.mark.parametrize(
    "lengths", [b"content-length: 4, 9\r\n", b"content-length: 4\r\ncontent-length: 9\r\n"]
)
async def test_lengths_that_contradict_each_other_are_no_answer(lengths: bytes) -> None:
    assert (await asked(OK + lengths + BODY)).failure is Failure.PROTOCOL
