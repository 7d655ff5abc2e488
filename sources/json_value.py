"""JSON from servers: any field may be missing or of another type."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime

_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MAX_COUNT = 1_000_000_000


@dataclass(frozen=True, slots=True)
class JsonValue:
    """One JSON value; reading a field that is missing or of another type gives None."""

    value: object

    def text(self, *path: str) -> str | None:
        """Return the text under `path`, or None if there is none or it is blank."""
        found = self._at(path)
        return found if isinstance(found, str) and found.strip() else None

    def integer(self, *path: str) -> int | None:
        """Return the number under `path`, truncated, or None."""
        found = self._at(path)
        if isinstance(found, bool) or not isinstance(found, int | float):
            return None
        return int(found) if abs(found) < 1e15 else None

    def count(self, *path: str) -> int | None:
        """Return the number under `path`, truncated, or None if nothing can be so many."""
        found = self.integer(*path)
        return found if found is not None and 0 <= found < _MAX_COUNT else None

    def boolean(self, *path: str) -> bool | None:
        """Return the truth value under `path`, or None."""
        found = self._at(path)
        return found if isinstance(found, bool) else None

    def day(self, *path: str) -> date | None:
        """Return the date under `path` (ISO 8601, with or without a time), or None."""
        found = _ISO_DATE.match(self.text(*path) or "")
        try:
            return date.fromisoformat(found.group()) if found else None
        except ValueError:
            return None

    def moment(self, *path: str) -> datetime | None:
        """Return the time under `path` (ISO 8601; without an offset it is UTC) in UTC, or None."""
        try:
            found = datetime.fromisoformat(self.text(*path) or "")
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            return None

    def has_number(self, *path: str) -> bool:
        """Whether a number other than 0 is under `path`, or in the object there."""
        found = self._at(path)
        values = found.values() if isinstance(found, dict) else (found,)
        numbers = (one for one in values if isinstance(one, int | float))
        return any(one and not isinstance(one, bool) for one in numbers)

    def array(self, *path: str) -> tuple["JsonValue", ...] | None:
        """Return the elements of the array under `path`, or None if there is no array."""
        found = self._at(path)
        return tuple(JsonValue(value) for value in found) if isinstance(found, list) else None

    def _at(self, path: tuple[str, ...]) -> object:
        found = self.value
        for key in path:
            found = found.get(key) if isinstance(found, dict) else None
        return found


def parse_json(body: bytes) -> JsonValue | None:
    """Parse a body; None if it is not JSON, or nested too deeply for the parser."""
    try:
        return JsonValue(json.loads(body))
    except (ValueError, RecursionError):
        return None
