"""Fixes mojibake in a list, and proves that nothing else changed."""

from collections.abc import Iterator
from dataclasses import dataclass

from staycurrent.curated.document import Document, parse
from staycurrent.curated.mojibake import find_mojibake
from staycurrent.curated.parser import InlineKind
from staycurrent.curated.proof import UnsafeRewrite, prove_same_shape
from staycurrent.curated.spans import Span, Splice, apply_splices, merge_spans


@dataclass(frozen=True, slots=True)
class EncodingFix:
    """A list without mojibake."""

    raw: bytes
    count: int
    """The number of damaged parts that were fixed."""
    slugs: tuple[tuple[int, str, str], ...]
    """Headings whose slug changed: line, old slug, new slug."""


def fix_encoding(document: Document) -> EncodingFix:
    """The list with its damaged text as it was meant; raises UnsafeRewrite if a proof fails.

    Only text is fixed: URLs, code, raw HTML tags and generated sections stay as they are.
    """
    edits = tuple(_edits(document))
    if not edits:
        return EncodingFix(document.raw, 0, ())
    after = parse(apply_splices(document.raw, edits))
    inverse, shift = [], 0
    for (start, end), text in edits:
        span = Span(start + shift, start + shift + len(text))
        inverse.append(Splice(span, document.raw[start:end]))
        shift += len(text) - (end - start)
    if apply_splices(after.raw, inverse) != document.raw:
        raise UnsafeRewrite("fixing the encoding would change more than damaged text")
    prove_same_shape(document, after)
    slugs = (
        (old.line, old.slug, new.slug)
        for old, new in zip(document.headings, after.headings, strict=True)
        if old.slug != new.slug
    )
    return EncodingFix(after.raw, len(edits), tuple(slugs))


def _edits(document: Document) -> Iterator[Splice]:
    markup = document.markup
    nodes = (node for run in markup.runs for node in run.nodes)
    verbatim = (InlineKind.CODE, InlineKind.HTML)
    untouched = (
        merge_spans(Span(node.start, node.end) for node in nodes if node.kind in verbatim),
        merge_spans(block.span for block in markup.code),
        merge_spans(occurrence.destination for occurrence in document.occurrences),
        merge_spans(definition.destination for definition in document.definitions),
        merge_spans(section.content for section in document.generated_sections),
        merge_spans((markup.front_matter,)),
    )
    for damage in find_mojibake(document.raw):
        if not any(each.overlaps(damage.span) for each in untouched):
            yield Splice(damage.span, damage.meant.encode())
