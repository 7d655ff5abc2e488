"""The boxes of a pull request's body: written for each changed line, and read back when ticked."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from staycurrent.reports.model import LinkRow, MaintenanceItem
from staycurrent.reports.text import plural
from staycurrent.warehouse.items import PullRecord

_ASK = re.compile(
    r"^[ \t>]*[-*+][ \t]+\[([ xX])\].*?<!--\s*stay:ask((?:\s+[a-z2-7]{16})+)\s*-->", re.MULTILINE
)
_LINES = re.compile(r"<!--\s*stay:lines((?:\s+[a-z2-7]{16})*)\s*-->")
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"


def proposal_key(*words: str) -> str:
    """An opaque name for what is said of a link: 16 letters that no reader takes for a commit."""
    number = int.from_bytes(sha256("\n".join(words).encode("utf-8", "replace")).digest()[:10])
    return "".join(_ALPHABET[number >> 5 * place & 31] for place in range(16))


def checkbox(label: str, keys: Sequence[str]) -> str:
    """An item of a task list; `label` is inert markdown of one line."""
    return f"- [ ] {label} <!--stay:ask {' '.join(keys)}-->"


def proposed_comment(keys: Iterable[str]) -> str:
    """A hidden comment that names all that is proposed, so that a body cut short forgets none."""
    return f"<!--stay:lines {' '.join(dict.fromkeys(keys))}-->"


def ticked_keys(body: str) -> frozenset[str]:
    """Keys of the boxes that somebody ticked, however the rest of the body was edited."""
    found = _ASK.findall(body.replace("\r\n", "\n"))
    return frozenset(one for mark, keys in found if mark in "xX" for one in keys.split())


def proposed_keys(body: str) -> frozenset[str]:
    """Keys of all that a body proposes, ticked or not."""
    boxes = [keys for _, keys in _ASK.findall(body.replace("\r\n", "\n"))]
    return frozenset(one for keys in (*boxes, *_LINES.findall(body)) for one in keys.split())


_HUNK = re.compile(r"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")


class ChangeKind(StrEnum):
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
class ProposedChange:
    """One link of a changed line, or one candidate, and why we are sure of it."""

    key: str
    """Opaque and lasting: what is said, of which link. A person's tick is remembered under it."""
    title: str
    url: str
    claim: str
    """`dead`, `archived`, `new`, ...: the flag in words."""
    evidence: str
    suggestion: str | None = None
    """An address that could stand here."""
    snapshot: str | None = None


@dataclass(frozen=True, slots=True)
class ChangedLine:
    """One changed line."""

    kind: ChangeKind
    list: str
    line: int | None
    """In the new list; None where the line goes."""
    before: str | None
    after: str | None
    changes: tuple[ProposedChange, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """What the line is remembered by: its findings, or itself where it has none."""
        own = proposal_key("line", self.list, self.before or "", self.after or "")
        return tuple(one.key for one in self.changes) or (own,)


@dataclass(frozen=True, slots=True)
class PullRequestDetails:
    """What is known and changes no line: told in folded sections."""

    suspect: tuple[LinkRow, ...] = ()
    blocked: tuple[LinkRow, ...] = ()
    kept: tuple[LinkRow, ...] = ()
    sources: tuple[PullRecord, ...] = ()
    maintenance: tuple[MaintenanceItem, ...] = ()
    """Ignore rules and comments that no longer match or are no longer needed."""
    false_alarms: str = ""
    """How often flags were taken back by people so far, in a sentence; empty: not measured."""


@dataclass(frozen=True, slots=True)
class PullRequestContent:
    """Everything that the body of the pull request is made of."""

    lines: tuple[ChangedLine, ...]
    lists: tuple[str, ...]
    files_url: str = ""
    """Address of the branch's files, such as `https://github.com/o/n/blob/branch`, or empty."""
    postponed: tuple[tuple[ChangeKind, int], ...] = ()
    """Lines that would change too and are left for later."""
    is_initial: bool = False
    details: PullRequestDetails = PullRequestDetails()


class DiffMismatch(Exception):
    """A bug: what the rows say is not what the diff does."""


def count_by_kind(rows: Sequence[ChangedLine]) -> list[tuple[ChangeKind, int]]:
    """Changed lines by section, in the order of telling."""
    found = Counter(row.kind for row in rows)
    return [(section, found[section]) for section in ChangeKind if found[section]]


def counts_text(counted: Sequence[tuple[ChangeKind, int]]) -> str:
    """`3 dead, 1 moved, 2 other`."""
    return ", ".join(f"{number} {section}" for section, number in counted)


def pull_request_title(rows: Sequence[ChangedLine]) -> str:
    """The title of the pull request and of its commit; holds no stranger's word."""
    of_links = [one for one in count_by_kind(rows) if one[0] is not ChangeKind.OTHER]
    return f"Update links: {counts_text(of_links or count_by_kind(rows)) or 'nothing to change'}"


def changed_lines_text(rows: Sequence[ChangedLine]) -> str:
    """`12 lines change`, `1 line changes`."""
    return f"{plural(len(rows), 'line')} change{'s' if len(rows) == 1 else ''}"


def check_against_diff(rows: Sequence[ChangedLine], diff: str) -> None:
    """Raise WrongCount unless the rows tell every line of a unified diff, and no other.

    However the diff was aligned, what it adds beyond what it takes away must be the same.
    """
    taken, added = Counter(_side(diff, "-")), Counter(_side(diff, "+"))
    before = Counter(row.before for row in rows if row.before is not None)
    after = Counter(row.after for row in rows if row.after is not None)
    if (added - taken, taken - added) != (after - before, before - after):
        raise DiffMismatch(
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
