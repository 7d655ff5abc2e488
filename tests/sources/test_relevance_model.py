"""The relevance model: scores of items, absent kinds, and the best section."""

import pytest

from staycurrent.sources.item import Item
from staycurrent.sources.relevance.features import (
    DocumentCounts,
    VectorSpace,
    inverse_document_frequency,
)
from staycurrent.sources.relevance.model import (
    ListEntry,
    RelevanceModel,
    SectionIndex,
    SectionPath,
    absent_kinds,
    fit_model,
    score_item,
)
from staycurrent.sources.relevance.text import terms

ENTRY_TEXTS = (
    ("The queen", "How honey bees raise a queen"),
    ("Varroa", "Mites in honey bee colonies"),
    ("Swarms", "Catching swarms of honey bees"),
    ("Nectar", "Which plants feed honey bees"),
    ("Robots in the field", "Machines near honey bees"),
)


def bee_entries(times: int, *more: str) -> list[ListEntry]:
    """Entries on bees, all of them repositories, and one for each further address."""
    texts = [(f"{title} {number}", text) for number in range(times) for title, text in ENTRY_TEXTS]
    urls = [*(f"https://github.com/keeper/hive{number}" for number in range(5 * times)), *more]
    texts += [("Mites", "")] * len(more)
    return [
        ListEntry(title, ("All",), url, text)
        for (title, text), url in zip(texts, urls, strict=True)
    ]


BEES = bee_entries(6)


def paper(number: int, title: str, summary: str = "") -> Item:
    url = f"https://arxiv.org/abs/2608.{number:05d}"
    return Item(f"paper:arxiv:2608.{number:05d}", "paper", title, url, 1, summary, upvotes=9)


WASPS = [paper(number, f"Wasps, part {number}") for number in range(1, 9)]
NOISE = [paper(number, f"Cheese and its makers in year {number}") for number in range(20, 60)]
SUMMARY = "Mites in honey bee colonies are treated early."


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
def test_a_rival_subject_in_the_title_outweighs_the_summary(
    bees: RelevanceModel, title: str, *, fits: bool
) -> None:
    assert (score_item(paper(90, title, SUMMARY), bees).relevance > 0.4) is fits


def test_a_rare_term_of_the_feeds_is_not_a_rival_subject() -> None:
    cheeses = [
        paper(number, f"Cheese and its makers in year {number}") for number in range(20, 120)
    ]
    few = fit_model(bee_entries(20, WASPS[0].url), [*WASPS, *cheeses])
    assert "wasp" in few.kinds["paper"].foreign_terms
    assert score_item(paper(90, "Treating mites of wasps early", SUMMARY), few).relevance > 0.4


def test_a_term_of_the_list_is_not_a_rival_subject() -> None:
    robots = [paper(number, f"Robots, part {number}") for number in range(60, 88)]
    subject = fit_model(bee_entries(20, WASPS[0].url), [*robots, *NOISE[:12]])
    assert "robot" in subject.kinds["paper"].foreign_terms
    assert score_item(paper(90, "Robots that treat mites", SUMMARY), subject).relevance > 0.4


def test_an_absent_kind_stays_below_the_default_minimum() -> None:
    found = paper(90, "Treating mites in honey bee colonies", SUMMARY)
    lacking, taking = (
        fit_model(bee_entries(20), NOISE),
        fit_model(bee_entries(20, WASPS[0].url), NOISE),
    )
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
def test_an_item_for_a_list_on_a_subtopic_must_name_it(title: str, *, fits: bool) -> None:
    mites = [
        ListEntry(f"Mites {number}", ("Mites",), f"https://x.test/{number}", "Honey bees")
        for number in range(30)
    ]
    subject = fit_model(mites, FEEDS)
    assert "mit" in subject.terms.subtopic
    assert (score_item(paper(90, title), subject).relevance > 0.4) is fits


def test_names_that_no_feed_has_do_not_raise_the_typical_weight() -> None:
    found = paper(90, "Treating mites in honey bee colonies", SUMMARY)
    signed = [
        ListEntry(one.title, one.section, one.url, f"{one.text}. A. Keeper, B. Hiver, C. Waxman")
        for one in BEES
    ]
    usual, named = fit_model(BEES, [*WASPS, *NOISE]), fit_model(signed, [*WASPS, *NOISE])
    assert score_item(found, named).relevance > 0.8 * score_item(found, usual).relevance


def test_a_phrase_of_most_entries_is_evidence_with_one_kind_of_items() -> None:
    bees = [paper(number, f"Honey bees, part {number}") for number in range(200, 240)]
    subject = fit_model(bee_entries(6)[::3], [*bees, *NOISE])
    assert score_item(bees[0], subject).shared_words == ("honey bees",)


def test_a_phrase_of_most_repositories_is_not_the_subject_of_a_list_of_tools() -> None:
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


def test_a_phrase_without_feed_or_heading_is_not_the_core() -> None:
    signed = [
        ListEntry(one.title, one.section, one.url, f"{one.text}. Keeper et al") for one in BEES
    ]
    subject = fit_model(signed, [*WASPS, *NOISE, paper(90, "Honey bees")])
    assert "et al" in fit_model(signed, [*NOISE, paper(90, "Wasps et al")]).terms.core
    assert "honey bee" in subject.terms.core
    assert "et al" not in subject.terms.core


REPOSITORY_URLS = tuple(f"https://github.com/keeper/hive{number}" for number in range(100))
PAPER_URLS = tuple(f"https://arxiv.org/abs/2608.{number:05d}" for number in range(1, 101))


@pytest.mark.parametrize(
    ("urls", "kinds"),
    [
        (REPOSITORY_URLS, {"paper"}),
        (PAPER_URLS, {"repository"}),
        (REPOSITORY_URLS[:99], set()),
        ((*REPOSITORY_URLS, PAPER_URLS[0]), set()),
        ((*REPOSITORY_URLS, "https://bees.test/mites.PDF"), set()),
        ((*REPOSITORY_URLS, "https://bees.test/mites", "no address"), {"paper"}),
        ((), set()),
    ],
)
def test_a_long_list_without_a_kind_does_not_take_it(
    urls: tuple[str, ...], kinds: set[str]
) -> None:
    assert absent_kinds(urls) == kinds


PAPERS_SECTION: SectionPath = ("Reading", "Papers")


TOOLS_SECTION: SectionPath = ("Tools",)


MITES_SECTION: SectionPath = ("Health", "Mites")


SECTION_ENTRIES: list[tuple[SectionPath, str, str]] = [
    (PAPERS_SECTION, "https://arxiv.org/abs/2501.00001", "How bees dance"),
    (PAPERS_SECTION, "https://arxiv.org/abs/2501.00002", "The queen and her hive"),
    (TOOLS_SECTION, "https://github.com/a/scale", "Weigh a hive"),
    (TOOLS_SECTION, "https://github.com/a/map", "Map of nectar"),
    (MITES_SECTION, "https://example.org/mites", "Treating varroa"),
]


def section_index() -> tuple[SectionIndex, VectorSpace]:
    listed = [terms(text, {}) for _, _, text in SECTION_ENTRIES]
    counts = DocumentCounts.of([*listed, frozenset(["mit", "paper", "tool"])])
    space = VectorSpace.of(listed, inverse_document_frequency([counts]))
    return SectionIndex.of([(path, url) for path, url, _ in SECTION_ENTRIES], space.idf, {}), space


def best_section(kind: str, text: str) -> SectionPath:
    found, space = section_index()
    words = terms(text, {})
    return found.best_section(kind, words, space.similarities(words))


PLACES = [
    ("paper", "Why bees dance", PAPERS_SECTION),
    ("repository", "Nectar by satellite", TOOLS_SECTION),
    # Both have "hive": the kind decides.
    ("paper", "A hive", PAPERS_SECTION),
    ("repository", "A hive", TOOLS_SECTION),
    # The words are clear, so the kind does not matter.
    ("repository", "Varroa", MITES_SECTION),
    # The words of a heading count, too.
    ("page", "Mites", MITES_SECTION),
    ("paper", "Steam engines", ()),
    ("paper", "", ()),
]


@pytest.mark.parametrize(("kind", "text", "place"), PLACES)
def test_the_best_section_has_similar_entries_of_the_same_kind(
    kind: str, text: str, place: SectionPath
) -> None:
    assert best_section(kind, text) == place


def test_of_equal_sections_the_first_one_is_best() -> None:
    path: list[SectionPath] = [("B",), ("A",)]
    listed = [terms("Bees dance", {})] * 2
    counts = DocumentCounts.of([*listed, frozenset(["x"])])
    space = VectorSpace.of(listed, inverse_document_frequency([counts]))
    url = "https://example.org/x"
    found = SectionIndex.of([(one, url) for one in path], space.idf, {})
    assert found.best_section("page", listed[0], space.similarities(listed[0])) == ("B",)


def test_a_list_without_entries_has_no_section() -> None:
    space = VectorSpace.of([], {})
    assert SectionIndex.of([], space.idf, {}).best_section("paper", frozenset(["bee"]), {}) == ()
