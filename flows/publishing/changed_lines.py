"""What each changed line says: its links and candidates, with the evidence for each."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from staycurrent.curated.changes import FlaggedLines, LineChange, LineFlag
from staycurrent.curated.document import Document
from staycurrent.curated.flags import Flag, FlagState
from staycurrent.curated.occurrence import Occurrence
from staycurrent.flows.link_states import LinkState
from staycurrent.flows.lists import ListDocument, link_key
from staycurrent.identity import identify
from staycurrent.links.observation import Observation
from staycurrent.links.verdict import VerdictState
from staycurrent.reports.proposal import ChangedLine, ChangeKind, ProposedChange, proposal_key
from staycurrent.reports.wording import evidence_text, is_from_provider
from staycurrent.sources.item import Candidate

_SECTIONS = {
    FlagState.DEAD: ChangeKind.DEAD,
    FlagState.INSECURE: ChangeKind.INSECURE,
    FlagState.MOVED: ChangeKind.MOVED,
    FlagState.MALFORMED: ChangeKind.MALFORMED,
    FlagState.ARCHIVED: ChangeKind.STALE,
    FlagState.IDLE: ChangeKind.STALE,
    FlagState.WITHDRAWN: ChangeKind.STALE,
    FlagState.NEW: ChangeKind.NEW,
}
_SUREST = ("gone", "archived", "withdrawn", "disabled", "renamed", "malformed")
_SURE = ("missing", "dns", "redirected", "tls")
_SOFT = ("soft_missing", "parked", "home_redirect", "taken_over")
_LEAST = 9
"""After every flag: candidates, and lines that say nothing of a link."""


@dataclass(frozen=True, slots=True)
class ListFacts:
    """What is known of one list, to tell its changes by."""

    listed: ListDocument
    standings: tuple[LinkState, ...]
    spots: Mapping[tuple[int, int], Sequence[LinkState]]
    """Those whose flag stands, or would stand, on a line at a byte; see `curated.changes.Mark`."""
    histories: Mapping[str, Sequence[Observation]]
    candidates: tuple[Candidate, ...]

    def of(self, change: LineChange, mark: LineFlag) -> Sequence[LinkState]:
        """The links that a flag of a line belongs to."""
        return self.spots.get((change.old_line or 0, mark.column), ())

    def with_flag(self, change: LineChange) -> list[tuple[LinkState, Flag]]:
        """The links of a line that get a flag, with the flag that each gets."""
        return [
            (one, mark.flag)
            for mark in sorted(change.flags_added, key=lambda mark: mark.column)
            for one in self.of(change, mark) or self.on(change)
            if one.flag is not None and one.flag.state is mark.flag.state
        ]

    def on(self, change: LineChange) -> list[LinkState]:
        """All links of a line: where a strike came with the flag, bytes do not tell which."""
        found = (at for (line, _), at in self.spots.items() if line == change.old_line)
        return list({one.index: one for group in found for one in group}.values())

    def fixed(self, change: LineChange) -> list[LinkState]:
        """The links of a line that get their new address and no flag."""
        if change.generated_section is not None or change.flags_added:
            return []
        moved = (one for one in self.on(change) if one.verdict.state is VerdictState.MOVED)
        return [one for one in moved if one.flag and one.occurrence.url not in (change.after or "")]


def states_by_position(
    listed: ListDocument, found: Iterable[LinkState]
) -> Mapping[tuple[int, int], list[LinkState]]:
    """Standings by where their flags may stand: behind the link, or at the end of the entry."""
    lines = FlaggedLines.of(listed.document)
    at: dict[tuple[int, int], list[LinkState]] = {}
    for one in found:
        offsets = {one.occurrence.flag_offset, one.occurrence.entry_flag_offset} - {None}
        for spot in {lines.position(offset) for offset in offsets if offset is not None}:
            at.setdefault(spot, []).append(one)
    return at


def flag_key(state: str, url: str) -> str:
    """What a flag is remembered by: what it says, of which link, however that is spelled."""
    return proposal_key("flag", state, link_key(url))


def candidate_key(url: str) -> str:
    """What a candidate is remembered by."""
    return proposal_key("new", str(identify(url) or url))


def changed_line(change: LineChange, known: ListFacts, after: Document) -> ChangedLine:
    """One changed line of a list, told."""
    findings = tuple(_findings(change, known, after))
    return ChangedLine(
        kind=ChangeKind.MOVED if known.fixed(change) else _section(change, findings),
        list=known.listed.name,
        line=change.new_line,
        before=change.before,
        after=change.after,
        changes=findings,
    )


def certainty_rank(change: LineChange, known: ListFacts) -> int:
    """How far down a change is told and proposed, from 0; what is surest comes first."""
    if change.generated_section is not None:
        return _LEAST
    if known.fixed(change):
        return 1
    own = (_doubt(one, known) for one, _ in known.with_flag(change))
    return min(own, default=1 if change.flags_removed else _LEAST)


def _doubt(one: LinkState, known: ListFacts) -> int:
    reason = one.verdict.reason
    if reason in _SUREST:
        return 0
    if reason in _SURE:
        return 0 if is_from_provider(known.histories.get(one.verdict.link, ())) else 1
    if reason in _SOFT:
        return 2
    return 4 if reason in ("idle", "superseded") else 3


def _section(change: LineChange, findings: Sequence[ProposedChange]) -> ChangeKind:
    if change.generated_section is not None:
        if not findings:
            return ChangeKind.OTHER
        return ChangeKind.DROPPED if change.new_line is None else ChangeKind.NEW
    order = list(ChangeKind)
    came = [_SECTIONS[mark.flag.state] for mark in change.flags_added]
    if came and findings:
        return min(came, key=order.index)
    return (
        ChangeKind.CLEARED
        if change.flags_removed and not change.flags_added and findings
        else ChangeKind.OTHER
    )


def _findings(change: LineChange, known: ListFacts, after: Document) -> Iterator[ProposedChange]:
    if change.generated_section is not None:
        yield from _of_part(change, known, after)
    elif change.flags_added:
        yield from (_of_flag(one, flag, known) for one, flag in known.with_flag(change))
    elif known.fixed(change):
        for one in known.fixed(change):
            if one.flag is not None:
                yield _of_flag(one, one.flag, known)
    else:
        yield from _of_cleared(change, known)


def _of_flag(one: LinkState, flag: Flag, known: ListFacts) -> ProposedChange:
    verdict, url = one.verdict, one.occurrence.url
    return ProposedChange(
        key=flag_key(flag.state, url),
        title=one.occurrence.title or url,
        url=url,
        claim=str(flag.state),
        evidence=evidence_text(verdict, known.histories.get(verdict.link, ())),
        suggestion=verdict.suggestion,
        snapshot=verdict.archive,
    )


def _of_cleared(change: LineChange, known: ListFacts) -> Iterator[ProposedChange]:
    for mark in change.flags_removed:
        for one in known.of(change, mark)[:1]:
            url, state = one.occurrence.url, mark.flag.state
            yield ProposedChange(
                key=proposal_key("cleared", state, mark.flag.since.isoformat(), link_key(url)),
                title=one.occurrence.title or url,
                url=url,
                claim=str(state),
                evidence=f"no longer {state}: {_since(one)}",
            )


def _since(one: LinkState) -> str:
    if one.kept:
        return "kept by a person"
    verdict = one.verdict
    return f"{verdict.state} since {verdict.since}" if verdict.since else str(verdict.state)


def _of_part(change: LineChange, known: ListFacts, after: Document) -> Iterator[ProposedChange]:
    document = known.listed.document if change.new_line is None else after
    number = change.old_line if change.new_line is None else change.new_line
    offered = {one.url: one for one in known.candidates}
    for place in document.occurrences:
        if place.generated_section == change.generated_section and place.line == number:
            one = offered.get(place.url)
            yield _of_candidate(place, one)
            return


def _of_candidate(place: Occurrence, one: Candidate | None) -> ProposedChange:
    feed = one.source.replace("_", " ") if one else ""
    why = f"{feed}: {one.why}; since {one.first_seen}" if one else "taken, declined or aged out"
    section = f"for {one.section[-1]}; " if one and one.section else ""
    return ProposedChange(
        key=candidate_key(place.url),
        title=place.title or place.url,
        url=place.url,
        claim="wanted",
        evidence=f"{section}{why}",
    )
