"""A list on a part of a wide subject is told by what it speaks of and the feeds hardly do."""

import pytest

from staycurrent.sources.relevance.features import DocumentCounts, find_subtopic

CORE = frozenset(["honey bee"])
BEES = frozenset(["honey", "bee", "honey bee"])


def items(bees: int, *others: frozenset[str], of: int = 200) -> DocumentCounts:
    """Items of one kind, so many of them on honey bees."""
    return DocumentCounts.of(
        [*[BEES] * bees, *others, *[frozenset(["wasp"])] * (of - bees - len(others))]
    )


def shelf(mites: int, *more: str, of: int = 100) -> list[frozenset[str]]:
    """Entries on honey bees, so many of them on their mites."""
    said = BEES | frozenset(more)
    return [said | {"mite"}] * mites + [said] * (of - mites)


MITES = items(60, *[frozenset(["mite"])] * 4)


def test_a_list_whose_core_is_everywhere_is_on_what_the_feeds_hardly_speak_of() -> None:
    assert find_subtopic(shelf(50), [MITES], CORE) == {"mite"}


@pytest.mark.parametrize(
    ("mites", "feeds"),
    [
        (30, [MITES]),  # most of the list is on the whole
        (50, [items(10, *[frozenset(["mite"])] * 4)]),  # its core is rare enough to be asked for
        (50, [items(60, *[frozenset(["mite"])] * 60)]),  # the feeds speak of it as well
        (50, [MITES, items(60, *[frozenset(["mite"])] * 60)]),  # one of them does
        (50, [items(60)]),  # no feed ever does: it could be the name of an author
    ],
)
def test_another_list_has_none(mites: int, feeds: list[DocumentCounts]) -> None:
    assert find_subtopic(shelf(mites), feeds, CORE) == frozenset()


def test_a_word_that_no_feed_has_tells_if_a_heading_has_it() -> None:
    assert find_subtopic(shelf(50), [items(60)], CORE, headings=["mite"]) == {"mite"}


def test_the_words_of_the_core_are_no_part_of_it() -> None:
    told = find_subtopic(shelf(50), [items(20, *[frozenset(["mite"])] * 4)], CORE)
    assert told == {"mite"}


def test_what_is_as_widespread_as_the_core_needs_less_to_be_a_part() -> None:
    feeds = [items(60, *[frozenset(["mite"])] * 30)]
    assert find_subtopic(shelf(52), feeds, CORE) == {"mite"}
    assert find_subtopic(shelf(44), feeds, CORE) == frozenset()


def test_of_a_list_without_entries_nothing_is_said() -> None:
    assert find_subtopic([], [], frozenset()) == frozenset()


@pytest.mark.parametrize(
    ("title", "mites", "told"),
    [
        (["honey", "bee", "mite"], 12, True),
        (["honey", "bee"], 12, False),
        (["honey", "bee", "mite"], 6, False),  # few entries say it: "awesome"
        (["mit"], 12, False),
    ],
)
def test_a_list_whose_title_says_so_is_on_a_part(
    title: list[str], mites: int, *, told: bool
) -> None:
    feeds = [items(60, frozenset(["mite"]))]
    assert find_subtopic(shelf(mites), feeds, CORE, titles=title) == ({"mite"} if told else set())
