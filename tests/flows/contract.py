"""The shape of `status --format json` as scripts may rely on it, written down a second time."""

from typing import Any

import jsonschema  # type: ignore[import-untyped]

from staycurrent.curated.lint import FindingKind
from staycurrent.links.observation import Freshness, Outcome
from staycurrent.links.verdict import State
from staycurrent.reports.model import MaintenanceKind, MaintenanceSubject

_DAY = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"}
_MOMENT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00$"}
_TEXT = {"type": "string", "minLength": 1}
_COUNT = {"type": "integer", "minimum": 0}
_SECTION = {"type": "array", "items": {"type": "string"}}
_FLAGS = ["dead", "moved", "insecure", "archived", "idle", "withdrawn", "malformed"]


def _closed(**properties: Any) -> dict[str, Any]:
    """An object with exactly these keys."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


STATUS: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": [
        "as_of",
        "run",
        "links",
        "candidates",
        "sources",
        "findings",
        "chores",
        "decisions",
        "reversals",
    ],
    "properties": {
        "as_of": _MOMENT,
        "run": _or_null(
            _closed(
                id={"type": "integer", "minimum": 1},
                status={"enum": ["judged", "not_judged", "running"]},
                links=_COUNT,
                looked_at=_COUNT,
                requests=_COUNT,
                seconds={"type": "number", "minimum": 0},
            )
        ),
        "links": {
            "type": "array",
            "items": _closed(
                url=_TEXT,
                list=_TEXT,
                line={"type": "integer", "minimum": 1},
                section=_SECTION,
                title=_TEXT,
                verdict={"enum": [str(state) for state in State]},
                reason=_or_null({"enum": [*map(str, Outcome), *map(str, Freshness), "renamed"]}),
                since=_or_null(_DAY),
                nights=_COUNT,
                last_checked=_or_null(_DAY),
                suggestion=_or_null(_TEXT),
                archive=_or_null(_TEXT),
                flag=_or_null({"enum": _FLAGS}),
                kept={"type": "boolean"},
            ),
        },
        "candidates": {
            "type": "array",
            "items": _closed(
                title=_TEXT,
                url=_TEXT,
                source=_TEXT,
                why=_TEXT,
                section=_SECTION,
                first_seen=_DAY,
                score={"type": "number", "minimum": 0, "maximum": 1},
            ),
        },
        "sources": {
            "type": "array",
            "items": _closed(
                name=_TEXT,
                state={"enum": ["ok", "fallback", "stale", "down"]},
                used=_or_null(_TEXT),
                items=_COUNT,
                as_of=_MOMENT,
                note=_or_null(_TEXT),
            ),
        },
        "findings": {
            "type": "array",
            "items": _closed(
                list=_TEXT,
                line={"type": "integer", "minimum": 1},
                column={"type": "integer", "minimum": 1},
                kind={"enum": [str(kind) for kind in FindingKind]},
                message=_TEXT,
                suggestion=_or_null(_TEXT),
            ),
        },
        "chores": {
            "type": "array",
            "items": _closed(
                subject={"enum": [str(subject) for subject in MaintenanceSubject]},
                kind={"enum": [str(kind) for kind in MaintenanceKind]},
                text=_TEXT,
                message=_TEXT,
                list=_or_null(_TEXT),
                line=_or_null({"type": "integer", "minimum": 1}),
            ),
        },
        "decisions": {
            "type": "array",
            "items": _closed(
                url=_TEXT,
                kind={"enum": ["keep", "decline"]},
                verdict=_or_null(_TEXT),
                until=_or_null(_DAY),
                reason=_or_null(_TEXT),
                decided_at=_MOMENT,
                who=_or_null(_TEXT),
                origin={"enum": ["command", "edit", "review"]},
            ),
        },
        "reversals": _closed(published=_COUNT, taken_back=_COUNT),
    },
}


def validate(status: dict[str, Any]) -> None:
    """Raise jsonschema.ValidationError unless the contract is kept."""
    jsonschema.validate(status, STATUS)
