"""The documented shape of `status --format json`."""

import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]

_SCHEMA = json.loads(
    (Path(__file__).parents[2] / "docs/status.schema.json").read_text(encoding="utf-8")
)


def validate(status: dict[str, Any]) -> None:
    """Raise jsonschema.ValidationError unless the status matches `docs/status.schema.json`."""
    jsonschema.validate(status, _SCHEMA)
