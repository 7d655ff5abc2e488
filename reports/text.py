"""Plain text for people: counts with their nouns, and untrusted text made safe for a terminal.

Also the values of `--verdict` and `--fail-on`, which `--help` shows at once: the enums that they
are the values of are in modules that take long to import.
"""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self, TextIO

_LINE_BREAKS = "\t\n\r\u2028\u2029"
_INVISIBLE_CATEGORIES = ("Cc", "Cf", "Cs", "Co", "Cn")


@dataclass(frozen=True, slots=True)
class Screen:
    """What a terminal can show."""

    width: int
    """In columns."""
    colours: bool
    """Whether colours are wanted (https://no-color.org)."""


def plural(count: int, noun: str) -> str:
    """`1 check`, `2 checks`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def sanitise(untrusted: str) -> str:
    """One line without control, format or unassigned characters.

    Such a line cannot move the cursor, set colours, or hide text on a terminal.
    """
    return "".join(
        " " if character in _LINE_BREAKS else character
        for character in untrusted
        if character in _LINE_BREAKS or unicodedata.category(character) not in _INVISIBLE_CATEGORIES
    )


def shortened(text: str, max_length: int) -> str:
    """The text; if it is longer, its beginning and an ellipsis.

    It is cut behind a word, so that no date or number reads as another one.
    """
    if len(text) <= max_length:
        return text
    end = text.rfind(" ", max_length // 2, max_length)
    return f"{text[: end if end > 0 else max_length - 1].rstrip()}…"


def is_visible(character: str) -> bool:
    """Whether a character shows as itself: neither control, format nor unassigned, nor a break."""
    return unicodedata.category(character) not in (*_INVISIBLE_CATEGORIES, "Zl", "Zp")


def sanitise_lines(text: str) -> str:
    """Several lines, each of them sanitised."""
    return "\n".join(map(sanitise, text.split("\n")))


def sanitise_for(text: str, out: TextIO) -> str:
    """Text from a file, such as a diff: sanitised on a terminal, unchanged elsewhere."""
    return sanitise_lines(text) if out.isatty() else text


FILTER_TERMS: Final = (
    *("alive", "suspect", "dead", "usurped", "moved", "insecure", "stale", "blocked", "refused"),
    *("unchecked", "archived", "idle", "withdrawn", "malformed", "superseded", "upgraded"),
)
"""What links are selected by: verdicts, then flags and reasons that are more specific."""

KEEP_TERMS: Final = (*FILTER_TERMS, "new")
"""What may be kept: the same, or the mark of a new entry."""

ANY_FINDING: Final = "findings"
FAIL_ON_TERMS: Final = (
    *FILTER_TERMS,
    ANY_FINDING,
    *("broken_anchor", "empty", "runs_on", "missing_file", "duplicate", "two_names"),
    *("damaged_text", "swallowed", "unclosed_fence", "unclosed_bracket", "unlinked"),
    *("undefined_reference", "unused_reference", "stray_text", "plain_http", "trailing_blank"),
    "too_large",
)
"""What `status` can be asked to fail on: the same as FILTER_TERMS, and kinds of findings."""


class LintKind(StrEnum):
    """What `lint` finds of an added link; a closed set, which it can be asked to fail on.

    Each with what SARIF says of it, and how grave it is: a note is seldom worth a change.
    """

    description: str
    level: str

    def __new__(cls, value: str, description: str = "", level: str = "warning") -> Self:
        """A member is its first value."""
        member = str.__new__(cls, value)
        member._value_, member.description, member.level = value, description, level
        return member

    MALFORMED = "malformed", "not a valid URL"
    PRIVATE = "private", "a private address, or not allowed by the settings"
    DUPLICATE = "duplicate", "already in the list"
    BROKEN_ANCHOR = "broken_anchor", "no such heading"
    MISSING_FILE = "missing_file", "no such file"
    RUNS_ON = "runs_on", "runs into the sentence after it"
    DIRECTIVE = "directive", "a comment for staycurrent that is miswritten"
    MISSING = "missing", "not found"
    UNREACHABLE = "unreachable", "cannot be reached"
    DOUBTFUL = "doubtful", "probably not the page that was meant"
    INSECURE = "insecure", "no secure connection"
    ARCHIVED = "archived", "archived"
    WITHDRAWN = "withdrawn", "withdrawn"
    IDLE = "idle", "no activity for a long time", "note"
    MOVED = "moved", "redirects permanently", "note"
    BLOCKED = "blocked", "refuses automated checks", "note"
    DEAD = "dead", "dead, as its history proves"
    """By the recorded history, as the three below; the kinds above may be as well."""
    USURPED = "usurped", "another party's site now, as its history proves"
    DECLINED = "declined", "declined as a candidate", "note"
    KEPT = "kept", "accepted as it is", "note"


LINT_TERMS: Final = tuple(LintKind)
