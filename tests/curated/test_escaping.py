"""Untrusted titles render as their text and nothing else in GitHub's own parser."""

import html
import re

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options
from hypothesis import given, settings
from hypothesis import strategies as st

from staycurrent.curated import escaping

FRAGMENTS = [
    "plain", "snake_case", "_em_", "__strong__", "*a*", "**b**", "`code`", "``", "[x](y)",
    "![i](j)", "](javascript:alert(1))", "](https://evil.example)", "<b>", "</a>", "<img src=x>",
    "<!-- c -->", "<!-- stay:end current -->", "-->", "| a | b |", "|", "~~s~~", "~", "@user",
    "@org/team", "#1", "GH-12", "o/r#3", "fixes #4", "https://evil.example/x", "http://a.b",
    "www.evil.example", "a@b.example", "&amp;", "&lt;", "&#35;1", "&#x41;", "& co", "$$x$$",
    "$a$", "\\", "\\\\", "\\[", "<https://e.x>", "# head", "- item", "1. one", "> quote", "---",
    "***", "[^1]", "[ref]", "::", "2f4e6a8", "deadbeefdeadbeef", "(a)", "(b", "c)", "!", "![",
    "a@.b.cc", "a@-b.cc", "a@_b.cc", "a@b@c.dd", "1@2.cc", "mailto:a@b.cc", "xmpp:a@b.cc/d",
    "HTTP://EVIL.EXAMPLE", "ftp://evil.example/x", "WWW.evil.example", "(www.evil.example)",
    ":tada:", ":+1:", "std::vec::new", "10:30:45",
    "é", "中文", "👩‍🔬", "a\tb", "x_", "_y",
]  # fmt: skip
titles = st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=6)), max_size=6).map(
    lambda parts: " ".join("".join(parts).split())
)
EXTENSIONS = ["table", "strikethrough", "autolink"]


def rendered(markdown: str) -> str:
    unsafe = Options.CMARK_OPT_UNSAFE
    return str(cmarkgfm.markdown_to_html_with_extensions(markdown, unsafe, EXTENSIONS))


def shown(markup: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", markup)).replace("\u200b", "").strip()


def clean(title: str) -> str:
    kept = "".join(c for c in title if c.isprintable() and c not in "\u200b\ufffd")
    return " ".join(kept.split())


@settings(max_examples=400)
@given(titles, titles)
def test_a_line_has_one_link_and_shows_the_words_as_they_are(title: str, summary: str) -> None:
    title, summary = clean(title) or "x", clean(summary)
    line = f"- [{escaping.escape_text(title)}](https://ours.example/) - {escaping.escape_text(summary)}"  # noqa: E501
    tree = rendered(line)
    assert re.findall(r"<(\w+)", tree) == ["ul", "li", "a"]
    assert re.findall(r'href="([^"]*)"', tree) == ["https://ours.example/"]
    assert shown(tree) == f"{title} - {summary}".strip()


@settings(max_examples=200)
@given(titles)
def test_a_table_cell_stays_one_cell(title: str) -> None:
    title = clean(title) or "x"
    tree = rendered(f"| a | b |\n|---|---|\n| {escaping.escape_text(title)} | end |")
    cells = re.findall(r"<td>(.*?)</td>", tree)
    assert [shown(cell) for cell in cells] == [title, "end"]


@given(titles)
def test_no_user_is_mentioned_and_no_issue_is_referenced(title: str) -> None:
    visible = html.unescape(
        re.sub(r"<[^>]*>", "", rendered(f"x {escaping.escape_text(clean(title))}"))
    )
    assert not re.search(r"@\w|#\d|(?i:GH-\d)|(?<!:):(?:tada|\+1):(?!:)", visible)


@given(titles)
def test_no_comment_and_no_line_ending_gets_through(title: str) -> None:
    assert "<!--" not in escaping.escape_text(title)
    assert "\n" not in escaping.escape_text(title)


def test_no_control_character_gets_through() -> None:
    controls = "".join(map(chr, (*range(0x20), *range(0x7F, 0xA0))))
    assert (
        escaping.escape_text(f"a {controls} b\N{ZERO WIDTH JOINER}c") == "a b\N{ZERO WIDTH JOINER}c"
    )


@given(st.text(max_size=30))
def test_a_destination_stays_one_destination(tail: str) -> None:
    tree = rendered(f"[x]({escaping.escape_destination('https://ours.example/' + tail)}) end")
    assert tree.count("<a ") == 1
    assert shown(tree) == "x end"


@pytest.mark.parametrize("address", ["a@.b.cc", "a@-b.cc", "a@_b.cc", "a@..b.cc", "mailto:a@.b.cc"])
def test_no_address_of_mail_becomes_a_link(address: str) -> None:
    assert "<a " not in rendered(escaping.escape_text(f"Write to {address}, or to ({address})"))


@pytest.mark.parametrize("text", ["std::vec::new", "at 10:30:45", "a: b", "fn a::b:c"])
def test_colons_that_make_no_emoji_are_left_alone(text: str) -> None:
    assert escaping.escape_text(text) == text
