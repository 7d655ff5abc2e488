"""Asking GitHub's REST API only for what changed: entity tags, and what each stands for."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Unpack

from staycurrent.links.authorities.body import json_object
from staycurrent.links.authorities.github_repository import REST, Repository, read
from staycurrent.web.response import Fetch, RequestOptions, Response

_TAG = re.compile(r'(W/)?"[!#-~]{1,200}"')


@dataclass(frozen=True, slots=True)
class Told:
    """What GitHub said of a repository, by the tag under which it would say the same again."""

    asked: str
    """`owner/name` as it was asked for; an old name leads to the present repository."""
    night: date
    etag: str
    repository: Repository


class Remembering:
    """An `Ask` that sends `If-None-Match` for repositories, and answers a 304 from memory.

    The caller sees the 200 that it would have been (RFC 9110 section 15.4.5), with the headers
    of the 304. GitHub sends no body then; it spares the quota too, but, as its documentation
    has it, only those who show a token. Any other question goes through as it is.
    """

    def __init__(
        self,
        ask: Fetch,
        api: str,
        night: date,
        *,
        known: Mapping[str, Told],
        keep: Callable[[Told], None],
    ) -> None:
        self._ask = ask
        self._repositories = f"{api}/repos/"
        self._night = night
        self._known = known
        self._keep = keep

    async def __call__(self, url: str, **how: Unpack[RequestOptions]) -> Response:
        """Ask as the one below does; see `web.answer.Ask`."""
        known = self._known.get(url.removeprefix(self._repositories))
        tag = {"if-none-match": known.etag} if known else {}
        conditional: RequestOptions = {**how, "headers": {**(how.get("headers") or {}), **tag}}
        answer = await self._ask(url, **conditional)
        if known is not None and answer.status == 304:
            return replace(answer, status=200, body=_body(known.repository))
        if how.get("method", "GET") == "GET" and url.startswith(self._repositories):
            self._note(url.removeprefix(self._repositories), answer)
        return answer

    def _note(self, asked: str, answer: Response) -> None:
        etag = answer.headers.get("etag", "")
        repository = read(json_object(answer), REST) if answer.status == 200 else None
        if repository is not None and _TAG.fullmatch(etag):
            self._keep(Told(asked, self._night, etag, repository))


def _body(known: Repository) -> bytes:
    """As much of the API's own body as is read of it."""
    pushed_at = known.pushed_at.isoformat() if known.pushed_at else None
    told = {
        REST.name: known.name,
        REST.identity: known.identity,
        REST.archived: known.archived,
        REST.disabled: known.disabled,
        REST.private: known.private,
        REST.pushed_at: pushed_at,
    }
    return json.dumps(told).encode()
