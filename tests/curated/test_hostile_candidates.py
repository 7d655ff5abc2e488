"""Thousands of untrusted titles in the generated section give exactly the expected tree.

`STAYCURRENT_HOSTILE=10000` plays as many; the nightly build does.
"""

import html
import os
import random
import re
import unicodedata
from datetime import date

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options

from staycurrent.curated.document import parse
from staycurrent.curated.flags import FlagStyle
from staycurrent.curated.generated_section import GROUP_HEADINGS, render_candidates
from staycurrent.curated.rewrite import append_section
from staycurrent.reports.text import sanitise
from staycurrent.sources.item import Candidate, CandidateGroup
from staycurrent.sources.parsing import plain_text
from tests.curated.test_escaping import FRAGMENTS

TITLES = int(os.environ.get("STAYCURRENT_HOSTILE", "2000"))
BATCH = 50
NIGHT = date(2026, 11, 20)
EXTENSIONS = ["table", "strikethrough", "autolink", "tagfilter"]
# fmt: off
WORSE = [
    "<!-- stay:begin current -->", "<!--stay:dead:2026-01-01-->", "(💀<!--stay:dead:2026-01-01-->)",
    "<!-- stay:ignore -->", "--!>", "<!--", "\n\n<!-- stay:end current -->\n\n", "\r\n## head\r\n",
    "\x1b[31mred", "\x1b]0;title\x07", "\x9b2J", "\x00", "\x7f", "\u202etxt", "\u2066", "\u200b",
    "\ufeff", "\u2028", "\u2029", "\u0085", "\ue000", "\U000e0041", "a\u0301\u0301\u0301\u0301",
    "</li></ul>", "<script>alert(1)</script>", "<svg onload=x>", "<img src=x onerror=y>", "<style>",
    "<https://evil.example>", "<javascript:x>", "[x]: https://evil.example", "![](//evil.example)",
    "[![b](i)](l)", "@all", "＠all", "@ORG/team-x", "org/repo#12", "GH-7", "gh-7", "#1234", "＃1",
    "https://github.com/o/r/issues/1", "www.evil.example/x", "ftp://evil.example",
    "mailto:a@b.example",
    "xmpp:a@b.example", "&lt;!-- x --&gt;", "&#60;b&#62;", "&nbsp;", "&commat;user", "&#64;user",
    "&num;12", "\\<b>", "\\\\[x](y)", "`` ` ``", "```", "~~~", "$$", "$`x`$", "1)", "+ x", "= = =",
    "===", "| - | - |", "\t\tcode", "    code", "[^1]: note", ":smile:", "{{ x }}", "${x}",
    "{% x %}", "deadbeef", "0123456789abcdef0123456789abcdef01234567",
    "*" * 30, "_" * 30, "[" * 30, "(" * 30,
]
# fmt: on
CALLS = re.compile(
    r"(?<![\w`/])@[A-Za-z0-9]|#[0-9]|\b[Gg][Hh]-[0-9]|(?<![0-9A-Za-z])[0-9a-f]{7,40}(?![0-9A-Za-z])"
)
"""What GitHub makes a mention, a reference or a commit of."""


def hostile(chance: random.Random) -> str:
    parts = [
        chance.choice(WORSE if chance.random() < 0.6 else FRAGMENTS)
        if chance.random() < 0.85
        else "".join(chr(chance.choice((chance.randrange(0x20, 0x250), 0xFEFF))) for _ in range(4))
        for _ in range(chance.randrange(1, 7))
    ]
    return chance.choice(["", " "]).join(parts)


def candidates(seed: int) -> list[Candidate]:
    """What reaches the list: titles and summaries as the adapters make them plain."""
    chance = random.Random(seed)  # noqa: S311  (a test's dice)
    return [
        Candidate(
            title=plain_text(hostile(chance)) or "untitled",
            url=f"https://ours.example/{seed}/{number}",
            summary=plain_text(hostile(chance)),
            section=(plain_text(hostile(chance)),) if number % 3 else (),
            first_seen=NIGHT,
            group=CandidateGroup(chance.choice(list(GROUP_HEADINGS))),
            identity="",
            source="",
            why="",
            score=0.5,
        )
        for number in range(BATCH)
    ]


def tree(markdown: str) -> str:
    unsafe = Options.CMARK_OPT_UNSAFE
    return str(cmarkgfm.markdown_to_html_with_extensions(markdown, unsafe, EXTENSIONS))


def shown(markup: str) -> str:
    bare = html.unescape(re.sub(r"<!--.*?-->|<[^>]*>", "", markup)).replace("\u200b", "")
    return " ".join(bare.split())


@pytest.mark.parametrize("seed", range(-(-TITLES // BATCH)))
def test_titles_render_as_their_text_and_nothing_else(seed: int) -> None:
    shown_candidates = candidates(seed)
    text = render_candidates(shown_candidates, FlagStyle())
    markup = tree(text)
    groups = len({each.group for each in shown_candidates})
    tags = re.findall(r"<(\w+)", markup)
    assert sorted(tags) == sorted(
        ["ul"] * groups + ["li", "a"] * len(shown_candidates) + ["p"] * (groups + 1) + ["em"]
    )
    assert sorted(re.findall(r'href="([^"]*)"', markup)) == sorted(
        each.url for each in shown_candidates
    )
    assert re.findall(r"<!--.*?-->", markup) == ["<!--stay:new:2026-11-20-->"] * len(
        shown_candidates
    )
    words = shown(markup)
    for each in shown_candidates:
        assert " ".join(each.title.replace("\u200b", "").split()) in words
    visible = html.unescape(re.sub(r"<!--.*?-->|<[^>]*>", "", markup))
    assert CALLS.search(visible) is None
    assert not {c for c in text if unicodedata.category(c) in ("Cc", "Cs", "Co", "Cn")} - {"\n"}


@pytest.mark.parametrize("seed", range(-(-TITLES // BATCH)))
def test_the_list_around_the_section_does_not_change(seed: int) -> None:
    shown_candidates = candidates(seed)
    before = b"# List\n\n- [Ours](https://own.example/) - Text.\n"
    document = parse(
        append_section(before, "current", render_candidates(shown_candidates, FlagStyle()))
    )
    assert [(each.name, each.is_begin) for each in document.markers] == [
        ("current", True),
        ("current", False),
    ]
    inside = [
        occurrence
        for occurrence in document.occurrences
        if occurrence.generated_section == "current"
    ]
    assert sorted(occurrence.url for occurrence in inside) == sorted(
        each.url for each in shown_candidates
    )
    assert len(document.flags) == len(shown_candidates)
    assert document.raw.startswith(before)


def test_a_terminal_gets_no_control_character() -> None:
    chance = random.Random(7)  # noqa: S311
    for _ in range(TITLES):
        said = sanitise(hostile(chance))
        assert not {unicodedata.category(c) for c in said} & {"Cc", "Cf", "Cs", "Co", "Cn"}
