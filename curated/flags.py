"""Flags: how they are written and recognised."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from re import compile as pattern
from typing import Final, Literal

from staycurrent.curated.html_tags import HtmlTag
from staycurrent.curated.spans import Span
from staycurrent.links.verdict import Flag, FlagState

GLYPHS: Final = {
    FlagState.DEAD: "💀",
    FlagState.USURPED: "🎭",
    FlagState.MOVED: "🔀",
    FlagState.INSECURE: "🔓",
    FlagState.ARCHIVED: "📦",
    FlagState.IDLE: "💤",
    FlagState.WITHDRAWN: "🚫",
    FlagState.MALFORMED: "🔧",
    FlagState.NEW: "🆕",
}
WORDS: Final = {state: state.value for state in FlagState} | {
    FlagState.DEAD: "dead link",
    FlagState.USURPED: "another site now",
    FlagState.MALFORMED: "malformed address",
}
_COMMENT = pattern(r"<!--stay:([a-z]+):([0-9]{4}-[0-9]{2}-[0-9]{2})-->")
# Markup before the comment would mean that the parenthesis is not ours.
_BEFORE_COMMENT = pattern(r" \([^()<>\[\]`*_~|\\&\r\n]{1,40}\Z")
_MAX_BYTES_BEFORE = 2 + 4 * 40

FlagPlace = Literal["link", "end"]
"""Where flags go: just after the link, or at the end of its entry."""


@dataclass(frozen=True, slots=True)
class FlagStyle:
    """How flags are written and where they go."""

    glyphs: Literal["emoji", "words"] = "emoji"
    place: FlagPlace = "link"


@dataclass(frozen=True, slots=True)
class FoundFlag:
    """A flag in a document."""

    flag: Flag
    span: Span
    """Includes the blank before it."""


def format_flag(flag: Flag, style: FlagStyle) -> bytes:
    """The bytes of a flag, including the blank before it."""
    glyph = (WORDS if style.glyphs == "words" else GLYPHS)[flag.state]
    return f" ({glyph}<!--stay:{flag.state}:{flag.since.isoformat()}-->)".encode()


def find_flags(raw: bytes, comments: Iterable[HtmlTag]) -> tuple[FoundFlag, ...]:
    """The flags among a document's comments, in order."""
    found = (_read_flag(raw, comment.span) for comment in comments)
    return tuple(flag for flag in found if flag is not None)


def _read_flag(raw: bytes, comment: Span) -> FoundFlag | None:
    """The flag that this comment belongs to; None if it is not one that we write."""
    match = _COMMENT.fullmatch(raw[slice(*comment)].decode("utf-8", "replace"))
    if match is None or raw[comment.end : comment.end + 1] != b")":
        return None
    try:
        flag = Flag(FlagState(match.group(1)), date.fromisoformat(match.group(2)))
    except ValueError:
        return None
    start = max(0, comment.start - _MAX_BYTES_BEFORE)
    before = _BEFORE_COMMENT.search(raw[start : comment.start].decode("utf-8", "replace"))
    if before is None:
        return None
    start = comment.start - len(before.group().encode())
    is_exact = raw[start : comment.start] == before.group().encode()
    return FoundFlag(flag, Span(start, comment.end + 1)) if is_exact else None
