"""The proposal: the rendering of a commit's lists, limited to as much as people will review."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import get_args

from staycurrent.curated.changes import LineChange, inseparable_lines, line_changes, partial_rewrite
from staycurrent.curated.document import Document, parse, parse_cached
from staycurrent.curated.flags import FlagPlace
from staycurrent.curated.rewrite import match_flags
from staycurrent.flows.candidates import open_candidates
from staycurrent.flows.commands.status import status_of
from staycurrent.flows.context import RunContext
from staycurrent.flows.database import Database
from staycurrent.flows.link_states import link_states
from staycurrent.flows.lists import ListDocument
from staycurrent.flows.publishing.changed_lines import (
    ListFacts,
    candidate_urls,
    changed_line,
    states_by_position,
)
from staycurrent.flows.rendering import render
from staycurrent.reports.proposal import (
    ChangedLine,
    ChangeKind,
    PullRequestContent,
    count_by_kind,
)
from staycurrent.warehouse import observations

_WITHOUT_OVERRIDE = (ChangeKind.CLEARED, ChangeKind.DROPPED, ChangeKind.OTHER)
"""Changes that no override can decline: the body of the closed pull request remembers them."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """The new lists, and every line that changes in them."""

    files: Mapping[str, bytes]
    """Bytes of each list that changes, by its path in the repository."""
    content: PullRequestContent


def propose(
    ctx: RunContext,
    db: Database,
    lists: Sequence[ListDocument],
    content: PullRequestContent,
    *,
    proposed: Container[str] = (),
    refused: frozenset[str] = frozenset(),
) -> Proposal:
    """Render the lists, and keep what was not refused and fits, the most certain first.

    Lines beyond that stay as they are in the lists. `content` says where lines are linked to and
    if the pull request is the first. `proposed` has the keys of the open pull
    request: what it proposes stays, so that no review is in vain. `refused` has those of pull
    requests that were closed unmerged. Raises as `flows.rendering.render` does.
    """
    facts = load_list_facts(ctx, db, lists)
    renderings = render(ctx, db, lists)
    drafts = [
        (one, parse_cached(rendering.after))
        for one, rendering in zip(facts, renderings, strict=True)
    ]
    units = [unit for one, after in drafts for unit in _units(one, after)]
    fresh = [unit for unit in units if not unit.is_refused(refused)]
    chosen = frozenset(_choose(fresh, ctx.settings.pull_request.max_lines, proposed))
    files: dict[str, bytes] = {}
    lines: list[ChangedLine] = []
    for one, after in drafts:
        listed = one.listed
        left_out = [
            change
            for unit in units
            if unit.list == listed.name and unit not in chosen
            for change in unit.changes
        ]
        raw = partial_rewrite(listed.document, after, left_out)
        if raw != listed.document.raw:
            files[listed.name] = raw
            lines += changed_lines(one, parse(raw))
    postponed = count_by_kind([line for unit in fresh if unit not in chosen for line in unit.lines])
    content = replace(
        content,
        lines=tuple(lines),
        lists=tuple(files),
        postponed=tuple(postponed),
        status=status_of(ctx, db, lists),
    )
    return Proposal(files, content)


def changed_lines(facts: ListFacts, after: Document) -> list[ChangedLine]:
    """Every line that differs, the most certain first."""
    changes = line_changes(facts.listed.document, after)
    ranked = [changed_line(change, facts, after) for change in changes]
    return [line for _, line in sorted(ranked, key=lambda one: (one[0], one[1].line or 0))]


def load_list_facts(
    ctx: RunContext, db: Database, lists: Sequence[ListDocument]
) -> list[ListFacts]:
    """What the warehouse knows of the lists."""
    warehouse = db.reading()
    states = [link_states(ctx, warehouse, listed) for listed in lists]
    keys = {link.verdict.link for found in states for link in found if link.verdict.since}
    histories = observations.histories(warehouse, keys)
    candidates = open_candidates(ctx, warehouse, lists)
    return [
        ListFacts(
            listed,
            found,
            states_by_position(listed, found, ctx.settings.curated.place),
            match_flags(listed.document, *get_args(FlagPlace)),
            candidate_urls(listed.document),
            histories,
            candidates,
        )
        for listed, found in zip(lists, states, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _Unit:
    """What is proposed together or not at all: a line, a link's lines, or a generated section."""

    list: str
    changes: tuple[LineChange, ...]
    lines: tuple[ChangedLine, ...]
    rank: int

    def is_refused(self, refused: frozenset[str]) -> bool:
        return all(
            (line.kind in _WITHOUT_OVERRIDE or line.makes_no_claim or line.marks_new_entry)
            and refused.issuperset(line.keys)
            for line in self.lines
        )

    def was_proposed(self, proposed: Container[str]) -> bool:
        return any(key in proposed for line in self.lines for key in line.keys)


def _units(facts: ListFacts, after: Document) -> Iterator[_Unit]:
    """The complete rendering of one list, in what belongs together."""
    groups: dict[str | int, list[LineChange]] = {}
    first = inseparable_lines(facts.listed.document, after)
    for change in line_changes(facts.listed.document, after):
        line = change.old_line or 0
        key = change.generated_section or first.get(line, line)
        groups.setdefault(key, []).append(change)
    for group in groups.values():
        ranks, lines = zip(*(changed_line(one, facts, after) for one in group), strict=True)
        yield _Unit(facts.listed.name, tuple(group), lines, min(ranks))


def _choose(units: Iterable[_Unit], max_lines: int, proposed: Container[str]) -> Iterator[_Unit]:
    """As many as fit, those already proposed first; a section that never fits is proposed alone."""
    room = max_lines
    for unit in sorted(units, key=lambda one: (not one.was_proposed(proposed), one.rank)):
        if len(unit.changes) <= room or room == max_lines:
            room -= len(unit.changes)
            yield unit
