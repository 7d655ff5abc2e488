"""Each format of the status: what it tells, and that nobody's words do anything in it."""

import json
import re
from io import StringIO

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options

from staycurrent.links.verdict import State, Verdict
from staycurrent.reports.json_report import as_json
from staycurrent.reports.markdown_report import as_markdown
from staycurrent.reports.model import LinkRow, duplicate_links, failing_links
from staycurrent.reports.text import sanitise, sanitise_for
from staycurrent.reports.text_report import as_text
from staycurrent.warehouse.runs import RunStatus
from tests.support.values import HOSTILE, row, run, status

UNSEEN = LinkRow(
    "mailto:a@example.org", "curated.md", 1, 1, (), "Mail",
    Verdict("mailto:a@example.org", State.UNCHECKED), None, kept=False,
)  # fmt: skip


def rendered(markdown: str) -> str:
    unsafe = Options.CMARK_OPT_UNSAFE
    extensions = ["table", "strikethrough", "autolink"]
    return str(cmarkgfm.markdown_to_html_with_extensions(markdown, unsafe, extensions))


def test_text_puts_first_what_needs_a_person() -> None:
    shown = status(
        row(State.ALIVE),
        row(State.SUSPECT, line=3),
        row(State.MOVED, suggestion="https://b.example/"),
        row(State.DEAD, kept=True),
        UNSEEN,
        latest=run(),
    )
    lines = as_text(shown).splitlines()
    assert [line for line in lines if re.fullmatch(r"[A-Z][^:]*: \d+", line)] == [
        "Dead: 1",
        "Moved: 1",
        "Suspect (failing, not yet long enough): 1",
        "Candidates: 1",
    ]
    assert lines[1] == (
        "  curated.md:12:3 A title <https://a.example/x> missing since 2026-12-01, 3 looks [kept]"
    )
    assert lines[4].endswith("3 looks -> https://b.example/")
    assert lines[-1] == (
        "5 links: 1 alive, 1 suspect, 1 dead, 1 moved, 1 unchecked. "
        "Latest: run 3 of 2026-12-03 judged, 41 looked at, 57 requests. Feeds: 1 down."
    )


def test_mere_upgrades_to_https_are_told_apart_from_other_moves() -> None:
    shown = status(
        row(State.MOVED, reason="upgraded", line=3, suggestion="https://a.example/x"),
        row(State.MOVED, reason="redirected", suggestion="https://b.example/"),
        row(State.STALE, reason="upgraded"),
        latest=run(),
    )
    text = as_text(shown)
    assert text.index(
        "\nMoved to https, and nothing else changed: 1\n  curated.md:3:3"
    ) > text.index("Moved: 1\n  curated.md:12:3")
    assert "1 stale" in text
    assert "2 moved" in text
    markdown = as_markdown(shown)
    assert "## Moved: 1\n" in markdown
    assert "## Moved to https, and nothing else changed: 1\n" in markdown


def test_text_says_why_a_night_was_not_judged() -> None:
    latest = run(RunStatus.NOT_JUDGED, "this machine seems to be offline")
    last = as_text(status(latest=latest)).splitlines()[-1]
    assert "run 3 of 2026-12-03 not judged (this machine seems to be offline)" in last
    assert as_text(status()).splitlines()[-1] == "0 links. No run has been made yet. Feeds: 1 down."


def test_text_is_inert_on_a_terminal() -> None:
    shown = as_text(status(row(title=HOSTILE), latest=run()))
    assert "red" in shown
    assert "\x1b" not in shown
    assert "\u202e" not in shown


@pytest.mark.parametrize(
    ("stranger", "shown"),
    [
        ("a\x1b[2Jb", "a[2Jb"),
        ("a\nb\tc\rd\u2028e\u2029f", "a b c d e f"),
        ("\u202eabc\u2066\u200b\u00ad", "abc"),
        ("\x07\x08\x7f\x9b31m", "31m"),
        ("\U000e0041\ue000\ud800", ""),
        ("naïve 中文 🆕 —", "naïve 中文 🆕 —"),
    ],
)
def test_strangers_words_become_one_line_that_only_shows_itself(stranger: str, shown: str) -> None:
    assert sanitise(stranger) == shown


class Terminal(StringIO):
    """What `isatty` is asked of."""

    def isatty(self) -> bool:
        return True


def test_a_diff_is_inert_on_a_terminal_and_to_the_byte_elsewhere() -> None:
    diff = "-a\x1b[2J\tb\r\n+\u202ec\n"
    assert sanitise_for(diff, StringIO()) == diff
    assert sanitise_for(diff, Terminal()) == "-a[2J b \n+c\n"


def test_json_has_the_numbers_as_they_are_told() -> None:
    document = json.loads(as_json(status(row(State.MOVED, flag="moved"), UNSEEN, latest=run())))
    assert document["as_of"] == "2026-12-03T02:00:00+00:00"
    assert document["run"] == {
        "id": 3, "status": "judged", "links": 168, "looked_at": 41, "requests": 57, "seconds": 21.4,
    }  # fmt: skip
    first, second = document["links"]
    assert first == {
        "url": "https://a.example/x", "list": "curated.md", "line": 12,
        "section": ["Foundations", "Papers"], "title": "A title", "verdict": "moved",
        "reason": "missing", "since": "2026-12-01", "nights": 3, "last_checked": "2026-12-03",
        "suggestion": None, "archive": None, "flag": "moved", "kept": False,
    }  # fmt: skip
    assert (second["reason"], second["since"], second["last_checked"]) == (None, None, None)
    assert document["candidates"][0]["score"] == 0.7143
    assert document["sources"][0]["used"] is None


def test_json_says_why_a_night_was_not_judged_beside_the_run() -> None:
    told = json.loads(as_json(status(latest=run(RunStatus.NOT_JUDGED, "offline"))))
    assert told["not_judged"] == "offline"
    assert "reason" not in told["run"]
    assert json.loads(as_json(status(latest=run())))["not_judged"] is None


def test_json_keeps_hostile_words_as_they_are_and_escapes_what_controls() -> None:
    raw = as_json(status(row(title=HOSTILE)))
    assert json.loads(raw)["links"][0]["title"] == HOSTILE
    assert "\x1b" not in raw


def test_markdown_shows_a_table_for_what_needs_a_person() -> None:
    tree = rendered(
        as_markdown(status(row(State.MOVED, suggestion="https://b.example/?a=1&b=2"), row()))
    )
    assert re.findall(r"<h2>(.*?)</h2>", tree) == ["Dead: 1", "Moved: 1", "Feeds"]
    assert '<a href="https://b.example/?a=1&amp;b=2">' in tree
    assert "missing since 2026-12-01, 3 looks" in tree


def test_markdown_says_first_how_the_night_went() -> None:
    rows = (row(State.ALIVE), row(State.DEAD), row(State.MOVED))
    lines = as_markdown(status(*rows, latest=run())).splitlines()
    assert lines[2] == "3 links: 1 dead, 1 moved, 1 alive."
    assert lines[4] == "Run 3 of 2026-12-03: 41 links looked at, 57 requests."
    offline = status(latest=run(RunStatus.NOT_JUDGED, "[offline](x)"))
    assert "**Not judged:** \\[offline\\](x). Nothing was" in as_markdown(offline)


def test_markdown_cuts_a_table_that_nobody_would_read() -> None:
    tree = rendered(as_markdown(status(*(row(line=line) for line in range(1, 251)))))
    assert tree.count("<tr>") == 201
    assert "And 50 more" in tree


def test_markdown_gives_the_hints_as_words_only() -> None:
    tree = rendered(as_markdown(status(), [f"set this {HOSTILE}"]))
    assert "<h2>What you could change</h2>" in tree
    assert set(re.findall(r"<(\w+)", tree)) <= {"h1", "h2", "p", "ul", "li"}


@pytest.mark.parametrize("url", ["https://a.example/a|b)<c>", "javascript:alert(1)", "hhttps://x"])
def test_markdown_of_hostile_rows_has_four_cells_and_no_strangers_link(url: str) -> None:
    state = State.DEAD if url.startswith("https") else State.REFUSED
    tree = rendered(as_markdown(status(row(state, HOSTILE, url=url, kept=True))))
    cells = re.findall(r"<td>(.*?)</td>", tree, re.DOTALL)
    assert len(cells) == 4
    assert set(re.findall(r"<(\w+)", tree)) <= {
        "h1", "h2", "p", "table", "thead", "tbody", "tr", "th", "td", "a", "ul", "li",
    }  # fmt: skip
    links = re.findall(r'href="([^"]*)"', tree)
    assert links == (["https://a.example/a%7Cb%29%3Cc%3E"] if state is State.DEAD else [])
    assert "javascript:alert(1)" in tree
    assert not set(tree) & set("\x1b\u202e")
    assert cells[2] == "missing since 2026-12-01, 3 looks (kept)"


def test_failures_are_verdicts_or_flags_that_nobody_keeps() -> None:
    rows = (
        row(State.DEAD, flag="dead"),
        row(State.DEAD, kept=True),
        row(State.STALE, flag="archived"),
        row(State.ALIVE),
    )
    shown = status(*rows)
    assert failing_links(shown, ["dead"]) == (rows[0],)
    assert failing_links(shown, ["archived", "moved"]) == (rows[2],)
    assert failing_links(shown, ["stale"]) == (rows[2],)
    assert failing_links(shown, []) == ()


def test_namesakes_differ_by_more_than_case_and_stand_in_one_list() -> None:
    rows = [row(title=title, line=line) for line, title in enumerate(["One", "one", "Two"], 1)]
    (found,) = duplicate_links(rows)
    assert found.occurrences == ((1, "One"), (2, "one"), (3, "Two"))
    assert duplicate_links(rows[:2]) == ()
