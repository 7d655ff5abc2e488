"""What a link showed when it was listed: the archive's capture nearest to the date of its line.

It is asked for where a page is doubtful and no earlier check of ours saw another one.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from staycurrent.links import wayback
from staycurrent.links.link import Entry, Link
from staycurrent.links.moves import domain_of, squashed
from staycurrent.links.observation import Outcome
from staycurrent.links.page.analysis import PageAnalysis, analyse_page
from staycurrent.links.page.fingerprint import Baseline, Fingerprint, parse_fingerprint, same_page
from staycurrent.links.page.scanner import ContentKind, scan_response
from staycurrent.links.page.subject import Vocabulary, describes, head_of, trades_in, vocabulary
from staycurrent.links.providers.base import unavailable
from staycurrent.links.settings import WaybackSettings
from staycurrent.web.response import Fetch, Response

_MAX_BYTES = 1_000_000
"""Of a captured page."""
_MAX_CAPTURES = 2
"""That are read for the page of the line's time; the first one may be an error page."""
_APART = timedelta(days=60)
"""Between two of them."""
_MIN_SHARED = 3
"""Words of the old page that are on a page to which it moved."""
_MIN_NAME = 4
"""Letters of a name that an announcement has to contain."""
_ANNOUNCES = re.compile(
    r"(?i)\b(is|are) now\b|\bnow (known|called|part of)\b|\brenamed\b|\brebrand|\bmov(ed|ing) to\b|"
    r"\b(joined|joining|joins|acquired)\b|\bnew (home|name|address|site)\b|\bbec(omes?|ame)\b|"
    r"heißt jetzt|umgezogen|s['’]appelle désormais|ahora (es|somos)|更名|改名|に変更"
)
"""How an owner says that a site has another name or place now."""
_EXCERPT = 120
"""Characters before and after such words."""


class Relation(StrEnum):
    """How a page is related to what its link showed before."""

    SAME = "same"
    RELATED = "related"
    """It shares more words with it than by chance."""
    UNKNOWN = "unknown"
    UNRELATED = "unrelated"
    """Nothing is left of it."""


@dataclass(frozen=True, slots=True)
class FormerPage:
    """The page that the archive has of the time in which a link was listed."""

    link: str
    """The link's key."""
    run_date: date
    """When the archive was asked."""
    captured_at: datetime | None = None
    """None: it has no capture of content."""
    title: str = ""
    fingerprint: str = ""
    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    trades: frozenset[str] = frozenset()
    """The trades of usurpers whose words are on it."""
    is_about: bool = False
    """Whether it is about what the entry describes."""
    announcement: str = ""
    """What the last capture announces about a new name or address; empty if not requested."""

    @property
    def captured_on(self) -> date | None:
        """The date of the capture."""
        return self.captured_at.date() if self.captured_at else None

    @property
    def evidence(self) -> str:
        """What it showed, in words that a person can check."""
        title = self.title.replace('"', "'")[:60].strip()
        return f'the archive\'s capture of {self.captured_on} showed "{title}"'

    def relation(self, analysis: PageAnalysis) -> Relation:
        """How a page of the link is related to this one."""
        ours, theirs = analysis.fingerprint, parse_fingerprint(self.fingerprint)
        if self.captured_at is None or ours is None or theirs is None:
            return Relation.UNKNOWN
        if same_page(ours, theirs):
            return Relation.SAME
        if analysis.vocabulary.is_related(self.vocabulary) or self._has_title_of(ours):
            return Relation.RELATED
        is_empty = analysis.vocabulary.has_nothing_of(self.vocabulary)
        is_known = is_empty and not analysis.signals.needs_scripts
        return Relation.UNRELATED if is_known else Relation.UNKNOWN

    def leads_to(self, analysis: PageAnalysis) -> bool:
        """Whether a redirect's end has the same owner, or continues the same subject.

        By an author or a repository that both pages name, by the title, by a word of the name or of
        a head next to others, or because the old page announced it.
        """
        shown, before, now = analysis.vocabulary, self.vocabulary, analysis.fingerprint
        if self.captured_at is None or self.trades or now is None:
            return False
        name = squashed(domain_of(analysis.response.final_url).partition(".")[0])
        is_announced = len(name) >= _MIN_NAME and name in squashed(self.announcement)
        is_near = bool(shown.head & before.words) or bool(before.head & shown.words)
        is_named = bool(shown.names & before.names) and bool(shown.words & before.words)
        is_related = is_near and shown.is_related(before, _MIN_SHARED)
        is_same = is_related or is_named or self._has_title_of(now)
        return is_announced or is_same or bool(shown.origins & before.origins)

    def _has_title_of(self, other: Fingerprint) -> bool:
        """Whether both have one title, which is more than a name; such a one need not be ASCII."""
        is_more = bool(self.vocabulary.head) or not self.title.isascii()
        return bool(self.title) and is_more and other.title == self.title


def read_capture(response: Response, link: Link, entry: Entry, run_date: date) -> FormerPage | None:
    """The page of a capture that was sent as it was (`id_`); None for anything but content.

    The archive keeps the status that it was sent: pages that say "not found" come with 200.
    """
    if response.failure is not None or response.status != 200 or response.hops:
        return None
    own = replace(response, url=link.key, final_url=link.key)
    page, analysis = scan_response(own), analyse_page(own, Baseline(), "", entry)
    signals = analysis.signals
    if page is None or page.kind is not ContentKind.HTML:
        return None
    head = head_of(page)
    is_about = describes(page, head, link.key, entry)
    is_parked = signals.parking_markup or (signals.for_sale and signals.is_short)
    is_wall = signals.speaks_of_robots and not is_about
    is_other = is_parked or is_wall or signals.says_missing or signals.says_closed
    if is_other or analysis.classification.outcome is not Outcome.OK:
        return None
    said = _ANNOUNCES.search(page.text)
    excerpt = page.text[max(0, said.start() - _EXCERPT) : said.end() + _EXCERPT] if said else ""
    return FormerPage(
        link.key,
        run_date,
        title=page.title or next(iter(page.headings), ""),
        fingerprint=str(analysis.fingerprint),
        vocabulary=vocabulary(page, head, link.key, entry),
        trades=frozenset(trades_in(f"{page.title_and_headings}\n{page.text}")),
        is_about=is_about,
        announcement=excerpt,
    )


@dataclass(slots=True)
class FormerPageLookup:
    """Asks the archive, a few times in a run, and keeps every answer; used for one run."""

    ask: Fetch
    settings: WaybackSettings
    now: Callable[[], datetime]
    run_date: date
    read: Callable[[str], FormerPage | None]
    """The last answer that was kept, by the link's key."""
    keep: Callable[[FormerPage], None]
    line_date: Callable[[Link], Awaitable[date | None]]
    """When a link was listed; None if that is not known, and then nothing is asked."""
    entries: Mapping[str, Entry]
    """What the lists say of a link, by its key."""
    asked: int = 0
    note: str = ""
    """Why no more are asked; empty if there is no reason."""
    _began: datetime | None = None
    _vain: int = field(default=0)
    """Unusable answers in a row."""

    async def of_link(
        self, link: Link, registered: date | None, analysis: PageAnalysis, baseline: Baseline
    ) -> FormerPage | None:
        """What a doubtful link showed, from before or asked now; None if it is not known.

        `registered` is since when its domain is, if that is after the line. Where it is redirected
        for good, the last page of its own may say where it went.
        """
        before, entry = self.read(link.key), self.entries.get(link.key)
        if baseline.fingerprints:  # what we saw ourselves is worth more than a capture
            return before
        settled = timedelta(days=self.settings.settled_for_days)
        if before and (before.captured_at or self.run_date - before.run_date < settled):
            return before
        if entry is None or not wayback.is_archivable(link) or not self._may_ask():
            return None
        moved = analysis.signals.elsewhere and analysis.response.is_permanent_redirect
        line = await self.line_date(link)
        return await self._find(link, entry, line, registered, moved=moved) if line else None

    async def _find(
        self, link: Link, entry: Entry, line: date, registered: date | None, *, moved: bool
    ) -> FormerPage | None:
        """What is found, and kept unless a question that is left could not be asked."""
        times = await self._times(link, line)
        if times is None:
            return None
        day = datetime.combine(line, time(12), UTC)
        until = datetime.combine(registered, time(), UTC) if registered else self.now()
        nearest = sorted((one for one in times if one < until), key=lambda one: abs(one - day))
        found, read = FormerPage(link.key, self.run_date), list[datetime]()
        for taken_at in nearest:
            if any(abs(taken_at - one) < _APART for one in read):
                continue
            if len(read) == _MAX_CAPTURES or found.captured_at is not None:
                break
            response = await self._request(wayback.capture_url(link.key, taken_at))
            if response is None:
                return None
            read.append(taken_at)
            if shown := read_capture(response, link, entry, self.run_date):
                found = replace(shown, captured_at=taken_at)
        last = max(times, default=None)
        if moved and found.is_about and last and last not in read:
            response = await self._request(wayback.capture_url(link.key, last))
            if response is None:
                return found  # in this run it shows whose page it was
            shown = read_capture(response, link, entry, self.run_date)
            found = replace(found, announcement=shown.announcement if shown else "")
        self.keep(found)
        return found

    async def _times(self, link: Link, line: date) -> tuple[datetime, ...] | None:
        """When there are good captures; None if the archive gave no usable answer."""
        since = datetime.combine(line - timedelta(days=10 * 365), time(), UTC)
        api, now = self.settings.api, self.now()
        for query in wayback.captures_near_query_urls(api, link.key, line, now):
            response = await self._request(query)
            if response is None:
                return None
            found = wayback.parse_index_response(response, link.key, self.now(), since)
            if found.reason:
                self._vain += 1
                return None
            self._vain = 0
            if found.result is not wayback.LookupResult.NOTHING:
                return found.times
        return ()

    async def _request(self, url: str) -> Response | None:
        """An answer of the archive; None if there is none, or no question is left."""
        if not self._may_ask():
            return None
        self.asked += 1
        response = await self.ask(url, follow_redirects=False, body_bytes=_MAX_BYTES)
        if reply := unavailable(response):
            self._vain += 1
            is_capture = not url.startswith(self.settings.api)
            if reply.stop and not (is_capture and response.status == 503):  # of this one alone
                self.note = f"the archive {reply.reason}"
            return None
        return response

    def _may_ask(self) -> bool:
        self._began = self._began or self.now()
        settings = self.settings
        if self.note:
            return False
        if self.asked >= settings.former_per_run:
            self.note = f"only {settings.former_per_run} questions a run"
        elif self._vain >= settings.patience:
            self.note = f"{self._vain} answers of the archive in a row that cannot be used"
        elif (self.now() - self._began).total_seconds() >= settings.budget_s:
            self.note = f"out of time after {settings.budget_s:g} s"
        return settings.enabled and not self.note
