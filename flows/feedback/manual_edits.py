"""Who took a line of ours out of a list and when, as far as the list's git history tells."""

import re
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Final, get_args

from staycurrent.curated.changes import displaced_flags
from staycurrent.curated.document import Document
from staycurrent.curated.flags import FlagPlace
from staycurrent.curated.occurrence import LinkKind
from staycurrent.curated.proof import UnsafeRewrite
from staycurrent.curated.rewrite import match_flags
from staycurrent.flows.candidates import open_candidates
from staycurrent.flows.context import RunContext
from staycurrent.flows.database import Database
from staycurrent.flows.errors import ExternalError
from staycurrent.flows.link_states import LinkState, Verdicts, link_states
from staycurrent.flows.lists import ListDocument, Repeatable, lazy_lists, link_key
from staycurrent.flows.preflight import require_sections
from staycurrent.flows.publishing.git import (
    AUTHOR_NAME,
    PLAIN_DIFF,
    Git,
    is_by_program,
    repository_root,
)
from staycurrent.identity import identify
from staycurrent.links.verdict import Flag
from staycurrent.sources.item import Candidate
from staycurrent.warehouse import candidates, overrides, published
from staycurrent.warehouse.open import Warehouse
from staycurrent.warehouse.overrides import Override
from staycurrent.warehouse.published import CurrentLine, LineEvent, LineKey, PublishedLine

_LOG_TIMEOUT_S: Final = 20
_MAX_COMMITS: Final = 4000
"""The latest ones that changed the list; nobody is named for an older edit."""
_COMMIT_MARK: Final = "\x1e"
_START_OF_LINK: Final = r"(?<![\w*]/)"
"""Not in the URL of a snapshot, `https://web.archive.org/web/2020/https://...`."""
_END_OF_LINK: Final = r"(?![.:]?[\w/?#&=%~+-])"
_NO_OTHER_LINK: Final = (
    r"""(?:(?: "[^"\n]*")?\)\]\([^)\s]*\)|["'](?s:(?!<a\s|</a).)*</a>)?"""  # an image's link
    r"""(?:(?!\]\(|\]\[|<a\s|(?<!["'=])https?://).)*"""
    r"(?:\n[ \t>]*\(?[^\n(\[<]*)?"  # a formatter broke the line before a flag or within it
)
_SAME_ENTRY: Final = r"(?s:(?!\n[ \t\r>]*(?:[-*+]\s|---|[#|\n]|\d+[.)])).)*"
_FORMAT: Final = f"--format={_COMMIT_MARK}%h%n%an%n%ae%n%cn%n%aI%n%w(0,1,1)%B"
_REVERT: Final = re.compile(
    r"\A Revert \"|^ (?:This reverts (?:commit|merge request) |Reverts [\w./-]+#\d)", re.MULTILINE
)
"""What git, GitLab and GitHub write into the message, which is indented here."""
# The reasons for these numbers: docs/decisions/0010-learning-from-edits.md
_MAX_REMOVED: Final = 20
_MAX_SHARE: Final = 0.5


@dataclass(frozen=True, slots=True)
class FlagCommit:
    """A commit that added or removed lines with flags."""

    id: str
    """Short hash."""
    who: str
    when: datetime
    is_decision: bool
    """Whether a person may have decided on each line; not in ours, a program's or a revert."""
    before: str
    """The lines that it changed, and some on each side of them: an entry may have several."""
    after: str


def has_flag(text: str, written: str, state: str, since: date, place: str) -> bool:
    """Whether a text has a flag of a link, which is as it is written, not as a prefix.

    Put at the end of entries (`end`), a flag may belong to any link before it.
    """
    between = _SAME_ENTRY if place == "end" else _NO_OTHER_LINK
    return has_link(text, written, f"{between}<!--stay:{state}:{since}-->")


def has_link(text: str, written: str, behind: str = "") -> bool:
    """Whether a text has a link, with what matches the pattern `behind` right behind it."""
    if written not in text:  # nearly every commit is about other links
        return False
    pattern = f"{_START_OF_LINK}{re.escape(written)}{_END_OF_LINK}{behind}"
    return re.search(pattern, text) is not None


def read_flag_log(path: Path, since: date, commit: str = "HEAD") -> tuple[FlagCommit, ...] | None:
    """The commits up to one that changed a list's flags since about a day, the latest first.

    None without a checkout. If git is missing, slow or fails, there are none; a shallow clone has
    those that it has. A merge is not one of them.
    """
    real = path.resolve()
    if repository_root(real.parent) is None:
        return None
    git = Git(real.parent)
    # A day earlier, because committers have their own clocks and time zones.
    limits = (f"--max-count={_MAX_COMMITS}", f"--since={since - timedelta(days=1)}T00:00:00Z")
    newest = ("rev-list", *limits, "--full-history", "--date-order", commit, "--", real.name)
    shown = ("-r", _FORMAT, *PLAIN_DIFF, "--unified=5", "-G<!--stay:")
    patches = ("diff-tree", "--stdin", "--root", "--abbrev", *shown, "--", real.name)
    try:
        commits = git.try_run(*newest, timeout_s=_LOG_TIMEOUT_S)
        log = git.try_run(*patches, stdin=commits.out, timeout_s=_LOG_TIMEOUT_S)
    except ExternalError:
        return ()
    return tuple(parse_flag_log(log.out.decode("utf-8", "replace") if log.code == 0 else ""))


def _read_committed(listed: ListDocument) -> str:
    """A list as its last commit has it; empty if that has none, or git is missing or slow."""
    real, raw = listed.path.resolve(), None
    with suppress(ExternalError):
        raw = Git(real.parent).read_file(listed.commit, f"./{real.name}", timeout_s=_LOG_TIMEOUT_S)
    return (raw or b"").decode("utf-8", "replace")


def parse_flag_log(log: str) -> Iterator[FlagCommit]:
    """The commits of a log with patches; one without a valid date is left out."""
    for commit in f"\n{log}".split(f"\n{_COMMIT_MARK}")[1:]:
        try:
            name, who, email, committer, time, rest = commit.split("\n", 5)
            when = datetime.fromisoformat(time)
        except ValueError:
            continue
        message, _, patch = rest.partition("\ndiff --git ")
        lines = patch.split("\n")  # git ends no line at a form feed or a U+2028
        before, after = (
            "\n".join(
                line[1:]
                for line in lines
                if line.startswith((sign, " ")) and not line.startswith(f"{sign * 3} ")
            )
            for sign in "-+"
        )
        is_ours = who == AUTHOR_NAME or is_by_program(who, email, committer)
        is_decision = not (is_ours or _REVERT.search(message))
        yield FlagCommit(name, who, when, is_decision, before, after)


def is_revert(removed: Sequence[date], left: Sequence[date], *, by_commit: bool) -> bool:
    """Whether an edit that removed several of our lines restored a list that never had them.

    Both are the dates on which the lines were written. It removed most of them; or no commit
    removed them, and they are the newest, as in an older version or on another branch.
    """
    return len(removed) > 1 and (
        len(removed) > _MAX_REMOVED
        or len(removed) > _MAX_SHARE * (len(removed) + len(left))
        or (not by_commit and max(left) < min(removed))
    )


@dataclass(frozen=True, slots=True)
class InferredOverrides:
    """What the edits of the lists amount to; nothing of it is recorded yet."""

    made: tuple[Override, ...]
    """A person removed these lines."""
    undone: tuple[Override, ...]
    """Overrides that were inferred before and whose line is in the list again."""
    events: tuple[tuple[PublishedLine, LineEvent], ...]
    """Lines that are found in the list for the first time since they were written, and those that
    it lost in a commit that git does not have here: they end, and are written once more."""

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
    if not (found.made or found.undone or found.events):
        return active
    warehouse = db.writing()
    with warehouse.transaction():
        for override in found.made:
            overrides.add(warehouse, override)
        for override in found.undone:
            overrides.revoke(warehouse, override, ctx.now())
        published.add(warehouse, ctx.run_date, found.events)
    for line in (line for line, event in found.events if event is LineEvent.WITHDRAWN):
        ctx.reporter.info(
            f"not learned: our line about {line.url} was removed from {line.list}, but no commit "
            "here shows by whom (is the clone shallow?); it is written once more"
        )
    report_learned(ctx, found.made)
    return found.applied_to(active)


def report_learned(ctx: RunContext, made: Iterable[Override]) -> None:
    """Say which overrides were made of what people did, and how to take them back."""
    for one in made:
        by = f" by {one.author}" if one.author else ""
        ctx.reporter.info(
            f"learned: {one.kind} {one.url}{by}: {one.reason}; "
            f"`staycurrent {one.kind} --undo URL` takes it back"
        )


@dataclass(frozen=True)
class OurLines:
    """What our lines of the lists are compared with; what concerns all lists is read once."""

    ctx: RunContext
    warehouse: Warehouse
    lists: Repeatable
    active: Sequence[Override]
    """The overrides that apply."""
    verdicts: Verdicts | None
    """As in `link_states`."""

    @cached_property
    def first_seen(self) -> Mapping[str, date]:
        """The date on which each candidate was first chosen, by its identity."""
        return candidates.first_seen(self.warehouse)

    @cached_property
    def still_open(self) -> Sequence[Candidate]:
        """The candidates that are open."""
        return open_candidates(self.ctx, self.warehouse, self.lists, active_overrides=self.active)

    @cached_property
    def wanted_candidates(self) -> frozenset[LineKey]:
        """The lines of the open candidates; raises BadMarkers for a list that is left out."""
        # what moved there is not declined
        require_sections(lazy_lists(self.ctx.with_other_lists()))
        return frozenset(("candidate", one.identity, "new") for one in self.still_open)

    def states(self, listed: ListDocument) -> tuple[LinkState, ...]:
        """The links of a list."""
        return link_states(
            self.ctx,
            self.warehouse,
            listed,
            active_overrides=self.active,
            verdicts=self.verdicts,
        )

    def wanted(self, listed: ListDocument) -> frozenset[LineKey]:
        """The lines that a list should show in this run; others disappear by themselves."""
        flags = (
            _flag_line(one.occurrence.url, one.flag)
            for one in self.states(listed)
            if one.flag is not None and one.occurrence.can_carry_flag
        )
        name, sections = self.ctx.settings.curated.section, listed.document.generated_sections
        has_section = any(section.name == name for section in sections)
        return frozenset(flags) | (self.wanted_candidates if has_section else frozenset())

    def published(self, name: str, document: Document) -> tuple[PublishedLine, ...]:
        """Each of our lines in a list once: the flags by occurrence, then the candidates.

        Of an address in two spellings it is the line of the first.
        """
        lines: list[PublishedLine] = []
        place, section = self.ctx.settings.curated.place, self.ctx.settings.curated.section
        for index, flags in match_flags(document, place).items():
            url = document.occurrences[index].url
            lines += [
                PublishedLine(name, "flag", link_key(url), url, str(flag.state), flag.since, place)
                for flag in sorted(flags, key=lambda flag: (flag.state, flag.since))
            ]
        for occurrence in document.occurrences:
            if section and occurrence.generated_section == section:
                url, identity = occurrence.url, str(identify(occurrence.url))
                if (since := self.first_seen.get(identity)) is not None:
                    lines.append(PublishedLine(name, "candidate", identity, url, "new", since))
        first = {(line.key, line.since): line for line in reversed(lines)}
        return tuple(line for line in lines if line is first[line.key, line.since])


def infer_overrides(
    ctx: RunContext,
    warehouse: Warehouse,
    lists: Repeatable,
    active: Sequence[Override],
    verdicts: Verdicts | None,
) -> InferredOverrides:
    """Compare every list with what was last published into it; iterates over them repeatedly.

    `active` are the overrides that apply now, `verdicts` as in `link_states`.
    """
    ours = OurLines(ctx, warehouse, lists, active, verdicts)
    found = [_infer_from(ours, listed) for listed in lists]
    made = {(one.url, one.kind, one.verdict): one for each in found for one in each.made}
    return InferredOverrides(
        made=tuple(made.values()),
        undone=tuple(dict.fromkeys(one for each in found for one in each.undone)),
        events=tuple(event for each in found for event in each.events),
    )


def _infer_from(ours: OurLines, listed: ListDocument) -> InferredOverrides:
    known = published.lines_of(ours.warehouse, listed.name)
    rows, settings = known.current, ours.ctx.settings.curated
    if not (rows or known.reverted):
        return InferredOverrides((), (), ())
    present = {line.key for line in ours.published(listed.name, listed.document)}
    shown = {row.line for row in rows if row.line.key in present}
    merged = set(shown)
    # flags that are not moved yet, or whose move is not merged
    moved = [
        row.line
        for row in rows
        if row.line.kind == "flag" and (row.moved_since or row.line.position != settings.place)
    ]
    if moved:
        flags_in = {place: _flags_at(listed.document, place) for place in get_args(FlagPlace)}
        shown |= {one for one in moved if any(one.key in each for each in flags_in.values())}
        merged |= {one for one in moved if one.key in flags_in[one.position]}
    # of all generated sections: `curated.section` may have changed
    generated = (one for one in listed.document.occurrences if one.generated_section is not None)
    proposed = {("candidate", str(identify(one.url)), "new") for one in generated}
    shown |= {row.line for row in rows if row.line.key in proposed}
    back = {line.key for line in known.reverted} & present
    wanted: frozenset[LineKey] = frozenset()
    if back or len(shown) < len(rows):
        wanted = ours.wanted(listed)
        try:
            shown |= _displaced_lines(listed.document, rows, shown, wanted)
        except UnsafeRewrite:  # which flag belongs to which link is not known then
            return InferredOverrides((), (), ())
    # only a person can have removed what the settings still ask for
    kinds = ("flag", "candidate") if settings.flags == "inline" else ("candidate",)
    comparable = [row for row in rows if row.line.kind in kinds and row.line.key in wanted]
    if back:  # a line that is ours again, as the flag of another streak or link in its place
        back -= wanted | _flags_shared_with(ours.ctx, listed.document, wanted)
    seen = (
        (row.line, LineEvent.SEEN)
        for row in rows
        if row.seen_on is None and row.written_on < ours.ctx.run_date and row.line in merged
    )
    removals = [*_infer_removals(ours.ctx, listed, comparable, shown)]
    hidden = ((one, LineEvent.WITHDRAWN) for one in removals if isinstance(one, PublishedLine))
    return InferredOverrides(
        made=tuple(one for one in removals if isinstance(one, Override)),
        undone=tuple(
            one for one in ours.active if one.origin == "edit" and overridden_line(one) in back
        ),
        events=(*seen, *hidden),
    )


def _flag_line(url: str, flag: Flag) -> LineKey:
    return ("flag", link_key(url), str(flag.state))


def _displaced_lines(
    document: Document,
    rows: Sequence[CurrentLine],
    shown: Container[PublishedLine],
    wanted: frozenset[LineKey],
) -> set[PublishedLine]:
    """The lines that are not shown, but whose flag is elsewhere in the entry.

    Raises UnsafeRewrite if it is not known which flag belongs to which link.
    """
    missing = {row.line for row in rows if row.line not in shown}
    in_place = (wanted | {row.line.key for row in rows}) - {line.key for line in missing}
    found = displaced_flags(document, lambda one, flag: _flag_line(one.url, flag) in in_place)
    displaced = {_flag_line(one.url, flag) for one, flag in found}
    return {line for line in missing if line.key in displaced}


def _flags_at(document: Document, place: FlagPlace) -> frozenset[LineKey]:
    return frozenset(
        _flag_line(document.occurrences[index].url, flag)
        for index, flags in match_flags(document, place).items()
        for flag in flags
    )


def _flags_shared_with(
    ctx: RunContext, document: Document, wanted: frozenset[LineKey]
) -> set[LineKey]:
    """The flags that links seem to have because those in the same place are to have them."""
    sharing: defaultdict[int | None, set[str]] = defaultdict(set)
    for _, one in document.own_occurrences():
        at = one.flag_offset if ctx.settings.curated.place == "link" else one.entry_flag_offset
        sharing[at].add(link_key(one.url))
    sharing.pop(None, None)
    beside: defaultdict[str, set[str]] = defaultdict(set)
    for subjects in sharing.values():
        for subject in subjects:
            beside[subject] |= subjects
    return {("flag", other, state) for _, subject, state in wanted for other in beside[subject]}


def _infer_removals(
    ctx: RunContext,
    listed: ListDocument,
    rows: Sequence[CurrentLine],
    shown: Container[PublishedLine],
) -> Iterator[Override | PublishedLine]:
    """What people removed; the lines of one commit, and those of no commit, are one edit each.

    A line is given as it is where it is to be written once more.
    """
    missing = [row for row in rows if row.line not in shown]
    if not missing:
        return
    left = [row.moved_since or row.written_on for row in rows if row.line in shown]
    log = read_flag_log(listed.path, min(row.written_on for row in missing), listed.commit)
    links = _written_links(listed.document) if log else {}
    committed = _read_committed(listed) if log is not None else ""
    # what no commit took out then is in a part of the history that git does not have here
    text = listed.document.raw.decode("utf-8", "replace")
    is_committed = committed.splitlines() == text.splitlines()
    edits: defaultdict[FlagCommit | None, list[CurrentLine]] = defaultdict(list)
    for row in missing:
        line = row.line
        written = line.url if line.kind == "candidate" else links.get(line.subject, "")
        flag = (written, line.state, line.since, line.position)
        was_seen = (row.seen_on or row.moved_since) is not None
        changes = (
            one for one in log or () if has_flag(one.before, *flag) != has_flag(one.after, *flag)
        )
        commit = next(changes, None)
        if commit is None:
            # where none is left, git must have had it
            is_edit = was_seen and (is_committed or bool(left) or log is None)
        elif has_flag(commit.after, *flag):
            is_edit = was_seen and has_flag(committed, *flag)  # otherwise a merge lost it
            commit = None
        else:  # a flag whose link did not stay went with its entry, which is back
            has_stayed = line.kind == "candidate" or has_link(commit.after, written)
            is_edit = (was_seen or not row.has_ended) and has_stayed
        if is_edit:
            edits[commit].append(row)
    for commit, removed in edits.items():
        dates = [row.moved_since or row.written_on for row in removed]
        if (commit and not commit.is_decision) or is_revert(dates, left, by_commit=bool(commit)):
            continue
        for row in removed:
            is_known = commit or not is_committed or row.has_ended
            yield _removal(ctx, row.line, commit) if is_known else row.line


def _removal(ctx: RunContext, line: PublishedLine, commit: FlagCommit | None) -> Override:
    """The override that removing a line makes."""
    is_flag, now = line.kind == "flag", ctx.now()
    what, where = "flag" if is_flag else "line", f" in commit {commit.id}" if commit else ""
    return Override(
        url=line.url,
        kind="keep" if is_flag else "decline",
        verdict=line.state if is_flag else None,
        until=None,
        reason=f"the {what} was removed from {line.list} by hand{where}",
        created_at=credible_time(commit.when, line.since, now) if commit else now,
        author=commit.who if commit else "",
        origin="edit",
    )


def _written_links(document: Document) -> dict[str, str]:
    """Each link as the bytes of the list first have it, as it can be found in the git log."""
    written: dict[str, str] = {}
    for _, one in document.own_occurrences():
        span = one.link_span if one.kind is LinkKind.REFERENCE else one.destination
        text = document.raw[slice(*span)].decode("utf-8", "replace")
        written.setdefault(link_key(one.url), text)
    return written


def overridden_line(override: Override) -> LineKey:
    """The line that an edit removed, of the override it made."""
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
