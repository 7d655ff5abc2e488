"""The status on a terminal: its width is kept, colours are optional, text is sanitised."""

import re
import unicodedata
from dataclasses import replace

import pytest

from staycurrent.curated.lint import FindingKind
from staycurrent.links.verdict import VerdictState
from staycurrent.reports.model import FindingRow, Status
from staycurrent.reports.terminal_report import as_terminal_text
from staycurrent.reports.text import Screen
from staycurrent.reports.wording import VERDICT_WORDING
from tests.support.values import HOSTILE, row, run, status

LONG = "https://a.example/" + "a-long-way/" * 20
_CODES = re.compile(r"\x1b\[[\d;]*m")


def shown(width: int = 80) -> Status:
    return status(
        row(VerdictState.MOVED, suggestion=LONG),
        row(VerdictState.DEAD, title=f"{HOSTILE} 中文 🆕", url=LONG, kept=True),
        row(VerdictState.ALIVE),
        row(VerdictState.UNCHECKED),
        latest=run(),
    )


def columns(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in line)


@pytest.mark.parametrize("width", [40, 80, 100, 140])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    for line in as_terminal_text(shown(), Screen(width, colours=True)).splitlines():
        assert columns(_CODES.sub("", line)) <= width


def test_what_needs_attention_comes_first_and_alive_links_are_only_counted() -> None:
    plain = _CODES.sub("", as_terminal_text(shown(), Screen(120, colours=True)))
    headings = re.findall(r"(?m)^(\S \w+ \d+)", plain)
    assert headings == ["✕ Dead 1", "→ Moved 1", "+ candidates 1"]
    assert "not found (since 2026-12-01, 3 checks)  kept" in plain
    assert plain.rstrip().endswith("41 checked, 57 requests. Feeds: 1\ndown.")


@pytest.mark.parametrize("width", [40, 80])
def test_no_advice_is_cut_and_wrapped_findings_are_indented(width: int) -> None:
    message = "a long sentence on what is wrong with this heading " * 3
    finding = FindingRow("curated.md", 5, 1, FindingKind.BROKEN_ANCHOR, "#x", message, None)
    both = row(VerdictState.DEAD), row(VerdictState.DEAD, "Other", 13)
    lines = as_terminal_text(
        replace(status(*both, latest=run()), findings=(finding,)), Screen(width, colours=False)
    )
    plain = _CODES.sub("", lines)
    words = " ".join(plain.split())
    assert VERDICT_WORDING[VerdictState.DEAD].action in words
    assert message.strip() in words
    assert not re.search(r"(?m)^heading", plain)
    assert not re.search(r"(?m) $", plain)
    assert "under different titles" not in plain  # a finding of its own says so


def test_a_url_is_complete_even_if_it_is_wrapped() -> None:
    plain = _CODES.sub("", as_terminal_text(shown(), Screen(60, colours=False)))
    assert f"→{LONG}" in re.sub(r"\s+", "", plain)


def test_without_colours_there_are_none() -> None:
    coloured = as_terminal_text(shown(), Screen(80, colours=True))
    without = as_terminal_text(shown(), Screen(80, colours=False))
    assert re.search(r"\x1b\[[\d;]*3[0-7]m", coloured)
    assert not re.search(r"\x1b\[[\d;]*[349][0-7]m", without)
    assert _CODES.sub("", coloured) == _CODES.sub("", without)


def test_many_links_without_an_action_are_counted() -> None:
    many = status(*(row(VerdictState.BLOCKED, line=line) for line in range(1, 31)), latest=run())
    plain = _CODES.sub("", as_terminal_text(many, Screen(80, colours=True)))
    assert "⊘ Blocked (cannot be verified automatically) 30" in plain
    assert plain.count("curated.md:") == 10
    assert "... and 20 more (pipe the output to see all)" in plain


def test_untrusted_text_adds_no_escape_code() -> None:
    codes = set(_CODES.findall(as_terminal_text(shown(), Screen(80, colours=False))))
    assert codes <= {"\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[1;2m"}
    assert "\u202e" not in as_terminal_text(shown(), Screen(80, colours=True))
