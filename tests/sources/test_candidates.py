"""Candidates are few, new and relevant to this list, and they stay until they are settled."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from staycurrent.sources.candidates import Memory, propose
from staycurrent.sources.item import Candidate, Item, Pull, SourceState
from staycurrent.sources.momentum import Momentum
from staycurrent.sources.relevance import ListEntry, Subject, judge, learn
from staycurrent.sources.settings import Limits
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


def feed(name: str, *items: Item, state: SourceState = SourceState.OK, used: str = "x") -> Pull:
    return Pull(name, state, used, items)


NOISE = [code(f"agent{n}", "Coding agents for the terminal", n) for n in range(1, 9)]
MITES = paper(1, "Mites in honey bee colonies: treating early")
AGED = Candidate(
    MITES.identity, MITES.title, MITES.url, "weekly", "", (), 0.9, FEED_DATE - timedelta(days=90)
)
HIVE = code("honey-bee-scale", "Weigh honey bee colonies through the year", 2)


@pytest.fixture(name="bees")
def _bees() -> Subject:
    return learn(BEES, [*NOISE, MITES, HIVE])


def names(candidates: Sequence[Candidate]) -> list[str]:
    return [candidate.identity for candidate in candidates]


def test_what_fits_the_list_is_proposed_and_what_merely_trends_is_not(bees: Subject) -> None:
    found = propose(
        [feed("weekly", MITES), feed("trending", *NOISE, HIVE)], bees, Memory(), night=FEED_DATE
    )
    assert set(names(found)) == {MITES.identity, HIVE.identity}


def test_a_candidate_says_where_it_belongs_and_why(bees: Subject) -> None:
    memory = Memory(momentum={MITES.identity: Momentum(nights=4, share=0.5)})
    (found,) = propose([feed("weekly", MITES)], bees, memory, night=FEED_DATE)
    assert found.section == ("Health",)
    assert found.why == (
        'on 4 of the last 7 nights, 19 upvotes, shares "honey bees" with the list, '
        'closest to "Varroa"'
    )
    assert (found.source, found.first_seen) == ("weekly", FEED_DATE)


def test_an_item_that_is_near_no_entry_says_which_words_it_shares(bees: Subject) -> None:
    match = judge(paper(2, "Honey bees and everything else under an indifferent sky"), bees)
    assert match.words[0] == "honey bees"


def test_a_paper_and_its_repository_are_one_candidate(bees: Subject) -> None:
    tied = replace(MITES, repository=HIVE.identity)
    (found,) = propose(
        [feed("weekly", tied), feed("trending", HIVE)], bees, Memory(), night=FEED_DATE
    )
    assert found.identity == MITES.identity
    assert found.why.startswith("in 2 feeds, 19 upvotes, with code at keeper/honey-bee-scale")


@pytest.mark.parametrize(
    "memory",
    [
        Memory(known={MITES.identity}),
        Memory(declined=[MITES.identity]),
        Memory(known={HIVE.identity}),
        Memory(former=[AGED]),
    ],
    ids=["in the list", "declined", "its code is in the list", "aged out before"],
)
def test_what_was_settled_is_not_proposed_again(bees: Subject, memory: Memory) -> None:
    tied = replace(MITES, repository=HIVE.identity)
    assert propose([feed("weekly", tied)], bees, memory, night=FEED_DATE) == ()


@pytest.mark.parametrize(
    ("state", "used"), [(SourceState.STALE, ""), (SourceState.OK, "arxiv_rss")]
)
def test_kept_rows_and_unranked_rows_propose_nothing(
    bees: Subject, state: SourceState, used: str
) -> None:
    pulls = [feed("weekly", MITES, state=state, used=used)]
    assert propose(pulls, bees, Memory(), night=FEED_DATE) == ()


def many(count: int, start: int = 10) -> list[Item]:
    return [paper(start + n, f"Honey bees and queen number {n}", n + 1) for n in range(count)]


def test_a_night_adds_few_and_not_all_of_one_kind(bees: Subject) -> None:
    hives = [code(f"hive-{n}", "Honey bees raise a queen", n + 1) for n in range(9)]
    pulls = [feed("weekly", *many(9)), feed("trending", *hives)]
    found = propose(pulls, bees, Memory(), night=FEED_DATE)
    kinds = [name.partition(":")[0] for name in names(found)]
    assert sorted(kinds) in (
        ["paper"] * 3 + ["repository"] * 2,
        ["paper"] * 2 + ["repository"] * 3,
    )


def play(subject: Subject, nights: int) -> list[tuple[Candidate, ...]]:
    told: list[tuple[Candidate, ...]] = [()]
    former: dict[str, Candidate] = {}
    for number in range(nights):
        night = FEED_DATE + timedelta(days=number)
        memory = Memory(standing=told[-1], former=list(former.values()))
        pulls = [feed("weekly", *many(5, 100 + 10 * number))]
        told.append(propose(pulls, subject, memory, night=night))
        former |= {one.identity: one for one in told[-1]}
    return told[1:]


def test_candidates_stay_until_they_age_out_and_never_come_back(bees: Subject) -> None:
    told = play(bees, 20)
    assert [len(night) for night in told[:6]] == [3, 6, 9, 12, 15, 15]
    assert names(told[5]) == names(told[4])
    assert all(len(night) <= 15 for night in told)
    assert not set(names(told[0])) & set(names(told[14]))
    assert len(told[14]) == 15


def test_a_second_run_of_the_same_night_changes_nothing(bees: Subject) -> None:
    pulls = [feed("weekly", *many(9)), feed("trending", HIVE)]
    once = propose(pulls, bees, Memory(), night=FEED_DATE)
    memory = Memory(standing=once, former=once)
    assert propose(pulls, bees, memory, night=FEED_DATE) == once


def test_a_standing_candidate_that_was_taken_or_declined_leaves(bees: Subject) -> None:
    once = propose([feed("weekly", MITES)], bees, Memory(), night=FEED_DATE)
    for memory in (Memory({MITES.identity}, (), once), Memory((), {MITES.identity}, once)):
        assert propose([], bees, memory, night=FEED_DATE + timedelta(days=1)) == ()


def test_the_order_is_the_same_however_the_feeds_came(bees: Subject) -> None:
    pulls = [feed("weekly", *many(4)), feed("trending", HIVE, MITES)]
    there = propose(pulls, bees, Memory(), night=FEED_DATE, limits=Limits(per_kind=9))
    back = propose(pulls[::-1], bees, Memory(), night=FEED_DATE, limits=Limits(per_kind=9))
    assert names(there) == names(back)
    assert [one.score for one in there] == sorted((one.score for one in there), reverse=True)


@pytest.mark.parametrize("entries", [(), BEES[:1]])
def test_a_list_that_says_nothing_gets_no_error(entries: tuple[ListEntry, ...]) -> None:
    subject = learn(entries, [MITES])
    assert 0.0 <= judge(HIVE, subject).relevance <= 1.0


def test_an_acronym_that_the_list_spells_out_counts_as_its_words() -> None:
    texts = ("Large language models at work", "Serving large language models", "LLM tools", "LLMs")
    subject = learn([entry(text, "", "All") for text in texts], NOISE)
    assert subject.acronyms == {"llm": "large language models"}
    assert judge(code("llm-x", "LLM inference"), subject).relevance > 0.5
    assert judge(code("x", "Terminal inference"), subject).relevance < 0.5


@pytest.mark.parametrize(
    ("counted", "nights", "said"),
    [
        (replace(MITES, upvotes=12, stars_today=1), Momentum(), "1 star that day, 12 upvotes, sha"),
        (replace(MITES, upvotes=None), Momentum(), "no. 1 of its feed, shares"),
        (replace(MITES, upvotes=None), Momentum(3), "on 3 of the last 7 nights, shares"),
        (HIVE, Momentum(1, 7), "7 stars that day, shares"),
        (HIVE, Momentum(2, 1234), "on 2 of the last 7 nights, 1,234 stars gained, shares"),
    ],
)
def test_what_the_feeds_count_is_told_once(
    bees: Subject, counted: Item, nights: Momentum, said: str
) -> None:
    memory = Memory(momentum={counted.identity: nights})
    (found,) = propose([feed("weekly", counted)], bees, memory, night=FEED_DATE)
    assert found.why.startswith(said)


@pytest.mark.parametrize(
    ("upvotes", "feeds", "count"),
    [(9, ["weekly"], 0), (10, ["weekly"], 1), (None, ["weekly"], 1), (9, ["weekly", "daily"], 1)],
)
def test_a_paper_waits_for_upvotes_or_for_a_second_feed(
    bees: Subject, upvotes: int | None, feeds: list[str], count: int
) -> None:
    pulls = [feed(name, replace(MITES, upvotes=upvotes)) for name in feeds]
    assert len(propose(pulls, bees, Memory(), night=FEED_DATE)) == count
