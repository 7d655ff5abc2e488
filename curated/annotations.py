"""Our annotations of a list, flags and marks: removed from it, or matched to their links."""

from collections import defaultdict
from collections.abc import Mapping

from staycurrent.curated.document import Document, parse
from staycurrent.curated.flags import FlagPlace, Treatment
from staycurrent.curated.parser import InlineKind
from staycurrent.curated.proof import UnsafeRewrite, prove_same_links
from staycurrent.curated.spans import Span, SpanSet, Splice, apply_splices, merge_spans
from staycurrent.links.verdict import Flag


def strip_annotations(document: Document) -> Document:
    """The list as people wrote it; raises UnsafeRewrite if removing our bytes changes a link.

    Annotations inside a generated section belong to the section and stay.
    """
    spans = document.annotation_spans()
    if not spans:
        return document
    stripped = parse(apply_splices(document.raw, (Splice(span, b"") for span in spans)))
    prove_same_links(document, stripped)
    return stripped


def current_snapshots(document: Document) -> Mapping[int, str]:
    """The replay prefixes of links that already point to a snapshot, by index of occurrence."""
    prefixes = {
        mark.offset: document.raw[slice(*mark.spans[0])].decode()
        for mark in document.marks
        if mark.treatment is Treatment.SNAPSHOT
    }
    return {
        index: prefixes[occurrence.link_span.start]
        for index, occurrence in enumerate(document.occurrences)
        if occurrence.link_span.start in prefixes
    }


def struck_spans(document: Document) -> SpanSet:
    """What is struck out in a document."""
    return merge_spans(
        Span(node.start, node.end)
        for run in document.markup.runs
        for node in run.nodes
        if node.kind is InlineKind.STYLE and document.raw.startswith(b"~", node.start)
    )


def match_flags(document: Document, *places: FlagPlace) -> Mapping[int, frozenset[Flag]]:
    """The flags of each occurrence that has any, by its index, as set with one of these styles.

    Occurrences with the same anchor share its flags, as they do when flags are written. Offsets
    are compared in the stripped list, where they are what they were when the flags were set. Empty
    if stripping would change which links there are.
    """
    flags = {found.span: found.flag for found in document.own_flags()}
    if not flags:
        return {}
    try:
        stripped = strip_annotations(document)
    except UnsafeRewrite:
        return {}
    by_offset: defaultdict[int | None, set[Flag]] = defaultdict(set)
    removed = 0
    for span in document.annotation_spans():
        if span in flags:
            by_offset[span.start - removed].add(flags[span])
        removed += span.end - span.start
    matched: dict[int, frozenset[Flag]] = {}
    for index, occurrence in enumerate(stripped.occurrences):
        offsets = {"link": occurrence.flag_offset, "end": occurrence.entry_flag_offset}
        found = frozenset().union(*(by_offset.get(offsets[place], ()) for place in places))
        if found:
            matched[index] = found
    return matched
