"""The status as markdown, rendered by a parser of GitHub's family."""

import re
from dataclasses import replace

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options

from staycurrent.links.verdict import VerdictState
from staycurrent.reports.markdown_report import as_markdown, markdown_link, markdown_text
from staycurrent.warehouse.runs import RunStatus
from tests.support.values import HOSTILE, row, run, status


def rendered(markdown: str) -> str:
    unsafe = Options.CMARK_OPT_UNSAFE
    extensions = ["table", "strikethrough", "autolink"]
    return str(cmarkgfm.markdown_to_html_with_extensions(markdown, unsafe, extensions))


def test_there_is_a_table_for_what_needs_attention() -> None:
    tree = rendered(
        as_markdown(status(row(VerdictState.MOVED, suggestion="https://b.example/?a=1&b=2"), row()))
    )
    assert re.findall(r"<h2>(.*?)</h2>", tree) == ["Dead: 1", "Moved: 1", "Feeds"]
    assert '<a href="https://b.example/?a=1&amp;b=2">' in tree
    assert "not found (since 2026-12-01, 3 checks)" in tree


def test_a_snapshot_is_offered_beside_an_address_that_nobody_checked() -> None:
    snapshot = "https://web.archive.org/web/20260802190344/https://a.example/x"
    rows = [row(), row(suggestion="https://b.example/")]
    rows = [replace(one, verdict=replace(one.verdict, archive=snapshot)) for one in rows]
    tree = rendered(as_markdown(status(*rows)))
    assert tree.count(">snapshot</a>") == 2
    assert f'//b.example/</a>, <a href="{snapshot}">snapshot</a>' in tree


def test_counts_and_the_latest_run_come_first() -> None:
    rows = (row(VerdictState.ALIVE), row(VerdictState.DEAD), row(VerdictState.MOVED))
    lines = as_markdown(status(*rows, latest=run())).splitlines()
    assert lines[2] == "3 links: 1 dead, 1 moved, 1 alive."
    assert lines[4] == "Run 3 of 2026-12-03: 41 links checked, 57 requests."
    offline = status(latest=run(RunStatus.NOT_JUDGED, "[offline](x)"))
    assert "**Not judged:** \\[offline\\](x). Nothing was flagged" in as_markdown(offline)
    killed = status(latest=run(RunStatus.RUNNING))
    assert "Run 3 of 2026-12-03 did not finish.\n" in as_markdown(killed)


def test_a_long_table_is_cut() -> None:
    tree = rendered(as_markdown(status(*(row(line=line) for line in range(1, 251)))))
    assert tree.count("<tr>") == 201
    assert "... and 50 more" in tree


def test_hints_are_text_without_markup() -> None:
    tree = rendered(as_markdown(status(), [f"set this {HOSTILE}"]))
    assert "<h2>Suggestions</h2>" in tree
    assert set(re.findall(r"<(\w+)", tree)) <= {"h1", "h2", "p", "ul", "li"}


@pytest.mark.parametrize("url", ["https://a.example/a|b)<c>", "javascript:alert(1)", "hhttps://x"])
def test_a_hostile_row_has_four_cells_and_only_links_that_can_be_requested(url: str) -> None:
    state = VerdictState.DEAD if url.startswith("https") else VerdictState.REFUSED
    tree = rendered(as_markdown(status(row(state, HOSTILE, url=url, kept=True))))
    cells = re.findall(r"<td>(.*?)</td>", tree, re.DOTALL)
    assert len(cells) == 4
    assert set(re.findall(r"<(\w+)", tree)) <= {
        "h1", "h2", "p", "table", "thead", "tbody", "tr", "th", "td", "a", "ul", "li",
    }  # fmt: skip
    links = re.findall(r'href="([^"]*)"', tree)
    assert links == (["https://a.example/a%7Cb%29%3Cc%3E"] if state is VerdictState.DEAD else [])
    assert "javascript:alert(1)" in tree
    assert not set(tree) & set("\x1b\u202e")
    assert cells[2] == "not found (since 2026-12-01, 3 checks) (kept)"


def test_a_link_leads_where_browsers_take_it_whatever_is_around_its_address() -> None:
    """As in `<a href="...">` over several lines."""
    assert markdown_link("A", "\n  https://a.example/b\n c ") == "[A](https://a.example/b%20c)"
    assert markdown_link("A", "https://a.example/b\n") == "[A](https://a.example/b)"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("shares words; since 2026-12-01", "shares words; since…"),
        ("shares words, and since 2026", "shares words, and since…"),
        ("shares words since 2026-12", "shares words since 2026-12"),
        ("x" * 40, "x" * 25 + "…"),
        (f"a {'x' * 40}", f"a {'x' * 23}…"),
    ],
)
def test_a_long_text_is_cut_behind_a_word_unless_that_is_most_of_it(text: str, shown: str) -> None:
    assert markdown_text(text, 26) == shown
