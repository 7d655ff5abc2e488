"""The status as JSON: the documented schema, and exact values."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from staycurrent.curated.lint import FindingKind
from staycurrent.links.observation import Freshness, Outcome
from staycurrent.links.verdict import Verdict, VerdictState
from staycurrent.reports.json_report import as_json, dump_json
from staycurrent.reports.model import (
    FindingRow,
    LinkRow,
    MaintenanceItem,
    MaintenanceKind,
    MaintenanceSubject,
    duplicate_links,
)
from staycurrent.sources.item import SourceState
from staycurrent.warehouse.overrides import Override
from staycurrent.warehouse.runs import RunStatus
from tests.support.values import HOSTILE, MOMENT, STATUS_DATE, row, run, status

SCHEMA: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "docs/status.schema.json").read_text(encoding="utf-8")
)
UNSEEN = LinkRow(
    "mailto:a@example.org", "curated.md", 1, 1, (), "Mail",
    Verdict("mailto:a@example.org", VerdictState.UNCHECKED), None, kept=False,
)  # fmt: skip


def test_a_text_of_ascii_cannot_act_on_a_terminal_either() -> None:
    assert dump_json({"title": "A\x7f\\B"}) == '{\n  "title": "A\\u007f\\\\B"\n}\n'


def test_a_status_with_everything_matches_the_schema() -> None:
    twice = (row(flag="dead"), replace(row(line=13), title="Another title"))
    whole = replace(
        status(*twice, UNSEEN, latest=run()),
        findings=(
            FindingRow("curated.md", 7, 5, FindingKind.BROKEN_ANCHOR, "#b", "no anchor", "#a"),
        ),
        maintenance=(
            MaintenanceItem(
                MaintenanceSubject.COMMENT,
                MaintenanceKind.EXPIRED,
                "expired on 2026-11-01",
                "<!-- stay:keep -->",
                "curated.md",
                3,
            ),
        ),
        duplicates=duplicate_links(twice),
        overrides=(Override("https://a.example/x", "keep", "dead", None, "a reason", MOMENT),),
        next_checks={"https://a.example/x": STATUS_DATE},
    )
    document = json.loads(as_json(whole))
    jsonschema.validate(document, SCHEMA)
    assert all(document[key] for key in ("findings", "maintenance", "duplicates", "overrides"))
    assert document["next_checks"] == [{"date": str(STATUS_DATE), "links": 1}]


def test_a_status_before_the_first_run_matches_the_schema() -> None:
    jsonschema.validate(json.loads(as_json(status())), SCHEMA)


def test_a_link_without_a_url_matches_the_schema_and_is_no_duplicate() -> None:
    empty = replace(UNSEEN, url="", title="", verdict=Verdict("", VerdictState.UNCHECKED))
    rows = (empty, replace(empty, title="A title", line=2))
    document = json.loads(as_json(replace(status(*rows), duplicates=duplicate_links(rows))))
    jsonschema.validate(document, SCHEMA)
    assert document["duplicates"] == []


@pytest.mark.parametrize(
    ("kind", "name", "values"),
    [
        ("link", "verdict", VerdictState),
        ("source", "state", SourceState),
        ("finding", "kind", FindingKind),
        ("maintenance_item", "subject", MaintenanceSubject),
        ("maintenance_item", "kind", MaintenanceKind),
    ],
)
def test_the_schema_names_every_value_of_a_closed_set(
    kind: str, name: str, values: list[str]
) -> None:
    assert set(SCHEMA["$defs"][kind]["properties"][name]["enum"]) == set(map(str, values))


def test_the_schema_names_every_reason() -> None:
    allowed = SCHEMA["$defs"]["link"]["properties"]["reason"]["anyOf"][0]["enum"]
    assert set(allowed) == {
        *map(str, Outcome),
        *map(str, Freshness),
        *("renamed", "upgraded", "elsewhere"),
    }


def test_links_run_candidates_and_sources_have_their_values() -> None:
    document = json.loads(
        as_json(status(row(VerdictState.MOVED, flag="moved"), UNSEEN, latest=run()))
    )
    assert document["as_of"] == "2026-12-03T02:00:00+00:00"
    assert document["run"] == {
        "id": 3, "status": "judged", "links": 168, "checked": 41, "requests": 57, "seconds": 21.4,
    }  # fmt: skip
    first, second = document["links"]
    assert first == {
        "url": "https://a.example/x", "list": "curated.md", "line": 12,
        "section": ["Foundations", "Papers"], "title": "A title", "verdict": "moved",
        "reason": "missing", "since": "2026-12-01", "checks": 3, "last_checked": "2026-12-03",
        "suggestion": None, "archive": None, "flag": "moved", "kept": False,
    }  # fmt: skip
    assert (second["reason"], second["since"], second["last_checked"]) == (None, None, None)
    assert document["candidates"][0]["score"] == 0.7143
    assert document["sources"][0]["used"] is None


def test_the_reason_of_a_run_that_was_not_judged_is_beside_the_run() -> None:
    document = json.loads(as_json(status(latest=run(RunStatus.NOT_JUDGED, "offline"))))
    assert document["not_judged"] == "offline"
    assert "reason" not in document["run"]
    assert json.loads(as_json(status(latest=run())))["not_judged"] is None


def test_hostile_text_is_kept_and_control_characters_are_escaped() -> None:
    raw = as_json(status(row(title=HOSTILE)))
    assert json.loads(raw)["links"][0]["title"] == HOSTILE
    assert "\x1b" not in raw
