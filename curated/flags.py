"""Flags and marks: how they are written and recognised.

Dead links may be marked in addition to their flags: struck out, or linked to a snapshot.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from re import compile as pattern
from re import sub
from string import punctuation
from typing import Final, Literal
from unicodedata import category

from staycurrent.curated.html_tags import HtmlTag
from staycurrent.curated.occurrence import LinkKind, Occurrence
from staycurrent.curated.parser import InlineKind, Markup
from staycurrent.curated.spans import Span, SpanSet, merge_spans
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
# Blanks are read where editors and formatters put them; the next rewrite takes them out.
_COMMENT = pattern(
    r"<!--[ \t]*stay:[ \t]*([a-z]+)[ \t]*:[ \t]*([0-9]{4}-[0-9]{2}-[0-9]{2})[ \t]*-->"
)
# Markup before the comment would mean that the parenthesis is not ours.
# A formatter that wraps text may break the line before a flag, or between its words.
_LINE_BREAK = r"(?:\r\n?|\n)[ \t>]*+"
_BREAK = rf"(?<=[^\s\\]){_LINE_BREAK}"
_BEFORE_COMMENT = pattern(
    rf"(?:[ \t\xa0]|{_BREAK}|(?<!\]))\((?:[^()<>\[\]`*_~|\\&\r\n]|{_BREAK}){{0,40}}\Z"
)
_AFTER_COMMENT = pattern(rb"[ \t]*\)")
_MAX_BYTES_BEFORE = 4 + 4 * 40

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
    """Includes the blank before it, if there is one."""


def format_flag(flag: Flag, style: FlagStyle) -> bytes:
    """The bytes of a flag, including the blank before it."""
    glyph = (WORDS if style.glyphs == "words" else GLYPHS)[flag.state]
    return f" ({glyph}<!--stay:{flag.state}:{flag.since.isoformat()}-->)".encode()


def without_breaks(flag: bytes) -> bytes:
    """The bytes of a flag on one line."""
    return sub(_LINE_BREAK.encode(), b" ", flag)


def find_flags(markup: Markup, comments: Iterable[HtmlTag]) -> tuple[FoundFlag, ...]:
    """The flags among a document's comments, in order."""
    texts = merge_spans(run.span for run in markup.runs)
    found = (_read_flag(markup.raw, comment.span, texts) for comment in comments)
    return tuple(flag for flag in found if flag is not None)


def _read_flag(raw: bytes, comment: Span, texts: SpanSet) -> FoundFlag | None:
    """The flag that this comment belongs to; None if it is not one that we write."""
    match = _COMMENT.fullmatch(raw[slice(*comment)].decode("utf-8", "replace"))
    after = _AFTER_COMMENT.match(raw, comment.end)
    if match is None or after is None:
        return None
    try:
        flag = Flag(FlagState(match.group(1)), date.fromisoformat(match.group(2)))
    except ValueError:
        return None
    text = texts.enclosing(comment.start)
    # what breaks the line before a text is no part of the flag that begins it
    start = max(0, text.start - 1 if text else 0, comment.start - _MAX_BYTES_BEFORE)
    before = _BEFORE_COMMENT.search(raw[start : comment.start].decode("utf-8", "replace"))
    if before is None:
        return None
    start = comment.start - len(before.group().encode())
    is_exact = raw[start : comment.start] == before.group().encode()
    return FoundFlag(flag, Span(start, after.end())) if is_exact else None


STRUCK_COMMENT: Final = b"<!--stay:struck-->"
SNAPSHOT_COMMENT: Final = b"<!--stay:snapshot-->"
TILDES: Final = b"~~"
# A snapshot's URL consists of its time and the URL that it was taken of.
_REPLAY_PREFIX = pattern(r"https://web\.archive\.org/web/[0-9]{4,14}/")


class Treatment(StrEnum):
    """How a dead link is marked."""

    STRUCK = "struck"
    SNAPSHOT = "snapshot"


@dataclass(frozen=True, slots=True)
class Mark:
    """A link that we struck out or linked to its snapshot."""

    treatment: Treatment
    offset: int
    """Where the link begins."""
    spans: tuple[Span, ...]
    """Our bytes: without them the link is what a person wrote. Reference links share one span."""


def replay_prefix(snapshot: str) -> str:
    """What precedes the original URL in a snapshot's URL; empty for any other URL."""
    found = _REPLAY_PREFIX.match(snapshot)
    return found.group() if found else ""


def is_mark(raw: bytes, comment: HtmlTag) -> bool:
    """Whether a comment is part of a mark."""
    return raw[slice(*comment.span)] in (STRUCK_COMMENT, SNAPSHOT_COMMENT)


def can_apply(treatment: Treatment, raw: bytes, occurrence: Occurrence) -> bool:
    """Whether a link written this way can be marked: no image, and of raw HTML only an anchor."""
    kind = occurrence.kind
    if kind.is_image:
        return False
    if treatment is Treatment.SNAPSHOT or kind is LinkKind.BARE:
        return True
    return kind is not LinkKind.HTML and may_open_strike(raw, occurrence.link_span.start)


def may_open_strike(raw: bytes, start: int) -> bool:
    """Whether `~~` opens strikethrough there even before punctuation (GFM 6.5)."""
    before = raw[max(0, start - 4) : start].decode("utf-8", "ignore")[-1:]
    is_punctuation = before in punctuation if before.isascii() else category(before)[0] == "P"
    return is_punctuation or not before or before.isspace()


def _read_snapshot(
    raw: bytes, occurrence: Occurrence, flag_ends: Mapping[int, int]
) -> tuple[Occurrence, Mark] | None:
    """The occurrence as a person wrote it, and the mark, if we linked it to a snapshot."""
    end = occurrence.flag_offset
    if end is None:
        return None
    is_next = raw.endswith(SNAPSHOT_COMMENT, 0, end)
    at = end - len(SNAPSHOT_COMMENT) if is_next else _after_flags(end, flag_ends)
    if not raw.startswith(SNAPSHOT_COMMENT, at):
        return None
    prefix = replay_prefix(occurrence.url)
    destination = occurrence.destination
    original = Span(destination.start + len(prefix), destination.end)
    if (
        not prefix
        or not raw.startswith(prefix.encode(), *destination)
        or not can_apply(Treatment.SNAPSHOT, raw, occurrence)
    ):
        return None
    url = occurrence.url.removeprefix(prefix)
    if occurrence.kind is LinkKind.BARE and "://" not in url:
        url = f"http://{url}"
    spans = Span(destination.start, original.start), Span(at, at + len(SNAPSHOT_COMMENT))
    mark = Mark(Treatment.SNAPSHOT, occurrence.link_span.start, spans)
    return replace(occurrence, url=url, destination=original), mark


def _after_flags(offset: int, flag_ends: Mapping[int, int]) -> int:
    """The offset behind the flags that a person pasted between a link and its mark."""
    while offset in flag_ends:
        offset = flag_ends[offset]
    return offset


def _struck_links(
    markup: Markup, comments: Iterable[HtmlTag], flag_ends: Mapping[int, int]
) -> Iterator[Mark]:
    """The links that we struck out: strikethrough with our comment after it."""
    raw = markup.raw
    ends = {tag.span.start for tag in comments if raw[slice(*tag.span)] == STRUCK_COMMENT}
    if not ends:
        return
    for node in markup.nodes:
        inner = Span(node.start + len(TILDES), node.end - len(TILDES))
        if (
            (at := _after_flags(node.end, flag_ends)) in ends
            and node.kind is InlineKind.STYLE
            and inner.start < inner.end
            and raw[node.start : inner.start] == raw[inner.end : node.end] == TILDES
        ):
            after = Span(inner.end, node.end), Span(at, at + len(STRUCK_COMMENT))
            yield Mark(Treatment.STRUCK, node.start, (Span(node.start, inner.start), *after))


def _adjacent(offsets: Iterable[int], spans: Iterable[Span]) -> set[Span]:
    """The spans that follow these offsets, and each other, without a byte between them."""
    by_start = {span.start: span for span in spans}
    found: set[Span] = set()
    for offset in offsets:
        span = by_start.get(offset)
        while span is not None and span not in found:
            found.add(span)
            span = by_start.get(span.end)
    return found


def read_marks(
    markup: Markup,
    comments: Sequence[HtmlTag],
    flags: Iterable[FoundFlag],
    found: Iterable[Occurrence],
) -> tuple[tuple[Occurrence, ...], tuple[Mark, ...]]:
    """The occurrences as a person wrote them, and the marks, whose comments are given.

    Also the comments where marks have them, behind links of which a person undid the rest.
    """
    flag_spans = {flag.span for flag in flags}
    flag_ends = dict(flag_spans)
    marks = [*_struck_links(markup, comments, flag_ends)]
    occurrences: list[Occurrence] = []
    for occurrence in found:
        original, mark = _read_snapshot(markup.raw, occurrence, flag_ends) or (occurrence, None)
        occurrences.append(original)
        marks += [mark] if mark else []
    used = {span for mark in marks for span in mark.spans}
    left = {comment.span for comment in comments} - used
    snapshots = {span for span in left if markup.raw[slice(*span)] == SNAPSHOT_COMMENT}
    outside = {each.flag_offset for each in occurrences if each.flag_offset is not None}
    leftover = _adjacent({each.link_span.end for each in occurrences}, flag_spans | used | left)
    leftover |= _adjacent(outside, flag_spans | snapshots)
    # flags go behind the comments of marks: those before that offset are read backwards
    before = _adjacent(outside, (Span(end, start) for start, end in snapshots))
    leftover |= {Span(start, end) for end, start in before}
    marks += (Mark(Treatment.STRUCK, span.start, (span,)) for span in sorted(leftover & left))
    return tuple(occurrences), tuple(marks)
