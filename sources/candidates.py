"""Candidates: the few items that the list lacks and that fit it, and how long they stay."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from staycurrent.sources.item import Candidate, CandidateGroup, PullResult
from staycurrent.sources.item_names import url_in_form
from staycurrent.sources.merged_items import (
    MergedItem,
    identities,
    merge_items,
    ranked_pulls,
    successful_pulls,
)
from staycurrent.sources.momentum import NO_MOMENTUM, Momentum
from staycurrent.sources.relevance.explanation import explain
from staycurrent.sources.relevance.model import RelevanceModel, score_item
from staycurrent.sources.settings import CandidateSettings
from staycurrent.sources.weeks import last_closed_week

_WEEKLY = "weekly_papers"
_TRENDING = "github_trending"


@dataclass(frozen=True, slots=True)
class CandidateHistory:
    """What is known of items from earlier runs, all by identity."""

    listed: Collection[str] = frozenset()
    """Everything that is or was in the list."""
    declined: Collection[str] = frozenset()
    """Everything that a person has declined."""
    current: Sequence[Candidate] = ()
    """The candidates after the last run."""
    previous: Sequence[Candidate] = ()
    """Everything that ever was a candidate: what has expired is not proposed again."""
    aliases: Collection[str] = frozenset()
    """Further identities of these, for renamed repositories."""
    reinstated: Mapping[str, date] = field(default_factory=dict)
    """When a person took back that an item is declined; it counts as found on that date."""
    momentum: Mapping[str, Momentum] = field(default_factory=dict)

    def counted_from(self, candidate: Candidate) -> date:
        """Return the date from which `keep_days` count."""
        first_seen = candidate.first_seen
        return max(first_seen, self.reinstated.get(candidate.identity, first_seen))


@dataclass(frozen=True, slots=True)
class _NewCandidate:
    """An item that fits the list, as the candidate that it would be."""

    merged: MergedItem
    candidate: Candidate
    momentum: Momentum


def choose_candidates(
    pulls: Sequence[PullResult],
    model: RelevanceModel,
    history: CandidateHistory,
    *,
    run_date: date,
    settings: CandidateSettings | None = None,
) -> tuple[Candidate, ...]:
    """Return the candidates after this run, the best first, ties by identity.

    Earlier candidates stay until they are taken, declined or too old, and new ones only fill what
    is free: the generated section changes by what is new and by nothing else.
    """
    settings = settings or CandidateSettings()
    kept = _kept_candidates(pulls, history, run_date, settings)
    new = _new_candidates(pulls, model, history, run_date, settings)
    chosen = [*kept, *_weekly(new, pulls, history, run_date, settings)]
    chosen += _trending(_without(new, chosen), kept, settings)
    chosen += _others(_without(new, chosen), kept, run_date, settings)
    return tuple(sorted(chosen, key=_order))


def expired_candidates(
    history: CandidateHistory, chosen: Sequence[Candidate]
) -> tuple[Candidate, ...]:
    """Return the candidates of the last run that are gone though nobody took or declined them."""
    settled = {one.identity for one in chosen} | set(history.listed) | set(history.declined)
    return tuple(one for one in history.current if one.identity not in settled)


def _kept_candidates(
    pulls: Sequence[PullResult],
    history: CandidateHistory,
    run_date: date,
    settings: CandidateSettings,
) -> list[Candidate]:
    """The candidates of the last run that stay, and those that a person has reinstated."""
    read = {pull.source for pull in ranked_pulls(pulls)}
    last_date = run_date - timedelta(days=settings.keep_days)

    def stays(one: Candidate) -> bool:
        if not successful_pulls(pulls):
            return True  # when no feed could be read, nothing expires
        if one.group is CandidateGroup.TRENDING:
            momentum = history.momentum.get(one.identity, NO_MOMENTUM)
            return _TRENDING not in read or momentum.nights > 0
        if one.group is CandidateGroup.WEEKLY and _WEEKLY in read:
            return last_closed_week(one.first_seen) == last_closed_week(run_date)
        return history.counted_from(one) > last_date

    current = {one.identity for one in history.current}
    reinstated = [
        replace(one, group=CandidateGroup.CANDIDATE)
        for one in history.previous
        if one.identity in history.reinstated
        and one.identity not in current
        and history.counted_from(one) > last_date
    ]
    settled = frozenset(history.listed) | frozenset(history.declined)
    kept = [*(one for one in history.current if stays(one)), *reinstated]
    return [one for one in kept if one.identity not in settled]


def _new_candidates(
    pulls: Sequence[PullResult],
    model: RelevanceModel,
    history: CandidateHistory,
    run_date: date,
    settings: CandidateSettings,
) -> list[_NewCandidate]:
    """The items that fit the list and were neither listed, declined nor proposed before."""
    earlier = {one.identity for one in (*history.current, *history.previous)}
    seen = frozenset(history.listed).union(history.declined, earlier, history.aliases)
    listed_names = {name for identity in history.listed if (name := _repository_name(identity))}
    new: list[_NewCandidate] = []
    for merged in merge_items(pulls):
        item = merged.item
        momentum = history.momentum.get(item.identity, NO_MOMENTUM)
        # Under another owner, a listed repository has moved, or this is a fork of it.
        if seen & identities(item) or _repository_name(item.identity) in listed_names:
            continue
        if not _has_support(merged, momentum, settings):
            continue
        match = score_item(item, model)
        if match.relevance < settings.floor:
            continue
        rising = momentum.percentile if momentum.nights else merged.position
        score = 0.7 * match.relevance + 0.2 * rising + 0.1 * bool(merged.other_sources)
        candidate = Candidate(
            identity=item.identity,
            title=item.title,
            url=url_in_form(item.url, item.identity, model.paper_form),
            source=merged.source,
            why=explain(merged, match, momentum),
            section=match.section,
            score=round(score, 3),
            first_seen=run_date,
            summary=item.summary,
        )
        new.append(_NewCandidate(merged, candidate, momentum))
    return sorted(new, key=lambda one: _order(one.candidate))


def _repository_name(identity: str) -> str:
    """The name of a repository without its owner; empty for other items."""
    kind, _, name = identity.partition(":github:")
    return name.partition("/")[2] if kind == "repository" else ""


def _has_support(merged: MergedItem, momentum: Momentum, settings: CandidateSettings) -> bool:
    """Whether an item is in two feeds, keeps trending, or has upvotes where they are counted.

    Half of what trends is gone on the next day.
    """
    if merged.other_sources:
        return True
    if merged.source == _TRENDING:
        return momentum.nights >= settings.trending_nights
    return merged.item.upvotes is None or merged.item.upvotes >= settings.upvotes


def _weekly(
    new: Sequence[_NewCandidate],
    pulls: Sequence[PullResult],
    history: CandidateHistory,
    run_date: date,
    settings: CandidateSettings,
) -> list[Candidate]:
    """The most upvoted papers of the last closed week, chosen once and not replaced."""
    week = last_closed_week(run_date)
    weekly = [one for one in history.previous if one.group is CandidateGroup.WEEKLY]
    if any(last_closed_week(one.first_seen) == week for one in weekly):
        return []
    items = next((pull.items for pull in ranked_pulls(pulls) if pull.source == _WEEKLY), ())
    position = {item.identity: number for number, item in enumerate(items)}
    papers = [one.candidate for one in new if one.candidate.identity in position]
    papers.sort(key=lambda one: position[one.identity])
    return [replace(one, group=CandidateGroup.WEEKLY) for one in papers[: settings.weekly]]


def _trending(
    new: Sequence[_NewCandidate], kept: Sequence[Candidate], settings: CandidateSettings
) -> list[Candidate]:
    """The repositories that gained most stars, as many as there is room for."""
    room = settings.trending - sum(one.group is CandidateGroup.TRENDING for one in kept)
    trending = [one for one in new if one.merged.source == _TRENDING]
    trending.sort(key=lambda one: (-(one.momentum.gained or 0), one.candidate.identity))
    chosen = trending[: max(0, room)]
    return [replace(one.candidate, group=CandidateGroup.TRENDING) for one in chosen]


def _others(
    new: Sequence[_NewCandidate],
    kept: Sequence[Candidate],
    run_date: date,
    settings: CandidateSettings,
) -> list[Candidate]:
    """The best other items; those chosen by an earlier run of the same date count, too."""
    others = [one for one in kept if one.group is CandidateGroup.CANDIDATE]
    of_date = [one for one in others if one.first_seen == run_date]
    room = min(settings.per_night - len(of_date), settings.total - len(others))
    per_kind = Counter(one.identity.partition(":")[0] for one in of_date)
    chosen: list[Candidate] = []
    for one in new:
        kind = one.candidate.identity.partition(":")[0]
        if len(chosen) < room and per_kind[kind] < settings.per_kind:
            per_kind[kind] += 1
            chosen.append(one.candidate)
    return chosen


def _without(new: Sequence[_NewCandidate], chosen: Sequence[Candidate]) -> list[_NewCandidate]:
    taken = {one.identity for one in chosen}
    return [one for one in new if one.candidate.identity not in taken]


def _order(candidate: Candidate) -> tuple[float, str]:
    return -candidate.score, candidate.identity
