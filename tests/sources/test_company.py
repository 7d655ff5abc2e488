"""A subject is known by the words that go with it."""

import pytest

from staycurrent.sources.relevance.features import CoOccurrence


def said(*words: str) -> frozenset[str]:
    return frozenset(words)


NAMING = [(said("model", "token", "decod"), True)] * 12
OTHERS = [(said("imag", "token", "camera"), False)] * 12
RARE = [(said("clinic"), False)] * 2


def company(*more: tuple[frozenset[str], bool]) -> CoOccurrence:
    return CoOccurrence.of([*NAMING, *OTHERS, *more], ["model"])


@pytest.mark.parametrize(
    ("words", "sign"),
    [
        (said("decod"), 1),
        (said("camera", "imag"), -1),
        (said("decod", "camera", "imag"), -1),
        (said("token"), 0),
        (said("model"), 0),
        (said("clinic"), 0),
        (said("decod camera"), 0),
        (said(), 0),
    ],
)
def test_words_tell_which_company_an_item_keeps(words: frozenset[str], sign: int) -> None:
    likeness = company(*RARE).log_odds(words, named=True)
    assert (likeness > 0.1) - (likeness < -0.1) == sign


def test_an_items_own_words_are_no_evidence_for_it() -> None:
    told = [(said("odd", "word"), True)] * 3
    assert company(*told).log_odds(said("odd", "word"), named=True) < company(
        *told, told[0]
    ).log_odds(said("odd", "word"), named=True)
    assert company(*told[:2], (said("odd"), False)).log_odds(said("odd"), named=True) == 0.0


@pytest.mark.parametrize(
    ("words", "suits"),
    [
        (said("decod"), True),
        (said("token"), False),
        (said("decod", "camera", "imag"), False),
        (said("decod", *(f"odd{number}" for number in range(60))), False),
    ],
)
def test_an_item_must_clearly_be_of_that_company(words: frozenset[str], *, suits: bool) -> None:
    assert company().resembles_subject(words, named=True) is suits


def test_what_is_said_beside_the_subject_is_known_from_what_is_not() -> None:
    kept = company(*RARE)
    assert [kept.goes_with_subject(word) for word in ("decod", "camera", "clinic")] == [
        True,
        False,
        False,
    ]


CLINIC = said("model", "token", "ward", "nurse", "fever")


def test_an_item_most_of_whose_words_stand_nowhere_else_is_strange() -> None:
    known = CoOccurrence.of([*NAMING, *OTHERS, (CLINIC, True)], ["model"], ["list"])
    assert known.is_unfamiliar(CLINIC)
    assert not known.is_unfamiliar(NAMING[0][0])


def test_the_lists_own_words_are_not_strange() -> None:
    known = CoOccurrence.of(
        [*NAMING, *OTHERS, (CLINIC, True)], ["model"], ["ward", "nurse", "fever"]
    )
    assert not known.is_unfamiliar(CLINIC)


def test_of_too_few_items_nothing_is_concluded() -> None:
    few = CoOccurrence.of([*NAMING[:9], *OTHERS], ["model"])
    assert few.resembles_subject(said("camera"), named=False)
    assert not few.is_unfamiliar(CLINIC)
    assert not few.goes_with_subject("decod")
