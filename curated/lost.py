"""What was meant as a link and reaches the reader as text: swallowed, unclosed, undefined."""

from collections.abc import Iterator
from itertools import chain
from re import IGNORECASE
from re import compile as pattern

from staycurrent.curated.comments import comments
from staycurrent.curated.document import Document
from staycurrent.curated.finding import FindingKind, Note
from staycurrent.curated.markup import Inline
from staycurrent.curated.parser import undefined_references
from staycurrent.curated.spans import Span, Zones, zones
from staycurrent.web.address import Address, parse

_LINK_IN_HTML = pattern(rb"\]\(https?://[^\s()]*\)")
_FENCE = pattern(rb"[ \t>]*(`{3,}|~{3,})")
_COMMENT_LABELS = ("//", "comment", "#")
_DESTINATION = pattern(rb"(?<!\\)\]\(\s*<?(https?://[^\s()<>]+)", IGNORECASE)
_BARE = pattern(rb"(?<![A-Za-z])https?://[^\s<>\[\]()\"'`|]+", IGNORECASE)
_OPAQUE = (Inline.CODE, Inline.HTML, Inline.LINK, Inline.IMAGE)


def lost_links(document: Document) -> Iterator[Note]:
    """All of it that stands outside of generated parts."""
    inside = zones(Span(part.inside.start - 1, part.inside.end) for part in document.parts)
    found = chain(
        _swallowed(document),
        _unclosed_fences(document),
        _unclosed_brackets(document),
        _references(document),
    )
    return (note for note in found if inside.around(note.offset) is None)


def _swallowed(document: Document) -> Iterator[Note]:
    hidden = zones(comment.span for comment in comments(document.markup))
    for block in document.markup.html:
        for link in _LINK_IN_HTML.finditer(document.raw, *block.span):
            if hidden.around(link.start()) is None:
                message = "a link inside raw HTML is plain text: put a blank line before it"
                yield Note(link.start(), FindingKind.SWALLOWED, message)


def _unclosed_fences(document: Document) -> Iterator[Note]:
    for block in document.markup.code:
        text = document.raw[block.span.start : block.span.end].rstrip()
        fence = _FENCE.match(text) if block.is_fenced else None
        if fence is None or block.span.end < len(document.raw.rstrip()):
            continue
        last = text.splitlines()[-1].strip(b" \t>") if b"\n" in text or b"\r" in text else b""
        if not (last.startswith(fence.group(1)) and not last.strip(fence.group(1)[:1])):
            message = "a fence is never closed: all that follows is code"
            yield Note(block.span.start, FindingKind.UNCLOSED_FENCE, message)


def _references(document: Document) -> Iterator[Note]:
    for label, span in undefined_references(document.markup):
        if not label.startswith("^"):
            message = f"[{label}] is defined nowhere: it shows as plain text"
            yield Note(span.start, FindingKind.UNDEFINED_REFERENCE, message)
    for definition in document.definitions:
        # `[//]: # (text)` is how comments are written
        is_comment = definition.label in _COMMENT_LABELS or definition.url == "#"
        if not definition.is_used and not is_comment:
            message = f"[{definition.label}] is defined and never used"
            yield Note(definition.span.start, FindingKind.UNUSED_REFERENCE, message)


def _unclosed_brackets(document: Document) -> Iterator[Note]:
    """`[a](https://e.org` and `[a](https://e.org/a b)`, and addresses behind an open bracket."""
    clean = document.markup.clean
    linked = zones(place.use for place in document.places)
    for run in document.markup.runs:
        if clean.find(b"://", run.start, run.end) < 0:
            continue
        opaque = zones(
            Span(piece.start, piece.end) for piece in run.pieces if piece.kind in _OPAQUE
        )
        told: set[int] = set()
        for match in _DESTINATION.finditer(clean, run.start, run.end):
            if opaque.around(match.start()) is None:
                told.add(match.start(1))
                yield _unclosed(clean, match.start(), Span(*match.span(1)), run.end)
        for match in _BARE.finditer(clean, run.start, run.end):
            if match.start() not in told and not _is_linked(match.start(), linked, opaque):
                yield from _unlinked(clean, Span(*match.span()), run.start)


def _unclosed(clean: bytes, start: int, address: Span, end: int) -> Note:
    url = clean[slice(*address)].decode("utf-8", "replace")
    line_end = clean.find(b"\n", address.end, end)
    rest = clean[address.end : end if line_end < 0 else line_end]
    if rest.startswith((b" ", b"\t")) and b")" in rest:
        whole = url + rest[: rest.index(b")")].decode("utf-8", "replace")
        message = f"{whole} has a blank, so this is no link: write it as %20"
        return Note(start, FindingKind.UNCLOSED_BRACKET, message, whole.replace(" ", "%20"))
    message = f"the bracket before {url} is never closed, so this is no link"
    return Note(start, FindingKind.UNCLOSED_BRACKET, message, f"({url})")


def _is_linked(offset: int, linked: Zones, opaque: Zones) -> bool:
    return any(one.around(offset + 1) is not None for one in (linked, opaque))


def _unlinked(clean: bytes, address: Span, start: int) -> Iterator[Note]:
    url = clean[slice(*address)].decode("utf-8", "replace").rstrip("?!.,:*_~")
    if isinstance(parse(url), Address):
        before = clean[start : address.start]
        is_open = before.count(b"[") > before.count(b"]")
        why = "an open bracket before it keeps GitHub from linking it" if is_open else "no link"
        message = f"{url} is plain text ({why}): put it between < and >"
        yield Note(address.start, FindingKind.UNLINKED, message, f"<{url}>")
