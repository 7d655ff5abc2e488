"""SARIF: what the standard asks of a log, results that stay themselves, words that stay words."""

import json
from dataclasses import replace
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from staycurrent.curated.lint import FindingKind
from staycurrent.links.verdict import State
from staycurrent.reports.model import FindingRow, LinkRow, Status
from staycurrent.reports.sarif_report import status_as_sarif
from staycurrent.warehouse.runs import RunStatus
from tests.support.values import HOSTILE, row, run, status


def _closed(required: str, **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": required.split(),
        "properties": properties,
        "additionalProperties": False,
    }


# Written from SARIF 2.1.0 (OASIS standard with errata 01), sections 3.13 to 3.52: the objects
# that we use, with every property that the standard gives them a name for and we write.
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


def told(shown: Status) -> dict[str, Any]:
    log = json.loads(status_as_sarif(shown))
    jsonschema.validate(log, LOG)
    (only,) = log["runs"]
    return dict(only)


def printed(*rows: LinkRow) -> list[str]:
    results = told(status(*rows))["results"]
    return [one["partialFingerprints"]["primaryLocationLineHash"] for one in results]


@pytest.mark.parametrize(
    ("state", "level"),
    [
        (State.DEAD, "error"),
        (State.INSECURE, "warning"),
        (State.MOVED, "warning"),
        (State.STALE, "warning"),
        (State.REFUSED, "warning"),
        (State.SUSPECT, "note"),
        (State.BLOCKED, "note"),
    ],
)
def test_each_verdict_has_a_rule_with_help_and_a_level(state: State, level: str) -> None:
    shown = told(status(row(state)))
    (result,) = shown["results"]
    rule = shown["tool"]["driver"]["rules"][result["ruleIndex"]]
    assert (result["ruleId"], result["level"]) == (rule["id"], level) == (state, level)
    assert rule["defaultConfiguration"] == {"level": level}
    assert "staycurrent explain" in rule["help"]["text"]


@pytest.mark.parametrize("state", [State.ALIVE, State.UNCHECKED])
def test_what_says_nothing_against_a_link_is_no_result(state: State) -> None:
    assert told(status(row(state)))["results"] == []


def test_a_result_stands_at_its_line_and_column() -> None:
    (result,) = told(status(row()))["results"]
    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "curated.md", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 12, "startColumn": 3},
    }
    assert result["message"]["text"] == (
        "A title <https://a.example/x> is dead: missing since 2026-12-01, 3 looks."
    )


def test_a_fingerprint_outlives_the_line_and_dies_with_the_verdict() -> None:
    (first,) = printed(row())
    assert printed(row(line=99, title="Another name")) == [first]
    assert printed(row(State.MOVED)) != [first]
    assert printed(row(url="https://b.example/")) != [first]
    assert len(set(printed(row(), row(line=13)))) == 2


def test_what_a_person_keeps_is_suppressed() -> None:
    kept, other = told(status(row(kept=True), row(line=13)))["results"]
    assert kept["suppressions"] == [
        {"kind": "external", "status": "accepted", "justification": "kept by a person"}
    ]
    assert "suppressions" not in other


def test_a_night_that_was_not_judged_says_so() -> None:
    offline = run(RunStatus.NOT_JUDGED, "this machine seems to be offline")
    (told_of,) = told(status(latest=offline))["invocations"]
    assert not told_of["executionSuccessful"]
    (notice,) = told_of["toolExecutionNotifications"]
    assert notice["message"]["text"].endswith("this machine seems to be offline")
    assert told(status(latest=run()))["invocations"][0]["executionSuccessful"]


def test_strangers_words_make_no_link_and_no_control_character() -> None:
    title = f"[here](https://evil.example) \\[x](y) {HOSTILE} \ud800"
    raw = status_as_sarif(status(row(title=title)))
    text = json.loads(raw)["runs"][0]["results"][0]["message"]["text"]
    unescaped = text.replace("\\\\", "").replace("\\[", "").replace("\\]", "")
    assert not set(unescaped) & set("[]\x1b\u202e\ud800")
    assert "https://evil.example" in text
    raw.encode()


def found(kind: FindingKind, line: int = 7) -> FindingRow:
    return FindingRow("curated.md", line, 5, kind, f"an anchor {HOSTILE}", "#fundamentals")


@pytest.mark.parametrize("kind", list(FindingKind))
def test_each_kind_of_finding_has_a_rule_and_a_place(kind: FindingKind) -> None:
    shown = told(replace(status(), findings=(found(kind), found(kind, 9))))
    first, second = shown["results"]
    rule = shown["tool"]["driver"]["rules"][first["ruleIndex"]]
    assert first["ruleId"] == rule["id"] == kind
    assert first["level"] == rule["defaultConfiguration"]["level"]
    region = first["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 7, "startColumn": 5}
    assert "Instead: #fundamentals" in first["message"]["text"]
    assert first["partialFingerprints"] != second["partialFingerprints"]
