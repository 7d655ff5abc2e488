"""What sources send, read with care: JSON of any shape, HTML, and texts as one plain line."""

import html
import json
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from staycurrent.sources.item import FeedDrift

if TYPE_CHECKING:
    from bs4 import BeautifulSoup

MAX_LENGTH = 200
_MAX_INPUT = 20_000
"""Characters that are read at all. The patterns are linear, but feeds have sent megabytes."""
_DROPPED = frozenset(["Cf", "Cs", "Co", "Cn"])
# Letters and marks without a glyph, which can hide a word or fill a line (UTS #39, 3.1.1).
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | frozenset(
    chr(code) for code in range(0xE0100, 0xE01F0)
)
_ELEMENTS = (
    "abbr|article|aside|audio|blockquote|body|br|button|center|code|dd|del|details|div|dl|dt|em"
    "|embed|fieldset|figcaption|figure|font|footer|form|h[1-6]|head|header|hr|html|iframe|img"
    "|input|ins|kbd|li|link|main|mark|meta|nav|object|ol|option|picture|pre|samp|script|section"
    "|select|small|source|span|strike|strong|style|sub|summary|sup|svg|table|tbody|td|textarea"
    "|tfoot|th|thead|title|tr|tt|ul|var|video"
)
# `Option<T>` and `0 <p and q> 1` are text: what is named like a variable, or not as in HTML, is a
# tag if it has an attribute.
_TAG = re.compile(
    rf"<!--[^<>]*-->|<!\[CDATA\[|\]\]>|</?(?:{_ELEMENTS})\b[^<>]*>|</?[abipqsu]\s*/?>"
    r"|<[a-z][\w:-]*\s+[\w:@.-]+\s*=[^<>]*>|</[a-z][\w:-]*\s*>|<[!?][^<>]*>",
    re.IGNORECASE,
)
# Elements whose content is not text, and comments, by the start of their ends.
_HIDDEN = {
    f"</{name}": re.compile(rf"(?is)<{name}\b[^<>]*>.*?</{name}[^<>]*>?")
    for name in ("script", "style", "template", "noscript", "iframe", "svg")
} | {"-->": re.compile(r"(?s)<!--.*?-->")}
_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
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


def plain_text(text: str, limit: int = MAX_LENGTH) -> str:
    """Return `text` as one line without markup, at most `limit` characters, cut between words."""
    bare = _without_markup(text[:_MAX_INPUT])
    # Only what ends in a semicolon is a reference: `?a=1&copy=2` is not.
    bare = _without_markup(_REFERENCE.sub(lambda found: html.unescape(found.group()), bare))
    visible: list[str] = []
    marks = 0
    for character in unicodedata.normalize("NFC", bare):
        category = unicodedata.category(character)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if category in ("Cc", "Zl", "Zp", "Zs"):
            visible.append(" ")
        elif category not in _DROPPED and character not in _INVISIBLE and marks <= 2:
            visible.append(character)
    line = " ".join("".join(visible).split())
    if len(line) <= limit:
        return line
    head, blank, _ = line[:limit].rpartition(" ")
    # A text without blanks (Chinese, a long name) is cut anywhere.
    cut = head if blank and len(head) > limit // 2 else line[: limit - 1]
    return cut.rstrip(" ,;:.-") + "…"


def _without_markup(text: str) -> str:
    for end, hidden in _HIDDEN.items():
        # Up to the last end there is one for every beginning, so that this takes linear time.
        last = max(text.rfind(end), text.rfind(end.upper()))
        if last >= 0:
            close = text.find(">", last) + 1 or len(text)
            text = hidden.sub(" ", text[:close]) + text[close:]
    return _TAG.sub(" ", text)


def parse_html(body: bytes, *tags: str) -> "BeautifulSoup | FeedDrift":
    """Parse the elements of these names, with what is in them; the rest of the page is skipped."""
    # a fifth of what a run imports, for two of the adapters
    from bs4 import BeautifulSoup, SoupStrainer
    from bs4.exceptions import ParserRejectedMarkup

    try:
        return BeautifulSoup(body, "html.parser", parse_only=SoupStrainer(list(tags)))
    except ParserRejectedMarkup:  # as for `<![`, followed by a NUL
        return FeedDrift("page cannot be parsed as HTML")
