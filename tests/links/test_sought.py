"""Patterns behind words: what they find is what they found without."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staycurrent.links.page.scanner import split_words
from staycurrent.links.page.signals import PARKING_MARKUP, SPAM_TRADES, PrefilteredPattern, each_of


@given(st.from_regex(SPAM_TRADES.pattern, fullmatch=True).map(str.lower))
def test_every_trade_bears_one_of_its_words(text: str) -> None:
    assert bool(SPAM_TRADES.search(text)) is bool(SPAM_TRADES.pattern.search(text))


@given(st.text(), st.from_regex(SPAM_TRADES.pattern), st.text())
def test_a_trade_is_found_in_a_text_whose_words_are_known(
    before: str, named: str, behind: str
) -> None:
    text = f"{before}{named}{behind}".lower()
    found = [match[0] for match in SPAM_TRADES.finditer(text, split_words(text))]
    assert SPAM_TRADES.may_stand_in(text, split_words(text)) or not found
    assert found == [match[0] for match in SPAM_TRADES.pattern.finditer(text)]


@given(st.from_regex(PARKING_MARKUP.pattern).map(str.lower))
def test_every_mark_of_parking_bears_one_of_its_words(text: str) -> None:
    assert bool(PARKING_MARKUP.search(text)) is bool(PARKING_MARKUP.pattern.search(text))


@pytest.mark.parametrize(("text", "found"), [("a cat", "cat"), ("cats, a cot", "cat"), ("cut", "")])
def test_what_bears_a_word_is_sought_and_nothing_else(text: str, found: str) -> None:
    sought = PrefilteredPattern("c[aou]t", bears=("cat",))
    match = sought.search(text)
    assert (match[0] if match else "") == found
    assert [one[0] for one in sought.finditer(text)][:1] == [found] * bool(found)


@pytest.mark.parametrize(
    ("text", "found"),
    [("a cat's", True), ("cats", False), ("an old dog", True), ("old cart, new dog", False)],
)
def test_what_begins_with_a_word_begins_with_a_whole_one(text: str, *, found: bool) -> None:
    sought = PrefilteredPattern(r"\b(cat|old dog)", bears=(), begins=("cat", "old dog"))
    assert (sought.search(text) is not None) is found
    assert any(sought.finditer(text, tuple(text.split()))) is (found and "'" not in text)


def test_what_is_worth_seeking_is_told_whatever_the_blanks_are() -> None:
    sought = PrefilteredPattern("old dog|catalog", bears=("catalog",), begins=("old dog",))
    assert sought.may_stand_in("an old\n dog", ("an", "old", "dog"))
    assert sought.may_stand_in("mycatalogs", ("mycatalogs",))
    assert not sought.may_stand_in("an oldish dog", ("an", "oldish", "dog"))


def test_words_are_put_together_each_with_each() -> None:
    assert each_of("a|b", "| ", "c") == ("ac", "a c", "bc", "b c")
