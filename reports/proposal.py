"""What a pull request proposes, line by line, checked against its diff; and its checkboxes."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from staycurrent.links.verdict import FlagState
from staycurrent.reports.model import Status
from staycurrent.reports.text import plural

_CHECKBOX = re.compile(
    r"^[ \t>]*[-*+][ \t]+\[([ xX])\].*?<!--\s*stay:ask((?:\s+[a-z2-7]{16})+)\s*-->", re.MULTILINE
)
_PROPOSED = re.compile(r"<!--\s*stay:lines((?:\s+[a-z2-7]{16})*)\s*-->")
_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
_HUNK = re.compile(r"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")


class ChangeKind(StrEnum):
    """What a changed line does; in the order of the pull request's sections."""

    DEAD = "dead"
    USURPED = "usurped"
    INSECURE = "insecure"
    MOVED = "moved"
    MALFORMED = "malformed"
    STALE = "stale"
    NEW = "new"
    CLEARED = "cleared"
    """The flag is removed: the link works again, or a person keeps it."""
    DROPPED = "no longer proposed"
    """A candidate leaves the generated section."""
    OTHER = "other"
    """The legend, blank lines, a flag that is only written differently."""


@dataclass(frozen=True, slots=True)
class ProposedChange:
    """One link of a changed line, or one candidate, and the evidence."""

    key: str
    """Opaque and stable: identifies the claim about the link. A ticked box is recorded by it."""
    title: str
    url: str
    claim: str
    """The flag in words: `dead`, `archived`, `new`, ..."""
    evidence: str
    suggestion: str | None = None
    """A URL that could replace this one."""
    snapshot: str | None = None
    is_listed: bool = False
    """Whether the list has the flag or the candidate already, and it is written differently."""


@dataclass(frozen=True, slots=True)
class ChangedLine:
    """One line that the pull request adds, changes or removes."""

    kind: ChangeKind
    list: str
    line: int | None
    """Number in the new list; None for a removed line."""
    before: str | None
    after: str | None
    changes: tuple[ProposedChange, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """Identify the line: the keys of its changes, and its own if it makes no new claim."""
        keys = tuple(one.key for one in self.changes)
        if not self.makes_no_claim:
            return keys
        return (*keys, proposal_key("line", self.list, self.before or "", self.after or ""))

    @property
    def marks_new_entry(self) -> bool:
        """Whether it only marks entries that were candidates as new."""
        return bool(self.changes) and all(one.claim == FlagState.NEW for one in self.changes)

    @property
    def makes_no_claim(self) -> bool:
        """Whether it only writes differently what the list has already."""
        return all(one.is_listed for one in self.changes)


@dataclass(frozen=True, slots=True)
class Notes:
    """What people wrote into the body of the pull request; it stays when the body is refreshed."""

    above: str = ""
    below: str = ""


@dataclass(frozen=True, slots=True)
class PullRequestContent:
    """Everything that the body of a pull request shows."""

    lines: tuple[ChangedLine, ...] = ()
    lists: tuple[str, ...] = ()
    files_url: str = ""
    """Address of the commit's files, such as `https://github.com/o/n/blob/COMMIT`, or empty."""
    postponed: tuple[tuple[ChangeKind, int], ...] = ()
    """Numbers of lines that would change too and are left for the next pull request."""
    is_initial: bool = False
    status: Status | None = None
    """Of the lists: what changes no line is shown in collapsed sections."""
    title_prefix: str = ""
    notes: Notes = Notes()

    @property
    def title(self) -> str:
        """The title of the pull request and of its commit."""
        return pull_request_title(self.lines, self.title_prefix)


class DiffMismatch(Exception):
    """A bug: the described lines are not the lines of the diff."""


def count_by_kind(lines: Sequence[ChangedLine]) -> list[tuple[ChangeKind, int]]:
    """Numbers of changed lines, in the order of the kinds; kinds without a line are left out."""
    found = Counter(line.kind for line in lines)
    return [(kind, found[kind]) for kind in ChangeKind if found[kind]]


def counts_text(counts: Sequence[tuple[ChangeKind, int]]) -> str:
    """`3 dead, 1 moved, 2 other`."""
    return ", ".join(f"{number} {kind}" for kind, number in counts)


def pull_request_title(lines: Sequence[ChangedLine], prefix: str = "") -> str:
    """The title of the pull request and of its commit; contains no untrusted text.

    After a prefix it continues in lower case, as https://www.conventionalcommits.org has it.
    """
    counts = count_by_kind(lines)
    of_links = [(kind, number) for kind, number in counts if kind is not ChangeKind.OTHER]
    title = f"Update links: {counts_text(of_links or counts) or 'nothing to change'}"
    return f"{prefix.strip()} {title[0].lower()}{title[1:]}" if prefix.strip() else title


def changed_lines_text(lines: Sequence[ChangedLine]) -> str:
    """`12 lines change`, `1 line changes`."""
    return f"{plural(len(lines), 'line')} change{'s' if len(lines) == 1 else ''}"


def check_against_diff(lines: Sequence[ChangedLine], diff: str) -> None:
    """Raise DiffMismatch unless the changed lines are exactly those of a unified diff.

    A diff may be aligned differently: a line that it both removes and adds cancels out.
    """
    removed, added = Counter(_lines_of_diff(diff, "-")), Counter(_lines_of_diff(diff, "+"))
    before = Counter(line.before for line in lines if line.before is not None)
    after = Counter(line.after for line in lines if line.after is not None)
    if (added - removed, removed - added) != (after - before, before - after):
        raise DiffMismatch(
            f"the description has {plural(len(lines), 'changed line')}, which are not those of the "
            "diff; nothing was published"
        )


def _lines_of_diff(diff: str, sign: str) -> Iterator[str]:
    """The lines that a unified diff removes (`-`) or adds (`+`), without its headers."""
    old = new = 0  # lines that are left of the hunk
    for line in diff.split("\n"):
        hunk = _HUNK.match(line)
        if old <= 0 and new <= 0:
            old, new = (int(n or 1) for n in hunk.groups()) if hunk else (0, 0)
            continue
        if line.startswith("\\"):
            continue
        old, new = old - line.startswith(("-", " ")), new - line.startswith(("+", " "))
        if line.startswith(sign):
            # git ends a line at \n only; of \r\r\n, the first \r ends a line of its own
            yield from line[1:].removesuffix("\r").split("\r")


def proposal_key(*words: str) -> str:
    """An opaque name for a claim about a link: 16 letters that do not look like a commit's hash."""
    number = int.from_bytes(sha256("\n".join(words).encode("utf-8", "replace")).digest()[:10])
    return "".join(_BASE32[number >> 5 * place & 31] for place in range(16))


def checkbox(label: str, key: str) -> str:
    """An item of a task list; `label` is one line of escaped markdown."""
    return f"- [ ] {label} <!--stay:ask {key}-->"


def proposed_comment(keys: Iterable[str]) -> str:
    """A hidden comment with the keys of everything proposed, even if the body had to be cut."""
    return f"<!--stay:lines {' '.join(dict.fromkeys(keys))}-->"


def ticked_keys(body: str) -> frozenset[str]:
    """Keys of the checkboxes that somebody ticked, however the body was edited otherwise."""
    found = _CHECKBOX.findall(body.replace("\r\n", "\n"))
    return frozenset(key for mark, keys in found if mark in "xX" for key in keys.split())


def proposed_keys(body: str) -> frozenset[str]:
    """Keys of everything that a body proposes, ticked or not."""
    boxes = [keys for _, keys in _CHECKBOX.findall(body.replace("\r\n", "\n"))]
    return frozenset(key for keys in (*boxes, *_PROPOSED.findall(body)) for key in keys.split())
