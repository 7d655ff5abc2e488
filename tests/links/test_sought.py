"""Patterns behind words: what they find is what they found without."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from links.signs import PARKING_MARK, TRADES
from links.sought import Sought, each_of


@given(st.from_regex(TRADES.pattern, fullmatch=True).map(str.lower))
def test_every_trade_bears_one_of_its_words(text: str) -> None:
    assert bool(TRADES.search(text)) is bool(TRADES.pattern.search(text))


@given(st.from_regex(PARKING_MARK.pattern).map(str.lower))
def test_every_mark_of_parking_bears_one_of_its_words(text: str) -> None:
    assert bool(PARKING_MARK.search(text)) is bool(PARKING_MARK.pattern.search(text))


@pytest.mark.parametrize(("text", "found"), [("a cat", "cat"), ("cats, a cot", "cat"), ("cut", "")])
def test_what_bears_a_word_is_sought_and_nothing_else(text: str, found: str) -> None:
    sought = Sought("c[aou]t", bears=("cat",))
    match = sought.search(text)
    assert (match[0] if match else "") == found
    assert [one[0] for one in sought.finditer(text)][:1] == [found] * bool(found)


def test_words_are_put_together_each_with_each() -> None:
    assert each_of("a|b", "| ", "c") == ("ac", "a c", "bc", "b c")
