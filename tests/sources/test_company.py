"""A subject is known by the words that go with it."""

import pytest

from sources.company import Company


def said(*words: str) -> frozenset[str]:
    return frozenset(words)


NAMING = [(said("model", "token", "decod"), True)] * 12
OTHERS = [(said("imag", "token", "camera"), False)] * 12
RARE = [(said("clinic"), False)] * 2


def company(*more: tuple[frozenset[str], bool]) -> Company:
    return Company.of([*NAMING, *OTHERS, *more], ["model"])


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
    suits = company(*RARE).suits(words, named=True)
    assert (suits > 0.1) - (suits < -0.1) == sign


def test_an_items_own_words_are_no_evidence_for_it() -> None:
    told = [(said("odd", "word"), True)] * 3
    assert company(*told).suits(said("odd", "word"), named=True) < company(*told, told[0]).suits(
        said("odd", "word"), named=True
    )
    assert company(*told[:2], (said("odd"), False)).suits(said("odd"), named=True) == 0.0


def test_of_too_few_items_nothing_is_concluded() -> None:
    few = Company.of([*NAMING[:9], *OTHERS], ["model"])
    assert few.suits(said("camera"), named=False) == 0.0
