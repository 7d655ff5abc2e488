"""The bytes of a destination inside its link; the parser tells none (pulldown-cmark 441)."""

from re import DOTALL
from re import compile as pattern

from staycurrent.curated.escapes import unescape
from staycurrent.curated.markup import Inline, Piece, Reference
from staycurrent.curated.spans import Span

_TO_DESTINATION = pattern(rb"[ \t\r\n>]*\]\(")
_LABEL = pattern(rb"[ \t>]*\[(?:[^\[\]\\]|\\.)*\]:", DOTALL)
_GAP = pattern(rb"[ \t]*(?:(?:\r\n|\r|\n)[ \t>]*)?")
_BRACKETED = pattern(rb"<((?:[^<>\\\r\n]|\\[^\r\n])*)>")
_PART = pattern(rb"\\[!-/:-@\[-`{-~]|[^()\\\x00-\x20\x7f]+|[()\\]")
AUTOLINKS = ("Autolink", "Email")


def destination(clean: bytes, link: Piece) -> Span | None:
    """The destination inside an inline link, an image or an autolink; None if it is not found."""
    if link.link_type in AUTOLINKS:
        return Span(link.start + 1, link.end - 1)
    opening = 2 if link.kind is Inline.IMAGE else 1
    to = _TO_DESTINATION.match(clean, link.inner_end or link.start + opening, link.end)
    return _destination_at(clean, to.end(), link.end) if to else None


def definition(clean: bytes, reference: Reference) -> Span | None:
    """The destination inside the definition of a reference; None if it is not found."""
    label = _LABEL.match(clean, *reference.span)
    return _destination_at(clean, label.end(), reference.span.end) if label else None


def verified(clean: bytes, span: Span | None, url: str, *, in_row: bool) -> bool:
    r"""Whether these bytes mean this address; in a table `\|` is undone first (GFM 4.10)."""
    if span is None:
        return False
    text = clean[span.start : span.end].decode("utf-8", "replace")
    if text == url or unescape(text) == url:
        return True
    return in_row and unescape(text.replace("\\|", "|")) == url


def _destination_at(clean: bytes, offset: int, end: int) -> Span | None:
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
