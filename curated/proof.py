"""Proves a rewrite: only flags, marks, the named URLs and generated sections may differ."""

from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import NamedTuple

from staycurrent.curated.document import Document
from staycurrent.curated.flags import Treatment, replay_prefix
from staycurrent.curated.generated_section import checked_sections
from staycurrent.curated.parser import InlineKind
from staycurrent.curated.spans import Splice, apply_splices, blank_spans, merge_spans
from staycurrent.links.verdict import Flag

_COMPARED = {*InlineKind} - {InlineKind.TEXT, InlineKind.OTHER}
_LINKS = ("markup, link", "markup, image")


class UnsafeRewrite(Exception):
    """A rewrite that would change more than it may; nothing is written.

    `line` is the first one of the old list that would change; 0 where that is not known.
    """

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


class _Feature(NamedTuple):
    """Something that the parser finds in a list, and that must be the same after a rewrite."""

    what: str
    detail: str
    line: int


_Features = Callable[[Document], Iterator[_Feature]]


def prove_rewrite(before: Document, after: Document, flags: Sequence[Flag]) -> None:
    """Raise UnsafeRewrite unless `after` is `before` with these flags, marks and new sections.

    Compared are bytes, links, headings and the structure of blocks and inline markup. `before` has
    no marks outside its generated sections, and no flags but those that cannot be removed.
    """
    if after is not before:
        if _without_ours(before) != _without_ours(after):
            raise UnsafeRewrite(
                "the new list would differ from the old one in more than flags and sections"
            )
        reason = "the rewrite", "put <!-- stay:keep --> there"
        _require_same(before, after, reason, _links, _headings, _blocks, _markup)
    if Counter(found.flag for found in after.own_flags()) != Counter(flags):
        raise UnsafeRewrite("the flags in the new list would not be the flags that were written")


def prove_new_urls(before: Document, after: Document, urls: Mapping[int, str]) -> None:
    """Raise UnsafeRewrite unless `after` is `before` with these URLs, by index of occurrence.

    The bytes around the URLs are not compared: they are copied.
    """
    old = [(each.kind, urls.get(i, each.url)) for i, each in enumerate(before.occurrences)]
    new = [(each.kind, each.url) for each in after.occurrences]
    if old != new or not all(after.occurrences[index].verified for index in urls):
        raise UnsafeRewrite("a new URL would not be read back as it was written")
    reason = "a new URL", "change the URL by hand"
    _require_same(before, after, reason, _headings, _blocks, _markup_without_urls)


_REMOVING = "removing an old flag or mark", "remove the flag or mark there"


def prove_same_links(before: Document, after: Document) -> None:
    """Raise UnsafeRewrite unless removing old flags and marks left every link as it was."""
    _require_same(before, after, _REMOVING, _links)


def prove_same_texts(before: Document, after: Document) -> None:
    """Raise UnsafeRewrite unless removing old flags left every link and every text as it was."""
    _require_same(before, after, _REMOVING, _links, _markup_of_texts)


def prove_same_shape(before: Document, after: Document) -> None:
    """Raise UnsafeRewrite unless links, headings, blocks and inline markup are as they were."""
    reason = "fixing the encoding", "fix that line by hand"
    _require_same(before, after, reason, _links, _blocks, _markup)


def _require_same(
    before: Document, after: Document, reason: tuple[str, str], *kinds: _Features
) -> None:
    """Raise UnsafeRewrite at the first feature that would change; `reason`: why, and what to do."""
    action, advice = reason
    for features in kinds:
        for old, new in zip_longest(features(before), features(after)):
            if old is None or new is None or old[:2] != new[:2]:
                what, detail, line = old or new
                raise UnsafeRewrite(
                    f"{action} would change line {line} ({what} {detail}), so the list is not "
                    f"changed: {advice}, or fix the markup around it",
                    _first_changed(features, before, after),
                )


def _first_changed(features: _Features, before: Document, after: Document) -> int:
    """The line of the first feature that would change or be on another line of people's lines."""
    longer = [
        (new.end_line, new.end_line - new.begin_line - old.end_line + old.begin_line)
        for old, new in zip(before.generated_sections, after.generated_sections, strict=False)
    ]
    now = (
        each._replace(line=each.line - sum(more for end, more in longer if end <= each.line))
        for each in features(after)
    )
    different = (pair for pair in zip_longest(features(before), now) if pair[0] != pair[1])
    return min(each.line for each in next(different) if each is not None)


def _without_ours(document: Document) -> bytes:
    """The bytes of a list without flags and marks, and with empty generated sections."""
    spans = {*document.annotation_spans()}
    spans |= {section.content for section in checked_sections(document.markers)}
    return apply_splices(document.raw, (Splice(span, b"") for span in spans))


def _links(document: Document) -> Iterator[_Feature]:
    for _index, occurrence in document.own_occurrences():
        yield _Feature(f"link, {occurrence.kind}", occurrence.url, occurrence.line)


def _headings(document: Document) -> Iterator[_Feature]:
    for heading in document.headings:
        if not document.is_generated(heading.span.start):
            yield _Feature(f"heading of level {heading.level}", heading.text, heading.line)


def _blocks(document: Document) -> Iterator[_Feature]:
    """Blocks of code and of raw HTML; what stands right below raw HTML belongs to it.

    Raw HTML that a generated section interrupts continues below it, whether the section is empty or
    not.
    """
    ends = {section.content.end for section in document.generated_sections}
    blocks = [(block.span.start, "code") for block in document.markup.code]
    reached = -1
    for block in document.markup.html:
        start, end = block.span
        blocks += [(at, "raw HTML") for at in ends if start < at < end]
        if start != reached or start in ends:
            blocks.append((start, "raw HTML"))
        reached = end
    for start, what in sorted(blocks):
        if not document.is_generated(start):
            yield _Feature("block of", what, document.lines.number(start))


def _markup(document: Document, but: Container[int] = ()) -> Iterator[_Feature]:
    """Every run and the markup in it, without its text."""
    annotations = [found.span for found in document.flags]
    annotations += [span for mark in document.marks for span in mark.spans]
    ours = merge_spans(annotations)
    to_snapshots = {mark.offset for mark in document.marks if mark.treatment is Treatment.SNAPSHOT}
    for run in document.markup.runs:
        if run.start in but or document.is_generated(run.start):
            continue
        line = document.lines.number(run.start)
        level = f"heading of level {run.heading_level}" if run.heading_level else ""
        yield _Feature(
            "text of a", level or ("cell" if run.in_table else "paragraph or item"), line
        )
        for node in run.nodes:
            if node.kind not in _COMPARED or ours.enclosing(node.start + 1) is not None:
                continue
            detail = node.text
            if node.link_type:
                prefix = replay_prefix(node.url) if node.start in to_snapshots else ""
                detail = f"{node.link_type} {node.url.removeprefix(prefix)}"
            yield _Feature(f"markup, {node.kind}", detail, line)


def _markup_of_texts(document: Document) -> Iterator[_Feature]:
    """The runs that have more than flags and tags, and their markup."""
    runs = document.markup.runs
    tags = (node.span for node in document.markup.nodes if node.kind is InlineKind.HTML)
    ours = (found.span for found in document.flags)
    text = blank_spans(document.markup.clean, (*ours, *tags))
    return _markup(document, {run.start for run in runs if not text[run.start : run.end].strip()})


def _markup_without_urls(document: Document) -> Iterator[_Feature]:
    for what, detail, line in _markup(document):
        yield _Feature(what, detail.split(" ")[0] if what in _LINKS else detail, line)
