"""What a changed line of a list is about: its links and candidates, with the evidence for each."""

import re
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter

from staycurrent.curated.changes import FlaggedLines, LineChange, LineFlag
from staycurrent.curated.document import Document
from staycurrent.curated.flags import FlagPlace
from staycurrent.flows.link_states import LinkState
from staycurrent.flows.lists import ListDocument, link_key
from staycurrent.identity import identify
from staycurrent.links.observation import Observation
from staycurrent.links.verdict import Flag, FlagState, VerdictState
from staycurrent.reports.proposal import ChangedLine, ChangeKind, ProposedChange, proposal_key
from staycurrent.reports.wording import evidence_text, is_from_provider, verdict_text
from staycurrent.sources.item import Candidate

_STALE = (FlagState.ARCHIVED, FlagState.IDLE, FlagState.WITHDRAWN)
_RANKS = {
    **dict.fromkeys(("gone", "archived", "withdrawn", "disabled", "renamed", "malformed"), 0),
    **dict.fromkeys(("missing", "dns", "redirected", "tls"), 1),
    **dict.fromkeys(("soft_missing", "parked", "home_redirect", "taken_over"), 2),
    **dict.fromkeys(("idle", "superseded"), 4),
}
"""How certain each reason of a verdict is, the most certain first; others come third."""
_LAST_RANK = 9
"""After every flag: candidates, and lines that are not about a link."""


@dataclass(frozen=True, slots=True)
class ListFacts:
    """What is known of one list, from which its changes are explained."""

    listed: ListDocument
    states: tuple[LinkState, ...]
    states_at: Mapping[tuple[int, int], Sequence[LinkState]]
    """Links by the line and byte where their flag or URL is; see `states_by_position`."""
    flags: Mapping[int, Container[Flag]]
    """Those that the list has, by the index of their occurrence."""
    proposed: Collection[str]
    """Keys of the candidates that the list has."""
    histories: Mapping[str, Sequence[Observation]]
    candidates: tuple[Candidate, ...]

    def links_of(self, change: LineChange, flag: LineFlag) -> Sequence[LinkState]:
        """The links that a flag of a line belongs to."""
        return self.states_at.get((change.old_line or 0, flag.column), ())

    def newly_flagged(self, change: LineChange) -> list[tuple[LinkState, Flag]]:
        """The links of a line that get a flag, each with its flag."""
        return [
            (link, added.flag)
            for added in sorted(change.flags_added, key=lambda added: added.column)
            for link in self.links_of(change, added) or self._links_on(change)
            if link.flag is not None and link.flag.state is added.flag.state
        ]

    def fixed(self, change: LineChange) -> list[tuple[LinkState, Flag]]:
        """The links of a line whose URL is replaced by the new one, instead of a flag."""
        document, after = self.listed.document, f"{change.after}\n".encode()
        found: list[tuple[LinkState, Flag]] = []
        for link in self._links_on(change):
            start, end = link.occurrence.destination
            # the new URL may begin with the old one: what follows that is compared, too
            following = re.escape(document.raw[end : end + 1].strip()) or rb"\s"
            is_kept = re.search(re.escape(document.raw[start:end]) + following, after)
            is_on_line = document.lines.number(start) == change.old_line
            is_moved = link.verdict.state is VerdictState.MOVED and is_on_line and not is_kept
            found += [(link, link.flag)] if is_moved and link.flag is not None else []
        return found

    def _links_on(self, change: LineChange) -> list[LinkState]:
        """All links of a line, for changes that move its bytes, such as a strikethrough."""
        found = (at for (line, _), at in self.states_at.items() if line == change.old_line)
        return list({link.index: link for group in found for link in group}.values())


def states_by_position(
    listed: ListDocument, states: Iterable[LinkState], place: FlagPlace
) -> Mapping[tuple[int, int], list[LinkState]]:
    """Links by where their flag may be: behind the link, or at the end of the entry.

    Only those whose flag goes there as flags are placed now, if there are any. And by where their
    URL is, if that is on another line, as in a definition.
    """
    lines = FlaggedLines.of(listed.document)
    found: dict[tuple[int, int], list[tuple[int, LinkState]]] = {}
    for link in states:
        offsets = [link.occurrence.flag_offset, link.occurrence.entry_flag_offset]
        placed = offsets if place == "link" else offsets[::-1]
        positions = [lines.position(offset) for offset in placed if offset is not None]
        url_at = lines.position(link.occurrence.destination.start)
        if all(line != url_at[0] for line, _ in positions):
            positions.append(url_at)
        for rank, position in enumerate(dict.fromkeys(positions)):
            found.setdefault(position, []).append((rank, link))
    return {
        position: [link for rank, link in ranked if rank == first]
        for position, ranked in found.items()
        for first in [min(ranked, key=itemgetter(0))[0]]
    }


def flag_key(state: str, url: str) -> str:
    """The key of a flag: its state and its link, however the link is spelled."""
    return proposal_key("flag", state, link_key(url))


def candidate_key(url: str) -> str:
    """The key of a candidate."""
    return proposal_key("new", str(identify(url) or url))


def candidate_urls(document: Document) -> dict[str, str]:
    """URLs of the candidates in a list's generated sections, by key."""
    return {
        candidate_key(one.url): one.url
        for one in document.occurrences
        if one.generated_section is not None
    }


def changed_line(change: LineChange, facts: ListFacts, after: Document) -> tuple[int, ChangedLine]:
    """One changed line of a list, with its links and the evidence for each.

    Also its place in the pull request, from 0: the most certain comes first.
    """
    rank, kind = _LAST_RANK, ChangeKind.OTHER
    changes: list[ProposedChange] = []
    if change.generated_section is not None:
        kind = ChangeKind.DROPPED if change.new_line is None else ChangeKind.NEW
        changes = list(islice(_candidate_changes(change, facts, after), 1))
    elif change.flags_added:
        flagged = facts.newly_flagged(change)
        changes = [_flag_change(link, flag, facts) for link, flag in flagged]
        otherwise = 1 if change.flags_removed else _LAST_RANK
        rank = min((_rank(link, facts) for link, _ in flagged), default=otherwise)
        states = [added.flag.state for added in change.flags_added]
        kinds = [ChangeKind.STALE if one in _STALE else ChangeKind(one) for one in states]
        kind = min(kinds, key=list(ChangeKind).index)
    elif fixed := facts.fixed(change):
        rank, kind = 1, ChangeKind.MOVED
        changes = [_flag_change(link, flag, facts) for link, flag in fixed]
    elif change.flags_removed:
        rank, kind = 1, ChangeKind.CLEARED
        changes = list(_cleared_changes(change, facts))
    return rank, ChangedLine(
        kind=kind if changes else ChangeKind.OTHER,
        list=facts.listed.name,
        line=change.new_line,
        before=change.before,
        after=change.after,
        changes=tuple(changes),
    )


def _rank(link: LinkState, facts: ListFacts) -> int:
    rank = _RANKS.get(link.verdict.reason, 3)
    is_confirmed = rank == 1 and is_from_provider(facts.histories.get(link.verdict.link, ()))
    return 0 if is_confirmed else rank


def _flag_change(link: LinkState, flag: Flag, facts: ListFacts) -> ProposedChange:
    verdict, url = link.verdict, link.occurrence.url
    return ProposedChange(
        key=flag_key(flag.state, url),
        title=link.occurrence.title or url,
        url=url,
        claim=str(flag.state),
        evidence=evidence_text(verdict, facts.histories.get(verdict.link, ())),
        suggestion=verdict.suggestion,
        snapshot=verdict.archive,
        is_listed=flag in facts.flags.get(link.index, ()),
    )


def _cleared_changes(change: LineChange, facts: ListFacts) -> Iterator[ProposedChange]:
    """The flags that a line loses, each with the first link that it belongs to."""
    for removed in change.flags_removed:
        for link in facts.links_of(change, removed)[:1]:
            url, state, verdict = link.occurrence.url, removed.flag.state, link.verdict
            since = f" since {verdict.since}" if verdict.since else ""
            now = "kept by a person" if link.kept else f"{verdict_text(verdict.state)}{since}"
            is_elsewhere = link.flag is not None and link.flag.state is state
            yield ProposedChange(
                key=proposal_key("cleared", state, removed.flag.since.isoformat(), link_key(url)),
                title=link.occurrence.title or url,
                url=url,
                claim=str(state),
                evidence=f"still {state}: noted elsewhere, as the settings have it"
                if is_elsewhere
                else f"no longer {state}: {now}",
            )


def _candidate_changes(
    change: LineChange, facts: ListFacts, after: Document
) -> Iterator[ProposedChange]:
    """The candidates of a line of a generated section, added or removed."""
    is_removed = change.new_line is None
    document = facts.listed.document if is_removed else after
    position = change.generated_section, change.old_line if is_removed else change.new_line
    for occurrence in document.occurrences:
        if (occurrence.generated_section, occurrence.line) != position:
            continue
        key, evidence = candidate_key(occurrence.url), "taken, declined or expired"
        for candidate in facts.candidates:
            if candidate_key(candidate.url) == key:  # the list may have the address escaped
                section = f"for {candidate.section[-1]}; " if candidate.section else ""
                feed = candidate.source.replace("_", " ")
                evidence = f"{section}{feed}: {candidate.why}; since {candidate.first_seen}"
        yield ProposedChange(
            key=key,
            title=occurrence.title or occurrence.url,
            url=occurrence.url,
            claim="wanted",
            evidence=evidence,
            is_listed=not is_removed and key in facts.proposed,
        )
