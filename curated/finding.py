"""What a finding is: a closed set of kinds, each at a line and a column of a list."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol


class FindingKind(StrEnum):
    """What can be wrong; a closed set."""

    BROKEN_ANCHOR = "broken_anchor"
    MALFORMED = "malformed"
    EMPTY = "empty"
    RUNS_ON = "runs_on"
    """A bare address that runs into the sentence behind it."""
    MISSING_FILE = "missing_file"
    DUPLICATE = "duplicate"
    TWO_NAMES = "two_names"
    """The same address under different names: often a wrong link."""
    DAMAGED_TEXT = "damaged_text"
    SWALLOWED = "swallowed"
    """A link of markdown inside raw HTML, where it is plain text."""
    UNCLOSED_FENCE = "unclosed_fence"
    UNCLOSED_BRACKET = "unclosed_bracket"
    """What was meant as a link is text: its bracket is not closed, or its address has a blank."""
    UNLINKED = "unlinked"
    """A bare address that GitHub makes no link of."""
    UNDEFINED_REFERENCE = "undefined_reference"
    UNUSED_REFERENCE = "unused_reference"
    STRAY_TEXT = "stray_text"
    """A lone letter that sticks to a link."""
    PLAIN_HTTP = "plain_http"
    TRAILING_BLANK = "trailing_blank"
    """A blank at the end of a heading."""
    TOO_LARGE = "too_large"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with a list."""

    kind: FindingKind
    line: int
    """From 1."""
    column: int
    """In characters, from 1."""
    message: str
    suggestion: str | None = None
    """What to write instead, where that is plain."""


class Note(NamedTuple):
    """A finding before its byte is turned into line and column."""

    offset: int
    kind: FindingKind
    message: str
    suggestion: str | None = None


class Files(Protocol):
    """What lies beside a list; paths are as a relative link gives them, `%20` resolved."""

    def exists(self, path: str) -> bool:
        """Whether it leads to a file or a folder, or to where nobody can tell."""
        ...

    def targets(self, path: str) -> frozenset[str] | None:
        """What a fragment may point to in that file; None where nobody can tell."""
        ...
