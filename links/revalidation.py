"""Asking for a page only if it changed, and not believing servers that say so of anything."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from staycurrent.links.baseline import Baseline
from staycurrent.web.response import Response

ConditionalFetch = Callable[[str, Mapping[str, str]], Awaitable[Response]]
"""Looks at a page by its address; the headers go to that address and not where it leads."""

_TAG = re.compile(r'(W/)?"[!#-~]{1,200}"')
_DAY = re.compile(r"[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} (199|2\d\d)\d \d{2}:\d{2}:\d{2} GMT")
_MADE_UP = {
    "if-none-match": '"made-up-by-staycurrent"',
    "if-modified-since": "Fri, 01 Jan 1971 00:00:00 GMT",
}
_NOT_OF_THE_PAGE = (400, 403, 412, 428)
"""Statuses by which servers and their guards turn the condition down, not the page."""


class ValidatorTrust(StrEnum):
    """What is known of a server's word that a page has not changed."""

    UNTRIED = "untried"
    PROVEN = "proven"
    """To validators that it never gave it said that the page is another one."""
    NONE = "none"
    """It says of anything that it has not changed, or cannot be asked: the page itself tells."""


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave with a page (RFC 9110 section 8.8), as it is sent back."""

    link: str
    run_date: date
    """Of the page that they came with."""
    etag: str | None
    last_modified: str | None
    trust: ValidatorTrust = ValidatorTrust.UNTRIED

    @property
    def headers(self) -> dict[str, str]:
        """Both where both were given, as RFC 9110 section 13.1.3 and older caches want it."""
        given = {"if-none-match": self.etag, "if-modified-since": self.last_modified}
        return {name: value for name, value in given.items() if value is not None}

    @property
    def invented_headers(self) -> dict[str, str]:
        """In their place, some that this page never had."""
        return {name: _MADE_UP[name] for name in self.headers}


def validators_of(
    link: str, night: date, answer: Response, trust: ValidatorTrust
) -> Validators | None:
    """The validators of a page that came from its own address; None where there are none."""
    if answer.status != 200 or answer.failure is not None or answer.hops:
        return None
    etag = _read(_TAG, answer.headers.get("etag", ""))
    modified = _read(_DAY, answer.headers.get("last-modified", ""))
    return Validators(link, night, etag, modified, trust) if etag or modified else None


def _read(form: re.Pattern[str], written: str) -> str | None:
    found = form.fullmatch(written.strip())
    return found and found[0]


def usable_validators(known: Validators | None, past: Baseline, every: int) -> Validators | None:
    """The validators to send, if any: those of the page that all looks since found unchanged.

    Every so many looks, and wherever anything but success was seen since, the page itself is
    asked for.
    """
    if known is None or known.trust is ValidatorTrust.NONE or past.unchanged >= every - 1:
        return None
    return known if known.run_date == past.last_page_date else None


class Revalidator:
    """One night's first looks at pages; those that were well are asked whether they changed."""

    def __init__(
        self,
        ask: ConditionalFetch,
        night: date,
        *,
        known: Mapping[str, Validators],
        keep: Callable[[Validators], None],
        every: int,
    ) -> None:
        self._ask = ask
        self._night = night
        self._known = known
        self._keep = keep
        self._every = every

    async def fetch(self, url: str, past: Baseline) -> Response:
        """Look at a page; a 304 that can be believed says since when in its `detail`."""
        known = usable_validators(self._known.get(url), past, self._every)
        if known is None:
            return await self._plainly(url)
        if known.trust is ValidatorTrust.UNTRIED:
            return await self._try(url, known)
        answer = await self._ask(url, known.headers)
        if answer.status == 304 and not answer.hops:
            return replace(answer, detail=f"unchanged since {past.last_page_date}")
        return await self._believed(url, answer, ValidatorTrust.PROVEN)

    async def _try(self, url: str, known: Validators) -> Response:
        """Ask by validators that nobody gave: an honest server sends the page, as if unasked."""
        answer = await self._ask(url, known.invented_headers)
        if answer.status == 304:
            self._keep(replace(known, trust=ValidatorTrust.NONE))
            return await self._plainly(url, ValidatorTrust.NONE)
        return await self._believed(url, answer, ValidatorTrust.PROVEN)

    async def _believed(self, url: str, answer: Response, trust: ValidatorTrust) -> Response:
        """The answer, unless it may be about the condition."""
        if answer.status in _NOT_OF_THE_PAGE:
            return await self._plainly(url, ValidatorTrust.NONE)
        return self._kept(url, answer, trust)

    async def _plainly(self, url: str, trust: ValidatorTrust | None = None) -> Response:
        known = self._known.get(url)
        standing = known.trust if known else ValidatorTrust.UNTRIED
        return self._kept(url, await self._ask(url, {}), trust or standing)

    def _kept(self, url: str, answer: Response, trust: ValidatorTrust) -> Response:
        found = validators_of(url, self._night, answer, trust)
        if found is not None:
            self._keep(found)
        return answer
