"""The proof of a rewrite: nothing but flags, marks, named addresses and parts may differ."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import NamedTuple

from staycurrent.curated.document import Document
from staycurrent.curated.flags import Flag, FoundFlag
from staycurrent.curated.generated_section import checked_sections
from staycurrent.curated.marks import Treatment, replay_prefix
from staycurrent.curated.markup import InlineKind, InlineNode
from staycurrent.curated.spans import Span, SpanSet, Splice, apply_splices, merge_spans

_LINKS = ("markup, link", "markup, image")
_SEEN = (InlineKind.CODE, InlineKind.HTML, InlineKind.LINK, InlineKind.IMAGE, InlineKind.STYLE)


class UnsafeRewrite(Exception):
    """A rewrite that would touch more than it may; nothing was written, the sentence says what."""


class Feature(NamedTuple):
    """Something that the parser sees in a list, and that must be the same afterwards."""

    what: str
    detail: str
    line: int


def prove_rewrite(before: Document, after: Document, wanted: Sequence[Flag]) -> None:
    """Raise UnsafeRewrite unless `after` is `before` but for these flags, marks and parts.

    Bytes, links, headings and the whole structure of inline markup are compared; `before` has no
    flags and no marks outside its parts.
    """
    if after is not before:  # most nights change nothing, and a list is what it is
        _prove_unchanged(before, after)
    if [found.flag for found in flags_outside_parts(after)] != list(wanted):
        raise UnsafeRewrite("the flags cannot be read back from the new list as they were meant")


def _prove_unchanged(before: Document, after: Document) -> None:
    if _blanked(before) != _blanked(after):
        raise UnsafeRewrite("the new list would differ from the old in more than flags and parts")
    for features in (_links, _headings, _blocks, _markup):
        mend = "put <!-- stay:keep --> there"
        _refuse_change(features(before), features(after), "the rewrite", mend)


def prove_new_urls(before: Document, after: Document, urls: Mapping[int, str]) -> None:
    """Raise UnsafeRewrite unless `after` is `before` but for these addresses, by index of place.

    The bytes around the addresses are the same by the way it was made.
    """
    old = [(place.kind, urls.get(i, place.url)) for i, place in enumerate(before.occurrences)]
    new = [(place.kind, place.url) for place in after.occurrences]
    if old != new or not all(after.occurrences[index].verified for index in urls):
        raise UnsafeRewrite("a new address would not be read back as it was meant")
    mend = "change the address by hand"
    for features in (_headings, _blocks, _shapes):
        _refuse_change(features(before), features(after), "a new address", mend)


def prove_same_links(before: Document, after: Document) -> None:
    """Raise UnsafeRewrite unless taking old flags out left every link what it was."""
    doing = "taking an old flag or mark out"
    _refuse_change(_links(before), _links(after), doing, "put a blank behind the flag there")


def prove_same_shape(before: Document, after: Document) -> None:
    """Raise UnsafeRewrite unless links, headings, blocks and inline markup are what they were."""
    for features in (_links, _levels, _blocks, _markup):
        _refuse_change(features(before), features(after), "mending", "mend that line by hand")


def flags_outside_parts(document: Document) -> list[FoundFlag]:
    """What stands inside a generated part belongs to it, and goes with it."""
    inside = insides(document)
    return [found for found in document.flags if inside.enclosing(found.span.start) is None]


def _refuse_change(
    before: Iterator[Feature], after: Iterator[Feature], doing: str, mend: str
) -> None:
    """Raise UnsafeRewrite at the first feature that would not be what it was."""
    for old, new in zip_longest(before, after):
        if old is None or new is None or old[:2] != new[:2]:
            what, detail, line = old or new
            raise UnsafeRewrite(
                f"{doing} would change line {line} ({what} {detail}), so the list is left as it "
                f"is: {mend}, or mend the markup around it"
            )


def insides(document: Document) -> SpanSet:
    """The stretches that are generated, as far as they are beyond doubt."""
    # from the end of the marker's line on, so that what begins right behind it is inside
    return merge_spans(
        Span(each.content.start - 1, each.content.end) for each in document.generated_sections
    )


def _blanked(document: Document) -> bytes:
    """The bytes that are not ours: without flags and marks, and with generated parts emptied."""
    inside = insides(document)
    ours = {found.span for found in flags_outside_parts(document)}
    ours |= {each.content for each in checked_sections(document.markers)}
    for mark in document.marks:
        if inside.enclosing(mark.offset) is None:
            ours |= set(mark.spans)
    return apply_splices(document.raw, (Splice(span, b"") for span in ours))


def _links(document: Document) -> Iterator[Feature]:
    for place in document.occurrences:
        if place.generated_section is None:
            yield Feature(f"link, {place.kind}", place.url, place.line)


def _headings(document: Document) -> Iterator[Feature]:
    inside = insides(document)
    for heading in document.headings:
        if inside.enclosing(heading.span.start) is None:
            yield Feature(f"heading of level {heading.level}", heading.text, heading.line)


def _levels(document: Document) -> Iterator[Feature]:
    """Headings whatever they say."""
    for heading in document.headings:
        yield Feature("heading of level", str(heading.level), heading.line)


def _blocks(document: Document) -> Iterator[Feature]:
    inside = insides(document)
    blocks = [("raw HTML", block.span.start) for block in document.markup.html]
    blocks += [("code", block.span.start) for block in document.markup.code]
    for what, start in sorted(blocks, key=lambda block: block[1]):
        if inside.enclosing(start) is None:
            yield Feature("block of", what, document.lines.number(start))


def _markup(document: Document) -> Iterator[Feature]:
    """Every stretch of inline content and what is in it, text aside."""
    inside = insides(document)
    ours = _ours(document)
    led = {mark.offset for mark in document.marks if mark.treatment is Treatment.SNAPSHOT}
    for run in document.markup.runs:
        if inside.enclosing(run.start) is not None:
            continue
        line = document.lines.number(run.start)
        yield Feature("text of", "a cell" if run.in_row else "a paragraph, item or heading", line)
        for piece in run.nodes:
            if piece.kind in _SEEN and not _is_ours(piece, ours):
                yield Feature(f"markup, {piece.kind}", _detail(piece, led), line)


def _shapes(document: Document) -> Iterator[Feature]:
    """As `_markup`, addresses aside."""
    for what, detail, line in _markup(document):
        yield Feature(what, detail if what not in _LINKS else detail.split(" ")[0], line)


def _ours(document: Document) -> SpanSet:
    """The bytes of flags and of marks."""
    marks = (span for mark in document.marks for span in mark.spans)
    return merge_spans((*(found.span for found in document.flags), *marks))


def _is_ours(piece: InlineNode, ours: SpanSet) -> bool:
    return ours.enclosing(piece.start + 1) is not None


def _detail(piece: InlineNode, led: Collection[int]) -> str:
    if not piece.link_type:
        return piece.text
    url = piece.url.removeprefix(replay_prefix(piece.url)) if piece.start in led else piece.url
    return f"{piece.link_type} {url}"
