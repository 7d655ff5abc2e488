"""Writes the lists, and records which of our lines they show from then on."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from staycurrent.curated.document import parse_cached
from staycurrent.curated.save import replace_atomically
from staycurrent.flows.candidates import listed_identities
from staycurrent.flows.context import RunContext
from staycurrent.flows.database import Database
from staycurrent.flows.feedback.manual_edits import OurLines, overridden_line
from staycurrent.flows.link_states import LinkState, Verdicts
from staycurrent.flows.lists import LazyLists, ListDocument, link_key, parser_for
from staycurrent.flows.rendering import Rendering
from staycurrent.links.verdict import flag_state
from staycurrent.warehouse import candidates, published
from staycurrent.warehouse.overrides import Override
from staycurrent.warehouse.published import CurrentLine, LineEvent, LineKey, PublishedLine

_Event = tuple[PublishedLine, LineEvent]


def write_lists(
    ctx: RunContext,
    db: Database,
    renderings: Sequence[Rendering],
    active_overrides: Sequence[Override],
    verdicts: Verdicts | None = None,
) -> int:
    """Replace the lists that changed, each atomically, and record their lines; how many changed.

    The files are written first: a line that is recorded but was never written would look like one
    that a person removed. If the process is killed in between, the next run records the lines.
    Lines that nobody has merged yet, and that are written once more, are recorded before: to a
    repetition of this run they would look merged. `verdicts` as in `link_states`.
    """
    again: list[_Event] = []
    events: list[_Event] = []
    if ctx.warehouse_path.exists():
        known = {one.name: published.lines_of(db.reading(), one.name).current for one in renderings}
        before = {row.line for rows in known.values() for row in rows}
        for line, event in line_events(ctx, db, renderings, known, active_overrides, verdicts):
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
    known: Mapping[str, Sequence[CurrentLine]],
    active_overrides: Sequence[Override],
    verdicts: Verdicts | None,
) -> list[_Event]:
    """What happens to our lines once these renderings are the lists.

    `known` are the lines of each list before it is written.
    """
    parse = parser_for(len(renderings))
    lists = LazyLists(
        lambda: (
            ListDocument(rendering.path, rendering.name, parse(rendering.after))
            for rendering in renderings
        )
    )
    ours = _WrittenLines(ctx, db.reading(), lists, active_overrides, verdicts)
    return [
        event
        for listed, rendering in zip(lists, renderings, strict=True)
        for event in ours.events(listed, rendering, known[rendering.name])
    ]


class _WrittenLines(OurLines):
    """Our lines in lists that are written, and why others are no longer in them."""

    @cached_property
    def _edited(self) -> frozenset[LineKey]:
        """The lines that edits of any list overrode."""
        return frozenset(overridden_line(one) for one in self.active if one.origin == "edit")

    @cached_property
    def _declined(self) -> frozenset[str]:
        """Identities of candidates that are no longer open."""
        chosen = {one.identity for one in candidates.current(self.warehouse)}
        return frozenset(chosen - {one.identity for one in self.still_open})

    @cached_property
    def _listed(self) -> frozenset[str]:
        return listed_identities(self.ctx, self.warehouse, self.lists)

    def events(
        self, listed: ListDocument, rendering: Rendering, rows: Sequence[CurrentLine]
    ) -> Iterator[_Event]:
        """What happens to our lines in one list."""
        lines = [
            line
            for line in self.published(listed.name, listed.document)
            # links in the same place share a flag, which may be that of one of them only
            if line.kind != "flag" or (line.subject, line.state) in rendering.flagged
        ]
        known = {row.line for row in rows}
        yield from ((line, LineEvent.WRITTEN) for line in lines if line not in known)
        shown = {(line.key, line.since) for line in lines}
        ended = [row.line for row in rows if (row.line.key, row.line.since) not in shown]
        run_date = self.ctx.run_date
        unseen = [row.line for row in rows if row.seen_on is None and row.written_on < run_date]
        if not (ended or unseen):
            return
        before = set(self.published(listed.name, parse_cached(rendering.before)))
        # nobody has merged them, and the list gets them again
        again = set(lines) - before
        yield from ((line, LineEvent.WRITTEN) for line in unseen if line in again)
        if ended:
            shown_before = {(line.key, line.since) for line in before}
            states: defaultdict[str, list[LinkState]] = defaultdict(list)
            for state in self.states(listed):
                states[link_key(state.occurrence.url)].append(state)
            for line in ended:
                was_shown = (line.key, line.since) in shown_before
                yield line, self._end(line, states[line.subject], was_shown=was_shown)

    def _end(
        self, line: PublishedLine, states: Sequence[LinkState], *, was_shown: bool
    ) -> LineEvent:
        """What happened to a line that is no longer written; `states` of its link.

        A line that `was_shown` until now is removed by us where an edit of another list overrode
        it.
        """
        if was_shown and line.key in self._edited:
            return LineEvent.WITHDRAWN
        if line.kind == "candidate":
            if line.subject in self._listed:
                return LineEvent.GONE
            return LineEvent.REVERTED if line.subject in self._declined else LineEvent.WITHDRAWN
        if not states:
            return LineEvent.GONE
        is_kept = any(one.kept and str(flag_state(one.verdict)) == line.state for one in states)
        return LineEvent.REVERTED if is_kept else LineEvent.WITHDRAWN
