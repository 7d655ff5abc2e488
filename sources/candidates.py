"""What the list lacks: the few of tonight's items that a maintainer would be glad to see."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from sources import arxiv_rss
from sources.item import Candidate, Item, Pull, SourceState
from sources.relevance import Match, Subject, judge

_BELIEVED = (SourceState.OK, SourceState.FALLBACK)
_UNRANKED = frozenset([arxiv_rss.NAME])
"""Adapters whose order means nothing: their rows support others and propose nothing."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How few, and how good."""

    per_night: int = 5
    """Candidates added in one night."""
    per_kind: int = 3
    """Of those, at most this many papers, and this many repositories."""
    total: int = 15
    """Candidates that stand at once."""
    floor: float = 0.5
    """Least relevance, 0 to 1; what is below is not proposed however it trends."""
    keep_days: int = 14
    """Days that a candidate stands before it ages out."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What was said before about things, all by identity."""

    known: Collection[str] = frozenset()
    """Everything that the list has or has had."""
    declined: Collection[str] = frozenset()
    """Everything that a person said no to."""
    standing: Sequence[Candidate] = ()
    """Last night's candidates."""
    first_seen: Mapping[str, date] = field(default_factory=dict)
    """First night on which a thing was a candidate: what aged out does not come back."""
    nights: Mapping[str, int] = field(default_factory=dict)
    """On how many of the last seven nights a feed showed the thing, tonight included."""


@dataclass(frozen=True, slots=True)
class _Sighting:
    """One thing of tonight: a paper together with its repository is one thing."""

    item: Item
    source: str
    others: tuple[str, ...]
    """Further feeds that show it or its repository."""
    place: float
    """1 for the head of its feed, towards 0 for the tail."""


def propose(
    pulls: Sequence[Pull],
    subject: Subject,
    memory: Memory,
    *,
    night: date,
    limits: Limits | None = None,
) -> tuple[Candidate, ...]:
    """Return the candidates that stand after tonight, best first, ties by identity.

    Those of last night stay until they are taken, declined or too old; new ones fill what is
    free, so that the list's section changes by what is new and by nothing else.
    """
    limits = limits or Limits()
    barred = frozenset(memory.known) | frozenset(memory.declined)
    oldest = night - timedelta(days=limits.keep_days)
    standing = [
        candidate
        for candidate in memory.standing
        if candidate.identity not in barred and candidate.first_seen > oldest
    ]
    barred |= {candidate.identity for candidate in memory.standing} | memory.first_seen.keys()
    fresh = [seen for seen in _sightings(pulls) if not barred & _names(seen.item)]
    judged = [_candidate(seen, judge(seen.item, subject), memory, night) for seen in fresh]
    good = [candidate for candidate, relevance in judged if relevance >= limits.floor]
    chosen = [candidate for candidate in standing if candidate.first_seen == night]
    most = min(limits.per_night, len(chosen) + limits.total - len(standing))
    old = [candidate for candidate in standing if candidate.first_seen != night]
    return _ordered([*old, *_chosen(chosen, _ordered(good), most, limits.per_kind)])


def _ordered(candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    return tuple(sorted(candidates, key=lambda one: (-one.score, one.identity)))


def _chosen(
    already: Sequence[Candidate], candidates: Sequence[Candidate], most: int, per_kind: int
) -> list[Candidate]:
    """Fill up what an earlier run of the same night has chosen: two runs choose like one."""
    chosen = list(already)
    for candidate in candidates:
        kind = candidate.identity.partition(":")[0]
        alike = sum(one.identity.partition(":")[0] == kind for one in chosen)
        if len(chosen) < most and alike < per_kind:
            chosen.append(candidate)
    return chosen


def _sightings(pulls: Sequence[Pull]) -> list[_Sighting]:
    """Tonight's things, each once: the paper stands for its repository.

    A list of papers and repositories wants both, but the paper says what the code is for, and
    leads to it; the other way round is a search.
    """
    believed = [pull for pull in pulls if pull.state in _BELIEVED]
    feeds: dict[str, set[str]] = {}
    for pull in believed:
        for item in pull.items:
            for name in _names(item):
                feeds.setdefault(name, set()).add(pull.source)
    papers_code = {item.repository for pull in believed for item in pull.items if item.repository}
    found: dict[str, _Sighting] = {}
    for pull in believed:
        for item in pull.items if pull.used not in _UNRANKED else ():
            if item.identity not in papers_code:
                seen = _sighting(item, pull, feeds)
                found.setdefault(item.identity, seen)
    return list(found.values())


def _sighting(item: Item, pull: Pull, feeds: Mapping[str, set[str]]) -> _Sighting:
    showing = {feed for name in _names(item) for feed in feeds.get(name, ())}
    place = 1.0 - (item.rank - 1) / max(len(pull.items), item.rank, 1)
    return _Sighting(item, pull.source, tuple(sorted(showing - {pull.source})), place)


def _names(item: Item) -> frozenset[str]:
    return frozenset([item.identity, item.repository or item.identity])


def _candidate(
    seen: _Sighting, match: Match, memory: Memory, night: date
) -> tuple[Candidate, float]:
    item = seen.item
    score = 0.7 * match.relevance + 0.2 * seen.place + 0.1 * bool(seen.others)
    candidate = Candidate(
        identity=item.identity,
        title=item.title,
        url=item.url,
        source=seen.source,
        why=_why(seen, match, memory.nights.get(item.identity, 0)),
        section=match.section,
        score=round(score, 3),
        first_seen=night,
        summary=item.summary,
    )
    return candidate, match.relevance


def _why(seen: _Sighting, match: Match, nights: int) -> str:
    item = seen.item
    told = [f"in {1 + len(seen.others)} feeds" if seen.others else f"no. {item.rank} tonight"]
    if nights > 1:
        told.append(f"{nights} of the last 7 nights")
    if item.stars_today:
        told.append(f"{item.stars_today} stars today")
    if item.upvotes:
        told.append(f"{item.upvotes} upvotes")
    if item.kind == "paper" and item.repository is not None:
        told.append(f"with code at {item.repository.removeprefix('repository:github:')}")
    if match.closest:
        told.append(f'closest to "{match.closest}"')
    elif match.words:
        told.append(f"on {' and '.join(match.words[:2])}")
    return ", ".join(told)
