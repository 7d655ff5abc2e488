"""A thing would stand where its like stands: in words first, and then in kind."""

import pytest

from staycurrent.sources.relevance.features import (
    DocumentCounts,
    VectorSpace,
    inverse_document_frequency,
)
from staycurrent.sources.relevance.model import SectionIndex, SectionPath
from staycurrent.sources.relevance.text import terms

PAPERS: SectionPath = ("Reading", "Papers")
TOOLS: SectionPath = ("Tools",)
MITES: SectionPath = ("Health", "Mites")
ENTRIES: list[tuple[SectionPath, str, str]] = [
    (PAPERS, "https://arxiv.org/abs/2501.00001", "How bees dance"),
    (PAPERS, "https://arxiv.org/abs/2501.00002", "The queen and her hive"),
    (TOOLS, "https://github.com/a/scale", "Weigh a hive"),
    (TOOLS, "https://github.com/a/map", "Map of nectar"),
    (MITES, "https://example.org/mites", "Treating varroa"),
]


def sections() -> tuple[SectionIndex, VectorSpace]:
    listed = [terms(text, {}) for _, _, text in ENTRIES]
    counts = DocumentCounts.of([*listed, frozenset(["mit", "paper", "tool"])])
    space = VectorSpace.of(listed, inverse_document_frequency([counts]))
    return SectionIndex.of([(path, url) for path, url, _ in ENTRIES], space.idf, {}), space


def best(kind: str, text: str) -> SectionPath:
    found, space = sections()
    words = terms(text, {})
    return found.best_section(kind, words, space.similarities(words))


PLACES = [
    ("paper", "Why bees dance", PAPERS),
    ("repository", "Nectar by satellite", TOOLS),
    # Both speak of the hive: the kind decides.
    ("paper", "A hive", PAPERS),
    ("repository", "A hive", TOOLS),
    # Where the words leave no doubt, the kind does not send it elsewhere.
    ("repository", "Varroa", MITES),
    # A heading is a word of its section, too.
    ("page", "Mites", MITES),
    ("paper", "Steam engines", ()),
    ("paper", "", ()),
]


@pytest.mark.parametrize(("kind", "text", "place"), PLACES)
def test_a_thing_would_stand_with_its_like(kind: str, text: str, place: SectionPath) -> None:
    assert best(kind, text) == place


def test_of_equal_sections_the_first_of_the_list_is_named() -> None:
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
