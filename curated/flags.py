"""Flags: written, recognised and removed here and nowhere else."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from re import compile as pattern
from typing import Final, Literal

from staycurrent.curated.html_tags import HtmlTag, html_comments
from staycurrent.curated.parser import read_markup
from staycurrent.curated.spans import Span, Splice, apply_splices


class FlagState(StrEnum):
    """What a flag says of the link before it."""

    DEAD = "dead"
    MOVED = "moved"
    INSECURE = "insecure"
    ARCHIVED = "archived"
    IDLE = "idle"
    WITHDRAWN = "withdrawn"
    MALFORMED = "malformed"
    NEW = "new"


GLYPHS: Final = {
    FlagState.DEAD: "💀",
    FlagState.MOVED: "🔀",
    FlagState.INSECURE: "🔓",
    FlagState.ARCHIVED: "📦",
    FlagState.IDLE: "💤",
    FlagState.WITHDRAWN: "🚫",
    FlagState.MALFORMED: "🔧",
    FlagState.NEW: "🆕",
}
WORDS: Final = {
    FlagState.DEAD: "dead link",
    FlagState.MOVED: "moved",
    FlagState.INSECURE: "insecure",
    FlagState.ARCHIVED: "archived",
    FlagState.IDLE: "idle",
    FlagState.WITHDRAWN: "withdrawn",
    FlagState.MALFORMED: "malformed address",
    FlagState.NEW: "new",
}
# Markup before the comment would mean that the parenthesis is not ours.
_BEFORE = pattern(r" \([^()<>\[\]`*_~|\\&\r\n]{1,40}\Z")
_COMMENT = pattern(r"<!--stay:([a-z]+):([0-9]{4}-[0-9]{2}-[0-9]{2})-->")
_LONGEST_BEFORE = 2 + 4 * 40


@dataclass(frozen=True, slots=True)
class Flag:
    """What is said of a link, and since which night."""

    state: FlagState
    since: date


@dataclass(frozen=True, slots=True)
class FlagStyle:
    """How flags are written and where they stand."""

    glyphs: Literal["emoji", "words"] = "emoji"
    place: Literal["link", "end"] = "link"
    """Behind the link, or at the end of the entry."""


@dataclass(frozen=True, slots=True)
class FoundFlag:
    """A flag of ours that stands in a document."""

    flag: Flag
    span: Span
    """With the blank before it."""


def format_flag(flag: Flag, style: FlagStyle) -> bytes:
    """The bytes of a flag, the blank before it included."""
    glyph = (WORDS if style.glyphs == "words" else GLYPHS)[flag.state]
    return f" ({glyph}<!--stay:{flag.state}:{flag.since.isoformat()}-->)".encode()


def find_flags(raw: bytes, among: Iterable[HtmlTag]) -> tuple[FoundFlag, ...]:
    """The flags of ours `among` a document's comments, in order; nothing else is ours."""
    seen = (_found(raw, comment.span) for comment in among)
    return tuple(flag for flag in seen if flag is not None)


def strip_flags(raw: bytes) -> bytes:
    """Remove every flag of ours and nothing else; what stands in code or comments is not one."""
    return without(raw, find_flags(raw, html_comments(read_markup(raw))))


def without(raw: bytes, flags: Sequence[FoundFlag]) -> bytes:
    """Remove these flags."""
    return apply_splices(raw, (Splice(found.span, b"") for found in flags)) if flags else raw


def _found(raw: bytes, comment: Span) -> FoundFlag | None:
    flag = _read(raw[comment.start : comment.end])
    if flag is None or raw[comment.end : comment.end + 1] != b")":
        return None
    lead = raw[max(0, comment.start - _LONGEST_BEFORE) : comment.start].decode("utf-8", "replace")
    before = _BEFORE.search(lead)
    if before is None:
        return None
    start = comment.start - len(before.group().encode())
    is_exact = raw[start : comment.start] == before.group().encode()
    return FoundFlag(flag, Span(start, comment.end + 1)) if is_exact else None


def _read(comment: bytes) -> Flag | None:
    match = _COMMENT.fullmatch(comment.decode("utf-8", "replace"))
    if match is None:
        return None
    try:
        return Flag(FlagState(match.group(1)), date.fromisoformat(match.group(2)))
    except ValueError:  # a state or a night that we never wrote
        return None
