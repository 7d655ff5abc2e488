"""A list tells by its entries which kinds of thing it takes."""

import pytest

from staycurrent.sources.relevance.model import absent_kinds

CODE = tuple(f"https://github.com/keeper/hive{number}" for number in range(100))
PAPERS = tuple(f"https://arxiv.org/abs/2608.{number:05d}" for number in range(1, 101))


@pytest.mark.parametrize(
    ("urls", "kinds"),
    [
        (CODE, {"paper"}),
        (PAPERS, {"repository"}),
        (CODE[:99], set()),
        ((*CODE, PAPERS[0]), set()),
        ((*CODE, "https://bees.test/mites.PDF"), set()),
        ((*CODE, "https://bees.test/mites", "no address"), {"paper"}),
        ((), set()),
    ],
)
def test_a_long_list_without_any_of_a_kind_does_not_take_it(
    urls: tuple[str, ...], kinds: set[str]
) -> None:
    assert absent_kinds(urls) == kinds
