"""JUnit: the structure that its readers share, and words that stay words."""

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from staycurrent.curated.lint import FindingKind
from staycurrent.links.verdict import State
from staycurrent.reports.junit_report import as_junit
from staycurrent.reports.model import FindingRow, Status
from tests.support.values import HOSTILE, row, run, status

SUITE = {
    "name", "package", "id", "timestamp", "hostname", "tests", "failures", "errors", "skipped",
    "time",
}  # fmt: skip


def told(shown: Status) -> ET.Element:
    raw = as_junit(shown)
    assert raw.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ')
    return ET.fromstring(raw)  # noqa: S314 -- our own words


def endings(case: ET.Element) -> list[str]:
    return [child.tag for child in case]


@pytest.mark.parametrize(
    ("state", "changes", "ending"),
    [
        (State.DEAD, {"flag": "dead"}, ["failure"]),
        (State.STALE, {"flag": "archived"}, ["failure"]),
        (State.DEAD, {"flag": "dead", "kept": True}, ["skipped"]),
        (State.DEAD, {}, []),  # held for a night: the list does not show it
        (State.ALIVE, {}, []),
        (State.SUSPECT, {}, []),
        (State.BLOCKED, {}, []),
        (State.UNCHECKED, {}, ["skipped"]),
    ],
)
def test_a_place_fails_by_its_flag_and_is_skipped_where_nothing_is_asked(
    state: State, changes: dict[str, object], ending: list[str]
) -> None:
    (case,) = told(status(row(state, **changes))).iter("testcase")  # type: ignore[arg-type]
    assert endings(case) == ending


def test_a_failure_says_where_and_why_and_what_instead() -> None:
    shown = row(State.MOVED, flag="moved", suggestion="https://b.example/")
    (case,) = told(status(shown)).iter("testcase")
    assert case.attrib == {
        "name": "A title <https://a.example/x>",
        "classname": "curated.md / Foundations / Papers",
        "file": "curated.md",
        "line": "12",
        "time": "0",
    }
    (failure,) = case
    assert failure.attrib == {
        "type": "moved",
        "message": "moved: missing since 2026-12-01, 3 looks",
    }
    assert failure.text == (
        "curated.md:12:3 missing since 2026-12-01, 3 looks\ninstead: https://b.example/"
    )


def test_the_structure_is_the_one_that_readers_share() -> None:
    rows = (row(flag="dead"), row(State.ALIVE), row(State.UNCHECKED), row(State.BLOCKED))
    root = told(status(*rows, latest=run()))
    totals = {"tests": "4", "failures": "1", "errors": "0"}
    assert root.attrib == {"name": "staycurrent", "time": "0"} | totals
    (suite,) = root
    assert set(suite.attrib) == SUITE
    assert suite.attrib.items() >= (totals | {"skipped": "1"}).items()
    assert endings(suite) == ["properties", *["testcase"] * 4, "system-out", "system-err"]
    assert suite.attrib["timestamp"] == "2026-12-03T02:00:00"
    assert "curated.md:12:3 missing since" in (suite.findtext("system-out") or "")


def found(kind: FindingKind, name: str = "curated.md", words: str = "an anchor") -> FindingRow:
    return FindingRow(name, 7, 5, kind, words, "#fundamentals")


def test_a_finding_of_the_document_fails_unless_it_is_a_matter_of_taste() -> None:
    findings = (found(FindingKind.BROKEN_ANCHOR), found(FindingKind.PLAIN_HTTP, words="no TLS"))
    root = told(replace(status(row(State.ALIVE)), findings=findings))
    assert root.attrib.items() >= {"tests": "3", "failures": "1"}.items()
    (suite,) = root
    _, broken, plain = suite.iter("testcase")
    assert broken.attrib == {
        "name": "an anchor",
        "classname": "curated.md / the document / Links to headings that are not there",
        "file": "curated.md",
        "line": "7",
        "time": "0",
    }
    (failure,) = broken
    assert failure.attrib == {"type": "broken_anchor", "message": "an anchor"}
    assert failure.text == "curated.md:7:5 an anchor\ninstead: #fundamentals"
    assert endings(plain) == []
    assert "curated.md:7:5 no TLS" in (suite.findtext("system-out") or "")


def test_each_list_has_a_suite_though_it_has_nothing_but_findings() -> None:
    findings = (found(FindingKind.TOO_LARGE, "a.md"), found(FindingKind.TOO_LARGE))
    suites = list(told(replace(status(row()), findings=findings)))
    assert [(one.attrib["name"], one.attrib["tests"]) for one in suites] == [
        ("curated.md", "2"),
        ("a.md", "1"),
    ]


@pytest.mark.parametrize("kind", list(FindingKind))
def test_hostile_findings_are_words(kind: FindingKind) -> None:
    shown = replace(status(), findings=(found(kind, HOSTILE, f"{HOSTILE} </testcase> \x00\ud800"),))
    assert len(list(told(shown).iter("testcase"))) == 1
    assert not set(as_junit(shown)) & set("\x00\x1b\u202e")


def test_without_links_there_are_no_suites() -> None:
    assert list(told(status())) == []


def test_strangers_words_are_text_whatever_they_are() -> None:
    title = f"{HOSTILE} ]]> \x00\x0b\ufffe\ud800 & </testcase>"
    shown = row(title=title, url=f"https://a.example/{HOSTILE}", flag="dead")
    (case,) = told(status(shown)).iter("testcase")
    assert "<img src=x onerror=y>" in case.attrib["name"]
    assert "</testcase>" in case.attrib["name"]
    assert not set(as_junit(status(shown))) & set("\x00\x0b\x1b\ufffe\u202e")
    assert endings(case) == ["failure"]
