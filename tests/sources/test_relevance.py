"""A title on another subject of the feeds speaks against an item, and so does its kind."""

import pytest

from staycurrent.sources.item import Item
from staycurrent.sources.relevance.model import ListEntry, RelevanceModel, fit_model, score_item

TEXTS = (
    ("The queen", "How honey bees raise a queen"),
    ("Varroa", "Mites in honey bee colonies"),
    ("Swarms", "Catching swarms of honey bees"),
    ("Nectar", "Which plants feed honey bees"),
    ("Robots in the field", "Machines near honey bees"),
)


def shelf(times: int, *more: str) -> list[ListEntry]:
    """Entries on bees, all of them repositories; and one for each further address."""
    texts = [(f"{title} {number}", text) for number in range(times) for title, text in TEXTS]
    urls = [*(f"https://github.com/keeper/hive{number}" for number in range(5 * times)), *more]
    texts += [("Mites", "")] * len(more)
    return [
        ListEntry(title, ("All",), url, text)
        for (title, text), url in zip(texts, urls, strict=True)
    ]


BEES = shelf(6)


def paper(number: int, title: str, summary: str = "") -> Item:
    url = f"https://arxiv.org/abs/2608.{number:05d}"
    return Item(f"paper:arxiv:2608.{number:05d}", "paper", title, url, 1, summary, upvotes=9)


WASPS = [paper(number, f"Wasps, part {number}") for number in range(1, 9)]
NOISE = [paper(number, f"Cheese and its makers in year {number}") for number in range(20, 60)]
SAID = "Mites in honey bee colonies are treated early."


@pytest.fixture(name="bees", scope="module")
def _bees() -> RelevanceModel:
    return fit_model(BEES, [*WASPS, *NOISE])


@pytest.mark.parametrize(
    ("title", "fits"),
    [
        ("Treating mites early", True),
        ("Treating mites of wasps early", False),
        ("Honey bees and wasps: treating mites early", False),
        ("Treating mites on cheese", False),
        ("Treating mites in a rare tree", True),
    ],
)
def test_a_title_on_another_subject_of_the_feeds_outweighs_what_the_summary_says(
    bees: RelevanceModel, title: str, *, fits: bool
) -> None:
    assert (score_item(paper(90, title, SAID), bees).relevance > 0.4) is fits


def test_what_few_titles_name_is_no_subject_of_the_feeds() -> None:
    cheeses = [
        paper(number, f"Cheese and its makers in year {number}") for number in range(20, 120)
    ]
    few = fit_model(shelf(20, WASPS[0].url), [*WASPS, *cheeses])
    assert "wasp" in few.kinds["paper"].foreign_terms
    assert score_item(paper(90, "Treating mites of wasps early", SAID), few).relevance > 0.4


def test_what_the_list_speaks_of_too_is_no_other_subject() -> None:
    robots = [paper(number, f"Robots, part {number}") for number in range(60, 88)]
    subject = fit_model(shelf(20, WASPS[0].url), [*robots, *NOISE[:12]])
    assert "robot" in subject.kinds["paper"].foreign_terms
    assert score_item(paper(90, "Robots that treat mites", SAID), subject).relevance > 0.4


def test_a_kind_that_a_long_list_does_not_take_never_reaches_the_usual_floor() -> None:
    found = paper(90, "Treating mites in honey bee colonies", SAID)
    lacking, taking = fit_model(shelf(20), NOISE), fit_model(shelf(20, WASPS[0].url), NOISE)
    assert score_item(found, lacking).relevance < 0.4 < score_item(found, taking).relevance


FEEDS = [
    *(paper(number, f"Honey bees, part {number}") for number in range(100, 140)),
    *(paper(number, f"Mites of trees, part {number}") for number in range(140, 143)),
    *NOISE,
]
"""Half of them on bees, and hardly one on mites."""


@pytest.mark.parametrize(
    ("title", "fits"),
    [
        ("Treating mites of honey bees", True),
        ("Treating the queen of honey bees", False),
        ("Treating mites", False),
    ],
)
def test_an_item_for_a_list_on_a_part_of_its_subject_must_name_that_part(
    title: str, *, fits: bool
) -> None:
    mites = [
        ListEntry(f"Mites {number}", ("Mites",), f"https://x.test/{number}", "Honey bees")
        for number in range(30)
    ]
    subject = fit_model(mites, FEEDS)
    assert "mit" in subject.terms.subtopic
    assert (score_item(paper(90, title), subject).relevance > 0.4) is fits


def test_names_that_no_feed_knows_do_not_raise_what_is_asked_of_an_item() -> None:
    found = paper(90, "Treating mites in honey bee colonies", SAID)
    signed = [
        ListEntry(one.title, one.section, one.url, f"{one.text}. A. Keeper, B. Hiver, C. Waxman")
        for one in BEES
    ]
    usual, named = fit_model(BEES, [*WASPS, *NOISE]), fit_model(signed, [*WASPS, *NOISE])
    assert score_item(found, named).relevance > 0.8 * score_item(found, usual).relevance


def test_a_phrase_that_most_of_a_list_has_is_evidence_though_only_one_kind_came() -> None:
    bees = [paper(number, f"Honey bees, part {number}") for number in range(200, 240)]
    subject = fit_model(shelf(6)[::3], [*bees, *NOISE])
    assert score_item(bees[0], subject).shared_words == ("honey bees",)


def test_what_most_repositories_say_of_themselves_is_no_subject_of_a_list_of_tools() -> None:
    tools = [
        ListEntry(f"Tool {number}", ("All",), f"https://github.com/a/t{number}", "Open source hive")
        for number in range(30)
    ]
    trending = [
        Item(
            f"repository:github:a/n{number}",
            "repository",
            f"a/n{number}",
            f"https://github.com/a/n{number}",
            1,
            "Open source terminal",
            stars_today=9,
        )
        for number in range(60)
    ]
    subject = fit_model([*tools, *BEES], trending)
    assert score_item(trending[0], subject).relevance < 0.4


def test_a_phrase_that_no_feed_and_no_heading_knows_is_not_what_a_list_is_about() -> None:
    signed = [
        ListEntry(one.title, one.section, one.url, f"{one.text}. Keeper et al") for one in BEES
    ]
    subject = fit_model(signed, [*WASPS, *NOISE, paper(90, "Honey bees")])
    assert "et al" in fit_model(signed, [*NOISE, paper(90, "Wasps et al")]).terms.core
    assert "honey bee" in subject.terms.core
    assert "et al" not in subject.terms.core
