"""SARIF: what the standard requires, stable fingerprints, and untrusted text as text."""

import json
from dataclasses import replace
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from staycurrent.curated.lint import FindingKind
from staycurrent.links.verdict import VerdictState
from staycurrent.reports.lint_report import LintFinding
from staycurrent.reports.model import FindingRow, LinkRow, Status
from staycurrent.reports.sarif_report import lint_as_sarif, status_as_sarif
from staycurrent.reports.text import LintKind
from staycurrent.warehouse.runs import RunStatus
from tests.support.values import HOSTILE, row, run, status


def _closed(required: str, **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": required.split(),
        "properties": properties,
        "additionalProperties": False,
    }


# Written after SARIF 2.1.0 (OASIS standard with errata 01), sections 3.13 to 3.52: the objects
# that we write, with the properties that we use.
_TEXT = {"type": "string", "minLength": 1}
_MESSAGE = _closed("text", text=_TEXT, markdown=_TEXT)
_LEVEL = {"enum": ["none", "note", "warning", "error"]}
_COUNT = {"type": "integer", "minimum": 1}
_BAG = {"type": "object", "properties": {"tags": {"type": "array", "uniqueItems": True}}}
_RULE = _closed(
    "id",
    id=_TEXT, name=_TEXT, shortDescription=_MESSAGE, fullDescription=_MESSAGE, help=_MESSAGE,
    defaultConfiguration=_closed("level", level=_LEVEL), properties=_BAG,
)  # fmt: skip
_LOCATION = _closed(
    "physicalLocation",
    physicalLocation=_closed(
        "artifactLocation",
        artifactLocation=_closed(
            "uri", uri={"type": "string", "pattern": r"^[!-~]+$"}, uriBaseId=_TEXT
        ),
        region=_closed("startLine", startLine=_COUNT, startColumn=_COUNT),
    ),
)
_SUPPRESSION = _closed(
    "kind",
    kind={"enum": ["inSource", "external"]},
    status={"enum": ["accepted", "underReview", "rejected"]},
    justification=_TEXT,
)
_RESULT = _closed(
    "message",
    ruleId=_TEXT, ruleIndex={"type": "integer", "minimum": 0}, level=_LEVEL, message=_MESSAGE,
    locations={"type": "array", "items": _LOCATION},
    partialFingerprints={"type": "object", "additionalProperties": {"type": "string"}},
    suppressions={"type": "array", "uniqueItems": True, "items": _SUPPRESSION}, properties=_BAG,
)  # fmt: skip
_INVOCATION = _closed(
    "executionSuccessful",
    executionSuccessful={"type": "boolean"},
    endTimeUtc={"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"},
    toolExecutionNotifications={
        "type": "array", "items": _closed("message", level=_LEVEL, message=_MESSAGE)
    },
)  # fmt: skip
_DRIVER = _closed(
    "name", name=_TEXT, semanticVersion=_TEXT, rules={"type": "array", "items": _RULE}
)
_RUN = _closed(
    "tool",
    tool=_closed("driver", driver=_DRIVER), results={"type": "array", "items": _RESULT},
    automationDetails=_closed("id", id=_TEXT),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    invocations={"type": "array", "items": _INVOCATION},
)  # fmt: skip
LOG = _closed(
    "version runs",
    **{"$schema": _TEXT, "version": {"const": "2.1.0"}, "runs": {"type": "array", "items": _RUN}},
)


def single_run(shown: Status) -> dict[str, Any]:
    log = json.loads(status_as_sarif(shown))
    jsonschema.validate(log, LOG)
    (only,) = log["runs"]
    return dict(only)


def fingerprints(*rows: LinkRow) -> list[str]:
    results = single_run(status(*rows))["results"]
    return [one["partialFingerprints"]["primaryLocationLineHash"] for one in results]


@pytest.mark.parametrize(
    ("state", "level"),
    [
        (VerdictState.DEAD, "error"),
        (VerdictState.INSECURE, "warning"),
        (VerdictState.MOVED, "warning"),
        (VerdictState.STALE, "warning"),
        (VerdictState.REFUSED, "warning"),
        (VerdictState.SUSPECT, "note"),
        (VerdictState.BLOCKED, "note"),
    ],
)
def test_each_verdict_has_a_rule_with_help_and_a_level(state: VerdictState, level: str) -> None:
    shown = single_run(status(row(state)))
    (result,) = shown["results"]
    rule = shown["tool"]["driver"]["rules"][result["ruleIndex"]]
    assert (result["ruleId"], result["level"]) == (rule["id"], level) == (state, level)
    assert rule["defaultConfiguration"] == {"level": level}
    assert "staycurrent explain" in rule["help"]["text"]


def test_the_version_is_that_of_the_installed_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.version", lambda _: "9.8.7")
    assert single_run(status())["tool"]["driver"]["semanticVersion"] == "9.8.7"


@pytest.mark.parametrize("state", [VerdictState.ALIVE, VerdictState.UNCHECKED])
def test_alive_and_unchecked_links_are_not_results(state: VerdictState) -> None:
    assert single_run(status(row(state)))["results"] == []


def test_a_result_has_a_line_a_column_and_a_message() -> None:
    (result,) = single_run(status(row()))["results"]
    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "curated.md", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 12, "startColumn": 3},
    }
    assert result["message"]["text"] == (
        "A title <https://a.example/x> is dead: not found (since 2026-12-01, 3 checks)."
    )


def test_a_fingerprint_depends_on_the_verdict_and_not_on_the_line() -> None:
    (first,) = fingerprints(row())
    assert fingerprints(row(line=99, title="Another name")) == [first]
    assert fingerprints(row(VerdictState.MOVED)) != [first]
    assert fingerprints(row(url="https://b.example/")) != [first]
    assert len(set(fingerprints(row(), row(line=13)))) == 2


def test_what_a_person_keeps_is_suppressed() -> None:
    kept, other = single_run(status(row(kept=True), row(line=13)))["results"]
    assert kept["suppressions"] == [
        {"kind": "external", "status": "accepted", "justification": "kept by a person"}
    ]
    assert "suppressions" not in other


def test_a_run_that_was_not_judged_is_a_failed_invocation() -> None:
    offline = run(RunStatus.NOT_JUDGED, "this machine seems to be offline")
    (invocation,) = single_run(status(latest=offline))["invocations"]
    assert not invocation["executionSuccessful"]
    (notice,) = invocation["toolExecutionNotifications"]
    assert notice["message"]["text"].endswith("this machine seems to be offline")
    killed = status(latest=run(RunStatus.RUNNING))
    assert not single_run(killed)["invocations"][0]["executionSuccessful"]
    assert single_run(status(latest=run()))["invocations"][0]["executionSuccessful"]


def test_untrusted_text_makes_no_link_and_no_control_character() -> None:
    title = f"[here](https://evil.example) \\[x](y) {HOSTILE} \ud800"
    raw = status_as_sarif(status(row(title=title)))
    text = json.loads(raw)["runs"][0]["results"][0]["message"]["text"]
    unescaped = text.replace("\\\\", "").replace("\\[", "").replace("\\]", "")
    assert not set(unescaped) & set("[]\x1b\u202e\ud800")
    assert "https://evil.example" in text
    raw.encode()


def finding(kind: FindingKind, line: int = 7) -> FindingRow:
    message = f"an anchor {HOSTILE}"
    return FindingRow("curated.md", line, 5, kind, "#funda", message, "#fundamentals")


def test_the_fingerprint_of_a_finding_depends_on_rule_and_subject_and_not_on_its_words() -> None:
    def fingerprints_of(*findings: FindingRow) -> list[str]:
        results = single_run(replace(status(), findings=findings))["results"]
        return [one["partialFingerprints"]["primaryLocationLineHash"] for one in results]

    same = finding(FindingKind.BROKEN_ANCHOR)
    (first,) = fingerprints_of(same)
    reworded = replace(same, line=9, column=2, message="other words", suggestion=None)
    assert fingerprints_of(reworded) == [first]
    assert fingerprints_of(replace(same, subject="#other")) != [first]
    assert fingerprints_of(replace(same, kind=FindingKind.MALFORMED)) != [first]
    assert fingerprints_of(replace(same, list="other.md")) != [first]
    both = fingerprints_of(same, reworded)
    assert both[0] == first
    assert both[1] not in (first, None)


@pytest.mark.parametrize("kind", list(FindingKind))
def test_each_kind_of_finding_has_a_rule_and_a_position(kind: FindingKind) -> None:
    shown = single_run(replace(status(), findings=(finding(kind), finding(kind, 9))))
    first, second = shown["results"]
    rule = shown["tool"]["driver"]["rules"][first["ruleIndex"]]
    assert first["ruleId"] == rule["id"] == kind
    assert first["level"] == rule["defaultConfiguration"]["level"]
    region = first["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 7, "startColumn": 5}
    assert "Suggested replacement: #fundamentals" in first["message"]["text"]
    assert first["partialFingerprints"] != second["partialFingerprints"]


def lint_finding(
    kind: LintKind, url: str = "https://example.org/a", path: str = "list.md"
) -> LintFinding:
    return LintFinding(kind, path, 3, 7, url, "was not found: 404 (checked twice)")


@pytest.mark.parametrize("kind", LintKind)
def test_each_kind_of_lint_finding_has_a_rule_and_is_not_an_error(kind: LintKind) -> None:
    log = json.loads(lint_as_sarif((lint_finding(kind),)))
    jsonschema.validate(log, LOG)
    (run,) = log["runs"]
    (result,) = run["results"]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    assert result["ruleId"] == f"added/{kind}"
    is_note = kind in ("idle", "moved", "blocked", "declined", "kept")
    assert result["level"] == ("note" if is_note else "warning")


@pytest.mark.parametrize("hostile", [HOSTILE, "[x](https://evil.example)", "a\\[b", "\udcff"])
def test_hostile_text_and_paths_in_lint_findings_stay_text(hostile: str) -> None:
    log = json.loads(lint_as_sarif((lint_finding(LintKind.MISSING, hostile, hostile),)))
    jsonschema.validate(log, LOG)
    text = log["runs"][0]["results"][0]["message"]["text"]
    assert "[" not in text.replace("\\\\", "").replace("\\[", "")
    assert "\n" not in text
    assert "\x1b" not in text


def test_without_lint_findings_there_is_a_log_without_results() -> None:
    log = json.loads(lint_as_sarif(()))
    jsonschema.validate(log, LOG)
    assert log["runs"][0]["results"] == []
