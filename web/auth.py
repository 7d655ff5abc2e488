"""API tokens: each is sent only to its own API, and not again once it was refused."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Unpack
from urllib.parse import quote

from staycurrent.web.response import Fetch, RequestOptions, Response


class TokenAuth:
    """A `Fetch` that adds `Authorization: Bearer` to requests to certain URLs.

    `tokens` are keyed by URL prefix: scheme, host and path up to a slash, as in
    `https://huggingface.co/api/`; an empty token counts as none. After a 401 the request is sent
    again without the token, because an expired token must not lock us out of public data. If an
    API sends the token back, it is removed from the response. Redirects are not followed, as the
    token could be part of their URL.
    """

    def __init__(self, fetch: Fetch, tokens: Mapping[str, str]) -> None:
        if not all(url.startswith("https://") and url.endswith("/") for url in tokens):
            raise ValueError("a token is for the beginning of an https address, up to a slash")
        self._fetch = fetch
        self._tokens = {prefix: token for prefix, token in tokens.items() if token}
        self._refused: set[str] = set()

    async def __call__(self, url: str, **options: Unpack[RequestOptions]) -> Response:
        """As `Fetch`, with the token if `url` begins with one of the prefixes."""
        prefix = next((prefix for prefix in self._tokens if url.startswith(prefix)), None)
        if prefix is None:
            return await self._fetch(url, **options)
        token = self._tokens[prefix]
        options["follow_redirects"] = False
        if prefix not in self._refused:
            headers = {**(options.get("headers") or {}), "Authorization": f"Bearer {token}"}
            with_token: RequestOptions = {**options, "headers": headers}
            response = await self._fetch(url, **with_token)
            if response.status != 401:
                return _without_token(response, token)
            self._refused.add(prefix)
        return _without_token(await self._fetch(url, **options), token)


def _without_token(response: Response, token: str) -> Response:
    """The response with the token replaced wherever the server repeated it."""
    spellings = (token, quote(token, safe=""), quote(token))

    def remove(text: str) -> str:
        for spelling in spellings:
            text = text.replace(spelling, "[token]")
        return text

    body = response.body
    for spelling in spellings:
        body = body.replace(spelling.encode(), b"[token]")
    headers = {name: remove(value) for name, value in response.headers.items()}
    return replace(response, final_url=remove(response.final_url), headers=headers, body=body)
