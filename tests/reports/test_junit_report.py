"""JUnit XML: the structure that its readers expect, and untrusted text as text."""

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from staycurrent.curated.lint import FindingKind
from staycurrent.links.verdict import VerdictState
from staycurrent.reports.junit_report import as_junit
from staycurrent.reports.model import FindingRow, Status
from staycurrent.warehouse.runs import RunStatus
from tests.support.values import HOSTILE, row, run, status

SUITE = {
    "name", "package", "id", "timestamp", "hostname", "tests", "failures", "errors", "skipped",
    "time",
}  # fmt: skip


def parsed(shown: Status) -> ET.Element:
    raw = as_junit(shown)
    assert raw.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ')
    return ET.fromstring(raw)  # noqa: S314 -- our own output


def child_tags(case: ET.Element) -> list[str]:
    return [child.tag for child in case]


@pytest.mark.parametrize(
    ("state", "changes", "tags"),
    [
        (VerdictState.DEAD, {"flag": "dead"}, ["failure"]),
        (VerdictState.STALE, {"flag": "archived"}, ["failure"]),
        (VerdictState.DEAD, {"flag": "dead", "kept": True}, ["skipped"]),
        (VerdictState.DEAD, {}, []),  # held back: the list does not show it
        (VerdictState.ALIVE, {}, []),
        (VerdictState.SUSPECT, {}, []),
        (VerdictState.BLOCKED, {}, []),
        (VerdictState.UNCHECKED, {}, ["skipped"]),
    ],
)
def test_a_flagged_link_fails_and_a_kept_or_unchecked_one_is_skipped(
    state: VerdictState, changes: dict[str, object], tags: list[str]
) -> None:
    (case,) = parsed(status(row(state, **changes))).iter("testcase")  # type: ignore[arg-type]
    assert child_tags(case) == tags


def test_a_failure_has_the_position_the_reason_and_the_suggestion() -> None:
    shown = row(VerdictState.MOVED, flag="moved", suggestion="https://b.example/")
    (case,) = parsed(status(shown)).iter("testcase")
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
        "message": "moved: not found (since 2026-12-01, 3 checks)",
    }
    assert failure.text == (
        "curated.md:12:3 not found (since 2026-12-01, 3 checks)\n"
        "suggested replacement: https://b.example/"
    )


def test_the_structure_is_the_one_that_readers_expect() -> None:
    rows = (
        row(flag="dead"),
        row(VerdictState.ALIVE),
        row(VerdictState.UNCHECKED),
        row(VerdictState.BLOCKED),
    )
    root = parsed(status(*rows, latest=run(RunStatus.RUNNING)))
    totals = {"tests": "4", "failures": "1", "errors": "0"}
    assert root.attrib == {"name": "staycurrent", "time": "0"} | totals
    (suite,) = root
    assert set(suite.attrib) == SUITE
    assert suite.attrib.items() >= (totals | {"skipped": "1"}).items()
    assert child_tags(suite) == ["properties", *["testcase"] * 4, "system-out", "system-err"]
    assert suite.find("properties/property[@value='3 of 2026-12-03, did not finish']") is not None
    assert suite.attrib["timestamp"] == "2026-12-03T02:00:00"
    assert "curated.md:12:3 not found (since" in (suite.findtext("system-out") or "")


def finding(kind: FindingKind, name: str = "curated.md", words: str = "an anchor") -> FindingRow:
    return FindingRow(name, 7, 5, kind, "#subject", words, "#fundamentals")


def test_a_finding_fails_unless_it_is_a_matter_of_style() -> None:
    findings = (finding(FindingKind.BROKEN_ANCHOR), finding(FindingKind.PLAIN_HTTP, words="no TLS"))
    root = parsed(replace(status(row(VerdictState.ALIVE)), findings=findings))
    assert root.attrib.items() >= {"tests": "3", "failures": "1"}.items()
    (suite,) = root
    _, broken, plain = suite.iter("testcase")
    assert broken.attrib == {
        "name": "an anchor",
        "classname": "curated.md / the document / Links to headings that do not exist",
        "file": "curated.md",
        "line": "7",
        "time": "0",
    }
    (failure,) = broken
    assert failure.attrib == {"type": "broken_anchor", "message": "an anchor"}
    assert failure.text == "curated.md:7:5 an anchor\nsuggested replacement: #fundamentals"
    assert child_tags(plain) == []
    assert "curated.md:7:5 no TLS" in (suite.findtext("system-out") or "")


def test_a_list_with_only_findings_has_a_suite() -> None:
    findings = (finding(FindingKind.TOO_LARGE, "a.md"), finding(FindingKind.TOO_LARGE))
    suites = list(parsed(replace(status(row()), findings=findings)))
    assert [(one.attrib["name"], one.attrib["tests"]) for one in suites] == [
        ("curated.md", "2"),
        ("a.md", "1"),
    ]


@pytest.mark.parametrize("kind", list(FindingKind))
def test_hostile_text_in_findings_stays_text(kind: FindingKind) -> None:
    shown = replace(
        status(), findings=(finding(kind, HOSTILE, f"{HOSTILE} </testcase> \x00\ud800"),)
    )
    assert len(list(parsed(shown).iter("testcase"))) == 1
    assert not set(as_junit(shown)) & set("\x00\x1b\u202e")


def test_without_links_there_are_no_suites() -> None:
    assert list(parsed(status())) == []


def test_hostile_text_in_links_stays_text() -> None:
    title = f"{HOSTILE} ]]> \x00\x0b\ufffe\ud800 & </testcase>"
    shown = row(title=title, url=f"https://a.example/{HOSTILE}", flag="dead")
    (case,) = parsed(status(shown)).iter("testcase")
    assert "<img src=x onerror=y>" in case.attrib["name"]
    assert "</testcase>" in case.attrib["name"]
    assert not set(as_junit(status(shown))) & set("\x00\x0b\x1b\ufffe\u202e")
    assert child_tags(case) == ["failure"]
