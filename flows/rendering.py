"""The lists as they should be, from what the warehouse knows and nothing else."""

import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path

from staycurrent.curated.changes import signed_lines
from staycurrent.curated.document import parse, parse_cached
from staycurrent.curated.flags import FlagStyle
from staycurrent.curated.generated_section import render_candidates
from staycurrent.curated.lint import miswritten_comments
from staycurrent.curated.rewrite import EncodingFix, LinkEdits, append_section, rewrite
from staycurrent.curated.rewrite import fix_encoding as repair_encoding
from staycurrent.flows.candidates import open_candidates
from staycurrent.flows.context import RunContext
from staycurrent.flows.database import Database
from staycurrent.flows.feedback.manual_edits import infer_overrides
from staycurrent.flows.link_states import (
    LinkState,
    Verdicts,
    current_verdicts,
    flags_by_index,
    link_states,
)
from staycurrent.flows.lists import ListDocument, Repeatable, lazy_lists, link_key
from staycurrent.flows.preflight import require_sections
from staycurrent.flows.publishing.git import repository_root
from staycurrent.flows.reporter import screen_of, write_output
from staycurrent.flows.settings.sections import environment
from staycurrent.links.verdict import FlagState, VerdictState, fails_at
from staycurrent.reports.text import sanitise_for
from staycurrent.sources.item import Candidate
from staycurrent.warehouse import observations, overrides
from staycurrent.warehouse.open import Warehouse
from staycurrent.warehouse.overrides import Override

_DIFF_COLOURS = {"-": "\x1b[31m", "+": "\x1b[32m", "@": "\x1b[36m"}
"""As git shows them."""
_NO_LINE_END = "\n\\ No newline at end of file\n"
"""What git says after a last line without one; the next line would be glued to it."""
_CONTEXT = 3
_MOST_MISWRITTEN = 3
_NOT_FAILING = (
    VerdictState.ALIVE,
    VerdictState.STALE,
    VerdictState.BLOCKED,
    VerdictState.UNCHECKED,
)


@dataclass(frozen=True, slots=True)
class Rendering:
    """One list before and after; if nothing changes, the bytes are equal."""

    path: Path
    name: str
    before: bytes
    after: bytes
    encoding_fix: EncodingFix | None = None
    """Repaired text; None where that was not asked for."""
    flagged: frozenset[tuple[str, FlagState]] = frozenset()
    """The flags that it shows, with the keys of their links."""

    @property
    def changed(self) -> bool:
        """Whether the list would change."""
        return self.before != self.after

    @property
    def diff(self) -> str:
        """A unified diff that git can apply; empty where nothing changes.

        In a checkout it has the list's path from the top, as git prints it.
        """
        if not self.changed:
            return ""
        lines = signed_lines(parse_cached(self.before), parse_cached(self.after))
        olds = [*accumulate((sign != "+" for sign, _ in lines), initial=0)]
        news = [*accumulate((sign != "-" for sign, _ in lines), initial=0)]
        real = self.path.resolve()
        root = repository_root(real.parent)
        name = real.relative_to(root).as_posix() if root else self.name
        tab = "\t" if " " in name else ""  # where a name with blanks ends
        # without git's own header, it would take the path for one from the current folder
        header = f"diff --git a/{name} b/{name}\n" if root else ""
        text = [f"{header}--- a/{name}{tab}\n+++ b/{name}{tab}\n"]
        for start, end in _hunks([sign for sign, _ in lines]):
            old, new = (_range_text(at[start], at[end]) for at in (olds, news))
            text.append(f"@@ -{old} +{new} @@\n")
            for sign, line in lines[start:end]:
                end_of_line = "" if line.endswith(b"\n") else _NO_LINE_END
                text.append(f"{sign}{line.decode('utf-8', 'replace')}{end_of_line}")
        return "".join(text)


def _hunks(signs: Sequence[str]) -> list[tuple[int, int]]:
    """Where the hunks of a diff begin and end; those that touch are one."""
    hunks: list[tuple[int, int]] = []
    for at, sign in enumerate(signs):
        if sign != " ":
            start = max(0, at - _CONTEXT)
            start = hunks.pop()[0] if hunks and start <= hunks[-1][1] else start
            hunks.append((start, min(len(signs), at + 1 + _CONTEXT)))
    return hunks


def _range_text(start: int, end: int) -> str:
    """Lines of a hunk in its header: the first and how many; of none, the line before them."""
    if end - start == 1:
        return str(end)
    return f"{start + 1 if end > start else start},{end - start}"


def print_diffs(renderings: Iterable[Rendering]) -> None:
    """Write the diffs of the lists to stdout, in colours where the terminal wants them."""
    text = sanitise_for("".join(one.diff for one in renderings), sys.stdout)
    screen = screen_of(sys.stdout, environment())
    if screen is not None and screen.colours:
        text = re.sub(
            r"(?m)^([-+@]).*$", lambda one: f"{_DIFF_COLOURS[one[1]]}{one[0]}\x1b[0m", text
        )
    write_output(text, is_utf8=True)


def render(
    ctx: RunContext,
    db: Database,
    lists: Repeatable | None = None,
    *,
    verdicts: Verdicts | None = None,
    active_overrides: Sequence[Override] | None = None,
    create: bool = False,
    fix_encoding: bool = False,
    release: bool = False,
) -> tuple[Rendering, ...]:
    """What each list should contain; nothing is written.

    `lists`: other documents than those of the context, such as those of a commit. `verdicts` as in
    `link_states`. `active_overrides` are those that apply since `record_overrides`; without them,
    what people removed by hand stays removed, too, although that is not recorded yet. `create`
    appends a missing generated section to the first list; `fix_encoding` repairs wrongly decoded
    text; `release` shows what the anomaly guard holds back. Raises UnusableList, BadMarkers and
    UnsafeRewrite.
    """
    lists = lazy_lists(ctx) if lists is None else lists
    warehouse = db.reading()
    if active_overrides is None:
        active = overrides.active(warehouse, ctx.run_date)
        found = infer_overrides(ctx, warehouse, lists, active, verdicts)
        active_overrides = found.applied_to(active)
    candidates = open_candidates(ctx, warehouse, lists, active_overrides=active_overrides)
    renderings: list[Rendering] = []
    for listed in lists:
        require_sections([listed])
        _report_miswritten(ctx, listed)
        before = listed.document.raw
        fix = repair_encoding(listed.document) if fix_encoding else None
        if fix is not None and fix.count:
            listed = replace(listed, document=parse(fix.raw))  # noqa: PLW2901 -- the same list
        states = link_states(
            ctx, warehouse, listed, active_overrides=active_overrides, verdicts=verdicts
        )
        if release:
            states = tuple(replace(state, held=False) for state in states)
        edits = link_edits(ctx, warehouse, states)
        is_first = create and not renderings
        after, flagged = _rewrite(ctx, listed, states, edits, candidates, create=is_first)
        # a list that does not change is kept in memory once
        after = before if after == before else after
        renderings.append(Rendering(listed.path, listed.name, before, after, fix, flagged))
    return tuple(renderings)


def _report_miswritten(ctx: RunContext, listed: ListDocument) -> None:
    """Name the first comments that are meant as ours and are not understood."""
    found = miswritten_comments(listed.document)
    for one in found[:_MOST_MISWRITTEN]:
        where = f"{listed.name}:{one.line}:{one.column}"
        ctx.reporter.info(f"render: {where}: {one.text} {one.sentence}")
    if len(found) > _MOST_MISWRITTEN:
        more = len(found) - _MOST_MISWRITTEN
        ctx.reporter.info(f"render: ... and {more} more in {listed.name}; see `staycurrent status`")


def _rewrite(
    ctx: RunContext,
    listed: ListDocument,
    states: Sequence[LinkState],
    edits: LinkEdits,
    candidates: Sequence[Candidate],
    *,
    create: bool,
) -> tuple[bytes, frozenset[tuple[str, FlagState]]]:
    """The bytes of the list, and the flags in them with the keys of their links."""
    settings, document = ctx.settings.curated, listed.document
    style = FlagStyle(settings.glyphs, settings.place)
    flags = flags_by_index(states) if settings.flags == "inline" else {}
    shown = {flag.state for index, flag in flags.items() if index not in edits.urls}
    text = render_candidates(candidates, style, shown)
    name = settings.section
    has_section = bool(name) and any(marker.name == name for marker in document.markers)
    sections = {name: text} if has_section else {}
    after = rewrite(document, flags=flags, style=style, sections=sections, edits=edits)
    if create and name and not has_section:
        after = append_section(after, name, text)
    return after, frozenset(
        (link_key(document.occurrences[index].url), flag.state) for index, flag in flags.items()
    )


def link_edits(ctx: RunContext, warehouse: Warehouse, states: Sequence[LinkState]) -> LinkEdits:
    """What the settings want done to dead and moved links; kept links have no flag, so no edit.

    A new URL is not written where it is known to fail, by the link's own checks too, or to
    redirect: two addresses that redirect to each other would alternate.
    """
    settings = ctx.settings.curated
    flagged = [(one.index, one.verdict, one.flag.state) for one in states if one.flag is not None]
    dead = {index: verdict.archive for index, verdict, state in flagged if state is FlagState.DEAD}
    is_fixed = settings.moved == "fix"
    moves = {index: one for index, one, state in flagged if is_fixed and state is FlagState.MOVED}
    histories = observations.histories(warehouse, [one.link for one in moves.values()])
    moved = {
        index: verdict.suggestion
        for index, verdict in moves.items()
        if verdict.suggestion and not fails_at(verdict.suggestion, histories[verdict.link])
    }
    keys = {url: link_key(url) for url in moved.values()}
    verdicts = current_verdicts(ctx, warehouse, list(dict.fromkeys(keys.values())))
    fine = {url for url, key in keys.items() if verdicts[key].state in _NOT_FAILING}
    return LinkEdits(
        struck=frozenset(dead if settings.dead == "strike" else ()),
        snapshots={index: url for index, url in dead.items() if url and settings.dead == "archive"},
        urls={index: url for index, url in moved.items() if url in fine},
    )
