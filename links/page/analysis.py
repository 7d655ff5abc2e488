"""Whether a page is still the one that was listed: its title and text against its own past."""

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from staycurrent.links.baseline import Baseline
from staycurrent.links.bot_walls import needs_scripts
from staycurrent.links.classification import Classification, classify
from staycurrent.links.moves import is_home, keeps_name
from staycurrent.links.observation import Outcome
from staycurrent.links.page.fingerprint import (
    Fingerprint,
    fingerprint,
    same_text,
    same_title,
    significant_words,
)
from staycurrent.links.page.scanner import (
    MAX_SCANNED,
    ContentKind,
    ScannedPage,
    scan_response,
    word_set,
)
from staycurrent.links.page.signals import (
    DOMAIN_SELLERS,
    FOR_SALE,
    MISSING,
    PARKING_MARKUP,
    SPAM_TRADES,
    VIEWER,
    VIEWER_PATH,
)
from staycurrent.web.address import path_of
from staycurrent.web.response import Response

_KEPT_SHARE = 0.5
_TRADES_ENOUGH = 2


def has_drifted(page: ScannedPage, now: Fingerprint, past: Baseline) -> bool:
    """Whether nothing is left of what two good looks agreed on: neither title nor text.

    A redesign keeps its name in the title, its text, or at least speaks of what it was named
    after; a page without words, or one that was never twice the same, proves nothing.
    """
    before = past.stable_fingerprint
    if before is None or not before.kind is now.kind is ContentKind.HTML:
        return False
    if same_title(before, now) or same_text(before, now):
        return False
    return not _still_named(before.title, page)


def shows_spam_trade(page: ScannedPage, before: Fingerprint | None) -> bool:
    """Whether a page deals in what hijacked domains deal in, and did not use to."""
    if before is not None and SPAM_TRADES.search(before.title.lower()):
        return False
    named = SPAM_TRADES.search(page.title_and_headings.lower()) is not None
    return named or len(_found(page)) >= _TRADES_ENOUGH


def _found(page: ScannedPage) -> set[str]:
    if not SPAM_TRADES.may_stand_in(page.visible.lower(), page.words):
        return set()
    return {match[0] for match in SPAM_TRADES.finditer(page.text.lower(), page.words)}


def _still_named(title: str, page: ScannedPage) -> bool:
    """Whether most telling words of the old title still stand somewhere in the page."""
    old = significant_words(title)
    return len(old & word_set(page.text)) > _KEPT_SHARE * len(old)


_TOP = frozenset(("", "top"))
_ROUTE = re.compile(r"!|/|:~:|L\d")
"""Fragments that a script or the browser itself makes sense of: routes, text, lines of code."""


@dataclass(frozen=True, slots=True)
class PageSignals:
    """What a page shows that is worth a question; none of it is a verdict."""

    says_missing: bool = False
    for_sale: bool = False
    parking_markup: bool = False
    is_short: bool = False
    needs_scripts: bool = False
    """A script stands where the words should be."""
    drifted: bool = False
    """Neither title nor text is what two good looks agreed on."""
    spam_trade: bool = False
    lacks_promised_pdf: bool = False
    """A page where a PDF was promised, and none that shows or announces one."""


@dataclass(frozen=True, slots=True)
class PageAnalysis:
    """An answer without its body, and what was in that."""

    response: Response
    classification: Classification
    fingerprint: Fingerprint | None = None
    """None where no page came, or where what came is a wall's and not the page's."""
    signals: PageSignals = PageSignals()

    @property
    def lost_name(self) -> bool:
        """It was redirected to an address in which nothing of its own name is left."""
        answer = self.response
        return bool(answer.hops) and not (
            answer.final_url == answer.url
            or is_home(answer.url)
            or keeps_name(answer.url, answer.final_url)
        )

    @property
    def at_domain_seller(self) -> bool:
        """It was redirected to a host where domains are sold."""
        if not self.response.hops:
            return False
        host = urlsplit(self.response.final_url).hostname or ""
        labels = host.split(".")
        names = {".".join(labels[n:]) for n in range(len(labels))}
        own = urlsplit(self.response.url).hostname
        return bool(names & DOMAIN_SELLERS) and host != own


def analyse_page(answer: Response, past: Baseline, fragment: str = "") -> PageAnalysis:
    """Look at an answer against the link's past; `fragment` is noted if the page lacks it."""
    found = scan_response(answer)
    reading = classify(answer, found)
    bare = answer.without_body
    if (
        answer.status == 304
        and answer.detail
        and past.fingerprints
        and reading.outcome is Outcome.OK
    ):
        return PageAnalysis(
            bare, reading, past.fingerprints[-1]
        )  # the page that we have, as the server says
    if found is None or not (reading.outcome.is_success or reading.outcome.is_soft):
        return PageAnalysis(bare, reading)
    now = fingerprint(found, answer.url)
    if reading.outcome is Outcome.OK and _lacks(answer, found, fragment):
        reading = Classification(Outcome.OK, f"{reading.evidence}, no anchor #{fragment}"[:200])
    return PageAnalysis(bare, reading, now, _signs(answer, found, now, past))


def _signs(answer: Response, found: ScannedPage, now: Fingerprint, past: Baseline) -> PageSignals:
    announces = found.prominent_text
    return PageSignals(
        says_missing=MISSING.search(announces) is not None,
        for_sale=FOR_SALE.search(announces) is not None,
        parking_markup=PARKING_MARKUP.search(found.tags) is not None,
        is_short=found.is_short,
        needs_scripts=needs_scripts(found),
        drifted=has_drifted(found, now, past),
        spam_trade=shows_spam_trade(found, past.stable_fingerprint),
        lacks_promised_pdf=_breaks_promise(answer, found, past),
    )


def _breaks_promise(answer: Response, found: ScannedPage, past: Baseline) -> bool:
    """A PDF was promised, by the address or by the link's past, and a plain page came.

    Not where the page shows or announces a PDF, bears the document's name in its address or
    title, or always came; nor where it has no words, which prove nothing.
    """
    if (
        found.kind is not ContentKind.HTML
        or answer.status != 200
        or not (found.words or found.has_scripts)
    ):
        return False
    kinds = {one.kind for one in past.fingerprints}
    promised = path_of(answer.url).lower().endswith(".pdf") and ContentKind.HTML not in kinds
    if not (promised or kinds == {ContentKind.PDF}):
        return False
    viewed = VIEWER.search(found.tags) or VIEWER_PATH.search(f"{answer.url} {answer.final_url}")
    sent = bool(answer.hops) and keeps_name(answer.url, answer.final_url.partition("?")[0])
    return not (viewed or sent or _bears_name(answer, found))


def _bears_name(answer: Response, found: ScannedPage) -> bool:
    """Most words of the file's name stand in the title: a landing page of that document."""
    name = unquote(path_of(answer.url).rpartition("/")[2]).lower().removesuffix(".pdf")
    words = [word for word in re.split(r"[\W_]+", name) if len(word) > 2]
    title = found.title_and_headings.lower()
    return len(words) > 1 and sum(word in title for word in words) > len(words) / 2


def _lacks(answer: Response, found: ScannedPage, fragment: str) -> bool:
    """Whether a fully read page without scripts has no such anchor."""
    if fragment.lower() in _TOP or _ROUTE.match(fragment):
        return False
    if found.kind is not ContentKind.HTML or found.has_scripts:
        return False
    if answer.truncated or len(answer.body) > MAX_SCANNED:
        return False
    name = re.escape(unquote(fragment).lower())
    anchor = rf"\b(id|name)\s*=\s*[\"']?(user-content-)?{name}(?=[\"'\s/]|$)"
    return re.search(anchor, found.tags, re.MULTILINE) is None
