"""A token is sent to its own API only, not again after a 401, and removed from responses."""

from typing import Unpack
from urllib.parse import quote

import pytest

from staycurrent.web.auth import TokenAuth
from staycurrent.web.response import RequestOptions, Response

TOKEN = "hf_canary+2026~/secret"
API = "https://huggingface.co/api/"


class Server:
    """A `Fetch` that echoes the token, and answers 401 to one if it `refuses`."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.refuses = refuses
        self.received: list[tuple[str, str | None]] = []

    async def __call__(self, url: str, **how: Unpack[RequestOptions]) -> Response:
        token = (how.get("headers") or {}).get("Authorization")
        self.received.append((url, token))
        echo = f"{token} {quote(token or '', safe='')}"
        status = 401 if self.refuses and token else 200
        final = f"{url}?was={quote(token or '')}"
        return Response(
            url, final, (), 0.0, status=status, headers={"x-echo": echo}, body=echo.encode()
        )


@pytest.mark.parametrize(
    ("url", "token"),
    [
        ("https://huggingface.co/api/daily_papers?week=2026-W33", True),
        ("https://huggingface.co/papers/trending", False),
        ("https://huggingface.co.evil.test/api/daily_papers", False),
        ("https://evil.test/https://huggingface.co/api/", False),
        ("https://huggingface.co@evil.test/api/", False),
        ("http://huggingface.co/api/daily_papers", False),
        ("https://huggingface.co:8443/api/daily_papers", False),
        ("https://api.github.com/search/repositories", False),
    ],
)
async def test_a_token_is_sent_only_to_its_own_api(url: str, *, token: bool) -> None:
    server = Server()
    await TokenAuth(server, {API: TOKEN})(url)
    assert server.received == [(url, f"Bearer {TOKEN}" if token else None)]


async def test_an_echoed_token_is_removed() -> None:
    response = await TokenAuth(Server(), {API: TOKEN})(f"{API}x")
    text = response.body.decode() + str(response.headers) + response.final_url
    assert "[token]" in text
    assert TOKEN not in text
    assert quote(TOKEN, safe="") not in text
    assert quote(TOKEN) not in text


async def test_a_refused_token_is_not_sent_again() -> None:
    server = Server(refuses=True)
    fetch = TokenAuth(server, {API: TOKEN})
    assert [(await fetch(f"{API}{name}")).status for name in "ab"] == [200, 200]
    assert [token is not None for _, token in server.received] == [True, False, False]


async def test_an_empty_token_is_not_sent() -> None:
    server = Server()
    await TokenAuth(server, {API: ""})(f"{API}x")
    assert server.received == [(f"{API}x", None)]


@pytest.mark.parametrize("prefix", ["huggingface.co", "http://huggingface.co/", "https://hf.co"])
def test_a_prefix_that_may_match_another_host_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="up to a slash"):
        TokenAuth(Server(), {prefix: TOKEN})
