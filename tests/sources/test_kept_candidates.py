"""Which candidates stay, and when they expire."""

from datetime import date, timedelta

import pytest

from staycurrent.sources.candidates import CandidateHistory, choose_candidates
from staycurrent.sources.item import Candidate, CandidateGroup, Item, PullResult, SourceState
from staycurrent.sources.momentum import Momentum
from staycurrent.sources.relevance.model import RelevanceModel
from staycurrent.sources.settings import CandidateSettings
from tests.support.values import FEED_DATE

MONDAY = date(2026, 8, 17)
EMPTY = RelevanceModel((), [])
WEEK, PAGE = "weekly_papers", "github_trending"


def candidate(
    group: CandidateGroup, first_seen: date, name: str = "paper:arxiv:2608.00001"
) -> Candidate:
    return Candidate(name, "T", "https://x.test/", "s", "w", (), 0.5, first_seen, group=group)


def pulls_of(*sources: str, state: SourceState = SourceState.OK) -> list[PullResult]:
    return [
        PullResult(source, state, "x", (Item("page:x", "page", "x", "", 1),)) for source in sources
    ]


def stays(one: Candidate, run_date: date, pulls: list[PullResult], nights_on_page: int = 0) -> bool:
    moves = {one.identity: Momentum(nights=nights_on_page)}
    history = CandidateHistory(current=[one], previous=[one], momentum=moves)
    return choose_candidates(pulls, EMPTY, history, run_date=run_date) == (one,)


WEEKLY_CASES = [
    # They stay through the week, and expire when the next one has been read.
    (MONDAY, MONDAY + timedelta(days=6), [WEEK], True),
    (MONDAY, MONDAY + timedelta(days=7), [WEEK], False),
    (MONDAY + timedelta(days=6), MONDAY + timedelta(days=7), [WEEK], False),
    # On a Monday on which it was not read they stay until they are too old.
    (MONDAY, MONDAY + timedelta(days=7), [PAGE], True),
    (MONDAY, MONDAY + timedelta(days=13), [PAGE], True),
    (MONDAY, MONDAY + timedelta(days=14), [PAGE], False),
]


@pytest.mark.parametrize(("since", "run_date", "sources", "kept"), WEEKLY_CASES)
def test_weekly_papers_stay_until_the_next_week_is_read(
    since: date, run_date: date, sources: list[str], *, kept: bool
) -> None:
    assert stays(candidate(CandidateGroup.WEEKLY, since), run_date, pulls_of(*sources)) is kept


@pytest.mark.parametrize(
    ("nights", "sources", "kept"),
    [(3, [PAGE], True), (1, [PAGE], True), (0, [PAGE], False), (0, [WEEK], True)],
)
def test_a_trending_repository_stays_while_a_feed_shows_it(
    nights: int, sources: list[str], *, kept: bool
) -> None:
    one = candidate(CandidateGroup.TRENDING, FEED_DATE - timedelta(days=60))
    assert stays(one, FEED_DATE, pulls_of(*sources), nights) is kept


@pytest.mark.parametrize(("age", "kept"), [(0, True), (13, True), (14, False), (15, False)])
def test_another_candidate_stays_for_its_days(age: int, *, kept: bool) -> None:
    one = candidate(CandidateGroup.CANDIDATE, FEED_DATE - timedelta(days=age))
    assert stays(one, FEED_DATE, pulls_of(WEEK)) is kept


@pytest.mark.parametrize("group", CandidateGroup)
@pytest.mark.parametrize("state", [SourceState.STALE, SourceState.DOWN])
def test_nothing_expires_when_no_feed_could_be_read(
    group: CandidateGroup, state: SourceState
) -> None:
    one = candidate(group, FEED_DATE - timedelta(days=400))
    assert stays(one, FEED_DATE, pulls_of(WEEK, PAGE, state=state))


def test_a_better_item_replaces_nothing() -> None:
    full = [
        candidate(CandidateGroup.CANDIDATE, FEED_DATE, f"paper:arxiv:2608.{n:05d}")
        for n in range(CandidateSettings().total + 5)
    ]
    history = CandidateHistory(current=full, previous=full)
    assert len(choose_candidates(pulls_of(WEEK), EMPTY, history, run_date=FEED_DATE)) == len(full)


def test_a_reinstated_candidate_counts_as_found_on_that_date() -> None:
    one = candidate(CandidateGroup.WEEKLY, FEED_DATE - timedelta(days=90))
    for back, expected in ((0, 1), (13, 1), (14, 0)):
        history = CandidateHistory(
            previous=[one], reinstated={one.identity: FEED_DATE - timedelta(days=back)}
        )
        found = choose_candidates(pulls_of(WEEK), EMPTY, history, run_date=FEED_DATE)
        assert [other.group for other in found] == [CandidateGroup.CANDIDATE] * expected
