"""What each changed line says: its links and candidates, with the evidence for each."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from staycurrent.curated.changes import Change, Lines, Mark
from staycurrent.curated.document import Document
from staycurrent.curated.flags import Flag, FlagState
from staycurrent.curated.place import Place
from staycurrent.flows.conclude import Standing
from staycurrent.flows.listing import Listed, key_of
from staycurrent.links.observation import Observation
from staycurrent.links.verdict import State
from staycurrent.reports.boxes import key
from staycurrent.reports.evidence import evidence, is_by_authority
from staycurrent.reports.proposed import Finding, Row, Section
from staycurrent.sources.item import Candidate
from staycurrent.web.identity import identify

_SECTIONS = {
    FlagState.DEAD: Section.DEAD,
    FlagState.INSECURE: Section.INSECURE,
    FlagState.MOVED: Section.MOVED,
    FlagState.MALFORMED: Section.MALFORMED,
    FlagState.ARCHIVED: Section.STALE,
    FlagState.IDLE: Section.STALE,
    FlagState.WITHDRAWN: Section.STALE,
    FlagState.NEW: Section.NEW,
}
_SUREST = ("gone", "archived", "withdrawn", "disabled", "renamed", "malformed")
_SURE = ("missing", "dns", "redirected", "tls")
_SOFT = ("soft_missing", "parked", "home_redirect", "taken_over")
_LEAST = 9
"""After every flag: candidates, and lines that say nothing of a link."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one list, to tell its changes by."""

    listed: Listed
    standings: tuple[Standing, ...]
    spots: Mapping[tuple[int, int], Sequence[Standing]]
    """Those whose flag stands, or would stand, on a line at a byte; see `curated.changes.Mark`."""
    histories: Mapping[str, Sequence[Observation]]
    candidates: tuple[Candidate, ...]

    def of(self, change: Change, mark: Mark) -> Sequence[Standing]:
        """The links that a flag of a line belongs to."""
        return self.spots.get((change.was_line or 0, mark.at), ())

    def with_flag(self, change: Change) -> list[tuple[Standing, Flag]]:
        """The links of a line that get a flag, with the flag that each gets."""
        return [
            (one, mark.flag)
            for mark in sorted(change.came, key=lambda mark: mark.at)
            for one in self.of(change, mark) or self.on(change)
            if one.flag is not None and one.flag.state is mark.flag.state
        ]

    def on(self, change: Change) -> list[Standing]:
        """All links of a line: where a strike came with the flag, bytes do not tell which."""
        found = (at for (line, _), at in self.spots.items() if line == change.was_line)
        return list({one.index: one for group in found for one in group}.values())

    def fixed(self, change: Change) -> list[Standing]:
        """The links of a line that get their new address and no flag."""
        if change.part is not None or change.came:
            return []
        moved = (one for one in self.on(change) if one.verdict.state is State.MOVED)
        return [one for one in moved if one.flag and one.place.url not in (change.after or "")]


def spots(listed: Listed, found: Iterable[Standing]) -> Mapping[tuple[int, int], list[Standing]]:
    """Standings by where their flags may stand: behind the link, or at the end of the entry."""
    lines = Lines.of(listed.document)
    at: dict[tuple[int, int], list[Standing]] = {}
    for one in found:
        offsets = {one.place.after, one.place.end_of_entry} - {None}
        for spot in {lines.position(offset) for offset in offsets if offset is not None}:
            at.setdefault(spot, []).append(one)
    return at


def flag_key(state: str, url: str) -> str:
    """What a flag is remembered by: what it says, of which link, however that is spelled."""
    return key("flag", state, key_of(url))


def candidate_key(url: str) -> str:
    """What a candidate is remembered by."""
    return key("new", str(identify(url) or url))


def row(change: Change, known: Known, after: Document) -> Row:
    """One changed line of a list, told."""
    findings = tuple(_findings(change, known, after))
    return Row(
        section=Section.MOVED if known.fixed(change) else _section(change, findings),
        list=known.listed.name,
        line=change.line,
        before=change.before,
        after=change.after,
        findings=findings,
    )


def sureness(change: Change, known: Known) -> int:
    """How far down a change is told and proposed, from 0; what is surest comes first."""
    if change.part is not None:
        return _LEAST
    if known.fixed(change):
        return 1
    own = (_doubt(one, known) for one, _ in known.with_flag(change))
    return min(own, default=1 if change.gone else _LEAST)


def _doubt(one: Standing, known: Known) -> int:
    reason = one.verdict.reason
    if reason in _SUREST:
        return 0
    if reason in _SURE:
        return 0 if is_by_authority(known.histories.get(one.verdict.link, ())) else 1
    if reason in _SOFT:
        return 2
    return 4 if reason in ("idle", "superseded") else 3


def _section(change: Change, findings: Sequence[Finding]) -> Section:
    if change.part is not None:
        if not findings:
            return Section.OTHER
        return Section.DROPPED if change.line is None else Section.NEW
    order = list(Section)
    came = [_SECTIONS[mark.flag.state] for mark in change.came]
    if came and findings:
        return min(came, key=order.index)
    return Section.CLEARED if change.gone and not change.came and findings else Section.OTHER


def _findings(change: Change, known: Known, after: Document) -> Iterator[Finding]:
    if change.part is not None:
        yield from _of_part(change, known, after)
    elif change.came:
        yield from (_of_flag(one, flag, known) for one, flag in known.with_flag(change))
    elif known.fixed(change):
        for one in known.fixed(change):
            if one.flag is not None:
                yield _of_flag(one, one.flag, known)
    else:
        yield from _of_cleared(change, known)


def _of_flag(one: Standing, flag: Flag, known: Known) -> Finding:
    verdict, url = one.verdict, one.place.url
    return Finding(
        key=flag_key(flag.state, url),
        title=one.place.title or url,
        url=url,
        says=str(flag.state),
        evidence=evidence(verdict, known.histories.get(verdict.link, ())),
        instead=verdict.suggestion,
        snapshot=verdict.archive,
    )


def _of_cleared(change: Change, known: Known) -> Iterator[Finding]:
    for mark in change.gone:
        for one in known.of(change, mark)[:1]:
            url, state = one.place.url, mark.flag.state
            yield Finding(
                key=key("cleared", state, mark.flag.since.isoformat(), key_of(url)),
                title=one.place.title or url,
                url=url,
                says=str(state),
                evidence=f"no longer {state}: {_since(one)}",
            )


def _since(one: Standing) -> str:
    if one.kept:
        return "kept by a person"
    verdict = one.verdict
    return f"{verdict.state} since {verdict.since}" if verdict.since else str(verdict.state)


def _of_part(change: Change, known: Known, after: Document) -> Iterator[Finding]:
    document = known.listed.document if change.line is None else after
    number = change.was_line if change.line is None else change.line
    offered = {one.url: one for one in known.candidates}
    for place in document.places:
        if place.in_part == change.part and place.line == number:
            one = offered.get(place.url)
            yield _of_candidate(place, one)
            return


def _of_candidate(place: Place, one: Candidate | None) -> Finding:
    feed = one.source.replace("_", " ") if one else ""
    why = f"{feed}: {one.why}; since {one.first_seen}" if one else "taken, declined or aged out"
    section = f"for {one.section[-1]}; " if one and one.section else ""
    return Finding(
        key=candidate_key(place.url),
        title=place.title or place.url,
        url=place.url,
        says="wanted",
        evidence=f"{section}{why}",
    )
