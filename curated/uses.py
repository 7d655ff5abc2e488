"""Every use of a link in a stretch of inline content or a block of raw HTML."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from staycurrent.curated.bare import bare_addresses
from staycurrent.curated.escapes import unreference
from staycurrent.curated.locate import AUTOLINKS, destination, verified
from staycurrent.curated.markup import HtmlBlock, Inline, Piece, Run
from staycurrent.curated.place import Kind
from staycurrent.curated.raw_html import Tag, addresses
from staycurrent.curated.spans import Span, zones

Definitions = Mapping[str, tuple[Span, bool]]
"""Folded label to the destination of the definition, and whether it is verified."""

_MAIL: Final = {"Email": "mailto:"}
_BY_REFERENCE = ("Reference", "Collapsed", "Shortcut")


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a link, before the document around it is known."""

    kind: Kind
    url: str
    span: Span
    verified: bool
    construct: Span
    order: int
    """By which uses are sorted: an image stands before the link around it."""
    behind: int
    """The end of the construct, of the link around it if there is one."""
    text: str
    """Empty for raw HTML."""
    home: Run | HtmlBlock


def fold(label: str) -> str:
    """A label as references are compared (CommonMark 4.7)."""
    return " ".join(label.split()).casefold()


def uses_of_run(
    clean: bytes, run: Run, tags: Mapping[int, Tag], definitions: Definitions
) -> Iterator[Use]:
    """The uses in a stretch of inline content; `tags` by the byte at which each begins."""
    bare = tuple(bare_addresses(clean, run))
    swallowed = zones(found.span for found in bare)
    for index, piece in enumerate(run.pieces):
        if bare and swallowed.around(piece.start) is not None:
            continue  # cmark-gfm reads a bare address first, and it runs to the next blank
        if piece.kind in (Inline.LINK, Inline.IMAGE) and _is_shown(piece):
            yield _link(clean, run, index, definitions)
        elif piece.start in tags and not _is_in_image(piece):
            behind = piece.link.end if piece.link else piece.end
            yield from uses_of_tag(clean, tags[piece.start], run, behind)
    for url, span in bare:
        is_proved = clean[span.start : span.end].decode("utf-8", "replace") in url
        yield Use(Kind.BARE, url, span, is_proved or run.in_row, span, span.end, span.end, url, run)


def uses_of_tag(clean: bytes, tag: Tag, home: Run | HtmlBlock, behind: int) -> Iterator[Use]:
    """The addresses of a tag of raw HTML; their text is not known here."""
    for text, span in addresses(tag):
        is_proved = clean[span.start : span.end] == text.encode()
        url = unreference(text)
        yield Use(Kind.HTML, url, span, is_proved, tag.span, span.start, behind, "", home)


def text_of(pieces: Iterable[Piece]) -> str:
    """What is shown of these pieces, blanks as one."""
    return " ".join("".join(piece.text for piece in pieces).split())


def _is_shown(piece: Piece) -> bool:
    """In the other text of an image nothing is a link or an image."""
    around = piece.link
    return around is None or (piece.kind is Inline.IMAGE and not _is_in_image(piece))


def _is_in_image(piece: Piece) -> bool:
    around = piece.link
    return around is not None and (around.kind is Inline.IMAGE or around.link is not None)


def _link(clean: bytes, run: Run, index: int, definitions: Definitions) -> Use:
    piece = run.pieces[index]
    outer = piece.link or piece
    span, is_proved = _destination(clean, run, piece, definitions)
    return Use(
        _kind(piece),
        _MAIL.get(piece.link_type, "") + piece.url,
        span,
        is_proved,
        Span(piece.start, piece.end),
        piece.end,
        outer.end,
        text_of(_inside(run.pieces, index)),
        run,
    )


def _inside(pieces: Sequence[Piece], index: int) -> Iterator[Piece]:
    end = pieces[index].end
    for inner in range(index + 1, len(pieces)):
        if pieces[inner].start >= end:
            return
        yield pieces[inner]


def _kind(piece: Piece) -> Kind:
    if piece.kind is Inline.IMAGE:
        return Kind.IMAGE
    if piece.link_type in _BY_REFERENCE:
        return Kind.REFERENCE
    return Kind.AUTOLINK if piece.link_type in AUTOLINKS else Kind.INLINE


def _destination(
    clean: bytes, run: Run, piece: Piece, definitions: Definitions
) -> tuple[Span, bool]:
    """Where the address stands; the whole construct, unverified, where it is not found."""
    if piece.link_type in _BY_REFERENCE:
        return definitions.get(fold(piece.label), (Span(piece.start, piece.end), False))
    span = destination(clean, piece)
    is_proved = verified(clean, span, piece.url, in_row=run.in_row)
    return span or Span(piece.start, piece.end), is_proved
