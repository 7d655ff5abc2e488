"""The lists are replaced, and what they show from now on is noted."""

from collections.abc import Iterator, Sequence
from functools import cached_property

from staycurrent.curated.document import parse_cached
from staycurrent.flows.candidates import open_candidates
from staycurrent.flows.context import RunContext
from staycurrent.flows.database import reading, writing
from staycurrent.flows.feedback.published_lines import published_lines
from staycurrent.flows.lessons import spoken_of
from staycurrent.flows.link_states import LinkState, flag_state, link_states
from staycurrent.flows.lists import LazyLists, ListDocument, Repeatable, link_key, parser_for
from staycurrent.flows.rendering import Rendering, replace_lists
from staycurrent.identity import identify
from staycurrent.warehouse import candidates, decisions, published
from staycurrent.warehouse.open import Warehouse
from staycurrent.warehouse.published import Event, Line


def write_lists(night: RunContext, renderings: Sequence[Rendering]) -> int:
    """Replace the lists that changed and note their lines; how many were written.

    The lists come first: a line that is noted and was never written would look like one that a
    person took out. Killed between the two, the next run notes what it finds.
    """
    if not night.warehouse_path.exists():
        return replace_lists(renderings)
    events = line_events(night, renderings)
    if not events:
        return replace_lists(renderings)
    with writing(night) as warehouse:
        written = replace_lists(renderings)
        published.note(warehouse, night.run_date, events)
    return written


def line_events(night: RunContext, renderings: Sequence[Rendering]) -> list[tuple[Line, Event]]:
    """What becomes of our lines once these renderings are the lists."""
    lists = LazyLists(lambda: _listed(renderings))
    with reading(night) as warehouse:
        return [
            event
            for listed, one in zip(lists, renderings, strict=True)
            for event in _of_list(night, warehouse, lists, listed, one)
        ]


def _listed(renderings: Sequence[Rendering]) -> Iterator[ListDocument]:
    """The lists as they will be."""
    take_apart = parser_for(len(renderings))
    for one in renderings:
        yield ListDocument(one.path, one.name, take_apart(one.after))


def _of_list(
    night: RunContext,
    warehouse: Warehouse,
    lists: Repeatable,
    listed: ListDocument,
    shows: Rendering,
) -> Iterator[tuple[Line, Event]]:
    rows = published.standing(warehouse, listed.name)
    first_seen = {one.identity: one.first_seen for one in candidates.former(warehouse)}
    lines = [
        line
        for line in published_lines(night, listed.name, listed.document, first_seen)
        if line.kind != "flag" or (line.subject, line.state) in shows.flagged
    ]  # links that share a spot share a flag, which may speak of one of them
    known = {row.line for row in rows}
    yield from ((line, Event.WRITTEN) for line in lines if line not in known)
    shown = {_name(line) for line in lines}
    ended = [row.line for row in rows if _name(row.line) not in shown]
    if ended:
        fates = _Fates(night, warehouse, lists, listed)
        stood = {
            _name(one)
            for one in published_lines(night, listed.name, parse_cached(shows.before), first_seen)
        }
        yield from ((line, fates.of(line, stood=_name(line) in stood)) for line in ended)


def _name(line: Line) -> tuple[object, ...]:
    return (line.kind, line.subject, line.state, line.since)


class _Fates:
    """Why lines that stood in a list stand there no more."""

    def __init__(
        self, night: RunContext, warehouse: Warehouse, lists: Repeatable, listed: ListDocument
    ) -> None:
        self._keys: dict[str, list[LinkState]] = {}
        for one in link_states(night, warehouse, listed):
            self._keys.setdefault(link_key(one.occurrence.url), []).append(one)
        self._lists = lists
        chosen = {one.identity for one in candidates.standing(warehouse)}
        self._declined = chosen - {one.identity for one in open_candidates(night, warehouse, lists)}
        settled = decisions.standing(warehouse, night.run_date)
        self._edited = {spoken_of(one) for one in settled if one.origin == "edit"}

    @cached_property
    def _taken(self) -> frozenset[str]:
        """All that stands in the lists; asked for where a candidate went, which is seldom."""
        places = (place for each in self._lists for _, place in each.places())
        return frozenset(str(identify(place.url)) for place in places)

    def of(self, line: Line, *, stood: bool) -> Event:
        """What became of a line that is not written any more.

        Where it `stood` until tonight and another list's edit decided on it, we take it out.
        """
        if stood and (line.kind, line.subject, line.state) in self._edited:
            return Event.WITHDRAWN
        if line.kind == "candidate":
            if line.subject in self._taken:
                return Event.GONE
            return Event.TAKEN_BACK if line.subject in self._declined else Event.WITHDRAWN
        found = self._keys.get(line.subject, ())
        if not found:
            return Event.GONE
        is_kept = any(one.kept and str(flag_state(one.verdict)) == line.state for one in found)
        return Event.TAKEN_BACK if is_kept else Event.WITHDRAWN
