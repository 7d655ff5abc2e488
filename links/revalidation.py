"""Conditional requests: fetching a page only if it changed, from servers that can be trusted."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from staycurrent.links.page.fingerprint import Baseline
from staycurrent.web.response import Response, Validators

ConditionalFetch = Callable[[str, Mapping[str, str]], Awaitable[Response]]
"""Fetches a page by its URL; the headers are sent to that URL only, not to its redirects."""

_INVENTED = {
    "if-none-match": '"made-up-by-staycurrent"',
    "if-modified-since": "Fri, 01 Jan 1971 00:00:00 GMT",
}
_ABOUT_THE_CONDITION = (400, 403, 412, 428)
"""Statuses with which servers and firewalls refuse the condition, not the page."""


class ValidatorTrust(StrEnum):
    """Whether a server's 304 can be trusted."""

    UNTRIED = "untried"
    """Not known yet."""
    PROVEN = "proven"
    """Asked with validators that it never gave, the server sent the page."""
    NONE = "none"
    """It answers 304 to anything, or refuses conditions: the page itself is fetched."""


@dataclass(frozen=True, slots=True)
class PageValidators:
    """The validators that a server gave with a page (RFC 9110 section 8.8)."""

    link: str
    run_date: date
    """Of the page with which they came."""
    etag: str | None
    last_modified: str | None
    trust: ValidatorTrust = ValidatorTrust.UNTRIED

    @property
    def headers(self) -> dict[str, str]:
        """The request headers that ask for the page only if it changed."""
        return Validators(self.etag or "", self.last_modified or "").headers

    @property
    def invented_headers(self) -> dict[str, str]:
        """The same headers with values that this page never had."""
        return {name: _INVENTED[name] for name in self.headers}


def validators_of(
    link: str, run_date: date, response: Response, trust: ValidatorTrust
) -> PageValidators | None:
    """The validators of a page that came from its own URL; None if there are none."""
    if response.status != 200 or response.failure is not None or response.hops:
        return None
    given = Validators.of(response)
    etag, last_modified = given.etag or None, given.last_modified or None
    return PageValidators(link, run_date, etag, last_modified, trust) if given else None


def usable_validators(
    known: PageValidators | None, baseline: Baseline, every: int
) -> PageValidators | None:
    """The validators to send, if any: those of the page that every check since found unchanged.

    One of `every` checks fetches the page itself, and so does the first one after anything but
    success.
    """
    if known is None or known.trust is ValidatorTrust.NONE or baseline.unchanged >= every - 1:
        return None
    return known if known.run_date == baseline.last_page_date else None


@dataclass(frozen=True, slots=True)
class Revalidator:
    """Fetches pages for their first check in a run, with conditions where these can be trusted."""

    fetch_if: ConditionalFetch
    run_date: date
    known: Mapping[str, PageValidators]
    """By the link's key."""
    keep: Callable[[PageValidators], None]
    every: int
    """One of so many checks fetches the page itself."""

    async def fetch(self, url: str, baseline: Baseline) -> Response:
        """Fetch a page; a 304 that can be trusted has its date in `detail`."""
        known = usable_validators(self.known.get(url), baseline, self.every)
        if known is None:
            return await self._unconditionally(url)
        # a server that can be trusted sends the page, as if there were no condition
        is_trial = known.trust is ValidatorTrust.UNTRIED
        response = await self.fetch_if(url, known.invented_headers if is_trial else known.headers)
        if response.status == 304 and not is_trial and not response.hops:
            return replace(response, detail=f"unchanged since {baseline.last_page_date}")
        is_false = response.status == 304 and is_trial
        if is_false:
            self.keep(replace(known, trust=ValidatorTrust.NONE))
        if is_false or response.status in _ABOUT_THE_CONDITION:
            return await self._unconditionally(url, ValidatorTrust.NONE)
        return self._kept(url, response, ValidatorTrust.PROVEN)

    async def _unconditionally(self, url: str, trust: ValidatorTrust | None = None) -> Response:
        known = self.known.get(url)
        present = known.trust if known else ValidatorTrust.UNTRIED
        return self._kept(url, await self.fetch_if(url, {}), trust or present)

    def _kept(self, url: str, response: Response, trust: ValidatorTrust) -> Response:
        if validators := validators_of(url, self.run_date, response, trust):
            self.keep(validators)
        return response
