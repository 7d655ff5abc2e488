"""Who took a line out of a list and when, as far as the list's git history tells."""

import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from shutil import which
from typing import Final

from staycurrent.flows.checkout.repository import top

_PATIENCE_S: Final = 20
_COMMITS: Final = 400
"""That changed a flag, the newest first; an edit that is older is nobody's."""
_MARK: Final = "\x1e"
_NO_MORE_OF_IT: Final = r"(?![\w/?#&=%~-])"
_LOG: Final = (
    "log", f"--max-count={_COMMITS}", f"--format={_MARK}%h%x1f%an%x1f%aI", "--patch",
    "--unified=0", "--no-color", "--no-ext-diff", "--no-textconv", "-G<!--stay:",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """A line that a commit added or removed, of those that carry a flag."""

    commit: str
    """Short hash."""
    who: str
    when: datetime
    added: bool
    text: str


@dataclass(frozen=True, slots=True)
class Past:
    """What the history of a list says of our lines."""

    changes: tuple[Change, ...]
    """The newest first; within a commit in the order of its diff."""

    def knows(self, written: str, state: str) -> bool:
        """Whether a commit ever added, or removed, this flag behind this link."""
        return any(_has(change, written, state) for change in self.changes)

    def removal(self, written: str, state: str) -> Change | None:
        """The commit that took the flag out; None where the last one left it in, or none knows."""
        found = [change for change in self.changes if _has(change, written, state)]
        last = [change for change in found if change.commit == found[0].commit]
        return None if any(change.added for change in last) else next(iter(last), None)


def past(path: Path, since: date) -> Past | None:
    """The history of a list's flags since about a day; None outside of a git checkout.

    Where git is missing, slow or fails, and in a shallow clone, the history knows of nothing.
    """
    real = path.resolve()
    if top(real.parent) is None:
        return None
    # the day before: committers' clocks and zones are their own
    begin = f"--since={since - timedelta(days=1)}T00:00:00Z"
    told = _git(real.parent, *_LOG, begin, "--", real.name)
    return Past(tuple(changes(told or "")))


def changes(log: str) -> Iterator[Change]:
    """The lines with flags in a log with patches; a commit without a date is left out."""
    for commit in log.split(_MARK)[1:]:
        head, _, patch = commit.partition("\n")
        name, _, rest = head.partition("\x1f")
        who, _, moment = rest.rpartition("\x1f")
        try:
            when = datetime.fromisoformat(moment)
        except ValueError:
            continue
        for line in _flagged(patch.splitlines()):
            yield Change(name, who, when, line.startswith("+"), line[1:])


def _flagged(patch: Sequence[str]) -> Iterator[str]:
    return (
        line
        for line in patch
        if line[:1] in ("+", "-") and not line.startswith(("+++ ", "--- ")) and "<!--stay:" in line
    )


def _has(change: Change, written: str, state: str) -> bool:
    """Whether a line has the flag and the link as it is written, not as the begin of another."""
    if f"<!--stay:{state}:" not in change.text:
        return False
    return re.search(re.escape(written) + _NO_MORE_OF_IT, change.text) is not None


def _git(folder: Path, *arguments: str) -> str | None:
    """What git says, in a folder; None where it is missing, slow or refuses."""
    git = which("git")
    if git is None:
        return None
    # no program of the repository's own choosing is run
    command = [git, "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", *arguments]
    try:
        ended = subprocess.run(  # noqa: S603 -- git by its full path, and our own arguments
            command, cwd=folder, capture_output=True, timeout=_PATIENCE_S, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return ended.stdout.decode("utf-8", "replace")
