"""The status of links, documents and feeds at one moment: the model of every report."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from staycurrent.curated.lint import FindingKind, own_name
from staycurrent.links.ending import Ending
from staycurrent.links.moves import HTTPS_UPGRADE
from staycurrent.links.verdict import Verdict, VerdictState, is_failing
from staycurrent.reports.text import ANY_FINDING, plural, sanitise
from staycurrent.web.address import host_of

if TYPE_CHECKING:  # DuckDB is slow to import, and `lint --offline` needs it only with a history
    from staycurrent.sources.item import Candidate
    from staycurrent.warehouse.items import PullRecord
    from staycurrent.warehouse.overrides import Override
    from staycurrent.warehouse.runs import Run

_DATES_AHEAD = 3


class Row:
    """Something at a place of a list."""

    __slots__ = ()
    list: str
    line: int
    """From 1."""
    column: int
    """In characters, from 1."""

    @property
    def place(self) -> tuple[str, int, int]:
        """List, line and column."""
        return self.list, self.line, self.column

    @property
    def position(self) -> str:
        """`FILE:LINE:COLUMN`, sanitised."""
        return f"{sanitise(self.list)}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class LinkRow(Row):
    """One occurrence of a link in a list; occurrences of the same address share its verdict."""

    url: str
    """Exactly as written in the list."""
    list: str
    line: int
    column: int
    section: tuple[str, ...]
    title: str
    verdict: Verdict
    flag: str | None
    """The flag that it may carry: `dead`, `moved`, `archived`, ...; None if it carries none."""
    kept: bool
    """A person decided that it is not flagged."""
    held_back: bool = False
    """It failed together with too many others: it is flagged from the next run on."""
    evidence: str = ""
    """What adds to the reason: `last push 2021-03-04`, `htps: is not a scheme`; not sanitised."""

    @property
    def shown_flag(self) -> str:
        """The flag that the list shows; empty if it shows none."""
        return self.flag if self.flag and not self.kept else ""

    @property
    def terms(self) -> frozenset[str | None]:
        """What people select it by: its verdict, its flag and its reason."""
        return frozenset((self.verdict.state, self.flag, self.verdict.reason))

    @property
    def is_upgrade(self) -> bool:
        """It moved from http to https, and nothing else changed."""
        return self.verdict.state is VerdictState.MOVED and self.verdict.reason == HTTPS_UPGRADE


@dataclass(frozen=True, slots=True)
class DuplicateLink:
    """One address that occurs in a list under different titles."""

    url: str
    list: str
    occurrences: tuple[tuple[int, str], ...]
    """Line and title of each."""


@dataclass(frozen=True, slots=True)
class EndingRow:
    """One occurrence of a link that is about to end."""

    row: LinkRow
    ending: Ending
    archive: str | None
    """URL of a snapshot, if one is known."""


@dataclass(frozen=True, slots=True)
class FindingRow(Row):
    """A problem of a list as a document, whatever the state of its links."""

    list: str
    line: int
    column: int
    kind: FindingKind
    subject: str
    """What the list has there: a URL, a label, a heading; empty for the list as a whole."""
    message: str
    """A sentence without a full stop; not sanitised."""
    suggestion: str | None
    """What to write instead, if it is known."""


class MaintenanceKind(StrEnum):
    """Why something that a person wrote needs maintenance; a closed set."""

    UNMATCHED = "unmatched"
    """It applies to no link."""
    UNNEEDED = "unneeded"
    """Every link that it applies to is alive."""
    EXPIRED = "expired"
    OVERTAKEN = "overtaken"
    """The facts have changed since, so the question is asked again."""
    UNREADABLE = "unreadable"


class MaintenanceSubject(StrEnum):
    """What needs maintenance; a closed set."""

    COMMENT = "comment"
    """`<!-- stay:keep -->` and the like, in a list."""
    PATTERN = "pattern"
    """An entry of `links.ignore`."""
    OVERRIDE = "override"
    """Made by `keep` or `decline`, by an edit of the list, or in a review."""


@dataclass(frozen=True, slots=True)
class MaintenanceItem:
    """Something that a person wrote and that has no effect, too much effect, or has expired."""

    subject: MaintenanceSubject
    kind: MaintenanceKind
    message: str
    """The problem and how to fix it; without a full stop."""
    text: str
    """The comment or pattern as written, or the URL of the override."""
    list: str | None = None
    """Of a comment: the list that contains it."""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Reversals:
    """The measured rate of false alarms: how many of the reviewed flags people reverted.

    A flag is reviewed once a later run has found it in the list, or a person has reverted it, be it
    in a pull request that is not merged yet.
    """

    shown: int
    reverted: int

    @property
    def sentence(self) -> str:
        """Without a full stop: `2 of 118 reviewed flags were reverted by people`."""
        flags = plural(self.shown, "reviewed flag")
        were = "was" if 1 in (self.shown, self.reverted) else "were"
        return f"{self.reverted} of {flags} {were} reverted by people"


@dataclass(frozen=True, slots=True)
class SubjectRow:
    """What candidates are chosen by, and what to change where nothing can be offered."""

    about: tuple[str, ...]
    """`candidates.about`, else the titles of the lists; not sanitised, as `names`."""
    is_set: bool
    """Whether `about` comes from the settings."""
    names: tuple[str, ...] = ()
    """Phrases of the entries that name the subject; empty before the first pull."""
    pulled: bool = False
    problem: str = ""
    """Why nothing can be offered, and what to set; without a full stop."""

    @property
    def sentence(self) -> str:
        """Without a full stop: `"Awesome Bees" (title); entries name it as "honey bees"`."""
        if not self.about:
            said = "the list has no title"
        else:
            origin = "candidates.about" if self.is_set else "title"
            said = f"{_quoted(self.about)} ({origin})"
        if self.names:
            return f"{said}; its entries name it as {_quoted(self.names)}"
        return f"{said}; no phrase is in a tenth of its entries" if self.pulled else said

    @property
    def advice(self) -> str:
        """What to do about it, without a full stop."""
        if self.problem:
            return self.problem
        example = ", ".join(f'"{name}"' for name in self.names[:2]) or '"..."'
        if not self.about:
            return f"say what it is about in staycurrent.toml, [candidates] about = [{example}]"
        return "" if self.is_set else "to say it better, set about = [...] under [candidates]"


def _quoted(phrases: Collection[str]) -> str:
    return ", ".join(f'"{phrase}"' for phrase in phrases)


@dataclass(frozen=True, slots=True)
class Status:
    """What is known at one moment."""

    as_of: datetime
    run: "Run | None"
    """The latest finished run; None before the first."""
    links: tuple[LinkRow, ...]
    candidates: "tuple[Candidate, ...]"
    sources: "tuple[PullRecord, ...]"
    duplicates: tuple[DuplicateLink, ...]
    aged_out: "tuple[Candidate, ...]" = ()
    """Candidates of the run before that expired without being accepted or declined."""
    findings: tuple[FindingRow, ...] = ()
    """Problems of the lists as documents, list by list, in their order."""
    maintenance: tuple[MaintenanceItem, ...] = ()
    overrides: "tuple[Override, ...]" = ()
    """Decisions of people that are in force, oldest first."""
    reversals: Reversals = Reversals(0, 0)
    next_checks: Mapping[str, date] = field(default_factory=dict)
    """By link: the date of its next check, at the earliest."""
    endings: tuple[EndingRow, ...] = ()
    """What is about to end, the nearest end first; these links have no flag for it."""
    subject: SubjectRow | None = None
    """None where no feed is enabled, or only some links are shown."""
    lists: tuple[str, ...] = ()
    """The names of all lists, with those that have no link."""

    @property
    def counts(self) -> Counter[VerdictState]:
        """Numbers of occurrences by verdict."""
        return Counter(row.verdict.state for row in self.links)


def selected(status: Status, verdicts: Collection[str], host: str | None) -> Status:
    """What concerns the links with one of these verdicts, flags or reasons, and on this host.

    No verdict: any; None: any host. Candidates have a host but no verdict; feeds and what concerns
    a list as a whole have neither.
    """
    if not verdicts and host is None:
        return status
    rows = tuple(
        row
        for row in status.links
        if (not verdicts or not row.terms.isdisjoint(verdicts)) and host in (None, host_of(row.url))
    )
    links = {url for row in rows for url in (row.url, row.verdict.link)}
    places = {row.place for row in rows}
    lines = {(row.list, row.line) for row in rows}
    candidates = () if verdicts else status.candidates
    return replace(
        status,
        links=rows,
        candidates=tuple(one for one in candidates if host_of(one.url) == host),
        sources=(),
        duplicates=tuple(one for one in status.duplicates if one.url in links),
        aged_out=(),
        findings=tuple(one for one in status.findings if one.place in places),
        maintenance=tuple(
            one
            for one in status.maintenance
            if (one.list, one.line) in lines or (one.list is None and one.text in links)
        ),
        overrides=tuple(one for one in status.overrides if one.url in links),
        reversals=Reversals(0, 0),
        next_checks={link: day for link, day in status.next_checks.items() if link in links},
        endings=tuple(one for one in status.endings if one.row.place in places),
        subject=None,
    )


@dataclass(frozen=True, slots=True)
class FlagDifference:
    """A link whose flag a run changed."""

    row: LinkRow
    before: str
    """The flag; empty: none."""
    now: str


def flag_changes(before: Status, current: Status) -> tuple[FlagDifference, ...]:
    """The flags that differ, in the order of the lists.

    Of a link that a list has several times under one title, one use may be kept: they correspond
    in their order.
    """
    earlier: defaultdict[tuple[str, str, str], list[str]] = defaultdict(list)
    for row in reversed(before.links):
        earlier[row.list, row.url, row.title].append(row.shown_flag)
    found = []
    for row in current.links:
        flags = earlier[row.list, row.url, row.title]
        flag = flags.pop() if flags else ""
        if flag != row.shown_flag:
            found.append(FlagDifference(row, flag, row.shown_flag))
    return tuple(found)


def upcoming_checks(status: Status) -> str | None:
    """A sentence on how many links will be checked when; None if it is not known."""
    dates = Counter(status.next_checks.values())
    due = dates.pop(status.as_of.date(), 0)
    parts = [f"{dates[day]} on {day}" for day in sorted(dates)[:_DATES_AHEAD]]
    if due:
        parts.append(f"{due} due now")
    return f"Next checks: {', '.join(parts)}." if parts else None


def held_back(status: Status) -> str | None:
    """A sentence on what the anomaly guard holds back and how to release it, or None."""
    count = len({row.verdict.link for row in status.links if row.held_back})
    if not count:
        return None
    return (
        f"Held back: {plural(count, 'link')} became dead, usurped or insecure in a single run, "
        "more than is plausible. The list shows them from the next run on; "
        "`staycurrent render --release` shows them now."
    )


def failing_links(status: Status, terms: Collection[str]) -> tuple[LinkRow, ...]:
    """Rows with one of these verdicts, flags or reasons, without those that a person keeps."""
    return tuple(row for row in status.links if not row.kept and not row.terms.isdisjoint(terms))


def failing_findings(status: Status, terms: Collection[str]) -> tuple[FindingRow, ...]:
    """Findings of these kinds; `findings` stands for every kind."""
    return tuple(row for row in status.findings if row.kind in terms or ANY_FINDING in terms)


def findings_beyond_links(status: Status) -> tuple[FindingRow, ...]:
    """Findings that the rows of the links do not answer, as they do malformed URLs.

    Whether https works is known of a link that moved to it, and no question of one that fails.
    """
    answered = {
        row.place
        for row in status.links
        if row.verdict.state is VerdictState.REFUSED
        or row.verdict.reason == HTTPS_UPGRADE
        or is_failing(row.verdict)
    }
    kinds = (FindingKind.MALFORMED, FindingKind.PLAIN_HTTP)
    return tuple(
        row for row in status.findings if row.kind not in kinds or row.place not in answered
    )


def duplicate_links(rows: Collection[LinkRow]) -> tuple[DuplicateLink, ...]:
    """Addresses that occur under more than one title in the same list, in the list's order."""
    occurrences: defaultdict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
    for row in (row for row in rows if row.url):
        occurrences[row.list, row.url].append((row.line, row.title))
    return tuple(
        DuplicateLink(url, name, tuple(found))
        for (name, url), found in occurrences.items()
        if len({own_name(title, url) for _, title in found} - {""}) > 1
    )
