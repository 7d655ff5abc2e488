"""Who took a line of ours out of a list and when, as far as the list's git history tells."""

import re
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final, get_args

from staycurrent.curated.changes import (
    ManualRemovals,
    ShownLine,
    displaced_flags,
    find_manual_removals,
)
from staycurrent.curated.document import Document
from staycurrent.curated.flags import FlagPlace
from staycurrent.curated.occurrence import LinkKind
from staycurrent.curated.proof import UnsafeRewrite
from staycurrent.curated.rewrite import match_flags
from staycurrent.flows.candidates import open_candidates
from staycurrent.flows.context import RunContext
from staycurrent.flows.database import Database
from staycurrent.flows.errors import ExternalError
from staycurrent.flows.link_states import Verdicts, link_states
from staycurrent.flows.lists import ListDocument, Repeatable, iter_lists, lazy_lists, link_key
from staycurrent.flows.preflight import require_sections
from staycurrent.flows.publishing.git import PLAIN_DIFF, Git, repository_root
from staycurrent.identity import identify
from staycurrent.sources.item import Candidate
from staycurrent.warehouse import candidates, overrides, published
from staycurrent.warehouse.open import Warehouse
from staycurrent.warehouse.overrides import Override
from staycurrent.warehouse.published import CurrentLine, LineEvent, PublishedLine

_LOG_TIMEOUT_S: Final = 20
_MAX_COMMITS: Final = 4000
"""The latest ones that changed the list; nobody is named for an older edit."""
_COMMIT_MARK: Final = "\x1e"
_END_OF_LINK: Final = r"(?![.:]?[\w/?#&=%~+-])"
_NO_OTHER_LINK: Final = r"""(?:(?!\]\(|\]\[|<a\s|(?<!["'=])https?://).)*"""
_FORMAT: Final = f"--format={_COMMIT_MARK}%h%x1f%an%x1f%aI"


@dataclass(frozen=True, slots=True)
class FlagChange:
    """A line with a flag that a commit added or removed."""

    commit: str
    """Short hash."""
    who: str
    when: datetime
    added: bool
    text: str

    def has(self, written: str, state: str, place: str) -> bool:
        """Whether the line has this flag of the link, which is as it is written, not as a prefix.

        Put at the end of entries (`end`), a flag may belong to any link before it.
        """
        between = ".*" if place == "end" else _NO_OTHER_LINK
        flag = f"{re.escape(written)}{_END_OF_LINK}{between}<!--stay:{state}:"
        return re.search(flag, self.text) is not None


@dataclass(frozen=True, slots=True)
class FlagLog:
    """The commits that changed the flags of a list."""

    changes: tuple[FlagChange, ...]
    """The latest first; within a commit in the order of its diff."""

    def contains(self, written: str, state: str, place: str) -> bool:
        """Whether a commit ever added or removed this flag behind this link."""
        return any(change.has(written, state, place) for change in self.changes)

    def find_removal(self, written: str, state: str, place: str) -> FlagChange | None:
        """The commit that removed the flag; None if the last one kept it, or none is known."""
        found = [change for change in self.changes if change.has(written, state, place)]
        latest = [change for change in found if change.commit == found[0].commit]
        return None if any(change.added for change in latest) else next(iter(latest), None)


def read_flag_log(path: Path, since: date) -> FlagLog | None:
    """The changes of a list's flags since about a day; None outside of a git checkout.

    If git is missing, slow or fails, and in a shallow clone, the log has no changes.
    """
    real = path.resolve()
    if repository_root(real.parent) is None:
        return None
    git = Git(real.parent)
    # A day earlier, because committers have their own clocks and time zones.
    begin = f"--since={since - timedelta(days=1)}T00:00:00Z"
    newest = ("rev-list", f"--max-count={_MAX_COMMITS}", begin, "HEAD", "--", real.name)
    patches = (
        "diff-tree",
        "--stdin",
        "--root",
        "--abbrev",
        "-r",
        _FORMAT,
        *PLAIN_DIFF,
        "-G<!--stay:",
    )
    try:
        commits = git.try_run(*newest, timeout_s=_LOG_TIMEOUT_S)
        log = git.try_run(*patches, "--", real.name, stdin=commits.out, timeout_s=_LOG_TIMEOUT_S)
    except ExternalError:
        return FlagLog(())
    text = log.out.decode("utf-8", "replace") if log.code == 0 else ""
    return FlagLog(tuple(parse_flag_log(text)))


def parse_flag_log(log: str) -> Iterator[FlagChange]:
    """The lines with flags in a log with patches; a commit without a valid date is left out."""
    for commit in f"\n{log}".split(f"\n{_COMMIT_MARK}")[1:]:
        header, _, patch = commit.partition("\n")
        name, _, rest = header.partition("\x1f")
        who, _, time = rest.rpartition("\x1f")
        try:
            when = datetime.fromisoformat(time)
        except ValueError:
            continue
        for line in patch.split("\n"):  # git ends no line at a form feed or a U+2028
            is_changed = line.startswith(("+", "-")) and not line.startswith(("+++ ", "--- "))
            if is_changed and "<!--stay:" in line:
                yield FlagChange(name, who, when, line.startswith("+"), line[1:])


@dataclass(frozen=True, slots=True)
class InferredOverrides:
    """What the edits of the lists amount to; nothing of it is recorded yet."""

    made: tuple[Override, ...]
    """A person removed these lines."""
    undone: tuple[Override, ...]
    """Overrides that were inferred before and whose line is in the list again."""
    seen: tuple[PublishedLine, ...]
    """Lines that are found in the list for the first time since they were written."""

    def applied_to(self, active: Iterable[Override]) -> tuple[Override, ...]:
        """The overrides that apply once these are recorded."""
        return (*(one for one in active if one not in self.undone), *self.made)


def record_overrides(
    ctx: RunContext, db: Database, verdicts: Verdicts | None = None
) -> tuple[Override, ...]:
    """Record the overrides that people's edits amount to, and return all that apply then.

    `verdicts` as in `link_states`.
    """
    warehouse = db.reading()
    active = overrides.active(warehouse, ctx.run_date)
    if not published.has_any(warehouse):
        return active
    found = infer_overrides(ctx, warehouse, lazy_lists(ctx), active, verdicts)
    if not (found.made or found.undone or found.seen):
        return active
    warehouse = db.writing()
    with warehouse.transaction():
        for override in found.made:
            overrides.add(warehouse, override)
        for override in found.undone:
            overrides.revoke(warehouse, override, ctx.now())
        published.add(warehouse, ctx.run_date, ((line, LineEvent.SEEN) for line in found.seen))
    for override in found.made:
        ctx.reporter.info(
            f"learned: {override.kind} {override.url}: {override.reason}; "
            f"`staycurrent {override.kind} --undo URL` takes it back"
        )
    return found.applied_to(active)


def infer_overrides(
    ctx: RunContext,
    warehouse: Warehouse,
    lists: Repeatable,
    active: Sequence[Override],
    verdicts: Verdicts | None = None,
) -> InferredOverrides:
    """Compare every list with what was last published into it; iterates over them repeatedly.

    `active` are the overrides that apply now, `verdicts` as in `link_states`.
    """
    first_seen = cache(lambda: candidates.first_seen(warehouse))

    @cache
    def still_open() -> Sequence[Candidate]:
        require_sections(iter_lists(ctx.with_other_lists()))  # what moved there is not declined
        return open_candidates(ctx, warehouse, lists, active_overrides=active)

    found = [
        _infer_from(ctx, warehouse, listed, first_seen, still_open, active, verdicts)
        for listed in lists
    ]
    made = {(one.url, one.kind, one.verdict): one for each in found for one in each.made}
    return InferredOverrides(
        made=tuple(made.values()),
        undone=tuple(dict.fromkeys(one for each in found for one in each.undone)),
        seen=tuple(line for each in found for line in each.seen),
    )


def _infer_from(
    ctx: RunContext,
    warehouse: Warehouse,
    listed: ListDocument,
    first_seen: Callable[[], Mapping[str, date]],
    still_open: Callable[[], Sequence[Candidate]],
    active: Sequence[Override],
    verdicts: Verdicts | None,
) -> InferredOverrides:
    known = published.lines_of(warehouse, listed.name)
    rows, removed_before = known.current, known.reverted
    if not (rows or removed_before):
        return InferredOverrides((), (), ())
    lines = published_lines(ctx, listed.name, listed.document, first_seen)
    present = {_line_key(line) for line in lines}
    shown = {row.line for row in rows if _line_key(row.line) in present}
    merged = set(shown)
    place = ctx.settings.curated.place
    # flags that are not moved yet, or whose move is not merged
    moved = [
        row.line
        for row in rows
        if row.line.kind == "flag" and (row.moved_since or row.line.position != place)
    ]
    if moved:
        flags_in = _flags_by_place(listed.document)
        shown |= {one for one in moved if any(_line_key(one) in each for each in flags_in.values())}
        merged |= {one for one in moved if _line_key(one) in flags_in[one.position]}
    # of all generated sections: `curated.section` may have changed
    generated = (one for one in listed.document.occurrences if one.generated_section is not None)
    proposed = {("candidate", str(identify(one.url)), "new") for one in generated}
    shown |= {row.line for row in rows if _line_key(row.line) in proposed}
    back = {_line_key(line) for line in removed_before if _line_key(line) in present}
    wanted: frozenset[tuple[str, str, str]] = frozenset()
    if back or len(shown) < len(rows):
        wanted = _wanted_lines(ctx, warehouse, listed, still_open, active, verdicts)
        try:
            shown |= _displaced_lines(listed.document, rows, shown, wanted)
        except UnsafeRewrite:  # which flag belongs to which link is not known then
            return InferredOverrides((), (), ())
    # only a person can have removed what the settings still ask for
    kinds = ("flag", "candidate") if ctx.settings.curated.flags == "inline" else ("candidate",)
    comparable = [row for row in rows if row.line.kind in kinds and _line_key(row.line) in wanted]
    if back:  # a line that is ours again, as the flag of another streak or link in its place
        back -= wanted | _flags_shared_with(ctx, listed.document, wanted)
    return InferredOverrides(
        made=tuple(_infer_removals(ctx, listed, comparable, shown)),
        undone=tuple(
            one for one in active if one.origin == "edit" and overridden_line(one) in back
        ),
        seen=tuple(
            row.line
            for row in rows
            if row.seen_on is None and row.written_on < ctx.run_date and row.line in merged
        ),
    )


def _line_key(line: PublishedLine) -> tuple[str, str, str]:
    """What identifies a line, whatever its date and its list."""
    return (line.kind, line.subject, line.state)


def _displaced_lines(
    document: Document,
    rows: Sequence[CurrentLine],
    shown: Container[PublishedLine],
    wanted: frozenset[tuple[str, str, str]],
) -> set[PublishedLine]:
    """The lines that are not shown, but whose flag is elsewhere in the entry.

    Raises UnsafeRewrite if it is not known which flag belongs to which link.
    """
    missing = [row.line for row in rows if row.line not in shown]
    in_place = (wanted | {_line_key(row.line) for row in rows}) - set(map(_line_key, missing))
    displaced = {
        ("flag", link_key(one.url), str(flag.state))
        for one, flag in displaced_flags(
            document, lambda one, flag: ("flag", link_key(one.url), str(flag.state)) in in_place
        )
    }
    return {line for line in missing if _line_key(line) in displaced}


def _flags_by_place(document: Document) -> dict[str, frozenset[tuple[str, str, str]]]:
    return {
        place: frozenset(
            ("flag", link_key(document.occurrences[index].url), str(flag.state))
            for index, flags in match_flags(document, place).items()
            for flag in flags
        )
        for place in get_args(FlagPlace)
    }


def _wanted_lines(
    ctx: RunContext,
    warehouse: Warehouse,
    listed: ListDocument,
    still_open: Callable[[], Sequence[Candidate]],
    active: Sequence[Override],
    verdicts: Verdicts | None,
) -> frozenset[tuple[str, str, str]]:
    """The lines that the list should show in this run; others disappear by themselves."""
    flags = (
        ("flag", link_key(one.occurrence.url), str(one.flag.state))
        for one in link_states(ctx, warehouse, listed, active_overrides=active, verdicts=verdicts)
        if one.flag is not None and one.occurrence.can_carry_flag
    )
    name = ctx.settings.curated.section
    has_section = any(section.name == name for section in listed.document.generated_sections)
    shown = still_open() if has_section else ()
    return frozenset((*flags, *(("candidate", one.identity, "new") for one in shown)))


def _flags_shared_with(
    ctx: RunContext, document: Document, wanted: frozenset[tuple[str, str, str]]
) -> frozenset[tuple[str, str, str]]:
    """The flags that links seem to have because those in the same place are to have them."""
    sharing: defaultdict[int | None, set[str]] = defaultdict(set)
    for _, one in document.own_occurrences():
        at = one.flag_offset if ctx.settings.curated.place == "link" else one.entry_flag_offset
        sharing[at].add(link_key(one.url))
    sharing.pop(None, None)
    states: defaultdict[str, set[str]] = defaultdict(set)
    for _, subject, state in wanted:
        states[subject].add(state)
    return frozenset(
        ("flag", other, state)
        for subjects in sharing.values()
        for subject in subjects & states.keys()
        for state in states[subject]
        for other in subjects
    )


def _infer_removals(
    ctx: RunContext,
    listed: ListDocument,
    rows: Sequence[CurrentLine],
    shown: Container[PublishedLine],
) -> Iterator[Override]:
    removals = find_manual_removals(
        [
            ShownLine(
                number,
                row.moved_since or row.written_on,
                was_confirmed=(row.seen_on or row.moved_since) is not None,
                is_present=row.line in shown,
            )
            for number, row in enumerate(rows)
        ]
    )
    if removals == ManualRemovals():
        return
    log = read_flag_log(listed.path, since=min(row.written_on for row in rows))
    for number in (*removals.certain, *removals.if_in_history, *removals.unless_history_denies):
        line = rows[number].line
        written = _written_link(listed, line)
        is_known = log is not None and log.contains(written, line.state, line.position)
        is_undeniable = log is None and number in removals.unless_history_denies
        if number in removals.certain or is_known or is_undeniable:
            change = log.find_removal(written, line.state, line.position) if log else None
            if change is not None and change.who.endswith("[bot]"):
                continue  # a formatter or a generator of the list decides nothing
            what = "the flag" if line.kind == "flag" else "the line"
            where = f" in commit {change.commit}" if change else ""
            now = ctx.now()
            yield Override(
                url=line.url,
                kind="keep" if line.kind == "flag" else "decline",
                verdict=line.state if line.kind == "flag" else None,
                until=None,
                reason=f"{what} was removed from {line.list} by hand{where}",
                created_at=credible_time(change.when, line.since, now) if change else now,
                author=change.who if change else "",
                origin="edit",
            )


def _written_link(listed: ListDocument, line: PublishedLine) -> str:
    """The link as the bytes of the list have it, as it can be found in the git log."""
    if line.kind == "candidate":
        return line.url
    occurrence = next(
        one for _, one in listed.document.own_occurrences() if link_key(one.url) == line.subject
    )
    is_reference = occurrence.kind is LinkKind.REFERENCE
    span = occurrence.link_span if is_reference else occurrence.destination
    return listed.document.raw[slice(*span)].decode("utf-8", "replace")


def published_lines(
    ctx: RunContext, name: str, document: Document, first_seen: Callable[[], Mapping[str, date]]
) -> tuple[PublishedLine, ...]:
    """Each of our lines once: the flags by occurrence, then the candidates.

    Of an address in two spellings it is the line of the first.
    `first_seen` gives the date on which each candidate was first chosen, by its identity.
    """
    lines: list[PublishedLine] = []
    place = ctx.settings.curated.place
    for index, flags in match_flags(document, place).items():
        url = document.occurrences[index].url
        lines += [
            PublishedLine(name, "flag", link_key(url), url, str(flag.state), flag.since, place)
            for flag in sorted(flags, key=lambda flag: (flag.state, flag.since))
        ]
    section = ctx.settings.curated.section
    for occurrence in document.occurrences:
        if section and occurrence.generated_section == section:
            identity = str(identify(occurrence.url))
            if (since := first_seen().get(identity)) is not None:
                lines.append(
                    PublishedLine(name, "candidate", identity, occurrence.url, "new", since)
                )
    first = {(*_line_key(line), line.since): line for line in reversed(lines)}
    return tuple(line for line in lines if line is first[*_line_key(line), line.since])


def overridden_line(override: Override) -> tuple[str, str, str]:
    """Kind, subject and state of the line that an edit removed, of the override it made."""
    if override.kind == "decline":
        return ("candidate", str(identify(override.url)), "new")
    return ("flag", link_key(override.url), str(override.verdict))


def credible_time(claimed: datetime, since: date | None, now: datetime) -> datetime:
    """The time that a commit or a host claims, or `now` where that cannot be true.

    It cannot be in the future, nor before the streak that the person decided on (`since`): such
    an override would not apply to the streak.
    """
    when = claimed.astimezone(UTC)
    return when if (since is None or since <= when.date()) and when <= now else now
