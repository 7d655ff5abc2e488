"""Who took a line out of a list and when, as far as the list's git history tells."""

import re
import subprocess
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from shutil import which
from typing import Final

from staycurrent.curated.manual_removals import ManualRemovals, ShownLine, find_manual_removals
from staycurrent.curated.occurrence import LinkKind
from staycurrent.flows.candidates import open_candidates
from staycurrent.flows.context import RunContext
from staycurrent.flows.database import Database
from staycurrent.flows.feedback.published_lines import (
    credible_time,
    overridden_line,
    published_lines,
)
from staycurrent.flows.link_states import link_states
from staycurrent.flows.lists import ListDocument, Repeatable, lazy_lists, link_key
from staycurrent.flows.publishing.remote import repository_root
from staycurrent.warehouse import candidates, overrides, published
from staycurrent.warehouse.open import Warehouse
from staycurrent.warehouse.overrides import Override
from staycurrent.warehouse.published import CurrentLine, LineEvent, PublishedLine

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
class FlagChange:
    """A line that a commit added or removed, of those that carry a flag."""

    commit: str
    """Short hash."""
    who: str
    when: datetime
    added: bool
    text: str


@dataclass(frozen=True, slots=True)
class FlagLog:
    """What the history of a list says of our lines."""

    changes: tuple[FlagChange, ...]
    """The newest first; within a commit in the order of its diff."""

    def knows(self, written: str, state: str) -> bool:
        """Whether a commit ever added, or removed, this flag behind this link."""
        return any(_has(change, written, state) for change in self.changes)

    def removal(self, written: str, state: str) -> FlagChange | None:
        """The commit that took the flag out; None where the last one left it in, or none knows."""
        found = [change for change in self.changes if _has(change, written, state)]
        last = [change for change in found if change.commit == found[0].commit]
        return None if any(change.added for change in last) else next(iter(last), None)


def read_flag_log(path: Path, since: date) -> FlagLog | None:
    """The history of a list's flags since about a day; None outside of a git checkout.

    Where git is missing, slow or fails, and in a shallow clone, the history knows of nothing.
    """
    real = path.resolve()
    if repository_root(real.parent) is None:
        return None
    # the day before: committers' clocks and zones are their own
    begin = f"--since={since - timedelta(days=1)}T00:00:00Z"
    told = _git(real.parent, *_LOG, begin, "--", real.name)
    return FlagLog(tuple(parse_flag_log(told or "")))


def parse_flag_log(log: str) -> Iterator[FlagChange]:
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
            yield FlagChange(name, who, when, line.startswith("+"), line[1:])


def _flagged(patch: Sequence[str]) -> Iterator[str]:
    return (
        line
        for line in patch
        if line[:1] in ("+", "-") and not line.startswith(("+++ ", "--- ")) and "<!--stay:" in line
    )


def _has(change: FlagChange, written: str, state: str) -> bool:
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


@dataclass(frozen=True, slots=True)
class InferredOverrides:
    """What the lists teach tonight; nothing of it is noted yet."""

    made: tuple[Override, ...]
    """A person took these lines out."""
    restored: tuple[Override, ...]
    """Decisions of that kind whose line stands in the list again: they are taken back."""
    seen: tuple[PublishedLine, ...]
    """Lines that this later night finds in the list for the first time."""

    def applied(self, settled: Iterable[Override]) -> tuple[Override, ...]:
        """What stands once these are noted."""
        return (*(one for one in settled if one not in self.restored), *self.made)


def record_overrides(ctx: RunContext, db: Database) -> tuple[Override, ...]:
    """Note what people's edits decided, and return it."""
    warehouse = db.reading()
    if not published.has_any(warehouse):
        return ()
    found = infer_overrides(ctx, warehouse, lazy_lists(ctx))
    if not (found.made or found.restored or found.seen):
        return ()
    warehouse = db.writing()
    with warehouse.transaction():
        for one in found.made:
            overrides.add(warehouse, one)
        for one in found.restored:
            overrides.revoke(warehouse, one, ctx.now())
        published.add(warehouse, ctx.run_date, ((line, LineEvent.SEEN) for line in found.seen))
    for one in found.made:
        ctx.reporter.info(
            f"learned: {one.kind} {one.url}: {one.reason}; `keep --undo` takes it back"
        )
    return found.made


def infer_overrides(ctx: RunContext, warehouse: Warehouse, lists: Repeatable) -> InferredOverrides:
    """Read every list against what was last published into it; goes through them repeatedly."""
    first_seen = {one.identity: one.first_seen for one in candidates.all_proposed(warehouse)}
    found = [_of_list(ctx, warehouse, lists, listed, first_seen) for listed in lists]
    made = {(one.url, one.kind, one.verdict): one for each in found for one in each.made}
    return InferredOverrides(
        made=tuple(made.values()),
        restored=tuple(dict.fromkeys(one for each in found for one in each.restored)),
        seen=tuple(line for each in found for line in each.seen),
    )


def _of_list(
    ctx: RunContext,
    warehouse: Warehouse,
    lists: Repeatable,
    listed: ListDocument,
    first_seen: Mapping[str, date],
) -> InferredOverrides:
    rows = published.current(warehouse, listed.name)
    taken_back = published.reverted(warehouse, listed.name)
    if not (rows or taken_back):
        return InferredOverrides((), (), ())
    there = {_name(line) for line in published_lines(ctx, listed.name, listed.document, first_seen)}
    new = [row.line for row in rows if row.seen_on is None and row.written_on < ctx.run_date]
    missing = any(_name(row.line) not in there for row in rows)
    wanted = _wanted(ctx, warehouse, lists, listed) if missing else frozenset()
    comparable = [row for row in rows if _is_comparable(ctx, row.line, wanted)]
    back = [line for line in taken_back if _name(line) in there]
    return InferredOverrides(
        made=tuple(_made(ctx, listed, comparable, there)),
        restored=_undone_by(back, overrides.active(warehouse, ctx.run_date) if back else ()),
        seen=tuple(line for line in new if _name(line) in there),
    )


def _name(line: PublishedLine) -> tuple[str, str, str]:
    """A line whatever its date, and in whatever list."""
    return (line.kind, line.subject, line.state)


def _wanted(
    ctx: RunContext, warehouse: Warehouse, lists: Repeatable, listed: ListDocument
) -> frozenset[tuple[str, str, str]]:
    """The lines that the list would show tonight, as far as is decided: others go by themselves."""
    flags = (
        ("flag", link_key(one.occurrence.url), str(one.flag.state))
        for one in link_states(ctx, warehouse, listed)
        if one.flag is not None and one.occurrence.can_carry_flag
    )
    name = ctx.settings.curated.section
    has_part = any(part.name == name for part in listed.document.generated_sections)
    shown = open_candidates(ctx, warehouse, lists) if has_part else ()
    return frozenset((*flags, *(("candidate", one.identity, "new") for one in shown)))


def _is_comparable(
    ctx: RunContext, line: PublishedLine, wanted: frozenset[tuple[str, str, str]]
) -> bool:
    """Whether only a person can have taken the line out: the settings still ask for it there."""
    curated = ctx.settings.curated
    if line.kind == "flag" and (curated.flags != "inline" or curated.place != line.position):
        return False
    return _name(line) in wanted


def _made(
    ctx: RunContext,
    listed: ListDocument,
    rows: Sequence[CurrentLine],
    there: Container[tuple[str, str, str]],
) -> Iterator[Override]:
    found = find_manual_removals(
        [
            ShownLine(number, row.written_on, row.seen_on is not None, _name(row.line) in there)
            for number, row in enumerate(rows)
        ]
    )
    if found == ManualRemovals():
        return
    history = read_flag_log(listed.path, since=min(row.written_on for row in rows))
    for number in (*found.certain, *found.if_in_history, *found.unless_history_denies):
        line = rows[number].line
        written = _written(listed, line)
        is_known = history is not None and history.knows(written, line.state)
        is_free = history is None and number in found.unless_history_denies
        if number in found.certain or is_known or is_free:
            change = history.removal(written, line.state) if history else None
            yield _decision(ctx, line, change)


def _written(listed: ListDocument, line: PublishedLine) -> str:
    """The link as the bytes of the list have it, to be found in the list's history."""
    if line.kind == "candidate":
        return line.url
    place = next(
        one for _, one in listed.document.own_occurrences() if link_key(one.url) == line.subject
    )
    span = place.link_span if place.kind is LinkKind.REFERENCE else place.destination
    return listed.document.raw[slice(*span)].decode("utf-8", "replace")


def _decision(ctx: RunContext, line: PublishedLine, change: FlagChange | None) -> Override:
    what = "the flag" if line.kind == "flag" else "the line"
    where = f" in commit {change.commit}" if change else ""
    return Override(
        url=line.url,
        kind="keep" if line.kind == "flag" else "decline",
        verdict=line.state if line.kind == "flag" else None,
        until=None,
        reason=f"{what} was removed from {line.list} by hand{where}",
        created_at=credible_time(change.when, line.since, ctx.now()) if change else ctx.now(),
        author=change.who if change else "",
        origin="edit",
    )


def _undone_by(back: Sequence[PublishedLine], settled: Iterable[Override]) -> tuple[Override, ...]:
    """Decisions that an edit made and another one, of the same list, takes back."""
    names = {(line.kind, line.subject, line.state) for line in back}
    return tuple(one for one in settled if one.origin == "edit" and overridden_line(one) in names)
