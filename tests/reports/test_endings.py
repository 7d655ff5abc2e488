"""What is about to end is in every report that people read, with its date and snapshot."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from staycurrent.links.ending import Ending, EndingKind
from staycurrent.links.verdict import VerdictState
from staycurrent.reports.json_report import as_json
from staycurrent.reports.markdown_report import as_markdown
from staycurrent.reports.model import EndingRow, Status, selected
from staycurrent.reports.terminal_report import as_terminal_text
from staycurrent.reports.text import Screen
from staycurrent.reports.text_report import as_text
from tests.support.values import HOSTILE, row, run, status

ENDS = date(2026, 12, 20)
WORDS = "the registration of a.example ends on 2026-12-20"
SNAPSHOT = "https://web.archive.org/web/20261201000000/https://a.example/x"


def ending(title: str = "A title", archive: str | None = SNAPSHOT) -> Status:
    alive = row(VerdictState.ALIVE, title=title)
    found = EndingRow(
        alive.url, alive.list, alive.line, alive.column, title,
        Ending(EndingKind.REGISTRATION, ENDS, WORDS), archive,
    )  # fmt: skip
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


def test_a_filter_keeps_what_concerns_its_links() -> None:
    assert selected(ending(), (), "a.example").endings
    assert not selected(ending(), (), "b.example").endings
    assert not selected(ending(), ("dead",), None).endings
