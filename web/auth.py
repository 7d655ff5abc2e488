"""Tokens, each shown only to the API that it is for, and not again once it was refused."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Unpack
from urllib.parse import quote

from staycurrent.web.response import Fetch, RequestOptions, Response

_HIDDEN = "[token]"


class TokenAuth:
    """An `Ask` over another; `tokens` are by the beginning of the addresses that they are for.

    A beginning names scheme, host and path, as in `https://huggingface.co/api/`; an empty token
    is none. A 401 is asked again without the token: one that has expired must not close what is
    open to everybody. Should an API send a token back, it does not get past here: it is struck
    out of the answer, and no redirect is followed, which could carry it on in an address.
    """

    def __init__(self, ask: Fetch, tokens: Mapping[str, str]) -> None:
        if not all(begins.startswith("https://") and begins.endswith("/") for begins in tokens):
            raise ValueError("a token is for the beginning of an https address, up to a slash")
        self._ask = ask
        self._tokens = {begins: token for begins, token in tokens.items() if token}
        self._refused: set[str] = set()

    async def __call__(self, url: str, **how: Unpack[RequestOptions]) -> Response:
        """Ask as `web.answer.Ask` does, with the token where the address is one of its own."""
        begins = next((one for one in self._tokens if url.startswith(one)), None)
        if begins is None:
            return await self._ask(url, **how)
        token = self._tokens[begins]
        plain: RequestOptions = {**how, "follow_redirects": False}
        if begins not in self._refused:
            headers = {**(how.get("headers") or {}), "Authorization": f"Bearer {token}"}
            shown: RequestOptions = {**plain, "headers": headers}
            answer = await self._ask(url, **shown)
            if answer.status != 401:
                return _without(answer, token)
            self._refused.add(begins)
        return _without(await self._ask(url, **plain), token)


def _without(answer: Response, token: str) -> Response:
    """The answer with the token struck out wherever the server may have repeated it."""
    spellings = (token, quote(token, safe=""), quote(token))

    def struck(text: str) -> str:
        for one in spellings:
            text = text.replace(one, _HIDDEN)
        return text

    body = answer.body
    for one in spellings:
        body = body.replace(one.encode(), _HIDDEN.encode())
    headers = {name: struck(value) for name, value in answer.headers.items()}
    return replace(answer, final_url=struck(answer.final_url), headers=headers, body=body)
