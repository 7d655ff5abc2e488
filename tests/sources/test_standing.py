"""What stands stays until it is settled: nothing flickers when a feed does."""

from datetime import date, timedelta

import pytest

from staycurrent.sources.candidates import CandidateHistory, choose_candidates, expired_candidates
from staycurrent.sources.item import Candidate, CandidateGroup, Item, PullResult, SourceState
from staycurrent.sources.momentum import Momentum
from staycurrent.sources.relevance.model import fit_model
from staycurrent.sources.settings import CandidateSettings
from tests.support.values import FEED_DATE

MONDAY = date(2026, 8, 17)
EMPTY = fit_model((), [])
WEEK, PAGE = "weekly_papers", "github_trending"


def standing(
    group: CandidateGroup, first_seen: date, name: str = "paper:arxiv:2608.00001"
) -> Candidate:
    return Candidate(name, "T", "https://x.test/", "s", "w", (), 0.5, first_seen, group=group)


def came(*sources: str, state: SourceState = SourceState.OK) -> list[PullResult]:
    return [
        PullResult(source, state, "x", (Item("page:x", "page", "x", "", 1),)) for source in sources
    ]


def stays(one: Candidate, night: date, pulls: list[PullResult], nights_on_page: int = 0) -> bool:
    moves = {one.identity: Momentum(nights=nights_on_page)}
    memory = CandidateHistory(current=[one], previous=[one], momentum=moves)
    return choose_candidates(pulls, EMPTY, memory, run_date=night) == (one,)


WEEKLY = [
    # The week's papers stand through the week and leave when the next one has been read.
    (MONDAY, MONDAY + timedelta(days=6), [WEEK], True),
    (MONDAY, MONDAY + timedelta(days=7), [WEEK], False),
    (MONDAY + timedelta(days=6), MONDAY + timedelta(days=7), [WEEK], False),
    # On a Monday on which it was not read they stay, until they are too old.
    (MONDAY, MONDAY + timedelta(days=7), [PAGE], True),
    (MONDAY, MONDAY + timedelta(days=13), [PAGE], True),
    (MONDAY, MONDAY + timedelta(days=14), [PAGE], False),
]


@pytest.mark.parametrize(("since", "night", "sources", "stand"), WEEKLY)
def test_a_weeks_papers_stand_until_the_next_week_is_read(
    since: date, night: date, sources: list[str], *, stand: bool
) -> None:
    assert stays(standing(CandidateGroup.WEEKLY, since), night, came(*sources)) is stand


@pytest.mark.parametrize(
    ("nights", "sources", "stand"),
    [(3, [PAGE], True), (1, [PAGE], True), (0, [PAGE], False), (0, [WEEK], True)],
)
def test_a_repository_stands_while_the_page_shows_it_within_a_week(
    nights: int, sources: list[str], *, stand: bool
) -> None:
    one = standing(CandidateGroup.TRENDING, FEED_DATE - timedelta(days=60))
    assert stays(one, FEED_DATE, came(*sources), nights) is stand


@pytest.mark.parametrize(("age", "stand"), [(0, True), (13, True), (14, False), (15, False)])
def test_another_candidate_stands_for_its_days(age: int, *, stand: bool) -> None:
    one = standing(CandidateGroup.CANDIDATE, FEED_DATE - timedelta(days=age))
    assert stays(one, FEED_DATE, came(WEEK)) is stand


@pytest.mark.parametrize("group", CandidateGroup)
@pytest.mark.parametrize("state", [SourceState.STALE, SourceState.DOWN])
def test_nothing_leaves_on_a_night_on_which_no_feed_came(
    group: CandidateGroup, state: SourceState
) -> None:
    one = standing(group, FEED_DATE - timedelta(days=400))
    assert stays(one, FEED_DATE, came(WEEK, PAGE, state=state))
    assert stays(one, FEED_DATE, [])


def test_a_better_newcomer_drives_nothing_out() -> None:
    full = [
        standing(CandidateGroup.CANDIDATE, FEED_DATE, f"paper:arxiv:2608.{n:05d}")
        for n in range(CandidateSettings().total + 5)
    ]
    memory = CandidateHistory(current=full, previous=full)
    assert len(choose_candidates(came(WEEK), EMPTY, memory, run_date=FEED_DATE)) == len(full)


def test_what_a_person_wants_back_stands_as_if_found_on_that_night() -> None:
    one = standing(CandidateGroup.WEEKLY, FEED_DATE - timedelta(days=90))
    for back, expected in ((0, 1), (13, 1), (14, 0)):
        memory = CandidateHistory(
            previous=[one], reinstated={one.identity: FEED_DATE - timedelta(days=back)}
        )
        found = choose_candidates(came(WEEK), EMPTY, memory, run_date=FEED_DATE)
        assert [other.group for other in found] == [CandidateGroup.CANDIDATE] * expected


def test_what_nobody_took_is_told_apart_from_what_was_settled() -> None:
    old, taken, declined, still = (
        standing(CandidateGroup.CANDIDATE, FEED_DATE, f"paper:arxiv:2608.0000{n}") for n in range(4)
    )
    memory = CandidateHistory(
        listed={taken.identity},
        declined={declined.identity},
        current=[old, taken, declined, still],
    )
    assert expired_candidates(memory, [still]) == (old,)
