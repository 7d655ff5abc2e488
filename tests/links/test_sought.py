"""Patterns behind words: what they find is what they found without."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staycurrent.links.page import words_in
from staycurrent.links.signs import PARKING_MARK, TRADES
from staycurrent.links.sought import Sought, each_of


@given(st.from_regex(TRADES.pattern, fullmatch=True).map(str.lower))
def test_every_trade_bears_one_of_its_words(text: str) -> None:
    assert bool(TRADES.search(text)) is bool(TRADES.pattern.search(text))


@given(st.text(), st.from_regex(TRADES.pattern), st.text())
def test_a_trade_is_found_in_a_text_whose_words_are_known(
    before: str, named: str, behind: str
) -> None:
    text = f"{before}{named}{behind}".lower()
    found = [match[0] for match in TRADES.finditer(text, words_in(text))]
    assert TRADES.may_stand_in(text, words_in(text)) or not found
    assert found == [match[0] for match in TRADES.pattern.finditer(text)]


@given(st.from_regex(PARKING_MARK.pattern).map(str.lower))
def test_every_mark_of_parking_bears_one_of_its_words(text: str) -> None:
    assert bool(PARKING_MARK.search(text)) is bool(PARKING_MARK.pattern.search(text))


@pytest.mark.parametrize(("text", "found"), [("a cat", "cat"), ("cats, a cot", "cat"), ("cut", "")])
def test_what_bears_a_word_is_sought_and_nothing_else(text: str, found: str) -> None:
    sought = Sought("c[aou]t", bears=("cat",))
    match = sought.search(text)
    assert (match[0] if match else "") == found
    assert [one[0] for one in sought.finditer(text)][:1] == [found] * bool(found)


@pytest.mark.parametrize(
    ("text", "found"),
    [("a cat's", True), ("cats", False), ("an old dog", True), ("old cart, new dog", False)],
)
def test_what_begins_with_a_word_begins_with_a_whole_one(text: str, *, found: bool) -> None:
    sought = Sought(r"\b(cat|old dog)", bears=(), begins=("cat", "old dog"))
    assert (sought.search(text) is not None) is found
    assert any(sought.finditer(text, tuple(text.split()))) is (found and "'" not in text)


def test_what_is_worth_seeking_is_told_whatever_the_blanks_are() -> None:
    sought = Sought("old dog|catalog", bears=("catalog",), begins=("old dog",))
    assert sought.may_stand_in("an old\n dog", ("an", "old", "dog"))
    assert sought.may_stand_in("mycatalogs", ("mycatalogs",))
    assert not sought.may_stand_in("an oldish dog", ("an", "oldish", "dog"))


def test_words_are_put_together_each_with_each() -> None:
    assert each_of("a|b", "| ", "c") == ("ac", "a c", "bc", "b c")
