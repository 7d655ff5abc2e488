"""What people took and declined moves what is near it."""

from dataclasses import replace

import pytest

from staycurrent.identity import identify
from staycurrent.sources.item import Item
from staycurrent.sources.momentum import NO_MOMENTUM
from staycurrent.sources.relevance.explain import Match, explain, match_item
from staycurrent.sources.relevance.model import (
    MEANING,
    WORDS,
    Decisions,
    ListEntry,
    Measure,
    RelevanceModel,
)

SUBJECTS = {"Honey": 0, "Swarms": 0, "Milk": 1, "Cheese": 1, "Engines": 2}
MEASURES = [WORDS, MEANING]


def item(title: str) -> Item:
    return Item("paper:arxiv:2608.00001", "paper", title, "https://arxiv.org/abs/2608.00001", 1, "")


def learn(rows: list[tuple[Item, bool, float]], measure: Measure) -> Decisions:
    """Learn where items of one subject are near each other, and others are not."""

    def nearness(one: Item) -> list[float]:
        return [0.8 * (SUBJECTS[one.title] == SUBJECTS[other.title]) for other, _, _ in rows]

    return Decisions(rows, nearness, measure)


DECISIONS = [
    # what was taken and declined, what the features say of all of it, and of two items: which one
    # the decisions move up more
    (["Honey"] * 6, ["Milk"] * 6, 0.0, "Swarms", "Cheese"),
    ([], ["Milk"] * 6, 3.0, "Engines", "Cheese"),
    (["Milk"] * 6, [], -3.0, "Cheese", "Engines"),
]


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize(("taken", "declined", "log_odds", "up", "down"), DECISIONS)
def test_decisions_move_what_is_near(
    taken: list[str], declined: list[str], log_odds: float, up: str, down: str, measure: Measure
) -> None:
    rows = [(item(one), True, log_odds) for one in taken]
    rows += [(item(one), False, log_odds) for one in declined]
    learned = learn(rows, measure)
    assert learned.shift(item(up)) > learned.shift(item(down))
    assert learned.alike(item("Honey")) == taken.count("Honey")


@pytest.mark.parametrize("measure", MEASURES)
def test_each_pull_is_what_the_probability_lacks(measure: Measure) -> None:
    """At the maximum of the likelihood, the pull of a decision is its error (Keerthi et al.)."""
    rows = [(item(one), one == "Honey", 0.5) for one in ("Honey", "Milk", "Honey", "Engines")]
    learned = learn(rows, measure)
    for (one, taken, prior), pull in zip(rows, learned.pulls, strict=True):
        odds = prior + learned.shift(one)
        assert pull == pytest.approx(taken - 1 / (1 + 2.718281828459045**-odds), abs=0.01)


def test_decisions_that_the_features_expect_move_little() -> None:
    rows = [(item("Honey"), True, 6.0), (item("Milk"), False, -6.0)] * 5
    assert abs(learn(rows, MEANING).shift(item("Swarms"))) < 1


ENTRIES = [
    ListEntry(f"{title} {n}", ("Bees",), f"https://arxiv.org/abs/2607.{n:05d}", "")
    for n, title in enumerate(["Honey of a hive", "The swarm"] * 15)
]
SHOWN = [item("Swarms of bees"), item("Cheese and milk"), item("Honey from a hive")]


def test_the_model_learns_from_five_decisions_on_and_says_so() -> None:
    def judged(decisions: int) -> tuple[float, Match]:
        decided = [(replace(SHOWN[1], identity=f"paper:{n}"), True) for n in range(decisions)]
        model = RelevanceModel(ENTRIES, SHOWN, ["Bees"], decided=decided)
        return model.relevance(SHOWN[1]), match_item(SHOWN[1], model)

    before, few, after = judged(0), judged(4), judged(5)
    assert before == few
    assert after[0] > before[0]
    assert after[1].taken_alike == 5
    assert ", like 5 that you took" in explain(SHOWN[1], 1, NO_MOMENTUM, after[1])


def test_what_was_taken_is_a_decision_and_no_entry() -> None:
    decided = [(replace(item("Honey"), identity=f"page:{n}"), False) for n in range(4)]
    taken = replace(item("Honey"), identity=str(identify(ENTRIES[0].url)))
    model = RelevanceModel(ENTRIES, [], decided=[*decided, (taken, True)])
    assert model.entries == ENTRIES[1:]


def test_a_list_that_consists_of_what_was_taken_still_has_entries() -> None:
    decided = [(replace(item("Honey"), identity=str(identify(one.url))), True) for one in ENTRIES]
    model = RelevanceModel(ENTRIES, SHOWN, decided=decided)
    assert model.entries == ENTRIES
    assert model.relevance(SHOWN[0]) > 0
