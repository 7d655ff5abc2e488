"""Co-occurrence of words with a subject, and the subtopic of a list."""

import pytest

from staycurrent.sources.relevance.features import CoOccurrence, DocumentCounts, find_subtopic


def words(*words: str) -> frozenset[str]:
    return frozenset(words)


WITH_SUBJECT = [(words("model", "token", "decod"), True)] * 12
WITHOUT_SUBJECT = [(words("imag", "token", "camera"), False)] * 12
RARE = [(words("clinic"), False)] * 2


def co_occurrence(*more: tuple[frozenset[str], bool]) -> CoOccurrence:
    return CoOccurrence.of([*WITH_SUBJECT, *WITHOUT_SUBJECT, *more], ["model"])


@pytest.mark.parametrize(
    ("words", "sign"),
    [
        (words("decod"), 1),
        (words("camera", "imag"), -1),
        (words("decod", "camera", "imag"), -1),
        (words("token"), 0),
        (words("model"), 0),
        (words("clinic"), 0),
        (words("decod camera"), 0),
        (words(), 0),
    ],
)
def test_log_odds_have_the_sign_of_the_side(words: frozenset[str], sign: int) -> None:
    likeness = co_occurrence(*RARE).log_odds(words, named=True)
    assert (likeness > 0.1) - (likeness < -0.1) == sign


def test_an_items_own_words_are_not_counted() -> None:
    odd = (words("odd", "word"), True)
    three, four = (co_occurrence(*[odd] * times) for times in (3, 4))
    assert three.log_odds(odd[0], named=True) < four.log_odds(odd[0], named=True)
    two_and_another = co_occurrence(odd, odd, (words("odd"), False))
    assert two_and_another.log_odds(words("odd"), named=True) == 0.0


@pytest.mark.parametrize(
    ("words", "suits"),
    [
        (words("decod"), True),
        (words("token"), False),
        (words("decod", "camera", "imag"), False),
        (words("decod", *(f"odd{number}" for number in range(60))), False),
    ],
)
def test_an_item_must_clearly_resemble_the_subject(words: frozenset[str], *, suits: bool) -> None:
    assert co_occurrence().resembles_subject(words, named=True) is suits


def test_terms_go_with_the_subject_or_not() -> None:
    kept = co_occurrence(*RARE)
    assert [kept.goes_with_subject(word) for word in ("decod", "camera", "clinic")] == [
        True,
        False,
        False,
    ]


CLINIC = words("model", "token", "ward", "nurse", "fever")


def test_an_item_of_words_that_occur_nowhere_else_is_unfamiliar() -> None:
    known = CoOccurrence.of([*WITH_SUBJECT, *WITHOUT_SUBJECT, (CLINIC, True)], ["model"], ["list"])
    assert known.is_unfamiliar(CLINIC)
    assert not known.is_unfamiliar(WITH_SUBJECT[0][0])


def test_words_of_the_list_are_familiar() -> None:
    known = CoOccurrence.of(
        [*WITH_SUBJECT, *WITHOUT_SUBJECT, (CLINIC, True)], ["model"], ["ward", "nurse", "fever"]
    )
    assert not known.is_unfamiliar(CLINIC)


def test_of_too_few_items_nothing_is_concluded() -> None:
    few = CoOccurrence.of([*WITH_SUBJECT[:9], *WITHOUT_SUBJECT], ["model"])
    assert few.resembles_subject(words("camera"), named=False)
    assert not few.is_unfamiliar(CLINIC)
    assert not few.goes_with_subject("decod")


CORE = frozenset(["honey bee"])
BEE_TERMS = frozenset(["honey", "bee", "honey bee"])


def counts(bees: int, *others: frozenset[str], of: int = 200) -> DocumentCounts:
    """Counts of items of one kind, `bees` of them on honey bees."""
    return DocumentCounts.of(
        [*[BEE_TERMS] * bees, *others, *[frozenset(["wasp"])] * (of - bees - len(others))]
    )


def entries(mites: int, *more: str, of: int = 100) -> list[frozenset[str]]:
    """Entries on honey bees, `mites` of them on their mites."""
    said = BEE_TERMS | frozenset(more)
    return [said | {"mite"}] * mites + [said] * (of - mites)


MITE_COUNTS = counts(60, *[frozenset(["mite"])] * 4)


def test_a_list_with_a_common_core_is_on_what_the_feeds_lack() -> None:
    assert find_subtopic(entries(50), [MITE_COUNTS], CORE) == {"mite"}


@pytest.mark.parametrize(
    ("mites", "feeds"),
    [
        (30, [MITE_COUNTS]),  # most entries are on the whole subject
        (50, [counts(10, *[frozenset(["mite"])] * 4)]),  # its core is rare in the feeds
        (50, [counts(60, *[frozenset(["mite"])] * 60)]),  # mites are common in the feeds
        (
            50,
            [MITE_COUNTS, counts(60, *[frozenset(["mite"])] * 60)],
        ),  # common in one feed
        (50, [counts(60)]),  # no feed has mites: it could be the name of an author
    ],
)
def test_other_lists_have_no_subtopic(mites: int, feeds: list[DocumentCounts]) -> None:
    assert find_subtopic(entries(mites), feeds, CORE) == frozenset()


def test_a_word_that_no_feed_has_counts_if_a_heading_has_it() -> None:
    assert find_subtopic(entries(50), [counts(60)], CORE, headings=["mite"]) == {"mite"}


def test_words_of_the_core_are_not_a_subtopic() -> None:
    feeds = [counts(20, *[frozenset(["mite"])] * 4)]
    assert find_subtopic(entries(50), feeds, CORE) == {"mite"}


def test_a_term_as_widespread_as_the_core_needs_lower_odds() -> None:
    feeds = [counts(60, *[frozenset(["mite"])] * 30)]
    assert find_subtopic(entries(52), feeds, CORE) == {"mite"}
    assert find_subtopic(entries(44), feeds, CORE) == frozenset()


def test_a_list_without_entries_has_no_subtopic() -> None:
    assert find_subtopic([], [], frozenset()) == frozenset()


@pytest.mark.parametrize(
    ("title", "mites", "declared"),
    [
        (["honey", "bee", "mite"], 12, True),
        (["honey", "bee"], 12, False),
        (["honey", "bee", "mite"], 6, False),  # too few entries have it, as with "awesome"
        (["mit"], 12, False),
    ],
)
def test_the_title_of_a_list_may_declare_a_subtopic(
    title: list[str], mites: int, *, declared: bool
) -> None:
    feeds = [counts(60, frozenset(["mite"]))]
    assert find_subtopic(entries(mites), feeds, CORE, titles=title) == (
        {"mite"} if declared else set()
    )
