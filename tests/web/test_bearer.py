"""A token is shown to its own API, is given up when refused, and does not come back."""

from typing import Unpack
from urllib.parse import quote

import pytest

from staycurrent.web.auth import TokenAuth
from staycurrent.web.response import RequestOptions, Response

TOKEN = "hf_canary+2026~/secret"
API = "https://huggingface.co/api/"


class Server:
    """An Ask that says back what it was told, and refuses a token if it is asked to."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.refuses = refuses
        self.told: list[tuple[str, str | None]] = []

    async def __call__(self, url: str, **how: Unpack[RequestOptions]) -> Response:
        shown = (how.get("headers") or {}).get("Authorization")
        self.told.append((url, shown))
        echo = f"{shown} {quote(shown or '', safe='')}"
        status = 401 if self.refuses and shown else 200
        final = f"{url}?was={quote(shown or '')}"
        return Response(
            url, final, (), 0.0, status=status, headers={"x-echo": echo}, body=echo.encode()
        )


@pytest.mark.parametrize(
    ("url", "shown"),
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
async def test_only_its_own_api_is_shown_a_token(url: str, *, shown: bool) -> None:
    server = Server()
    await TokenAuth(server, {API: TOKEN})(url)
    assert server.told == [(url, f"Bearer {TOKEN}" if shown else None)]


async def test_a_token_that_is_said_back_is_struck_out() -> None:
    answer = await TokenAuth(Server(), {API: TOKEN})(f"{API}x")
    said = answer.body.decode() + str(answer.headers) + answer.final_url
    assert "[token]" in said
    assert TOKEN not in said
    assert quote(TOKEN, safe="") not in said
    assert quote(TOKEN) not in said


async def test_a_refused_token_is_given_up_and_the_question_asked_without() -> None:
    server = Server(refuses=True)
    ask = TokenAuth(server, {API: TOKEN})
    assert [(await ask(f"{API}{name}")).status for name in "ab"] == [200, 200]
    assert [shown is not None for _, shown in server.told] == [True, False, False]


async def test_no_token_is_no_header() -> None:
    server = Server()
    await TokenAuth(server, {API: ""})(f"{API}x")
    assert server.told == [(f"{API}x", None)]


@pytest.mark.parametrize("begins", ["huggingface.co", "http://huggingface.co/", "https://hf.co"])
def test_a_beginning_that_could_be_of_another_host_is_a_bug(begins: str) -> None:
    with pytest.raises(ValueError, match="up to a slash"):
        TokenAuth(Server(), {begins: TOKEN})
