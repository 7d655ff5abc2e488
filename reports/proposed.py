"""What a pull request proposes: one row per changed line, counted, and checked against the diff."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from staycurrent.reports.boxes import key
from staycurrent.reports.counting import plural
from staycurrent.reports.status import Chore, LinkRow
from staycurrent.warehouse.items import PullRecord

_HUNK = re.compile(r"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")


class Section(StrEnum):
    """What kind of change a line is; in the order in which they are told."""

    DEAD = "dead"
    INSECURE = "insecure"
    MOVED = "moved"
    MALFORMED = "malformed"
    STALE = "stale"
    NEW = "new"
    CLEARED = "cleared"
    """Its flag goes: the link is well again, or a person said that it is fine."""
    DROPPED = "no longer proposed"
    """A candidate leaves the generated part."""
    OTHER = "other"
    """The legend, blank lines, a flag that is only written differently."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One link of a changed line, or one candidate, and why we are sure of it."""

    key: str
    """Opaque and lasting: what is said, of which link. A person's tick is remembered under it."""
    title: str
    url: str
    says: str
    """`dead`, `archived`, `new`, ...: the flag in words."""
    evidence: str
    instead: str | None = None
    """An address that could stand here."""
    snapshot: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One changed line."""

    section: Section
    list: str
    line: int | None
    """In the new list; None where the line goes."""
    before: str | None
    after: str | None
    findings: tuple[Finding, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """What the line is remembered by: its findings, or itself where it has none."""
        own = key("line", self.list, self.before or "", self.after or "")
        return tuple(one.key for one in self.findings) or (own,)


@dataclass(frozen=True, slots=True)
class Beside:
    """What is known and changes no line: told in folded sections."""

    suspect: tuple[LinkRow, ...] = ()
    blocked: tuple[LinkRow, ...] = ()
    kept: tuple[LinkRow, ...] = ()
    sources: tuple[PullRecord, ...] = ()
    chores: tuple[Chore, ...] = ()
    """Ignore rules and comments that no longer match or are no longer needed."""
    false_alarms: str = ""
    """How often flags were taken back by people so far, in a sentence; empty: not measured."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """Everything that the body of the pull request is made of."""

    rows: tuple[Row, ...]
    lists: tuple[str, ...]
    lines_of: str = ""
    """Address of the branch's files, such as `https://github.com/o/n/blob/branch`, or empty."""
    waiting: tuple[tuple[Section, int], ...] = ()
    """Lines that would change too and are left for later."""
    is_first: bool = False
    beside: Beside = Beside()


class WrongCount(Exception):
    """A bug: what the rows say is not what the diff does."""


def counts(rows: Sequence[Row]) -> list[tuple[Section, int]]:
    """Changed lines by section, in the order of telling."""
    found = Counter(row.section for row in rows)
    return [(section, found[section]) for section in Section if found[section]]


def told(counted: Sequence[tuple[Section, int]]) -> str:
    """`3 dead, 1 moved, 2 other`."""
    return ", ".join(f"{number} {section}" for section, number in counted)


def title(rows: Sequence[Row]) -> str:
    """The title of the pull request and of its commit; holds no stranger's word."""
    of_links = [one for one in counts(rows) if one[0] is not Section.OTHER]
    return f"Update links: {told(of_links or counts(rows)) or 'nothing to change'}"


def changed_lines(rows: Sequence[Row]) -> str:
    """`12 lines change`, `1 line changes`."""
    return f"{plural(len(rows), 'line')} change{'s' if len(rows) == 1 else ''}"


def check(rows: Sequence[Row], diff: str) -> None:
    """Raise WrongCount unless the rows tell every line of a unified diff, and no other.

    However the diff was aligned, what it adds beyond what it takes away must be the same.
    """
    taken, added = Counter(_side(diff, "-")), Counter(_side(diff, "+"))
    before = Counter(row.before for row in rows if row.before is not None)
    after = Counter(row.after for row in rows if row.after is not None)
    if (added - taken, taken - added) != (after - before, before - after):
        raise WrongCount(
            f"the rows tell {plural(len(rows), 'changed line')}, and the diff says otherwise; "
            "nothing was posted"
        )


def _side(diff: str, sign: str) -> Iterator[str]:
    """The lines that a unified diff takes (`-`) or adds (`+`); a header is no line."""
    old = new = 0
    for line in diff.split("\n"):
        hunk = _HUNK.match(line)
        if old <= 0 and new <= 0:
            old, new = (int(n or 1) for n in hunk.groups()) if hunk else (0, 0)
            continue
        if line.startswith("\\"):
            continue
        old, new = old - line.startswith(("-", " ")), new - line.startswith(("+", " "))
        if line.startswith(sign):
            yield from re.split(r"\r(?!$)", line[1:].removesuffix("\r"))
