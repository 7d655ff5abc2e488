"""Rows of JSON that strangers wrote: every field is asked for by its path and may be missing."""

import json
import re
from dataclasses import dataclass
from datetime import date

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class JsonValue:
    """One JSON value; what is missing or of another type reads as None."""

    value: object

    def text(self, *path: str) -> str | None:
        """Return the text under `path`, or None where there is none or an empty one."""
        found = self._at(path)
        return found if isinstance(found, str) and found.strip() else None

    def integer(self, *path: str) -> int | None:
        """Return the number under `path` as a whole one, or None."""
        found = self._at(path)
        if isinstance(found, bool) or not isinstance(found, int | float):
            return None
        return int(found) if abs(found) < 1e15 else None

    def boolean(self, *path: str) -> bool | None:
        """Return the truth value under `path`, or None where there is none."""
        found = self._at(path)
        return found if isinstance(found, bool) else None

    def day(self, *path: str) -> date | None:
        """Return the day under `path` (ISO 8601, with or without time), or None."""
        found = _DAY.match(self.text(*path) or "")
        try:
            return date.fromisoformat(found.group()) if found else None
        except ValueError:
            return None

    def numbers(self, *path: str) -> tuple[float, ...]:
        """Return every number of the object under `path`, fractions kept; empty without one."""
        found = self._at(path)
        values = found.values() if isinstance(found, dict) else ()
        return tuple(
            float(value)
            for value in values
            if isinstance(value, int | float) and not isinstance(value, bool)
        )

    def array(self, *path: str) -> tuple["JsonValue", ...] | None:
        """Return the array under `path` as rows, or None where there is no array."""
        found = self._at(path)
        return tuple(JsonValue(value) for value in found) if isinstance(found, list) else None

    def _at(self, path: tuple[str, ...]) -> object:
        found = self.value
        for key in path:
            found = found.get(key) if isinstance(found, dict) else None
        return found


def parse_json(body: bytes) -> JsonValue | None:
    """Read a body as JSON; None where it is none (or nested so deep that nobody means it)."""
    try:
        return JsonValue(json.loads(body))
    except (ValueError, RecursionError):
        return None
