"""Writes the lists, and records which of our lines they show from then on."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache, cached_property

from staycurrent.curated.document import parse_cached
from staycurrent.curated.save import replace_atomically
from staycurrent.flows.candidates import listed_identities, open_candidates
from staycurrent.flows.context import RunContext
from staycurrent.flows.database import Database
from staycurrent.flows.feedback.manual_edits import overridden_line, published_lines
from staycurrent.flows.link_states import LinkState, Verdicts, link_states
from staycurrent.flows.lists import LazyLists, ListDocument, Repeatable, link_key, parser_for
from staycurrent.flows.rendering import Rendering
from staycurrent.links.verdict import flag_state
from staycurrent.warehouse import candidates, overrides, published
from staycurrent.warehouse.open import Warehouse
from staycurrent.warehouse.overrides import Override
from staycurrent.warehouse.published import CurrentLine, LineEvent, PublishedLine

KnownLines = Mapping[str, Sequence[CurrentLine]]
"""By list, our lines in it before it is written."""
_Event = tuple[PublishedLine, LineEvent]


def write_lists(
    ctx: RunContext,
    db: Database,
    renderings: Sequence[Rendering],
    verdicts: Verdicts | None = None,
    active_overrides: Sequence[Override] | None = None,
) -> int:
    """Replace the lists that changed, each atomically, and record their lines; how many changed.

    The files are written first: a line that is recorded but was never written would look like one
    that a person removed. If the process is killed in between, the next run records the lines.
    Lines that nobody has merged yet, and that are written once more, are recorded before: to a
    repetition of this run they would look merged. `verdicts` and `active_overrides` as in
    `link_states`.
    """
    again: list[_Event] = []
    events: list[_Event] = []
    if ctx.warehouse_path.exists():
        known = {one.name: published.lines_of(db.reading(), one.name).current for one in renderings}
        before = {row.line for rows in known.values() for row in rows}
        for line, event in line_events(ctx, db, renderings, known, verdicts, active_overrides):
            is_again = event is LineEvent.WRITTEN and line in before
            (again if is_again else events).append((line, event))
    warehouse = db.writing() if again or events else None
    if warehouse is not None and again:
        published.add(warehouse, ctx.run_date, again)
    written = sum(
        replace_atomically(rendering.path, rendering.before, rendering.after)
        for rendering in renderings
    )
    if warehouse is not None and events:
        published.add(warehouse, ctx.run_date, events)
    return written


def line_events(
    ctx: RunContext,
    db: Database,
    renderings: Sequence[Rendering],
    known: KnownLines,
    verdicts: Verdicts | None = None,
    active_overrides: Sequence[Override] | None = None,
) -> list[tuple[PublishedLine, LineEvent]]:
    """What happens to our lines once these renderings are the lists."""
    parse = parser_for(len(renderings))
    lists = LazyLists(
        lambda: (
            ListDocument(rendering.path, rendering.name, parse(rendering.after))
            for rendering in renderings
        )
    )
    warehouse = db.reading()
    first_seen = cache(lambda: candidates.first_seen(warehouse))
    endings = _Endings(ctx, warehouse, lists, verdicts, active_overrides)
    return [
        event
        for listed, rendering in zip(lists, renderings, strict=True)
        for event in _list_events(
            ctx, listed, rendering, known[rendering.name], first_seen, endings
        )
    ]


def _list_events(
    ctx: RunContext,
    listed: ListDocument,
    rendering: Rendering,
    rows: Sequence[CurrentLine],
    first_seen: Callable[[], Mapping[str, date]],
    endings: "_Endings",
) -> Iterator[_Event]:
    lines = [
        line
        for line in published_lines(ctx, listed.name, listed.document, first_seen)
        # links in the same place share a flag, which may be that of one of them only
        if line.kind != "flag" or (line.subject, line.state) in rendering.flagged
    ]
    known = {row.line for row in rows}
    yield from ((line, LineEvent.WRITTEN) for line in lines if line not in known)
    shown = {_line_key(line) for line in lines}
    ended = [row.line for row in rows if _line_key(row.line) not in shown]
    unseen = [row.line for row in rows if row.seen_on is None and row.written_on < ctx.run_date]
    if not (ended or unseen):
        return
    before = set(published_lines(ctx, listed.name, parse_cached(rendering.before), first_seen))
    # nobody has merged them, and the list gets them again
    again = set(lines) - before
    yield from ((line, LineEvent.WRITTEN) for line in unseen if line in again)
    if ended:
        shown_before = {_line_key(line) for line in before}
        states = endings.states(listed)
        for line in ended:
            was_shown = _line_key(line) in shown_before
            yield line, endings.event(line, states.get(line.subject, ()), was_shown=was_shown)


def _line_key(line: PublishedLine) -> tuple[object, ...]:
    return (line.kind, line.subject, line.state, line.since)


class _Endings:
    """Why lines are no longer in their lists; what concerns all lists is read once."""

    def __init__(
        self,
        ctx: RunContext,
        warehouse: Warehouse,
        lists: Repeatable,
        verdicts: Verdicts | None,
        active_overrides: Sequence[Override] | None,
    ) -> None:
        self._ctx, self._warehouse, self._lists, self._verdicts = ctx, warehouse, lists, verdicts
        self._given = active_overrides

    @cached_property
    def _active(self) -> Sequence[Override]:
        if self._given is None:
            return overrides.active(self._warehouse, self._ctx.run_date)
        return self._given

    @cached_property
    def _edited(self) -> frozenset[tuple[str, str, str]]:
        """The lines that edits of any list overrode."""
        return frozenset(overridden_line(one) for one in self._active if one.origin == "edit")

    @cached_property
    def _declined(self) -> frozenset[str]:
        """Identities of candidates that are no longer open."""
        still_open = open_candidates(
            self._ctx, self._warehouse, self._lists, active_overrides=self._active
        )
        chosen = {one.identity for one in candidates.current(self._warehouse)}
        return frozenset(chosen - {one.identity for one in still_open})

    @cached_property
    def _listed(self) -> frozenset[str]:
        return listed_identities(self._ctx, self._warehouse, self._lists)

    def states(self, listed: ListDocument) -> Mapping[str, Sequence[LinkState]]:
        """The links of a list by their keys."""
        found: defaultdict[str, list[LinkState]] = defaultdict(list)
        for state in link_states(
            self._ctx,
            self._warehouse,
            listed,
            active_overrides=self._active,
            verdicts=self._verdicts,
        ):
            found[link_key(state.occurrence.url)].append(state)
        return found

    def event(
        self, line: PublishedLine, states: Sequence[LinkState], *, was_shown: bool
    ) -> LineEvent:
        """What happened to a line that is no longer written; `states` of its link.

        A line that `was_shown` until now is removed by us where an edit of another list overrode
        it.
        """
        if was_shown and (line.kind, line.subject, line.state) in self._edited:
            return LineEvent.WITHDRAWN
        if line.kind == "candidate":
            if line.subject in self._listed:
                return LineEvent.GONE
            return LineEvent.REVERTED if line.subject in self._declined else LineEvent.WITHDRAWN
        if not states:
            return LineEvent.GONE
        is_kept = any(one.kept and str(flag_state(one.verdict)) == line.state for one in states)
        return LineEvent.REVERTED if is_kept else LineEvent.WITHDRAWN
