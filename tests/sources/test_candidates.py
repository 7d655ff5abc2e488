"""Candidates are few and fit the list, and they stay until they are settled."""

import math
from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from datetime import timedelta

import pytest

from staycurrent.sources.candidates import CandidateHistory, choose_candidates, lasting_section
from staycurrent.sources.item import Candidate, Item, PullResult, SourceState
from staycurrent.sources.momentum import Momentum
from staycurrent.sources.relevance.explain import match_item
from staycurrent.sources.relevance.model import ListEntry, RelevanceModel, Weights
from staycurrent.sources.settings import CandidateSettings
from tests.support.values import FEED_DATE


def entry(title: str, text: str, *section: str) -> ListEntry:
    return ListEntry(title, section, f"https://list.test/{title}", text)


BEES = (
    entry("Hive basics", "Keeping honey bees through the first year", "Start"),
    entry("The queen", "How honey bees raise a queen", "Colony"),
    entry("Varroa", "Treating mites in honey bee colonies", "Health"),
    entry("Swarms", "Catching swarms of honey bees", "Colony"),
    entry("Nectar map", "Which plants feed honey bees", "Forage"),
    entry("Winter feeding", "Sugar for honey bees when nothing flowers", "Forage"),
)


def paper(number: int, title: str, rank: int = 1, repository: str | None = None) -> Item:
    identity = f"paper:arxiv:2608.{number:05d}"
    url = f"https://arxiv.org/abs/2608.{number:05d}"
    return Item(identity, "paper", title, url, rank, upvotes=19, repository=repository)


def code(name: str, summary: str, rank: int = 1) -> Item:
    identity = f"repository:github:keeper/{name}"
    url = f"https://github.com/keeper/{name}"
    return Item(identity, "repository", f"keeper/{name}", url, rank, summary, stars_today=7)


def feed(
    name: str, *items: Item, state: SourceState = SourceState.OK, ranked: bool = True
) -> PullResult:
    return PullResult(name, state, "x", items, ranked=ranked)


NOISE = [code(f"agent{n}", "Coding agents for the terminal", n) for n in range(1, 9)]
MITES = paper(1, "Mites in honey bee colonies: treating early")
AGED = Candidate(
    MITES.identity, MITES.title, MITES.url, "weekly", "", (), 0.9, FEED_DATE - timedelta(days=90)
)
HIVE = code("honey-bee-scale", "Weigh honey bee colonies through the year", 2)


@pytest.fixture(name="bees")
def _bees() -> RelevanceModel:
    return RelevanceModel(BEES, [*NOISE, MITES, HIVE], ["Honey bees"])


def names(candidates: Sequence[Candidate]) -> list[str]:
    return [candidate.identity for candidate in candidates]


def test_items_that_fit_are_proposed_and_items_that_only_trend_are_not(
    bees: RelevanceModel,
) -> None:
    found = choose_candidates(
        [feed("weekly", MITES), feed("trending", *NOISE, HIVE)],
        bees,
        CandidateHistory(),
        run_date=FEED_DATE,
    )
    assert set(names(found)) == {MITES.identity, HIVE.identity}


@pytest.mark.parametrize(
    ("upvotes", "breadth", "least", "is_offered"),
    [
        (100, 0.2, 0.7, True),
        (99, 0.2, 0.7, False),
        (100, 0.1, 0.7, False),
        (99, 0.1, 0.4, True),
        (100, 0.2, 0.3, True),  # it needs never more than others
    ],
)
def test_of_a_broad_list_what_many_readers_wanted_needs_less(
    bees: RelevanceModel, upvotes: int, breadth: float, least: float, *, is_offered: bool
) -> None:
    wanted = replace(MITES, upvotes=upvotes)
    company = copy(bees.companies[0])
    company.breadth = math.log(breadth)
    model = copy(bees)
    model.companies, model.calibration = [company], Weights(-0.4, {})
    found = choose_candidates(
        [feed("weekly", wanted)],
        model,
        CandidateHistory(),
        run_date=FEED_DATE,
        settings=CandidateSettings(min_relevance=least),
    )
    assert bool(found) is is_offered


def test_a_candidate_says_where_it_belongs_and_why(bees: RelevanceModel) -> None:
    memory = CandidateHistory(momentum={MITES.identity: Momentum(nights=4, percentile=0.5)})
    (found,) = choose_candidates([feed("weekly", MITES)], bees, memory, run_date=FEED_DATE)
    assert found.section == ("Health",)
    assert found.why == (
        'on 4 of the last 7 nights, 19 upvotes, shares "honey bees" with the list, '
        'closest to "Varroa"'
    )
    assert (found.source, found.first_seen) == ("weekly", FEED_DATE)


def test_an_item_without_a_similar_entry_shares_words(bees: RelevanceModel) -> None:
    match = match_item(paper(2, "Honey bees and everything else under an indifferent sky"), bees)
    assert match.shared_words[0] == "honey bees"


def test_a_paper_and_its_repository_are_one_candidate(bees: RelevanceModel) -> None:
    tied = replace(MITES, repository=HIVE.identity)
    (found,) = choose_candidates(
        [feed("weekly", tied), feed("trending", HIVE)], bees, CandidateHistory(), run_date=FEED_DATE
    )
    assert found.identity == MITES.identity
    assert found.why.startswith("in 2 feeds, 19 upvotes, with code at keeper/honey-bee-scale")


def test_a_list_without_papers_gets_the_repository_of_a_paper(bees: RelevanceModel) -> None:
    model = copy(bees)
    model.absent_kinds = frozenset({"paper"})
    pulls = [feed("weekly", replace(MITES, repository=HIVE.identity)), feed("trending", HIVE)]
    found = choose_candidates(pulls, model, CandidateHistory(), run_date=FEED_DATE)
    assert names(found) == [HIVE.identity]


def test_what_one_feed_counts_is_known_of_an_item_that_another_shows_first(
    bees: RelevanceModel,
) -> None:
    shown = feed("code", replace(MITES, upvotes=None, stars_today=3))
    pulls = [shown, feed("weekly", replace(MITES, repository=HIVE.identity))]
    (found,) = choose_candidates(pulls, bees, CandidateHistory(), run_date=FEED_DATE)
    assert found.why.startswith("in 2 feeds, 3 stars that day, 19 upvotes, with code at keeper/")
    listed = CandidateHistory(aliases={MITES.identity})
    assert choose_candidates(pulls, bees, listed, run_date=FEED_DATE) == ()


def test_papers_that_share_a_repository_are_not_one_paper_in_two_feeds(
    bees: RelevanceModel,
) -> None:
    """As the papers of a group do that has all its code in one repository."""
    other = paper(2, "Sheep", repository=HIVE.identity)
    pulls = [feed("weekly", replace(MITES, repository=HIVE.identity)), feed("code", other)]
    (found,) = choose_candidates(pulls, bees, CandidateHistory(), run_date=FEED_DATE)
    assert found.why.startswith("19 upvotes, with code at keeper/")


def test_a_repository_of_several_papers_is_not_left_out_for_one_of_them(
    bees: RelevanceModel,
) -> None:
    """Tonight's feeds name one of these papers, those of earlier nights named another."""
    named = replace(MITES, repository=HIVE.identity)
    pulls = [feed("weekly", named), feed("trending", HIVE)]
    history = CandidateHistory(shared_code={HIVE.identity})
    found = choose_candidates(pulls, bees, history, run_date=FEED_DATE)
    assert set(names(found)) == {MITES.identity, HIVE.identity}
    assert not [one.why for one in found if "in 2 feeds" in one.why]


@pytest.mark.parametrize(
    "memory",
    [
        CandidateHistory(listed={MITES.identity}),
        CandidateHistory(declined=[MITES.identity]),
        CandidateHistory(aliases=[MITES.identity]),
        CandidateHistory(previous=[AGED]),
    ],
    ids=["in the list", "declined", "its code is in the list", "aged out before"],
)
def test_settled_items_are_not_proposed_again(
    bees: RelevanceModel, memory: CandidateHistory
) -> None:
    assert choose_candidates([feed("weekly", MITES)], bees, memory, run_date=FEED_DATE) == ()


@pytest.mark.parametrize(("state", "ranked"), [(SourceState.STALE, True), (SourceState.OK, False)])
def test_kept_rows_and_unranked_rows_propose_nothing(
    bees: RelevanceModel, state: SourceState, *, ranked: bool
) -> None:
    pulls = [feed("weekly", MITES, state=state, ranked=ranked)]
    assert choose_candidates(pulls, bees, CandidateHistory(), run_date=FEED_DATE) == ()


def many(count: int, start: int = 10) -> list[Item]:
    return [paper(start + n, f"Honey bees and queen number {n}", n + 1) for n in range(count)]


def test_a_run_adds_few_and_not_all_of_one_kind(bees: RelevanceModel) -> None:
    hives = [code(f"hive-{n}", "Honey bees raise a queen", n + 1) for n in range(9)]
    pulls = [feed("weekly", *many(9)), feed("trending", *hives)]
    found = choose_candidates(pulls, bees, CandidateHistory(), run_date=FEED_DATE)
    kinds = [name.partition(":")[0] for name in names(found)]
    assert sorted(kinds) in (
        ["paper"] * 3 + ["repository"] * 2,
        ["paper"] * 2 + ["repository"] * 3,
    )


def play(subject: RelevanceModel, nights: int) -> list[tuple[Candidate, ...]]:
    by_run: list[tuple[Candidate, ...]] = [()]
    former: dict[str, Candidate] = {}
    for number in range(nights):
        run_date = FEED_DATE + timedelta(days=number)
        memory = CandidateHistory(current=by_run[-1], previous=list(former.values()))
        pulls = [feed("weekly", *many(5, 100 + 10 * number))]
        by_run.append(choose_candidates(pulls, subject, memory, run_date=run_date))
        former |= {one.identity: one for one in by_run[-1]}
    return by_run[1:]


def test_candidates_stay_until_they_expire_and_are_not_proposed_again(bees: RelevanceModel) -> None:
    by_run = play(bees, 20)
    assert [len(chosen) for chosen in by_run[:6]] == [3, 6, 9, 12, 15, 15]
    assert names(by_run[5]) == names(by_run[4])
    assert all(len(chosen) <= 15 for chosen in by_run)
    assert not set(names(by_run[0])) & set(names(by_run[14]))
    assert len(by_run[14]) == 15


def test_a_second_run_of_the_same_date_changes_nothing(bees: RelevanceModel) -> None:
    pulls = [feed("weekly", *many(9)), feed("trending", HIVE)]
    once = choose_candidates(pulls, bees, CandidateHistory(), run_date=FEED_DATE)
    memory = CandidateHistory(current=once, previous=once)
    assert choose_candidates(pulls, bees, memory, run_date=FEED_DATE) == once


def test_a_candidate_that_was_taken_or_declined_is_removed(bees: RelevanceModel) -> None:
    once = choose_candidates([feed("weekly", MITES)], bees, CandidateHistory(), run_date=FEED_DATE)
    for memory in (
        CandidateHistory({MITES.identity}, (), once),
        CandidateHistory((), {MITES.identity}, once),
    ):
        assert choose_candidates([], bees, memory, run_date=FEED_DATE + timedelta(days=1)) == ()


def test_the_order_is_the_same_however_the_feeds_came(bees: RelevanceModel) -> None:
    pulls = [feed("weekly", *many(4)), feed("trending", HIVE, MITES)]
    there = choose_candidates(
        pulls, bees, CandidateHistory(), run_date=FEED_DATE, settings=CandidateSettings(per_kind=9)
    )
    back = choose_candidates(
        pulls[::-1],
        bees,
        CandidateHistory(),
        run_date=FEED_DATE,
        settings=CandidateSettings(per_kind=9),
    )
    assert names(there) == names(back)
    assert [one.score for one in there] == sorted((one.score for one in there), reverse=True)


@pytest.mark.parametrize("entries", [(), BEES[:1]])
def test_a_list_without_content_is_not_an_error(entries: tuple[ListEntry, ...]) -> None:
    subject = RelevanceModel(entries, [MITES])
    assert 0.0 <= subject.relevance(HIVE) <= 1.0


def test_an_acronym_that_the_list_spells_out_counts_as_its_words() -> None:
    texts = ("Large language models at work", "Serving large language models", "LLM tools", "LLMs")
    subject = RelevanceModel([entry(text, "", "All") for text in texts], NOISE)
    assert subject.profile.acronyms == {"llm": "large language models"}
    short, none = (subject.relevance(code("x", text)) for text in ("LLM inference", "Inference"))
    assert short > 2 * none


@pytest.mark.parametrize(
    ("counted", "nights", "said"),
    [
        (replace(MITES, upvotes=12, stars_today=1), Momentum(), "1 star that day, 12 upvotes, sha"),
        (replace(MITES, upvotes=None), Momentum(), "no. 1 of its feed, shares"),
        (replace(MITES, upvotes=None), Momentum(3), "on 3 of the last 7 nights, shares"),
        (HIVE, Momentum(1, 7), "7 stars that day, shares"),
        (HIVE, Momentum(1, 7, pulls=2), "in 2 of the last 7 pulls, 7 stars that day, shares"),
        (HIVE, Momentum(2, 1234), "on 2 of the last 7 nights, 1,234 stars gained, shares"),
    ],
)
def test_counters_are_explained_once(
    bees: RelevanceModel, counted: Item, nights: Momentum, said: str
) -> None:
    memory = CandidateHistory(momentum={counted.identity: nights})
    (found,) = choose_candidates([feed("weekly", counted)], bees, memory, run_date=FEED_DATE)
    assert found.why.startswith(said)


@pytest.mark.parametrize(
    ("upvotes", "feeds", "count"),
    [(9, ["weekly"], 0), (10, ["weekly"], 1), (None, ["weekly"], 1), (9, ["weekly", "daily"], 1)],
)
def test_a_paper_waits_for_upvotes_or_for_a_second_feed(
    bees: RelevanceModel, upvotes: int | None, feeds: list[str], count: int
) -> None:
    pulls = [feed(name, replace(MITES, upvotes=upvotes)) for name in feeds]
    assert len(choose_candidates(pulls, bees, CandidateHistory(), run_date=FEED_DATE)) == count


@pytest.mark.parametrize(("pulls", "count"), [(1, 0), (2, 1)])
def test_what_only_trends_must_be_there_in_two_pulls_also_if_these_are_weekly(
    bees: RelevanceModel, pulls: int, count: int
) -> None:
    memory = CandidateHistory(momentum={HIVE.identity: Momentum(nights=1, pulls=pulls)})
    page = [feed("github_trending", HIVE)]
    assert len(choose_candidates(page, bees, memory, run_date=FEED_DATE)) == count


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        (("Papers", "2025"), ("Papers",)),
        (("Papers", "2020 and before"), ("Papers",)),
        (("Surveys of 2024", "ICML 2023"), ()),
        (("Models", "GPT-4"), ("Models", "GPT-4")),
    ],
)
def test_no_year_is_suggested_as_a_section(
    section: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    assert lasting_section(section) == expected


def test_a_source_brings_so_many_candidates_in_seven_days(bees: RelevanceModel) -> None:
    """Nobody has voted on what is led by the list."""
    shown = [paper(n, f"Mites in honey bee colonies, part {n}") for n in range(2, 7)]
    earlier = [
        replace(AGED, identity="a", source="listings", first_seen=FEED_DATE - timedelta(days=days))
        for days in (6, 7)
    ]
    for limits, count in (({}, 3), ({"listings": 3}, 2), ({"listings": 1}, 0), ({"other": 0}, 3)):
        chosen = choose_candidates(
            [feed("listings", *shown)],
            bees,
            CandidateHistory(previous=earlier),
            run_date=FEED_DATE,
            settings=CandidateSettings(min_relevance=0.0),
            per_week=limits,
        )
        assert len(chosen) == count
