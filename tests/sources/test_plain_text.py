"""Text from feeds as plain text: short, visible, without markup."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staycurrent.sources.parsing import plain_text

CASES = [
    ("a  b\n\tc", "a b c"),
    ("<p>Bold <b>claim</b><br/>here</p>", "Bold claim here"),
    ('<img src="x" onerror="y">seen', "seen"),
    ("<svg/onload=alert(1)>text", "text"),
    ("<svg onload=alert(1)>text", "text"),
    ("kept <!-- stay:end current --> whole", "kept whole"),
    ("&lt;script&gt;alert(1)&lt;/script&gt;shown", "shown"),
    ("<style>p { color: red }</style>shown", "shown"),
    ("a <STYLE type='text/css'>b > c {}</STYLE > d", "a d"),
    ("a <script>if (1 < 2) { '<p>' }</script> b <script>c</script> d", "a b d"),
    ("a <!-- <p>not shown</p> --> b", "a b"),
    ("<![CDATA[a]]> b", "a b"),
    ("<noscript><img src=x> enable scripts</noscript>a", "a"),
    ("an unclosed <style> is text", "an unclosed is text"),
    ("the styles <styles> of </styles>", "the styles <styles> of"),
    ("D&D in Q&A, ?a=1&b=2&copy=3&lt=4", "D&D in Q&A, ?a=1&b=2&copy=3&lt=4"),
    ("&copy; 2026 &#8212; &hearts;", "© 2026 — ♥"),
    ("Tom &amp; Jerry", "Tom & Jerry"),
    ("a Cache<T> for P < 0.05", "a Cache<T> for P < 0.05"),
    ("for 0 <p and q> 1, <former of >< is", "for 0 <p and q> 1, <former of >< is"),
    ("a Map<T extends U> of <i class=x>all</i > <a\nhref=x>b</a>", "a Map<T extends U> of all b"),
    ("zero\u200bwidth \u202egnp.exe", "zerowidth gnp.exe"),
    ("bell\x07 esc\x1b[31m", "bell esc [31m"),
    ("tag\U000e0041ged", "tagged"),
    ("filler\u3164\u2800", "filler"),
    ("Z\u0301\u0302\u0303\u0304\u0305algo", "Z\u0301\u0302\u0303algo"),
    ("cafe\u0301", "café"),
    ("line\u2028break\u00a0blank", "line break blank"),
    ("private \ue000 use \ud800", "private use"),
    ("", ""),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_markup_and_invisible_characters_are_removed(text: str, expected: str) -> None:
    assert plain_text(text) == unicodedata.normalize("NFC", expected)


def test_a_long_text_is_cut_between_words() -> None:
    assert plain_text("word " * 100, 22) == "word word word word…"


def test_a_long_text_without_blanks_is_cut_anywhere() -> None:
    cut = plain_text("字" * 500)
    assert len(cut) == 200
    assert cut.endswith("…")


@given(st.text(max_size=400))
def test_plain_text_is_short_and_visible(text: str) -> None:
    made = plain_text(text)
    assert len(made) <= 200
    assert "\n" not in made
    assert made == made.strip()
    assert not {unicodedata.category(one) for one in made} & {"Cc", "Cf", "Cs", "Co", "Cn"}


@pytest.mark.parametrize(
    "piece", ["<style>", "</style", "<style>-->", "<!--", "<a ", "</", "<", "&lt;", "<a x=", "-->"]
)
def test_a_huge_text_of_opening_tags_is_cut(piece: str) -> None:
    assert len(plain_text(piece * 100_000)) <= 200
