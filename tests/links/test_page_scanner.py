"""Bodies taken apart: what is visible, what is named, and that hostile ones cost no more time."""

import time

import pytest

from staycurrent.links.page.scanner import ContentKind, ScannedPage, scan_response, sign_pairs
from staycurrent.web.response import Response
from tests.support.values import html, page_response, prose


def seen(body: bytes, content_type: str = "text/html") -> ScannedPage:
    found = scan_response(
        Response("u", "u", (), 0.0, status=200, headers={"content-type": content_type}, body=body)
    )
    assert found is not None
    return found


def test_nothing_came() -> None:
    assert scan_response(page_response(b"")) is None


@pytest.mark.parametrize(
    ("body", "declared", "kind"),
    [
        (b"%PDF-1.7\n", "text/html", ContentKind.PDF),
        (b"\xef\xbb\xbf  %PDF-1.4", "application/octet-stream", ContentKind.PDF),
        (b"no header", "application/pdf", ContentKind.PDF),
        (b"<!DOCTYPE html><p>", "application/pdf", ContentKind.HTML),
        (b"\n <html><p>", "application/octet-stream", ContentKind.HTML),
        (b"<p>words", "text/html; charset=x", ContentKind.HTML),
        (b"<p>words", "application/xhtml+xml", ContentKind.HTML),
        (b"<p>words", "", ContentKind.HTML),
        (b"<!doctype html>", "text/plain", ContentKind.OTHER),
        (b"{}", "application/json", ContentKind.OTHER),
    ],
)
def test_the_first_bytes_and_the_declared_type_say_what_it_is(
    body: bytes, declared: str, kind: ContentKind
) -> None:
    assert seen(body, declared).kind is kind


def test_what_is_no_html_is_not_taken_apart() -> None:
    assert seen(b"%PDF-1.7 <title>x</title>") == ScannedPage(ContentKind.PDF)


@pytest.mark.parametrize(
    ("body", "title"),
    [
        (b"<title> A &amp; B\n c </title>", "A & B c"),
        (b"<TITLE lang=en>T</TITLE>", "T"),
        (b"<!-- <title>no</title> --><title>yes</title>", "yes"),
        (b"<script>var a = '<title>no</title>'</script><title>yes</title>", "yes"),
        (b"<title>one</title><svg><title>two</title></svg>", "one"),
        ("<title>a\u202e\u200bb\x07c</title>".encode(), "a b c"),
        (b"<title>never ends", "never ends"),
        (b"<title>" + b"x" * 500 + b"</title>", "x" * 120),
        (b"no title", ""),
    ],
)
def test_the_title(body: bytes, title: str) -> None:
    assert seen(body).title == title


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"a<b>b</b>c", "a b c"),
        (b"<p>one<p>two", "one two"),
        (b"<style>p{}</style><script>x()</script>seen", "seen"),
        (b"<noscript>You need JavaScript</noscript>", ""),
        (b"<template>t</template><textarea>u</textarea>v", "v"),
        (b"1 < 2 and <3", "1 < 2 and <3"),
        (b"<!-- a > b -->seen", "seen"),
        (b"seen<!-- never ends", "seen"),
        (b"seen<script>never ends", "seen"),
        (b"&#xd800;&nbsp;a&bogus;", "\ufffd a&bogus;"),
    ],
)
def test_what_is_visible(body: bytes, text: str) -> None:
    assert seen(body).text == text


def test_headings_and_what_the_tags_name() -> None:
    found = seen(
        b"<h1>One <i>tw</i>o</h1><h2></h2><h2>3<br>4<BR/>5</h2><IMG SRC=//A.b/C.png><p id=x>"
    )
    assert found.headings == ("One two", "3 4 5")
    assert "img  src=//a.b/c.png" in found.tags.replace("img src", "img  src")
    assert not found.has_scripts
    assert seen(b"<script src=a.js></script>").has_scripts


def test_words_are_without_numbers_and_signs_of_chinese_are_words() -> None:
    assert seen("<p>Two 2 B2B 页面 don't".encode()).words == (
        "two",
        "b",
        "b",
        "页",
        "面",
        "don",
        "t",
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("कृत्रिम बुद्धिमत्ता २", "कृत्रिम बुद्धिमत्ता"),
        ("மொழிபெயர்ப்பு", "மொழிபெயர்ப்பு"),
        ("ชุดข้อมูลและแบบ", "ช ดข อม ล และ แบบ"),
        ("ພາສາລາວ ແລະ", "ພາສາລາວ ແລະ"),
        ("មានភាសាខ្មែរ", "មា ន ភា សា ខ្មែ រ"),
        ("မြန်မာဘာသာပြန်", "မြန် မာ ဘာ သာ ပြန်"),
    ],
)
def test_words_have_their_marks_or_are_cut_at_them(text: str, words: str) -> None:
    """A syllable of Khmer or Burmese is taken as a word, a piece of Thai or Lao, too."""
    assert seen(f"<p>{text}".encode()).words == tuple(words.split())


@pytest.mark.parametrize("piece", ["\u1000\u1039", "\u1000\u103a", "\u1780\u17d2"])
def test_a_syllable_ends_where_a_page_has_no_other_letters(piece: str) -> None:
    """Pairs are sought at each letter: as long as the page, they would be a billion signs."""
    pairs = sign_pairs(piece * 1000 + "\u1000 \u1000")
    assert pairs
    assert max(map(len, pairs)) < 12 * len(piece)


@pytest.mark.parametrize(("count", "short"), [(60, True), (61, False)])
def test_a_short_page_speaks_of_itself_with_all_its_words(count: int, *, short: bool) -> None:
    found = seen(html("", prose(count)))
    assert found.is_short is short
    assert (prose(5) in found.prominent_text) is short


@pytest.mark.parametrize(
    "piece",
    [
        b"<!--", b"<a", b"<", b"<script>", b"<title>", b"<h1>x", b"x<b>", b"</title", b"<!--><",
        b"&amp", b"<a href=", b"<!", b"</", b"<?x>",
    ],
)  # fmt: skip
def test_time_grows_with_the_bytes_and_not_faster(piece: bytes) -> None:
    def took(size: int) -> float:
        body = (b"<h1>" + piece * size)[:size]
        return min(_timed(body) for _ in range(3))

    # Eight times the bytes: about eight times the time; sixty-four times if it were quadratic.
    assert took(128_000) < 25 * took(16_000) + 0.05


def _timed(body: bytes) -> float:
    began = time.process_time()
    seen(body)
    return time.process_time() - began


def test_the_first_comments_are_kept_apart_from_the_tags() -> None:
    page = seen(b"<!-- robots, ask --><title>x</title><!--" + b"y" * 5000 + b"--><!--z-->")
    assert page.comments.startswith(" robots, ask \nyyy")
    assert len(page.comments) <= 4001
    assert "robots" not in page.tags
    assert seen(b"a<!-- never closed").comments == " never closed"
