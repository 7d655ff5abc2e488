"""The status as plain text: what needs attention first, and untrusted text sanitised."""

import re

from staycurrent.links.verdict import Verdict, VerdictState
from staycurrent.reports.markdown_report import as_markdown
from staycurrent.reports.model import LinkRow
from staycurrent.reports.text_report import as_text
from staycurrent.warehouse.runs import RunStatus
from tests.support.values import HOSTILE, row, run, status

UNSEEN = LinkRow(
    "mailto:a@example.org", "curated.md", 1, 1, (), "Mail",
    Verdict("mailto:a@example.org", VerdictState.UNCHECKED), None, kept=False,
)  # fmt: skip


def test_what_needs_attention_comes_first() -> None:
    shown = status(
        row(VerdictState.ALIVE),
        row(VerdictState.SUSPECT, line=3),
        row(VerdictState.MOVED, suggestion="https://b.example/"),
        row(VerdictState.DEAD, kept=True),
        UNSEEN,
        latest=run(),
    )
    lines = as_text(shown).splitlines()
    assert [line for line in lines if re.fullmatch(r"[A-Z][^:]*: \d+", line)] == [
        "Dead: 1",
        "Moved: 1",
        "Suspect (failing, but not for long enough): 1",
        "Candidates: 1",
    ]
    assert lines[1] == (
        "  curated.md:12:3 A title <https://a.example/x>: "
        "not found (since 2026-12-01, 3 checks) [kept]"
    )
    assert lines[4].endswith("3 checks) -> https://b.example/")
    assert lines[-1] == (
        "5 links: 1 dead, 1 moved, 1 suspect, 1 unchecked, 1 alive. "
        "Latest: run 3 of 2026-12-03, judged, 41 checked, 57 requests. Feeds: 1 down."
    )


def test_upgrades_to_https_are_a_group_of_their_own() -> None:
    shown = status(
        row(VerdictState.MOVED, reason="upgraded", line=3, suggestion="https://a.example/x"),
        row(VerdictState.MOVED, reason="redirected", suggestion="https://b.example/"),
        row(VerdictState.STALE, reason="upgraded"),
        latest=run(),
    )
    text = as_text(shown)
    assert text.index("\nMoved to https, otherwise unchanged: 1\n  curated.md:3:3") > text.index(
        "Moved: 1\n  curated.md:12:3"
    )
    assert "1 stale" in text
    assert "2 moved" in text
    markdown = as_markdown(shown)
    assert "## Moved: 1\n" in markdown
    assert "## Moved to https, otherwise unchanged: 1\n" in markdown


def test_the_last_line_says_why_a_run_was_not_judged_or_that_it_was_killed() -> None:
    latest = run(RunStatus.NOT_JUDGED, "this machine seems to be offline")
    last = as_text(status(latest=latest)).splitlines()[-1]
    assert "run 3 of 2026-12-03, not judged (this machine seems to be offline)" in last
    killed = as_text(status(latest=run(RunStatus.RUNNING))).splitlines()[-1]
    assert "Latest: run 3 of 2026-12-03, which did not finish. Feeds" in killed
    assert (
        as_text(status()).splitlines()[-1] == "0 links. There has been no run yet. Feeds: 1 down."
    )


def test_untrusted_text_is_sanitised() -> None:
    shown = as_text(status(row(title=HOSTILE), latest=run()))
    assert "red" in shown
    assert "\x1b" not in shown
    assert "\u202e" not in shown
