"""What is proposed tonight: the rendering of a commit's lists, as much as people will review."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from staycurrent.curated.changes import LineChange, line_changes, partial_rewrite
from staycurrent.curated.document import Document, parse, parse_cached
from staycurrent.flows.candidates import open_candidates
from staycurrent.flows.context import RunContext
from staycurrent.flows.database import Database
from staycurrent.flows.link_states import link_states
from staycurrent.flows.lists import ListDocument
from staycurrent.flows.pull_request.beside import beside
from staycurrent.flows.pull_request.rows import Known, row, spots, sureness
from staycurrent.flows.rendering import Rendering, render
from staycurrent.reports.proposal import (
    ChangedLine,
    ChangeKind,
    PullRequestContent,
    PullRequestDetails,
    count_by_kind,
    pull_request_title,
)
from staycurrent.reports.pull_request import pull_request_body
from staycurrent.warehouse import observations

_UNLEARNABLE = (ChangeKind.CLEARED, ChangeKind.DROPPED, ChangeKind.OTHER)
"""Lines that no decision speaks of: what was closed unmerged is remembered by its body."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How much is to be proposed, and what not again."""

    max_lines: int
    proposed: frozenset[str] = frozenset()
    """Keys of what the open pull request proposes: it stays, so that nobody reviews in vain."""
    refused: frozenset[str] = frozenset()
    """Keys of what was proposed in pull requests that were closed unmerged."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """The new lists, and every line that changes in them."""

    files: Mapping[str, bytes]
    """Bytes of each list that changes, by its path in the repository."""
    rows: tuple[ChangedLine, ...]
    waiting: tuple[tuple[ChangeKind, int], ...]
    """Lines that would change too, counted by section."""
    beside: PullRequestDetails


@dataclass(frozen=True, slots=True)
class Page:
    """What a pull request says."""

    title: str
    body: str


def page(proposal: Proposal, frame: PullRequestContent) -> Page:
    """The words for a proposal; `frame` says where its lines are linked to, and if it is first."""
    told = replace(
        frame,
        lines=proposal.rows,
        lists=tuple(proposal.files),
        postponed=proposal.waiting,
        details=proposal.beside,
    )
    return Page(pull_request_title(proposal.rows), pull_request_body(told))


def propose(
    ctx: RunContext, db: Database, lists: Sequence[ListDocument], wanted: Wanted
) -> Proposal:
    """Render the lists, and keep to what was not refused and fits; the surest first.

    Lines beyond that stay as they are in the lists. Raises as `flows.render.render` does.
    """
    known = know(ctx, db, lists)
    renderings = render(ctx, db, lists)
    around = beside(ctx, db, known)
    told = [_Told.of(one, rendering) for one, rendering in zip(known, renderings, strict=True)]
    units = [unit for one in told for unit in one.units()]
    fresh = [unit for unit in units if not unit.is_refused(wanted.refused)]
    chosen = frozenset(_chosen(fresh, wanted))
    files: dict[str, bytes] = {}
    rows: list[ChangedLine] = []
    for one in told:
        own = [unit for unit in units if unit.list == one.known.listed.name]
        raw = one.without([unit for unit in own if unit not in chosen])
        if raw != one.known.listed.document.raw:
            files[one.known.listed.name] = raw
            rows += rows_of(one.known, parse(raw))
    waiting = count_by_kind([row for unit in fresh if unit not in chosen for row in unit.rows])
    return Proposal(files, tuple(rows), tuple(waiting), around)


def rows_of(known: Known, after: Document) -> list[ChangedLine]:
    """Every line that differs, told; the surest first."""
    found = line_changes(known.listed.document, after)
    ordered = sorted(found, key=lambda one: (sureness(one, known), one.new_line or 0))
    return [row(one, known, after) for one in ordered]


def know(ctx: RunContext, db: Database, lists: Sequence[ListDocument]) -> list[Known]:
    """What the warehouse knows of the lists."""
    warehouse = db.reading()
    shown = [link_states(ctx, warehouse, listed) for listed in lists]
    keys = {one.verdict.link for found in shown for one in found if one.verdict.since}
    histories = observations.histories(warehouse, keys)
    candidates = open_candidates(ctx, warehouse, lists)
    return [
        Known(one, found, spots(one, found), histories, candidates)
        for one, found in zip(lists, shown, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _Unit:
    """What is proposed together or not at all: a line, or a generated part."""

    list: str
    changes: tuple[LineChange, ...]
    rows: tuple[ChangedLine, ...]
    doubt: int

    def is_refused(self, refused: frozenset[str]) -> bool:
        return all(one.kind in _UNLEARNABLE and refused.issuperset(one.keys) for one in self.rows)

    def was_proposed(self, proposed: frozenset[str]) -> bool:
        return any(key in proposed for one in self.rows for key in one.keys)


@dataclass(frozen=True, slots=True)
class _Told:
    """One list's whole rendering, told line by line."""

    known: Known
    after: Document
    changes: tuple[LineChange, ...]

    @classmethod
    def of(cls, known: Known, rendering: Rendering) -> "_Told":
        after = parse_cached(rendering.after)
        return cls(known, after, line_changes(known.listed.document, after))

    def units(self) -> Iterator[_Unit]:
        together: dict[str | int, list[LineChange]] = {}
        for number, one in enumerate(self.changes):
            together.setdefault(one.generated_section or number, []).append(one)
        for found in together.values():
            rows = tuple(row(one, self.known, self.after) for one in found)
            doubt = min(sureness(one, self.known) for one in found)
            yield _Unit(self.known.listed.name, tuple(found), rows, doubt)

    def without(self, left_out: Iterable[_Unit]) -> bytes:
        waits = [one for unit in left_out for one in unit.changes]
        return partial_rewrite(self.known.listed.document, self.after, waits)


def _chosen(units: Iterable[_Unit], wanted: Wanted) -> Iterator[_Unit]:
    """As many as fit, what is proposed already first; a part that never fits comes alone."""
    room = wanted.max_lines
    for unit in sorted(units, key=lambda one: (not one.was_proposed(wanted.proposed), one.doubt)):
        if len(unit.changes) <= room or room == wanted.max_lines:
            room -= len(unit.changes)
            yield unit
