"""What stands tonight, as every format of the status tells it."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from staycurrent.curated.lint import FindingKind
from staycurrent.links.observation import Freshness
from staycurrent.links.upgrade import UPGRADED
from staycurrent.links.verdict import State, Verdict
from staycurrent.reports.text import plural
from staycurrent.sources.item import Candidate
from staycurrent.warehouse.decisions import Decision
from staycurrent.warehouse.items import PullRecord
from staycurrent.warehouse.runs import Run

FILTER_TERMS: Final = (
    *State,
    *("archived", "idle", "withdrawn", "malformed"),
    *(str(Freshness.SUPERSEDED), UPGRADED),
)
"""What a command may name: verdicts, and the flags and reasons that say more than they do."""

ANY_FINDING: Final = "findings"
FAIL_ON_TERMS: Final = (
    *FILTER_TERMS,
    ANY_FINDING,
    *(kind for kind in FindingKind if kind not in FILTER_TERMS),
)
"""What a command may be asked to fail on: the same words, and kinds of findings."""


_AHEAD = 3
"""Nights that are told beforehand."""


@dataclass(frozen=True, slots=True)
class LinkRow:
    """One place of one list; places of the same address share its verdict."""

    url: str
    """Exactly as it stands in the list."""
    list: str
    line: int
    column: int
    section: tuple[str, ...]
    title: str
    verdict: Verdict
    flag: str | None
    """The flag that it may carry: `dead`, `moved`, `archived`, ...; None where it carries none."""
    kept: bool
    """A person said that no flag is wanted here."""
    held_back: bool = False
    """It died with too many others tonight: flagged from the next night on."""

    @property
    def group(self) -> str:
        """Where reports tell it: its verdict; moves that are mere upgrades apart."""
        state = self.verdict.state
        is_upgrade = state is State.MOVED and self.verdict.reason == UPGRADED
        return UPGRADED if is_upgrade else str(state)


@dataclass(frozen=True, slots=True)
class DuplicateLink:
    """One address that stands in the list under different names."""

    url: str
    list: str
    occurrences: tuple[tuple[int, str], ...]
    """Line and title of each."""


@dataclass(frozen=True, slots=True)
class FindingRow:
    """Something that is wrong with a list as a document, whatever its links answer."""

    list: str
    line: int
    """From 1."""
    column: int
    """In characters, from 1."""
    kind: FindingKind
    message: str
    """A sentence without a full stop; strangers' words in it are not made inert yet."""
    suggestion: str | None
    """What to write instead, where that is plain."""


class MaintenanceKind(StrEnum):
    """Why an order of a person wants looking after; a closed set."""

    UNMATCHED = "unmatched"
    """It covers no link."""
    UNNEEDED = "unneeded"
    """All that it covers is alive."""
    EXPIRED = "expired"
    OVERTAKEN = "overtaken"
    """The facts are others than those it was given on, so it is asked about again."""
    UNREADABLE = "unreadable"


class MaintenanceSubject(StrEnum):
    """What kind of order it is."""

    COMMENT = "comment"
    """`<!-- stay:keep -->` and its like, in a list."""
    PATTERN = "pattern"
    """An entry of `links.ignore`."""
    DECISION = "decision"
    """Made by `keep`, by an edit of the list, or in review."""


@dataclass(frozen=True, slots=True)
class MaintenanceItem:
    """An order of a person that does nothing, does too much, or has run out."""

    subject: MaintenanceSubject
    kind: MaintenanceKind
    message: str
    """What is the matter, and the mend; without a full stop."""
    text: str
    """The comment or pattern as it is written, or the address that was decided on."""
    list: str | None = None
    """Of a comment: the list that it stands in."""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Reversals:
    """The measured rate of false alarms: flags that people took back, of all ever shown."""

    shown: int
    reverted: int

    @property
    def sentence(self) -> str:
        """Without a full stop: `2 of 118 flags were taken back by people`."""
        flags = plural(self.shown, "flag")
        were = "was" if self.reverted == 1 else "were"
        return f"{self.reverted} of {flags} {were} taken back by people"


@dataclass(frozen=True, slots=True)
class Status:
    """What is known at one moment."""

    as_of: datetime
    run: Run | None
    """The latest run that ended; None before the first."""
    links: tuple[LinkRow, ...]
    candidates: tuple[Candidate, ...]
    sources: tuple[PullRecord, ...]
    duplicates: tuple[DuplicateLink, ...]
    aged_out: tuple[Candidate, ...] = ()
    """What stood the night before and nobody took or declined."""
    findings: tuple[FindingRow, ...] = ()
    """What is wrong with the lists as documents, list by list, in their order."""
    maintenance: tuple[MaintenanceItem, ...] = ()
    overrides: tuple[Decision, ...] = ()
    """What people settled and still stands, in the order of deciding."""
    reversals: Reversals = Reversals(0, 0)
    next_checks: Mapping[str, date] = field(default_factory=dict)
    """By link, the night on which it is looked at again, at the earliest."""

    @property
    def counts(self) -> Counter[State]:
        """Places by verdict."""
        return Counter(row.verdict.state for row in self.links)


def upcoming_checks(status: Status) -> str | None:
    """A sentence on how many links the next nights look at; None where nobody knows."""
    tonight = status.as_of.date()
    nights = Counter(status.next_checks.values())
    waiting = nights.pop(tonight, 0)
    told = [f"{nights[night]} on {night}" for night in sorted(nights)[:_AHEAD]]
    told += [f"{waiting} wait for their turn"] if waiting else []
    return f"Next looks: {', '.join(told)}." if told else None


def held_back(status: Status) -> str | None:
    """A sentence on what the brake holds, and how it is released; None where it holds nothing."""
    count = len({row.verdict.link for row in status.links if row.held_back})
    if not count:
        return None
    links = plural(count, "link")
    return (
        f"Held back: {links} came to be dead or insecure in one night, more than is likely. The "
        "list shows them from the next night on; `staycurrent render --release` shows them now."
    )


def failing_links(status: Status, wanted: Collection[str]) -> tuple[LinkRow, ...]:
    """Rows of one of the wanted verdicts, flags or reasons that were not kept by a person."""
    return tuple(
        row
        for row in status.links
        if not row.kept and not {row.verdict.state, row.flag, row.verdict.reason}.isdisjoint(wanted)
    )


def failing_findings(status: Status, wanted: Collection[str]) -> tuple[FindingRow, ...]:
    """Findings of the wanted kinds; `findings` wants every kind."""
    return tuple(row for row in status.findings if row.kind in wanted or ANY_FINDING in wanted)


def duplicate_links(rows: Collection[LinkRow]) -> tuple[DuplicateLink, ...]:
    """Addresses that stand under more than one name in the same list, in the list's order."""
    places: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for row in rows:
        places.setdefault((row.list, row.url), []).append((row.line, row.title))
    return tuple(
        DuplicateLink(url, name, tuple(found))
        for (name, url), found in places.items()
        if len({title.casefold() for _, title in found}) > 1
    )
