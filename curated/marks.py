"""What is done to a dead link beside its flag: struck out, or led to its snapshot; and undone."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from re import compile as pattern
from string import punctuation
from typing import Final
from unicodedata import category

from staycurrent.curated.markup import Inline, Piece, Run
from staycurrent.curated.place import Kind, Place
from staycurrent.curated.raw_html import Tag
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
    at: int
    """Where the link's construct begins."""
    spans: tuple[Span, ...]
    """Taken out, the link is what a person wrote; places by reference share one of them."""


def replay(snapshot: str) -> str:
    """What stands before the original in a snapshot's address; empty for any other address."""
    found = _REPLAY.match(snapshot)
    return found.group() if found else ""


def is_mark(raw: bytes, comment: Tag) -> bool:
    """Whether a comment is the sign of a treated link."""
    return raw[slice(*comment.span)] in (STRUCK, SNAPSHOT)


def can_be(treatment: Treatment, raw: bytes, kind: Kind, construct: Span) -> bool:
    """Whether a link so written can be treated so: no images, and of raw HTML only the anchor."""
    if kind is Kind.HTML:
        is_anchor = raw[construct.start : construct.start + 2].lower() == b"<a"
        return treatment is Treatment.SNAPSHOT and is_anchor
    if kind is Kind.IMAGE:
        return False
    return treatment is Treatment.SNAPSHOT or kind is Kind.BARE or _opens(raw, construct.start)


def _opens(raw: bytes, at: int) -> bool:
    """Whether a strike before a sign begins: behind a word it is none (cmark-gfm; GFM 6.5)."""
    before = raw[max(0, at - 4) : at].decode("utf-8", "ignore")[-1:]
    is_sign = before in punctuation if before.isascii() else category(before)[0] == "P"
    return is_sign or not before or before.isspace()


def struck(place: Place) -> tuple[Splice, ...]:
    """The edits that strike a link out."""
    start, end = place.use
    return Splice(Span(start, start), _TILDES), Splice(Span(end, end), _TILDES + STRUCK)


def to_snapshot(place: Place, snapshot: str) -> Splice:
    """The edit that leads a link to its snapshot: the original address stays as it is written."""
    at = place.span.start
    return Splice(Span(at, at), replay(snapshot).encode())


def sign(place: Place) -> Splice:
    """The edit that says behind a link where it leads; raises ValueError if nothing can."""
    if place.after is None:
        raise ValueError(f"nothing can stand behind the link in line {place.line}")
    return Splice(Span(place.after, place.after), SNAPSHOT)


def replay_before(raw: bytes, url: str, span: Span, after: int | None) -> bytes:
    """What of ours stands before the original address; empty where it is no snapshot of ours."""
    if after is None or raw[max(0, after - len(SNAPSHOT)) : after] != SNAPSHOT:
        return b""
    before = replay(url).encode()
    return before if raw.startswith(before, *span) else b""


def snapshot_mark(place: Place, before: int) -> Mark:
    """The mark of a link before whose address so many bytes of ours stand."""
    end = place.after or 0
    spans = Span(place.span.start - before, place.span.start), Span(end - len(SNAPSHOT), end)
    return Mark(Treatment.SNAPSHOT, place.use.start, spans)


def struck_out(raw: bytes, runs: Iterable[Run], among: Iterable[Tag]) -> Iterator[Mark]:
    """The links that we struck out; a strike without our comment behind it is a person's."""
    ends = {tag.span.start for tag in among if raw[slice(*tag.span)] == STRUCK}
    if not ends:
        return
    for piece in (piece for run in runs for piece in run.pieces):
        if piece.end in ends and _is_strike(raw, piece):
            opening = Span(piece.start, piece.start + len(_TILDES))
            closing = Span(piece.end - len(_TILDES), piece.end + len(STRUCK))
            yield Mark(Treatment.STRUCK, piece.start, (opening, closing))


def _is_strike(raw: bytes, piece: Piece) -> bool:
    inner = Span(piece.start + len(_TILDES), piece.end - len(_TILDES))
    return (
        piece.kind is Inline.STYLE
        and inner.start < inner.end
        and raw[piece.start : inner.start] == raw[inner.end : piece.end] == _TILDES
    )
