"""Damaged text put right in place, and proved to be all that was touched."""

from collections.abc import Iterator
from dataclasses import dataclass

from staycurrent.curated.document import Document, parse
from staycurrent.curated.markup import InlineKind
from staycurrent.curated.mojibake import find_mojibake
from staycurrent.curated.proof import UnsafeRewrite, prove_same_shape
from staycurrent.curated.spans import Span, SpanSet, Splice, apply_splices, merge_spans

_VERBATIM = (InlineKind.CODE, InlineKind.HTML)


@dataclass(frozen=True, slots=True)
class EncodingFix:
    """A list whose damaged text was put right."""

    raw: bytes
    count: int
    """Stretches of damaged text that were put right."""
    slugs: tuple[tuple[int, str, str], ...]
    """Headings whose anchor is another one now: line, old anchor, new anchor."""


def fix_encoding(document: Document) -> EncodingFix:
    """The list with its damaged text as it was meant; raises UnsafeRewrite where a proof fails.

    Only text is mended: addresses, code, tags of raw HTML and generated parts stay as they are.
    """
    edits = tuple(_edits(document))
    if not edits:
        return EncodingFix(document.raw, 0, ())
    after = parse(apply_splices(document.raw, edits))
    _refuse_more(document.raw, after.raw, edits)
    prove_same_shape(document, after)
    return EncodingFix(after.raw, len(edits), tuple(_anchors(document, after)))


def _edits(document: Document) -> Iterator[Splice]:
    left_alone = _left_alone(document)
    text = document.raw.decode("utf-8", "surrogateescape")
    reached = offset = 0
    for damage in find_mojibake(text):
        offset += len(text[reached : damage.start].encode("utf-8", "surrogateescape"))
        reached = damage.start
        span = Span(offset, offset + len(damage.text.encode()))
        if not any(each.overlaps(span) for each in left_alone):
            yield Splice(span, damage.meant.encode())


def _left_alone(document: Document) -> tuple[SpanSet, ...]:
    markup = document.markup
    pieces = (piece for run in markup.runs for piece in run.nodes)
    return (
        merge_spans(Span(each.start, each.end) for each in pieces if each.kind in _VERBATIM),
        merge_spans(block.span for block in markup.code),
        merge_spans(place.destination for place in document.occurrences),
        merge_spans(definition.destination for definition in document.definitions),
        merge_spans(part.content for part in document.generated_sections),
        merge_spans((markup.front_matter,)),
    )


def _refuse_more(before: bytes, after: bytes, edits: tuple[Splice, ...]) -> None:
    """Raise UnsafeRewrite unless what stands between the edits is the same, byte for byte."""
    at = shift = 0
    for (start, end), text in edits:
        begin = at + shift
        if before[at:start] != after[begin : start + shift]:
            raise UnsafeRewrite("mending would touch more than damaged text: nothing is mended")
        at, shift = end, shift + len(text) - (end - start)
    if before[at:] != after[at + shift :]:
        raise UnsafeRewrite("mending would touch more than damaged text: nothing is mended")


def _anchors(before: Document, after: Document) -> Iterator[tuple[int, str, str]]:
    for old, new in zip(before.headings, after.headings, strict=True):
        if old.slug != new.slug:
            yield old.line, old.slug, new.slug
