"""One answer reduced to what may be asked of it later: its reading, its print and its signs."""

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from staycurrent.links.drift import drifted, trades
from staycurrent.links.fingerprint import Fingerprint, fingerprint
from staycurrent.links.names import is_home, keeps_name
from staycurrent.links.observation import Outcome
from staycurrent.links.outcome import Reading, read
from staycurrent.links.page import READ, Kind, Page, page
from staycurrent.links.past import Past
from staycurrent.links.signs import FOR_SALE, MISSING, PARKING_MARK, SELLERS, VIEWER, VIEWER_PATH
from staycurrent.links.walls import opaque
from staycurrent.web.address import path_of
from staycurrent.web.response import Response

_TOP = frozenset(("", "top"))
_ROUTE = re.compile(r"!|/|:~:|L\d")
"""Fragments that a script or the browser itself makes sense of: routes, text, lines of code."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What a page shows that is worth a question; none of it is a verdict."""

    says_missing: bool = False
    for_sale: bool = False
    parking_mark: bool = False
    is_short: bool = False
    opaque: bool = False
    """A script stands where the words should be."""
    drifted: bool = False
    """Neither title nor text is what two good looks agreed on."""
    trades: bool = False
    breaks_promise: bool = False
    """A page where a PDF was promised, and none that shows or announces one."""


@dataclass(frozen=True, slots=True)
class Sight:
    """An answer without its body, and what was in that."""

    answer: Response
    reading: Reading
    print: Fingerprint | None = None
    """None where no page came, or where what came is a wall's and not the page's."""
    signs: Signs = Signs()

    @property
    def lost_its_way(self) -> bool:
        """It was redirected to an address in which nothing of its own name is left."""
        answer = self.answer
        return bool(answer.hops) and not (
            answer.final_url == answer.url
            or is_home(answer.url)
            or keeps_name(answer.url, answer.final_url)
        )

    @property
    def at_seller(self) -> bool:
        """It was redirected to a host where domains are sold."""
        if not self.answer.hops:
            return False
        host = urlsplit(self.answer.final_url).hostname or ""
        labels = host.split(".")
        names = {".".join(labels[n:]) for n in range(len(labels))}
        own = urlsplit(self.answer.url).hostname
        return bool(names & SELLERS) and host != own


def sight(answer: Response, past: Past, fragment: str = "") -> Sight:
    """Look at an answer against the link's past; `fragment` is noted if the page lacks it."""
    found = page(answer)
    reading = read(answer, found)
    bare = answer.without_body
    if answer.status == 304 and answer.detail and past.prints and reading.outcome is Outcome.OK:
        return Sight(bare, reading, past.prints[-1])  # the page that we have, as the server says
    if found is None or not (reading.outcome.is_success or reading.outcome.is_soft):
        return Sight(bare, reading)
    now = fingerprint(found, answer.url)
    if reading.outcome is Outcome.OK and _lacks(answer, found, fragment):
        reading = Reading(Outcome.OK, f"{reading.evidence}, no anchor #{fragment}"[:200])
    return Sight(bare, reading, now, _signs(answer, found, now, past))


def _signs(answer: Response, found: Page, now: Fingerprint, past: Past) -> Signs:
    announces = found.announces
    return Signs(
        says_missing=MISSING.search(announces) is not None,
        for_sale=FOR_SALE.search(announces) is not None,
        parking_mark=PARKING_MARK.search(found.tags) is not None,
        is_short=found.is_short,
        opaque=opaque(found),
        drifted=drifted(found, now, past),
        trades=trades(found, past.character),
        breaks_promise=_breaks_promise(answer, found, past),
    )


def _breaks_promise(answer: Response, found: Page, past: Past) -> bool:
    """A PDF was promised, by the address or by the link's past, and a plain page came.

    Not where the page shows or announces a PDF, bears the document's name in its address or
    title, or always came; nor where it has no words, which prove nothing.
    """
    if found.kind is not Kind.HTML or answer.status != 200 or not (found.words or found.scripted):
        return False
    kinds = {one.kind for one in past.prints}
    promised = path_of(answer.url).lower().endswith(".pdf") and Kind.HTML not in kinds
    if not (promised or kinds == {Kind.PDF}):
        return False
    viewed = VIEWER.search(found.tags) or VIEWER_PATH.search(f"{answer.url} {answer.final_url}")
    sent = bool(answer.hops) and keeps_name(answer.url, answer.final_url.partition("?")[0])
    return not (viewed or sent or _bears_name(answer, found))


def _bears_name(answer: Response, found: Page) -> bool:
    """Most words of the file's name stand in the title: a landing page of that document."""
    name = unquote(path_of(answer.url).rpartition("/")[2]).lower().removesuffix(".pdf")
    words = [word for word in re.split(r"[\W_]+", name) if len(word) > 2]
    title = found.heads.lower()
    return len(words) > 1 and sum(word in title for word in words) > len(words) / 2


def _lacks(answer: Response, found: Page, fragment: str) -> bool:
    """Whether a fully read page without scripts has no such anchor."""
    if fragment.lower() in _TOP or _ROUTE.match(fragment):
        return False
    if found.kind is not Kind.HTML or found.scripted:
        return False
    if answer.truncated or len(answer.body) > READ:
        return False
    name = re.escape(unquote(fragment).lower())
    anchor = rf"\b(id|name)\s*=\s*[\"']?(user-content-)?{name}(?=[\"'\s/]|$)"
    return re.search(anchor, found.tags, re.MULTILINE) is None
