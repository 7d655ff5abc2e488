"""What is proposed tonight: the rendering of a commit's lists, as much as people will review."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from staycurrent.curated.changes import LineChange, line_changes, partial_rewrite
from staycurrent.curated.document import Document, parse, parse_cached
from staycurrent.flows.candidates import open_candidates
from staycurrent.flows.commands.status import link_row
from staycurrent.flows.context import RunContext
from staycurrent.flows.database import Database
from staycurrent.flows.link_states import flag_state, link_states
from staycurrent.flows.lists import ListDocument
from staycurrent.flows.maintenance import maintenance_items
from staycurrent.flows.publishing.changed_lines import (
    ListFacts,
    certainty_rank,
    changed_line,
    states_by_position,
)
from staycurrent.flows.rendering import Rendering, render
from staycurrent.links.verdict import VerdictState
from staycurrent.reports.model import LinkRow, MaintenanceSubject, Reversals
from staycurrent.reports.proposal import (
    ChangedLine,
    ChangeKind,
    PullRequestContent,
    PullRequestDetails,
    count_by_kind,
    pull_request_title,
)
from staycurrent.reports.pull_request import pull_request_body
from staycurrent.warehouse import items, observations, published

_UNLEARNABLE = (ChangeKind.CLEARED, ChangeKind.DROPPED, ChangeKind.OTHER)
"""Lines that no decision speaks of: what was closed unmerged is remembered by its body."""


@dataclass(frozen=True, slots=True)
class ProposalLimits:
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
class PullRequestText:
    """What a pull request says."""

    title: str
    body: str


def pull_request_text(proposal: Proposal, frame: PullRequestContent) -> PullRequestText:
    """The words for a proposal; `frame` says where its lines are linked to, and if it is first."""
    told = replace(
        frame,
        lines=proposal.rows,
        lists=tuple(proposal.files),
        postponed=proposal.waiting,
        details=proposal.beside,
    )
    return PullRequestText(pull_request_title(proposal.rows), pull_request_body(told))


def propose(
    ctx: RunContext, db: Database, lists: Sequence[ListDocument], wanted: ProposalLimits
) -> Proposal:
    """Render the lists, and keep to what was not refused and fits; the surest first.

    Lines beyond that stay as they are in the lists. Raises as `flows.render.render` does.
    """
    known = load_list_facts(ctx, db, lists)
    renderings = render(ctx, db, lists)
    around = pull_request_details(ctx, db, known)
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
            rows += changed_lines(one.known, parse(raw))
    waiting = count_by_kind([row for unit in fresh if unit not in chosen for row in unit.rows])
    return Proposal(files, tuple(rows), tuple(waiting), around)


def changed_lines(known: ListFacts, after: Document) -> list[ChangedLine]:
    """Every line that differs, told; the surest first."""
    found = line_changes(known.listed.document, after)
    ordered = sorted(found, key=lambda one: (certainty_rank(one, known), one.new_line or 0))
    return [changed_line(one, known, after) for one in ordered]


def load_list_facts(
    ctx: RunContext, db: Database, lists: Sequence[ListDocument]
) -> list[ListFacts]:
    """What the warehouse knows of the lists."""
    warehouse = db.reading()
    shown = [link_states(ctx, warehouse, listed) for listed in lists]
    keys = {one.verdict.link for found in shown for one in found if one.verdict.since}
    histories = observations.histories(warehouse, keys)
    candidates = open_candidates(ctx, warehouse, lists)
    return [
        ListFacts(one, found, states_by_position(one, found), histories, candidates)
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

    known: ListFacts
    after: Document
    changes: tuple[LineChange, ...]

    @classmethod
    def of(cls, known: ListFacts, rendering: Rendering) -> "_Told":
        after = parse_cached(rendering.after)
        return cls(known, after, line_changes(known.listed.document, after))

    def units(self) -> Iterator[_Unit]:
        together: dict[str | int, list[LineChange]] = {}
        for number, one in enumerate(self.changes):
            together.setdefault(one.generated_section or number, []).append(one)
        for found in together.values():
            rows = tuple(changed_line(one, self.known, self.after) for one in found)
            doubt = min(certainty_rank(one, self.known) for one in found)
            yield _Unit(self.known.listed.name, tuple(found), rows, doubt)

    def without(self, left_out: Iterable[_Unit]) -> bytes:
        waits = [one for unit in left_out for one in unit.changes]
        return partial_rewrite(self.known.listed.document, self.after, waits)


def _chosen(units: Iterable[_Unit], wanted: ProposalLimits) -> Iterator[_Unit]:
    """As many as fit, what is proposed already first; a part that never fits comes alone."""
    room = wanted.max_lines
    for unit in sorted(units, key=lambda one: (not one.was_proposed(wanted.proposed), one.doubt)):
        if len(unit.changes) <= room or room == wanted.max_lines:
            room -= len(unit.changes)
            yield unit


def pull_request_details(
    ctx: RunContext, db: Database, known: Sequence[ListFacts]
) -> PullRequestDetails:
    """What is suspect, blocked or kept, how the feeds are, and what wants looking after."""
    lists = [one.listed for one in known]
    found = [(one.listed, it) for one in known for it in one.standings]
    rows = [(link_row(listed, it), it) for listed, it in found]

    def of(state: VerdictState) -> tuple[LinkRow, ...]:
        return tuple(row for row, it in rows if it.verdict.state is state and not it.kept)

    warehouse = db.reading()
    pulls = items.latest_pulls(warehouse)
    reversals = Reversals(*published.false_alarms(warehouse))
    orders = maintenance_items(ctx, warehouse, lists, found)
    return PullRequestDetails(
        suspect=of(VerdictState.SUSPECT),
        blocked=of(VerdictState.BLOCKED),
        kept=tuple(row for row, it in rows if it.kept and flag_state(it.verdict)),
        sources=pulls,
        false_alarms=f"{reversals.sentence}." if reversals.shown else "",
        maintenance=tuple(one for one in orders if one.subject is not MaintenanceSubject.OVERRIDE),
    )
