"""The bytes of a destination inside its link; the parser tells none (pulldown-cmark 441)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from re import DOTALL
from re import compile as pattern
from typing import Final

from staycurrent.curated.autolinks import extended_autolinks
from staycurrent.curated.escaping import unescape_html, unescape_markdown
from staycurrent.curated.html_tags import HtmlTag, tag_urls
from staycurrent.curated.markup import (
    HtmlBlock,
    InlineKind,
    InlineNode,
    InlineRun,
    ReferenceDefinition,
)
from staycurrent.curated.occurrence import LinkKind
from staycurrent.curated.spans import Span, merge_spans

_TO_DESTINATION = pattern(rb"[ \t\r\n>]*\]\(")
_LABEL = pattern(rb"[ \t>]*\[(?:[^\[\]\\]|\\.)*\]:", DOTALL)
_GAP = pattern(rb"[ \t]*(?:(?:\r\n|\r|\n)[ \t>]*)?")
_BRACKETED = pattern(rb"<((?:[^<>\\\r\n]|\\[^\r\n])*)>")
_PART = pattern(rb"\\[!-/:-@\[-`{-~]|[^()\\\x00-\x20\x7f]+|[()\\]")
AUTOLINKS = ("Autolink", "Email")


def find_destination(clean: bytes, link: InlineNode) -> Span | None:
    """The destination inside an inline link, an image or an autolink; None if it is not found."""
    if link.link_type in AUTOLINKS:
        return Span(link.start + 1, link.end - 1)
    opening = 2 if link.kind is InlineKind.IMAGE else 1
    to = _TO_DESTINATION.match(clean, link.inner_end or link.start + opening, link.end)
    return _read_destination(clean, to.end(), link.end) if to else None


def find_definition_destination(clean: bytes, reference: ReferenceDefinition) -> Span | None:
    """The destination inside the definition of a reference; None if it is not found."""
    label = _LABEL.match(clean, *reference.span)
    return _read_destination(clean, label.end(), reference.span.end) if label else None


def is_verified(clean: bytes, span: Span | None, url: str, *, in_row: bool) -> bool:
    r"""Whether these bytes mean this address; in a table `\|` is undone first (GFM 4.10)."""
    if span is None:
        return False
    text = clean[span.start : span.end].decode("utf-8", "replace")
    if text == url or unescape_markdown(text) == url:
        return True
    return in_row and unescape_markdown(text.replace("\\|", "|")) == url


def _read_destination(clean: bytes, offset: int, end: int) -> Span | None:
    gap = _GAP.match(clean, offset, end)
    start = gap.end() if gap else offset
    if clean[start : start + 1] != b"<":
        return Span(start, _end_of_plain(clean, start, end))
    bracketed = _BRACKETED.match(clean, start, end)
    return Span(*bracketed.span(1)) if bracketed else None


def _end_of_plain(clean: bytes, start: int, end: int) -> int:
    """A plain destination ends at a blank or at a parenthesis that it did not open."""
    depth = 0
    while start < end:
        part = _PART.match(clean, start, end)
        if part is None:
            break
        depth += (part.group() == b"(") - (part.group() == b")")
        if depth < 0:
            break
        start = part.end()
    return start


Definitions = Mapping[str, tuple[Span, bool]]
"""Folded label to the destination of the definition, and whether it is verified."""

_MAIL: Final = {"Email": "mailto:"}
_BY_REFERENCE = ("Reference", "Collapsed", "Shortcut")


@dataclass(frozen=True, slots=True)
class ParsedLink:
    """One use of a link, before the document around it is known."""

    kind: LinkKind
    url: str
    destination: Span
    verified: bool
    link_span: Span
    order: int
    """By which uses are sorted: an image stands before the link around it."""
    end: int
    """The end of the construct, of the link around it if there is one."""
    text: str
    """Empty for raw HTML."""
    container: InlineRun | HtmlBlock


def fold_label(label: str) -> str:
    """A label as references are compared (CommonMark 4.7)."""
    return " ".join(label.split()).casefold()


def links_in_run(
    clean: bytes, run: InlineRun, tags: Mapping[int, HtmlTag], definitions: Definitions
) -> Iterator[ParsedLink]:
    """The uses in a stretch of inline content; `tags` by the byte at which each begins."""
    bare = tuple(extended_autolinks(clean, run))
    swallowed = merge_spans(found.span for found in bare)
    for index, piece in enumerate(run.nodes):
        if bare and swallowed.enclosing(piece.start) is not None:
            continue  # cmark-gfm reads a bare address first, and it runs to the next blank
        if piece.kind in (InlineKind.LINK, InlineKind.IMAGE) and _is_shown(piece):
            yield _link(clean, run, index, definitions)
        elif piece.start in tags and not _is_in_image(piece):
            behind = piece.link.end if piece.link else piece.end
            yield from links_in_tag(clean, tags[piece.start], run, behind)
    for url, span in bare:
        is_proved = clean[span.start : span.end].decode("utf-8", "replace") in url
        yield ParsedLink(
            LinkKind.BARE, url, span, is_proved or run.in_row, span, span.end, span.end, url, run
        )


def links_in_tag(
    clean: bytes, tag: HtmlTag, home: InlineRun | HtmlBlock, behind: int
) -> Iterator[ParsedLink]:
    """The addresses of a tag of raw HTML; their text is not known here."""
    for text, span in tag_urls(tag):
        is_proved = clean[span.start : span.end] == text.encode()
        url = unescape_html(text)
        yield ParsedLink(
            LinkKind.HTML, url, span, is_proved, tag.span, span.start, behind, "", home
        )


def text_content(pieces: Iterable[InlineNode]) -> str:
    """What is shown of these pieces, blanks as one."""
    return " ".join("".join(piece.text for piece in pieces).split())


def _is_shown(piece: InlineNode) -> bool:
    """In the other text of an image nothing is a link or an image."""
    around = piece.link
    return around is None or (piece.kind is InlineKind.IMAGE and not _is_in_image(piece))


def _is_in_image(piece: InlineNode) -> bool:
    around = piece.link
    return around is not None and (around.kind is InlineKind.IMAGE or around.link is not None)


def _link(clean: bytes, run: InlineRun, index: int, definitions: Definitions) -> ParsedLink:
    piece = run.nodes[index]
    outer = piece.link or piece
    span, is_proved = _destination(clean, run, piece, definitions)
    return ParsedLink(
        _kind(piece),
        _MAIL.get(piece.link_type, "") + piece.url,
        span,
        is_proved,
        Span(piece.start, piece.end),
        piece.end,
        outer.end,
        text_content(_inside(run.nodes, index)),
        run,
    )


def _inside(pieces: Sequence[InlineNode], index: int) -> Iterator[InlineNode]:
    end = pieces[index].end
    for inner in range(index + 1, len(pieces)):
        if pieces[inner].start >= end:
            return
        yield pieces[inner]


def _kind(piece: InlineNode) -> LinkKind:
    if piece.kind is InlineKind.IMAGE:
        return LinkKind.IMAGE
    if piece.link_type in _BY_REFERENCE:
        return LinkKind.REFERENCE
    return LinkKind.AUTOLINK if piece.link_type in AUTOLINKS else LinkKind.INLINE


def _destination(
    clean: bytes, run: InlineRun, piece: InlineNode, definitions: Definitions
) -> tuple[Span, bool]:
    """Where the address stands; the whole construct, unverified, where it is not found."""
    if piece.link_type in _BY_REFERENCE:
        return definitions.get(fold_label(piece.label), (Span(piece.start, piece.end), False))
    span = find_destination(clean, piece)
    is_proved = is_verified(clean, span, piece.url, in_row=run.in_row)
    return span or Span(piece.start, piece.end), is_proved
