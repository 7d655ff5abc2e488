"""What the list lacks: the few of tonight's items that a maintainer would be glad to see."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from staycurrent.sources.item import Candidate, CandidateGroup, PullResult
from staycurrent.sources.item_names import url_in_form
from staycurrent.sources.merged_items import MergedItem, merge_items, ranked_pulls, successful_pulls
from staycurrent.sources.momentum import NO_MOMENTUM, Momentum
from staycurrent.sources.relevance.explanation import explain
from staycurrent.sources.relevance_model import Match, RelevanceModel, score_item
from staycurrent.sources.settings import CandidateSettings
from staycurrent.sources.weeks import last_closed_week

WEEKLY = "weekly_papers"
TRENDING = "github_trending"


@dataclass(frozen=True, slots=True)
class CandidateHistory:
    """What was said before about things, all by identity."""

    listed: Collection[str] = frozenset()
    """Everything that the list has or has had."""
    declined: Collection[str] = frozenset()
    """Everything that a person said no to."""
    current: Sequence[Candidate] = ()
    """Last night's candidates."""
    previous: Sequence[Candidate] = ()
    """Everything that ever was a candidate: what aged out does not come back."""
    aliases: Collection[str] = frozenset()
    """Further names of these, as GitHub numbers repositories."""
    reinstated: Mapping[str, date] = field(default_factory=dict)
    """The night on which a person took back a no: as if it had been found then."""
    momentum: Mapping[str, Momentum] = field(default_factory=dict)

    def counted_from(self, one: Candidate) -> date:
        """From when a candidate's days are counted."""
        return max(one.first_seen, self.reinstated.get(one.identity, one.first_seen))


@dataclass(frozen=True, slots=True)
class _Found:
    """Something of tonight that fits the list."""

    seen: MergedItem
    candidate: Candidate
    momentum: Momentum


def choose_candidates(
    pulls: Sequence[PullResult],
    model: RelevanceModel,
    memory: CandidateHistory,
    *,
    run_date: date,
    settings: CandidateSettings | None = None,
) -> tuple[Candidate, ...]:
    """Return the candidates that stand after tonight, best first, ties by identity.

    Those of last night stay until they are taken, declined or too old; new ones fill what is
    free, so that the list's section changes by what is new and by nothing else.
    """
    settings = settings or CandidateSettings()
    standing = _standing(pulls, memory, run_date, settings)
    found = _found(pulls, model, memory, run_date, settings)
    chosen = [*standing, *_weekly(found, pulls, memory, run_date, settings)]
    chosen += _trending(_rest(found, chosen), standing, settings)
    chosen += _others(_rest(found, chosen), standing, run_date, settings)
    return _ordered(chosen)


def expired_candidates(
    memory: CandidateHistory, chosen: Sequence[Candidate]
) -> tuple[Candidate, ...]:
    """Those of last night that nobody took or declined and that stand no more."""
    gone = {one.identity for one in chosen} | set(memory.listed) | set(memory.declined)
    return tuple(one for one in memory.current if one.identity not in gone)


def _standing(
    pulls: Sequence[PullResult], memory: CandidateHistory, night: date, limits: CandidateSettings
) -> list[Candidate]:
    """What stays of last night, and what a person wants back; all of it where no feed came."""
    barred = frozenset(memory.listed) | frozenset(memory.declined)
    last = {one.identity for one in memory.current}
    back = [
        replace(one, group=CandidateGroup.CANDIDATE)
        for one in memory.previous
        if one.identity in memory.reinstated and one.identity not in last
    ]
    stays = [one for one in memory.current if _stays(one, pulls, memory, night, limits)]
    oldest = night - timedelta(days=limits.keep_days)
    stays += [one for one in back if memory.counted_from(one) > oldest]
    return [one for one in stays if one.identity not in barred]


def _stays(
    one: Candidate,
    pulls: Sequence[PullResult],
    memory: CandidateHistory,
    night: date,
    limits: CandidateSettings,
) -> bool:
    came = {pull.source for pull in ranked_pulls(pulls)}
    if not successful_pulls(pulls):
        return True
    if one.group is CandidateGroup.TRENDING:
        return TRENDING not in came or memory.momentum.get(one.identity, NO_MOMENTUM).nights > 0
    if one.group is CandidateGroup.WEEKLY and WEEKLY in came:
        return last_closed_week(one.first_seen) == last_closed_week(night)
    return memory.counted_from(one) > night - timedelta(days=limits.keep_days)


def _found(
    pulls: Sequence[PullResult],
    subject: RelevanceModel,
    memory: CandidateHistory,
    night: date,
    limits: CandidateSettings,
) -> list[_Found]:
    """Tonight's things that fit and that nobody has settled or seen before, best first."""
    barred = frozenset(memory.listed) | frozenset(memory.declined)
    barred |= {one.identity for one in (*memory.current, *memory.previous)} | set(memory.aliases)
    listed = {name for known in memory.listed if (name := _bare(known))}
    found = []
    for seen in merge_items(pulls):
        momentum = memory.momentum.get(seen.item.identity, NO_MOMENTUM)
        if barred & seen.identities or _bare(seen.item.identity) in listed:
            continue
        if not _is_proved(seen, momentum, limits):
            continue
        match = score_item(seen.item, subject)
        if match.relevance >= limits.floor:
            candidate = _candidate(seen, match, momentum, subject, night)
            found.append(_Found(seen, candidate, momentum))
    return sorted(found, key=lambda one: (-one.candidate.score, one.candidate.identity))


def _bare(identity: str) -> str:
    """A repository's name without its owner; empty for other things.

    The list's `ggerganov/llama.cpp` under another owner has moved or is a fork of it: no news.
    """
    kind, _, name = identity.partition(":github:")
    return name.partition("/")[2] if kind == "repository" else ""


def _is_proved(seen: MergedItem, momentum: Momentum, limits: CandidateSettings) -> bool:
    """Half of what trends is gone on the next day, and what is new has not been voted on."""
    if seen.other_sources:
        return True
    if seen.source == TRENDING:
        return momentum.nights >= limits.trending_nights
    return seen.item.upvotes is None or seen.item.upvotes >= limits.upvotes


def _weekly(
    found: Sequence[_Found],
    pulls: Sequence[PullResult],
    memory: CandidateHistory,
    night: date,
    limits: CandidateSettings,
) -> list[Candidate]:
    """The week's most wanted papers, chosen once a week: what is taken is not made up for."""
    week = last_closed_week(night)
    chosen = [one for one in memory.previous if one.group is CandidateGroup.WEEKLY]
    if any(last_closed_week(one.first_seen) == week for one in chosen):
        return []
    rows = next((pull.items for pull in ranked_pulls(pulls) if pull.source == WEEKLY), ())
    place = {item.identity: number for number, item in enumerate(rows)}
    papers = [one.candidate for one in found if one.candidate.identity in place]
    papers.sort(key=lambda one: place[one.identity])
    return [replace(one, group=CandidateGroup.WEEKLY) for one in papers[: limits.weekly]]


def _trending(
    found: Sequence[_Found], standing: Sequence[Candidate], limits: CandidateSettings
) -> list[Candidate]:
    """Repositories that gained most, as far as there is room."""
    room = limits.trending - sum(one.group is CandidateGroup.TRENDING for one in standing)
    rising = [one for one in found if one.seen.source == TRENDING]
    rising.sort(key=lambda one: (-(one.momentum.gained or 0), one.candidate.identity))
    return [replace(one.candidate, group=CandidateGroup.TRENDING) for one in rising[: max(0, room)]]


def _others(
    found: Sequence[_Found], standing: Sequence[Candidate], night: date, limits: CandidateSettings
) -> list[Candidate]:
    """Fill up what an earlier run of the same night has chosen: two runs choose like one."""
    others = [one for one in standing if one.group is CandidateGroup.CANDIDATE]
    tonight = [one for one in others if one.first_seen == night]
    room = min(limits.per_night - len(tonight), limits.total - len(others))
    chosen: list[Candidate] = []
    for one in found:
        kind = _kind(one.candidate)
        alike = sum(_kind(other) == kind for other in (*tonight, *chosen))
        if len(chosen) < room and alike < limits.per_kind:
            chosen.append(one.candidate)
    return chosen


def _kind(one: Candidate) -> str:
    return one.identity.partition(":")[0]


def _rest(found: Sequence[_Found], chosen: Sequence[Candidate]) -> list[_Found]:
    taken = {one.identity for one in chosen}
    return [one for one in found if one.candidate.identity not in taken]


def _ordered(candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    return tuple(sorted(candidates, key=lambda one: (-one.score, one.identity)))


def _candidate(
    seen: MergedItem, match: Match, momentum: Momentum, subject: RelevanceModel, night: date
) -> Candidate:
    item = seen.item
    moves = momentum.percentile if momentum.nights else seen.position
    score = 0.7 * match.relevance + 0.2 * moves + 0.1 * bool(seen.other_sources)
    return Candidate(
        identity=item.identity,
        title=item.title,
        url=url_in_form(item.url, item.identity, subject.paper_form),
        source=seen.source,
        why=explain(seen, match, momentum),
        section=match.section,
        score=round(score, 3),
        first_seen=night,
        summary=item.summary,
    )
