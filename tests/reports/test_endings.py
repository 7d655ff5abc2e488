"""What is about to end is in every report that people read, with its date and snapshot."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from xml.etree import ElementTree as ET

import pytest

from staycurrent.links.ending import Ending, EndingKind
from staycurrent.links.verdict import VerdictState
from staycurrent.reports.atom_report import as_atom
from staycurrent.reports.json_report import as_json
from staycurrent.reports.junit_report import as_junit
from staycurrent.reports.markdown_report import as_markdown
from staycurrent.reports.model import EndingRow, Status, selected
from staycurrent.reports.proposal import PullRequestContent
from staycurrent.reports.pull_request import dashboard_body, pull_request_body
from staycurrent.reports.sarif_report import status_as_sarif
from staycurrent.reports.terminal_report import as_terminal_text
from staycurrent.reports.text import Screen
from staycurrent.reports.text_report import as_text
from tests.support.values import HOSTILE, row, run, status

ENDS = date(2026, 12, 20)
WORDS = "the registration of a.example ends on 2026-12-20"
SNAPSHOT = "https://web.archive.org/web/20261201000000/https://a.example/x"


def ending(title: str = "A title", archive: str | None = SNAPSHOT) -> Status:
    alive = row(VerdictState.ALIVE, title=title)
    found = EndingRow(alive, Ending(EndingKind.REGISTRATION, ENDS, WORDS), archive)
    return replace(status(alive, latest=run()), endings=(found,))


@pytest.mark.parametrize(
    "written",
    [as_text, as_markdown, lambda shown: as_terminal_text(shown, Screen(200, colours=False))],
    ids=["text", "markdown", "terminal"],
)
def test_people_read_what_ends_and_when(written: Callable[[Status], str]) -> None:
    text = written(ending()).replace("\\", "")
    assert "Ending soon: 1" in text
    assert WORDS in text
    assert SNAPSHOT in text
    hostile = written(ending(HOSTILE, archive=None))
    assert "\x1b[31m" not in hostile
    assert "\u202e" not in hostile


def test_programs_read_it_with_its_kind() -> None:
    assert json.loads(as_json(ending()))["endings"] == [
        {
            "url": "https://a.example/x",
            "list": "curated.md",
            "line": 12,
            "title": "A title",
            "kind": "registration",
            "ends_on": "2026-12-20",
            "evidence": WORDS,
            "archive": SNAPSHOT,
        }
    ]


def test_the_pull_request_and_the_dashboard_show_it_without_a_line() -> None:
    body = pull_request_body(PullRequestContent((), ("curated.md",), status=ending()))
    assert "<details><summary>Ending soon: these links still work (1)</summary>" in body
    line = f"- line 12: [A title](https://a.example/x): {WORDS} ([snapshot]({SNAPSHOT}))"
    assert line in body.replace("\\", "").splitlines()
    dashboard = dashboard_body("<!--mark-->", PullRequestContent(status=ending()))
    assert dashboard is not None
    assert "- ending soon, but still working: 1\n" in dashboard
    assert WORDS in dashboard
    hostile = ending(HOSTILE, archive=None)
    assert "\x1b" not in str(dashboard_body("<!--mark-->", PullRequestContent(status=hostile)))


def test_junit_names_it_and_its_case_passes() -> None:
    root = ET.fromstring(as_junit(ending()))  # noqa: S314 -- our own output
    assert (root.attrib["tests"], root.attrib["failures"]) == ("1", "0")
    assert [one.text for one in root.iter("system-out")] == [
        f"\ncurated.md:12:3 Ending soon: {WORDS} [snapshot {SNAPSHOT}]"
    ]


def test_in_sarif_it_is_a_note_of_a_rule_of_its_own() -> None:
    (log,) = json.loads(status_as_sarif(ending()))["runs"]
    (result,) = log["results"]
    assert log["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "ending"
    assert (result["ruleId"], result["level"]) == ("ending", "note")
    assert result["message"]["text"] == (
        f"A title <https://a.example/x> is about to end: {WORDS}. Snapshot: {SNAPSHOT}"
    )
    kept = ending("Another title", archive=None)
    same = json.loads(status_as_sarif(kept))["runs"][0]["results"][0]["partialFingerprints"]
    assert same == result["partialFingerprints"]


def test_the_atom_feed_has_events_only() -> None:
    """Nothing is recorded of when an end came near, so that an entry would have no date."""
    assert WORDS not in as_atom(ending(), (), None)


def test_a_filter_keeps_what_concerns_its_links() -> None:
    assert selected(ending(), (), "a.example").endings
    assert not selected(ending(), (), "b.example").endings
    assert not selected(ending(), ("dead",), None).endings
