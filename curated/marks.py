"""What is done to a dead link beside its flag: struck out, or led to its snapshot; and undone."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from re import compile as pattern
from string import punctuation
from typing import Final
from unicodedata import category

from staycurrent.curated.html_tags import HtmlTag
from staycurrent.curated.markup import InlineKind, InlineNode, InlineRun
from staycurrent.curated.occurrence import LinkKind, Occurrence
from staycurrent.curated.spans import Span, Splice

STRUCK: Final = b"<!--stay:struck-->"
SNAPSHOT: Final = b"<!--stay:snapshot-->"
_TILDES: Final = b"~~"
# The replay address of a snapshot is made of its time and of the address that it was taken of.
_REPLAY = pattern(r"https://web\.archive\.org/web/[0-9]{4,14}/")


class Treatment(StrEnum):
    """How a dead link is treated."""

    STRUCK = "struck"
    SNAPSHOT = "snapshot"


@dataclass(frozen=True, slots=True)
class Mark:
    """A link that we struck out or led to its snapshot, and the bytes of ours that do it."""

    treatment: Treatment
    offset: int
    """Where the link's construct begins."""
    spans: tuple[Span, ...]
    """Taken out, the link is what a person wrote; places by reference share one of them."""


def replay_prefix(snapshot: str) -> str:
    """What stands before the original in a snapshot's address; empty for any other address."""
    found = _REPLAY.match(snapshot)
    return found.group() if found else ""


def is_mark(raw: bytes, comment: HtmlTag) -> bool:
    """Whether a comment is the sign of a treated link."""
    return raw[slice(*comment.span)] in (STRUCK, SNAPSHOT)


def can_apply(treatment: Treatment, raw: bytes, kind: LinkKind, construct: Span) -> bool:
    """Whether a link so written can be treated so: no images, and of raw HTML only the anchor."""
    if kind is LinkKind.HTML:
        is_anchor = raw[construct.start : construct.start + 2].lower() == b"<a"
        return treatment is Treatment.SNAPSHOT and is_anchor
    if kind is LinkKind.IMAGE:
        return False
    return treatment is Treatment.SNAPSHOT or kind is LinkKind.BARE or _opens(raw, construct.start)


def _opens(raw: bytes, at: int) -> bool:
    """Whether a strike before a sign begins: behind a word it is none (cmark-gfm; GFM 6.5)."""
    before = raw[max(0, at - 4) : at].decode("utf-8", "ignore")[-1:]
    is_sign = before in punctuation if before.isascii() else category(before)[0] == "P"
    return is_sign or not before or before.isspace()


def strike_out(place: Occurrence) -> tuple[Splice, ...]:
    """The edits that strike a link out."""
    start, end = place.link_span
    return Splice(Span(start, start), _TILDES), Splice(Span(end, end), _TILDES + STRUCK)


def link_to_snapshot(place: Occurrence, snapshot: str) -> Splice:
    """The edit that leads a link to its snapshot: the original address stays as it is written."""
    at = place.destination.start
    return Splice(Span(at, at), replay_prefix(snapshot).encode())


def snapshot_comment(place: Occurrence) -> Splice:
    """The edit that says behind a link where it leads; raises ValueError if nothing can."""
    if place.flag_offset is None:
        raise ValueError(f"nothing can stand behind the link in line {place.line}")
    return Splice(Span(place.flag_offset, place.flag_offset), SNAPSHOT)


def snapshot_prefix(raw: bytes, url: str, span: Span, after: int | None) -> bytes:
    """What of ours stands before the original address; empty where it is no snapshot of ours."""
    if after is None or raw[max(0, after - len(SNAPSHOT)) : after] != SNAPSHOT:
        return b""
    before = replay_prefix(url).encode()
    return before if raw.startswith(before, *span) else b""


def snapshot_mark(place: Occurrence, before: int) -> Mark:
    """The mark of a link before whose address so many bytes of ours stand."""
    end = place.flag_offset or 0
    spans = (
        Span(place.destination.start - before, place.destination.start),
        Span(end - len(SNAPSHOT), end),
    )
    return Mark(Treatment.SNAPSHOT, place.link_span.start, spans)


def find_struck_links(
    raw: bytes, runs: Iterable[InlineRun], among: Iterable[HtmlTag]
) -> Iterator[Mark]:
    """The links that we struck out; a strike without our comment behind it is a person's."""
    ends = {tag.span.start for tag in among if raw[slice(*tag.span)] == STRUCK}
    if not ends:
        return
    for piece in (piece for run in runs for piece in run.nodes):
        if piece.end in ends and _is_strike(raw, piece):
            opening = Span(piece.start, piece.start + len(_TILDES))
            closing = Span(piece.end - len(_TILDES), piece.end + len(STRUCK))
            yield Mark(Treatment.STRUCK, piece.start, (opening, closing))


def _is_strike(raw: bytes, piece: InlineNode) -> bool:
    inner = Span(piece.start + len(_TILDES), piece.end - len(_TILDES))
    return (
        piece.kind is InlineKind.STYLE
        and inner.start < inner.end
        and raw[piece.start : inner.start] == raw[inner.end : piece.end] == _TILDES
    )
