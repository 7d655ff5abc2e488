"""What later decisions need of a response: its classification, its fingerprint and its signals."""

import re
from dataclasses import dataclass, field, replace
from datetime import date
from html import unescape
from urllib.parse import unquote

from staycurrent.links.classification import Classification, classify, shows_page
from staycurrent.links.ending import announcement_note
from staycurrent.links.link import Entry
from staycurrent.links.moves import is_home, keeps_name, names_home
from staycurrent.links.observation import Outcome
from staycurrent.links.page import subject
from staycurrent.links.page.announcements import announced_by_redirect, announcement
from staycurrent.links.page.fingerprint import (
    Baseline,
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
    CLOSED,
    MISSING,
    UNATTENDED,
    VIEWER,
    VIEWER_PATH,
    PageSignals,
    sells_domains,
    signals_of,
)
from staycurrent.web.address import path_of
from staycurrent.web.response import Response

_ABOUT_DOMAINS = re.compile(
    r"(?i)\bdomain names?\b|\b(expired|parked|premium|available) domains?\b|\bregistrars?\b|"
    r"\bmarket\w* (for|of) (\S+ )?domains\b|\bdomains? (market\w*|auctions?|registration|parking)\b"
)
"""The subjects of entries whose pages may legitimately offer domains for sale."""
_SEARCH = re.compile(
    r"(?i)/(site-?|advanced-?)?(search|find|suche|recherche|b[uú]s(car|queda|ca)|cerca|ricerca|"
    r"zoeken|szukaj|hledat|s)(-?results?)?(\.\w{2,4})?/?\?|[?&](s|q|query|search|keywords?)="
)
_TOP = frozenset(("", "top"))
_ROUTE = re.compile(r"!|/|:~:|L\d")
"""Fragments for a script or for the browser itself: routes, text fragments, lines of code."""


@dataclass(frozen=True, slots=True)
class PageAnalysis:
    """A response without its body, and what the body contained."""

    response: Response
    classification: Classification
    fingerprint: Fingerprint | None = None
    """None if no page came, or if it is the page of a bot wall."""
    signals: PageSignals = field(default_factory=PageSignals)
    vocabulary: subject.Vocabulary = field(default_factory=subject.Vocabulary)
    """Empty where nothing is doubtful."""
    announced: str = ""
    """The note of the page's announcement of its end; usually empty."""

    @property
    def is_search(self) -> bool:
        """Whether it was redirected to a search, of its name as a rule."""
        url, ended = self.response.url, self.response.final_url_with_fragment
        return _SEARCH.search(ended) is not None and _SEARCH.search(url) is None

    @property
    def lost_name(self) -> bool:
        """Whether it was redirected to a URL that has nothing of its own name.

        A search for the name is not the page.
        """
        url, ended = self.response.url, self.response.final_url_with_fragment
        if not self.response.hops or self.response.final_url == url or is_home(url):
            return False
        if self.is_search:
            ended = ended.partition("?")[0]
        return not (names_home(url, ended) or keeps_name(url, ended))

    @property
    def at_domain_seller(self) -> bool:
        """Whether it was redirected from elsewhere to where domains are sold."""
        return sells_domains(self.response.final_url) and not sells_domains(self.response.url)


def analyse_page(
    response: Response,
    baseline: Baseline,
    fragment: str = "",
    entry: Entry | None = None,
    run_date: date | None = None,
) -> PageAnalysis:
    """Analyse a response, compared with the page when it was well, and with the list's `entry`.

    A `fragment` that the page lacks becomes part of the evidence. With an entry and a date, a page
    that has changed is read for an announcement of its end.
    """
    page = scan_response(response)
    classification = classify(response, page)
    outcome, bare = classification.outcome, response.without_body
    is_unchanged = response.status == 304 and response.detail and outcome is Outcome.OK
    if is_unchanged and baseline.fingerprints:
        known = baseline.fingerprints[-1]
        return PageAnalysis(bare, classification, known, announced=baseline.announced)
    if page is None or not shows_page(response, outcome):
        return PageAnalysis(bare, classification)
    if outcome is Outcome.OK and _lacks_anchor(response, page, fragment):
        evidence = f"{classification.evidence}, no anchor #{fragment}"[:200]
        classification = Classification(Outcome.OK, evidence)
    now = fingerprint(page, response.url)
    drifted = has_drifted(page, now, baseline)
    signals, said = signals_of(page), subject.Vocabulary()
    if entry is not None:
        signals, said = _compare(page, response, entry, baseline.own_title, signals)
    may_be_spam = drifted or entry is None
    is_spam = may_be_spam and subject.shows_spam_trade(page, baseline.stable_fingerprint)
    lacks_pdf = _lacks_promised_pdf(response, page, baseline)
    signals = replace(signals, drifted=drifted, spam_trade=is_spam, lacks_promised_pdf=lacks_pdf)
    announced = baseline.announced
    if entry is not None and run_date is not None and now not in baseline.fingerprints[-1:]:
        url, final_url = response.url, response.final_url
        found = announcement(page, url, entry, run_date)
        found = found or announced_by_redirect(url, final_url, entry)
        announced = announcement_note(*found) if found is not None else ""
    return PageAnalysis(bare, classification, now, signals, said, announced)


def _compare(
    page: ScannedPage, response: Response, entry: Entry, title: str, signals: PageSignals
) -> tuple[PageSignals, subject.Vocabulary]:
    """Compare a page with the entry of its link and the title that its own page had before."""
    url, final_url = response.url, response.final_url
    described = f"{entry.title}\n{entry.text}"
    if _ABOUT_DOMAINS.search(described):
        markup = signals.parking_markup and signals.is_short
        signals = replace(signals, for_sale=False, parking_markup=markup, unattended=False)
    for_sale = signals.for_sale
    address = re.sub(r"[\W_]+", " ", unquote(url))
    trade = subject.trade_of(page, described, f"{described}\n{address}\n{title}")
    crosses, head, unlike = subject.crosses_domains(url, final_url), page.title_and_headings, False
    nameless = page.kind is ContentKind.HTML and subject.is_nameless(head, url, entry)
    if crosses or trade or for_sale or nameless:  # the descriptions are only read where they matter
        head = subject.head_of(page)
    if page.kind is ContentKind.HTML:  # all words of a page are read only where it matters
        nameless = nameless and subject.is_nameless(head, url, entry)
        is_odd = nameless or bool(trade) or for_sale
        unlike = is_odd and subject.is_unlike(page, head, entry, title, is_nameless=nameless)
        nameless = nameless and unlike
    about = trade == "" and crosses and subject.is_about(page, head, final_url, url, entry, title)
    elsewhere = crosses and not about
    is_doubtful = nameless or elsewhere or for_sale or bool(trade)
    said = subject.vocabulary(page, head, url, entry) if is_doubtful else subject.Vocabulary()
    signals = replace(signals, elsewhere=elsewhere, trade=trade, unlike=unlike, nameless=nameless)
    return signals, said


def has_drifted(page: ScannedPage, now: Fingerprint, baseline: Baseline) -> bool:
    """Whether nothing is left of what two successful checks agreed on: neither title nor text.

    A redesign keeps its name in the title, or its text, or most significant words of its old
    title. A page without words, one that was closed at both checks, or one that was never twice the
    same, proves nothing.
    """
    before = baseline.stable_fingerprint
    if before is None or not before.kind is now.kind is ContentKind.HTML:
        return False
    title = before.title.lower()
    was_closed = before.is_short and (CLOSED.search(title) or UNATTENDED.search(title))
    if was_closed or same_title(before, now) or same_text(before, now):
        return False
    old = significant_words(before.title)
    return len(old & word_set(page.text)) <= len(old) / 2


def _lacks_promised_pdf(response: Response, page: ScannedPage, baseline: Baseline) -> bool:
    """Whether a plain page was sent where the URL, or the link's history, has a PDF.

    Not if the page shows or announces a PDF, links to a file of its name, has the document's name
    in its URL or title, or was always a page; nor if it has no words, because that proves nothing.
    """
    is_empty = not (page.words or page.has_scripts)
    if page.kind is not ContentKind.HTML or response.status != 200 or is_empty:
        return False
    kinds = {before.kind for before in baseline.fingerprints}
    file_name = path_of(response.url).rpartition("/")[2].lower()
    promised = file_name.endswith(".pdf") and ContentKind.HTML not in kinds
    if not promised and kinds != {ContentKind.PDF}:
        return False
    if VIEWER.search(page.tags) or VIEWER_PATH.search(f"{response.url} {response.final_url}"):
        return False
    path = path_of(response.url).lower()
    named = rf"[\"'=]([^\"'=?#\s]{{1,400}}/{re.escape(file_name)})(?=[\"'?#\s]|$)"
    if file_name and any(not file.endswith(path) for file in re.findall(named, page.tags)):
        return False
    landed = response.final_url.partition("?")[0]
    if path_of(landed).lower() != path and keeps_name(response.url, landed):
        return False
    # a viewer names the file, and a landing page has most words of its name in its title
    name = unquote(file_name)
    title = page.title_and_headings.lower()
    if promised and name in title and not MISSING.search(page.prominent_text.lower()):
        return False
    words = [word for word in re.split(r"[\W_]+", name.removesuffix(".pdf")) if len(word) > 2]
    return len(words) <= 1 or sum(word in title for word in words) <= len(words) / 2


def _lacks_anchor(response: Response, page: ScannedPage, fragment: str) -> bool:
    """Whether a fully scanned page without scripts has no such anchor."""
    names_none = fragment.lower() in _TOP or _ROUTE.match(fragment)
    if names_none or page.kind is not ContentKind.HTML or page.has_scripts:
        return False
    if response.truncated or len(response.body) > MAX_SCANNED:
        return False
    name = re.escape(unquote(fragment).lower())
    anchor = rf"\b(id|name)\s*=\s*[\"']?(user-content-)?{name}(?=[\"'\s/]|$)"
    return re.search(anchor, unescape(page.tags), re.MULTILINE) is None
