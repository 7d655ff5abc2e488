"""Prints: near for the same page, far for another one, and the same after they were written."""

import random
from string import ascii_lowercase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staycurrent.links.page.fingerprint import (
    Fingerprint,
    distance,
    fingerprint,
    parse_fingerprint,
    same_page,
    same_text,
    same_title,
    significant_words,
)
from staycurrent.links.page.scanner import ContentKind, scan_response
from tests.support.values import URL, html, other_prose, page_response, prose

WRITTEN = "html 3 371a6af151306601 T"
"""Prints are kept for years: a change of how they are made would make every page drift."""


def of(body: bytes, url: str = URL) -> Fingerprint:
    found = scan_response(page_response(body))
    assert found is not None
    return fingerprint(found, url)


def apart(bits: int, title: str = "", size: int = 5) -> Fingerprint:
    """A print that differs from `apart(0)` in so many bits."""
    return Fingerprint(ContentKind.HTML, size, (1 << bits) - 1, title)


@given(
    st.sampled_from(ContentKind),
    st.integers(0, 20),
    st.integers(0, 2**64 - 1),
    st.text(max_size=120),
)
def test_a_print_can_be_read_again(kind: ContentKind, size: int, bits: int, title: str) -> None:
    print_ = Fingerprint(kind, size, bits, title)
    assert parse_fingerprint(str(print_)) == print_


@pytest.mark.parametrize(
    "text",
    [
        *(None, "", "html", "html 5 xyz Title", "gif 5 0123456789abcdef x"),
        f"html {'9' * 5_000} 0123456789abcdef x",  # a number that Python refuses
    ],
)
def test_what_is_no_print_is_none(text: str | None) -> None:
    assert parse_fingerprint(text) is None


def test_a_small_change_of_a_long_text_is_near_and_another_text_is_far() -> None:
    long = of(html("T", prose(400)))
    assert distance(long, of(html("T", prose(400)))) == 0
    assert distance(long, of(html("T", "today " + prose(399)))) <= 3
    assert distance(long, of(html("T", other_prose(400)))) > 18


def test_unrelated_texts_are_hardly_ever_related() -> None:
    chance = random.Random(7)  # noqa: S311 -- the same texts every time
    words = [f"{a}{b}{c}" for a in "bdfgk" for b in "aeiou" for c in "lmnpr"]
    prints = [of(html("", " ".join(chance.choices(words, k=200)))) for _ in range(60)]
    pairs = [distance(a, b) for n, a in enumerate(prints) for b in prints[:n]]
    assert sum(one <= 18 for one in pairs) <= len(pairs) / 100
    assert 30 < sum(pairs) / len(pairs) < 34


def test_an_address_that_the_page_repeats_and_numbers_make_no_difference() -> None:
    one = of(html("", "no page papers attention here, 12:30"), "https://e.org/papers/attention")
    two = of(html("", "no page qwertz here, 12:31"), "https://e.org/qwertz")
    assert distance(one, two) == 0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (apart(0), apart(3), True),
        (apart(0), apart(4), False),
        (apart(0, "T"), apart(12, "T"), True),
        (apart(0, "T"), apart(13, "T"), False),
        (apart(0, "T"), apart(12, "U"), False),
        (apart(0, "T", 5), apart(0, "T", 6), True),
        (apart(0, "T", 5), apart(0, "T", 7), False),
        (apart(0), Fingerprint(ContentKind.PDF, 5, 0, ""), False),
    ],
)
def test_one_shell(one: Fingerprint, other: Fingerprint, *, same: bool) -> None:
    assert same_page(one, other) is same
    assert same_page(other, one) is same


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (apart(0), apart(18), True),
        (apart(0), apart(19), False),
        (apart(0, size=0), apart(40), True),
    ],
)
def test_one_text(one: Fingerprint, other: Fingerprint, *, same: bool) -> None:
    assert same_text(one, other) is same


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Notes on dropout", "Dropout, second edition", True),
        ("Notes on dropout", "The best casino", False),
        ("Welcome to the page", "Home of the page", True),  # no word of them tells anything
        ("Notes", "", True),
        ("NOTES", "notes", True),
    ],
)
def test_one_title(one: str, other: str, *, same: bool) -> None:
    assert same_title(apart(0, one), apart(0, other)) is same


@pytest.mark.parametrize(("count", "size"), [(0, 0), (1, 1), (3, 2), (4, 3), (63, 6), (64, 7)])
def test_the_size_is_a_class(count: int, size: int) -> None:
    assert of(f"<title>T</title>{prose(count)}".encode()).size == size


def test_single_letters_and_common_words_tell_nothing() -> None:
    assert significant_words("Learn C and R from the CV page") == {"learn", "cv"}


def test_the_words_count_in_threes() -> None:
    shuffled = " ".join(sorted(prose(200).split()))
    assert distance(of(html("", prose(200))), of(html("", shuffled))) > 18
    swapped = "b a c d", "a b c d"
    assert distance(*(of(html("", text)) for text in swapped)) > 0
    assert str(of(html("T", "one two three four"))) == WRITTEN
    assert str(of(b"<!doctype html><title>T</title>")) == "html 0 0000000000000000 T"


def test_only_the_first_words_count() -> None:
    many = " ".join(
        f"{a}{b}{c}{d}" for a in "bdfg" for b in "aeiou" for c in "lmnpr" for d in ascii_lowercase
    )
    kept = of(html("", " ".join(many.split()[:1500])))
    assert of(html("", " ".join((*many.split()[:1500], prose(90))))).bits == kept.bits
    assert of(html("", " ".join((*many.split()[:1410], prose(90))))).bits != kept.bits
