"""Candidates: the few items that the list lacks and that fit it, and how long they stay."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from staycurrent.sources.item import Candidate, CandidateGroup, Item, PullResult, url_in_form
from staycurrent.sources.momentum import NO_MOMENTUM, Momentum
from staycurrent.sources.relevance.explain import explain, match_item
from staycurrent.sources.relevance.model import RelevanceModel
from staycurrent.sources.settings import CandidateSettings
from staycurrent.sources.validation import last_closed_week

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
    """What else these are: other names of repositories, the code of papers, the papers of code."""
    shared_code: Collection[str] = frozenset()
    """Repositories that feeds named for several papers: they are the code of none of them."""
    reinstated: Mapping[str, date] = field(default_factory=dict)
    """When a person took back that an item is declined; it counts as found on that date."""
    momentum: Mapping[str, Momentum] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MergedItem:
    """An item with all the sources that show it."""

    item: Item
    source: str
    """The first source that shows it."""
    feeds: int
    """How many sources show it or its repository."""


def choose_candidates(
    pulls: Sequence[PullResult],
    model: RelevanceModel,
    history: CandidateHistory,
    *,
    run_date: date,
    settings: CandidateSettings | None = None,
    per_week: Mapping[str, int] | None = None,
) -> tuple[Candidate, ...]:
    """Return the candidates after this run, the best first, ties by identity.

    `per_week`: how many candidates a source may bring in seven days; others as many as fit.

    Earlier candidates stay until they are taken, declined or too old, and new ones only fill what
    is free: the generated section changes by what is new and by nothing else.
    """
    read = [pull for pull in pulls if pull.state.is_usable]
    choice = _Choice(read, history, run_date, settings or CandidateSettings())
    kept = choice.kept(ages=bool(read) or not pulls)
    new = [*choice.within(per_week or {}, sorted(choice.new(model), key=_order))]
    weekly = choice.weekly(new)
    new = [one for one in new if one not in weekly]
    trending = choice.trending(new, kept)
    chosen = [*kept, *choice.others([one for one in new if one not in trending], kept)]
    chosen += [replace(one, group=CandidateGroup.WEEKLY) for one in weekly]
    chosen += [replace(one, group=CandidateGroup.TRENDING) for one in trending]
    return tuple(sorted(chosen, key=_order))


@dataclass(frozen=True, slots=True)
class _Choice:
    """Decides which candidates stay and which are added, one method for each group."""

    read: Sequence[PullResult]
    """The pulls that read something on this date."""
    history: CandidateHistory
    run_date: date
    settings: CandidateSettings

    def kept(self, *, ages: bool) -> list[Candidate]:
        """Return the candidates of the last run that stay, and those that were reinstated.

        `ages`: whether candidates expire: not when feeds are read and none of them could be.
        """
        current = {one.identity for one in self.history.current}
        reinstated = [
            replace(one, group=CandidateGroup.CANDIDATE)
            for one in self.history.previous
            if one.identity in self.history.reinstated
            and one.identity not in current
            and self._is_young(one)
        ]
        settled = {*self.history.listed, *self.history.declined}
        stay = filter(self._stays, self.history.current) if ages else self.history.current
        kept = [*stay, *reinstated]
        return [one for one in kept if one.identity not in settled]

    def _stays(self, one: Candidate) -> bool:
        ranked = {pull.source for pull in self.read if pull.ranked}
        if one.group is CandidateGroup.TRENDING:
            return _TRENDING not in ranked or self._momentum(one.identity).nights > 0
        if one.group is CandidateGroup.WEEKLY and _WEEKLY in ranked:
            return last_closed_week(one.first_seen) == last_closed_week(self.run_date)
        return self._is_young(one)

    def _is_young(self, one: Candidate) -> bool:
        since = max(one.first_seen, self.history.reinstated.get(one.identity, one.first_seen))
        return since > self.run_date - timedelta(days=self.settings.keep_days)

    def new(self, model: RelevanceModel) -> Iterator[Candidate]:
        """Yield the items that fit and were neither listed, declined nor proposed before."""
        history = self.history
        proposed = {one.identity for one in (*history.current, *history.previous)}
        seen = proposed.union(history.listed, history.declined, history.aliases)
        listed_names = {name for identity in history.listed if (name := _repository_name(identity))}
        for merged in merge_items(self.read, model.absent_kinds, history.shared_code):
            item = merged.item
            # Under another owner, a listed repository has moved, or this is a fork of it.
            if item.identity in seen or _repository_name(item.identity) in listed_names:
                continue
            momentum = self._momentum(item.identity)
            if not self._has_support(merged, momentum):
                continue
            relevance = model.relevance(item)
            least = self.settings.min_relevance
            if model.is_broad and (item.upvotes or 0) >= self.settings.wanted_upvotes:
                least = min(least, self.settings.wanted_relevance)
            if relevance < least:
                continue
            match = match_item(item, model)
            score = 0.7 * relevance + 0.2 * momentum.percentile + 0.1 * (merged.feeds > 1)
            yield Candidate(
                identity=item.identity,
                title=item.title,
                url=url_in_form(item.url, item.identity, model.paper_form),
                source=merged.source,
                why=explain(item, merged.feeds, momentum, match),
                section=lasting_section(match.section),
                score=round(score, 3),
                first_seen=self.run_date,
                summary=item.summary,
            )

    def within(self, per_week: Mapping[str, int], new: Sequence[Candidate]) -> Iterator[Candidate]:
        """Leave out what a source would bring beyond its limit of the last seven days."""
        since = self.run_date - timedelta(days=7)
        brought = Counter(one.source for one in self.history.previous if one.first_seen > since)
        for one in new:
            brought[one.source] += 1
            if one.source not in per_week or brought[one.source] <= per_week[one.source]:
                yield one

    def _momentum(self, identity: str) -> Momentum:
        return self.history.momentum.get(identity, NO_MOMENTUM)

    def _has_support(self, merged: MergedItem, momentum: Momentum) -> bool:
        """Whether an item is in two feeds, keeps trending, or has upvotes where they are counted.

        Half of what trends is gone on the next day.
        """
        if merged.feeds > 1:
            return True
        if merged.source == _TRENDING:
            return momentum.pulls >= self.settings.trending_nights
        return merged.item.upvotes is None or merged.item.upvotes >= self.settings.min_upvotes

    def weekly(self, new: Sequence[Candidate]) -> list[Candidate]:
        """Return the most upvoted papers of the last closed week, chosen once, not replaced."""
        week = last_closed_week(self.run_date)
        for one in self.history.previous:
            if one.group is CandidateGroup.WEEKLY and last_closed_week(one.first_seen) == week:
                return []
        ranked = {pull.source: pull.items for pull in self.read if pull.ranked}
        fitting = {one.identity: one for one in new}
        papers = [item.identity for item in ranked.get(_WEEKLY, ())]
        return [fitting[paper] for paper in papers if paper in fitting][: self.settings.weekly]

    def trending(self, new: Sequence[Candidate], kept: Sequence[Candidate]) -> list[Candidate]:
        """Return the repositories that gained most stars, as many as there is room for."""
        trending = [one for one in new if one.source == _TRENDING]
        trending.sort(key=lambda one: (-(self._momentum(one.identity).gained or 0), one.identity))
        room = self.settings.trending - sum(one.group is CandidateGroup.TRENDING for one in kept)
        return trending[: max(0, room)]

    def others(self, new: Sequence[Candidate], kept: Sequence[Candidate]) -> list[Candidate]:
        """Return the best other items; those that an earlier run of the date chose count, too."""
        others = [one for one in kept if one.group is CandidateGroup.CANDIDATE]
        of_date = [one for one in others if one.first_seen == self.run_date]
        room = min(self.settings.per_night - len(of_date), self.settings.total - len(others))
        per_kind = Counter(_kind(one) for one in of_date)
        chosen: list[Candidate] = []
        for one in new:
            if len(chosen) < room and per_kind[_kind(one)] < self.settings.per_kind:
                per_kind[_kind(one)] += 1
                chosen.append(one)
        return chosen


def merge_items(
    read: Sequence[PullResult], absent_kinds: Collection[str], shared_code: Collection[str]
) -> Iterator[MergedItem]:
    """Yield the items of all ranked pulls; a repository is left out if its paper is among them.

    A paper says what its repository is for, and links to it, if the list takes papers. Unranked
    pulls only count as further feeds of an item. Of the rows of an item the first is used, with
    upvotes and repository of another where it has none.
    """
    rows: defaultdict[str, dict[str, Item]] = defaultdict(dict)  # by identity and source
    for pull in read:
        for item in pull.items:
            rows[item.identity].setdefault(pull.source, item)
    shown = [item for same in rows.values() for item in same.values()]
    with_paper = {one.repository for one in shown if one.kind not in absent_kinds} - {*shared_code}
    ranked = {pull.source for pull in read if pull.ranked}
    for identity, same in rows.items():
        source = next((source for source in same if source in ranked), None)
        if source is None or identity in with_paper:
            continue
        repository = next((one.repository for one in same.values() if one.repository), None)
        upvotes = next((one.upvotes for one in same.values() if one.upvotes is not None), None)
        item = replace(same[source], upvotes=upvotes, repository=repository)
        code = rows.get(repository or "", {}) if repository not in shared_code else {}
        yield MergedItem(item, source, len(same.keys() | code.keys()))


def _repository_name(identity: str) -> str:
    """The name of a repository without its owner; empty for other items."""
    kind, _, name = identity.partition(":github:")
    return name.partition("/")[2] if kind == "repository" else ""


def lasting_section(section: tuple[str, ...]) -> tuple[str, ...]:
    """A section without the years at its end: which of them suits a new item, no entry says."""
    while section and re.search(r"\b(?:19|20)\d\d\b", section[-1]):
        section = section[:-1]
    return section


def _kind(one: Candidate) -> str:
    return one.identity.partition(":")[0]


def _order(one: Candidate) -> tuple[float, str]:
    return -one.score, one.identity
