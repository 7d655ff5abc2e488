"""New bytes for a list: sets flags, marks, URLs and generated sections, and changes no more.

It takes them out again, and matches flags to their links. Mojibake is fixed with a proof of its
own.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from re import compile as pattern
from typing import Final, NamedTuple

from staycurrent.curated.document import Document, parse
from staycurrent.curated.escaping import find_mojibake
from staycurrent.curated.flags import (
    SNAPSHOT_COMMENT,
    STRUCK_COMMENT,
    TILDES,
    FlagPlace,
    FlagStyle,
    FoundFlag,
    Treatment,
    can_apply,
    format_flag,
    may_open_strike,
    replay_prefix,
    without_breaks,
)
from staycurrent.curated.generated_section import (
    BadMarkers,
    checked_sections,
    replace_section,
    section_text,
)
from staycurrent.curated.link_syntax import encode_destination
from staycurrent.curated.occurrence import Occurrence
from staycurrent.curated.parser import InlineKind
from staycurrent.curated.proof import (
    UnsafeRewrite,
    prove_new_urls,
    prove_rewrite,
    prove_same_links,
    prove_same_shape,
    prove_same_texts,
    safe_edits,
)
from staycurrent.curated.spans import Span, Splice, apply_splices, insertion, merge_spans
from staycurrent.links.verdict import Flag, FlagState

_SECTION_NAME: Final = pattern(r"[A-Za-z0-9_.-]+")


@dataclass(frozen=True, slots=True)
class LinkEdits:
    """What to do to links in addition to flagging them, by index in `document.occurrences`."""

    struck: frozenset[int] = frozenset()
    """Links to strike out; others that we struck out are restored."""
    snapshots: Mapping[int, str] = field(default_factory=dict)
    """Links to point to these snapshots; others that we pointed to one are restored."""
    urls: Mapping[int, str] = field(default_factory=dict)
    """Permanent new URLs; the links then need no flag."""


class _Edit(NamedTuple):
    """What is written or left out as a whole: a flag, or the marks of links with one URL."""

    after: tuple[Splice, ...]
    """After links, and before what begins there."""
    before: tuple[Splice, ...] = ()
    flag: Flag | None = None


class _NewUrl(NamedTuple):
    """A new URL at a destination."""

    splice: Splice
    indexes: tuple[int, ...]
    """Of the occurrences with that destination: several if it is in a definition."""


def rewrite(
    document: Document,
    *,
    flags: Mapping[int, Flag],
    style: FlagStyle,
    sections: Mapping[str, str],
    edits: LinkEdits | None = None,
) -> bytes:
    r"""The list with exactly these flags, marks and generated sections, and with new URLs.

    `flags` is keyed by index in `document.occurrences`; `sections` is the new text by name, with
    `\n` line endings. Existing flags and marks that are not given are removed. A flag, a mark or a
    URL is left out if it cannot be written there, or if it would change what the markup around it
    means; a link whose new URL is left out keeps its flag.

    Raises BadMarkers if markers are wrong or a section is missing, and UnsafeRewrite if the proof
    fails even without any flag: nothing but what is given here may differ.
    """
    checked_sections(document.markers)
    edits = edits or LinkEdits()
    bare, by_offset = flags_by_offset(document)
    stripped, moved = _replace_urls(bare, edits.urls)
    section_edits = [
        replace_section(stripped.lines, stripped.generated_section(name), body)
        for name, body in sections.items()
    ]

    def proved(some: Sequence[_Edit]) -> bytes:
        """The list with these edits; raises UnsafeRewrite if they change more than they may."""
        marks_first = sorted(some, key=lambda edit: edit.flag is not None)
        after = (splice for edit in marks_first for splice in edit.after)
        before = (splice for edit in marks_first for splice in edit.before)
        raw = apply_splices(stripped.raw, (*after, *before, *section_edits))
        # in most runs nothing changes
        new = document if raw == document.raw else parse(raw)
        remaining = (found.flag for found in stripped.own_flags())
        written = (edit.flag for edit in some if edit.flag is not None)
        prove_rewrite(stripped, new, [*remaining, *written])
        if some and stripped.annotation_spans():
            bare_again = apply_splices(stripped.raw, section_edits)
            if strip_annotations(new).raw != bare_again:
                raise UnsafeRewrite("what is written could not be removed again")
        return raw

    flag_edits = _flag_edits(
        stripped,
        {index: flag for index, flag in flags.items() if index not in moved},
        style,
        _wrapped_flags(document, bare, by_offset, style.place),
    )
    strikes = _strike_edits(stripped, edits.struck)
    all_edits = (*flag_edits, *strikes, *_snapshot_edits(document, stripped, edits.snapshots))
    offsets = [edit.after[0].span.start for edit in all_edits]
    return safe_edits(stripped, all_edits, offsets, proved)[0]


def append_section(raw: bytes, name: str, body: str) -> bytes:
    """Append a section at the end of a list.

    The list ends with a newline afterwards if it did before. Raises BadMarkers if the list has
    the section already, or ends inside a block that would contain it.
    """
    if _SECTION_NAME.fullmatch(name) is None:
        raise BadMarkers(
            f"{name!r} is not a valid section name: use letters, digits, `_`, `.` and `-`"
        )
    before = parse(raw)
    if any(marker.name == name for marker in before.markers):
        raise BadMarkers(f"the list already has markers of a section {name!r}: nothing is appended")
    line_end = before.lines.newline
    appended = f"<!-- stay:begin {name} -->\n{section_text(body)}<!-- stay:end {name} -->"
    ends_with_newline = not raw or raw.endswith((b"\n", b"\r"))
    gap = (b"" if not raw else line_end) if ends_with_newline else line_end * 2
    after = raw + gap + appended.encode().replace(b"\n", line_end)
    if ends_with_newline:
        after += line_end
    names = [marker.name for marker in parse(after).markers]
    if names != [*(marker.name for marker in before.markers), name, name]:
        last_line = before.lines.number(len(raw))
        raise BadMarkers(
            f"section {name!r} cannot be appended: the list ends inside a block of code or raw "
            f"HTML that is never closed (line {last_line}), or the text contains markers"
        )
    return after


def _replace_urls(document: Document, urls: Mapping[int, str]) -> tuple[Document, frozenset[int]]:
    """The list with new URLs, by index of occurrence, and those that could be written safely.

    A link keeps its URL if its destination is not verified or is shared with a link that keeps
    it, in a generated section, and if the new one would change what the markup around it means.
    The order of occurrences does not change.
    """
    edits: list[_NewUrl] = []
    for indexes in _sharing_destination(document, urls):
        occurrence = document.occurrences[indexes[0]]
        text = encode_destination(document.raw, occurrence, urls[indexes[0]])
        if text is not None:
            edits.append(_NewUrl(Splice(occurrence.destination, text), indexes))
    if not edits:
        return document, frozenset()

    def proved(some: Sequence[_NewUrl]) -> Document:
        new = parse(apply_splices(document.raw, (edit.splice for edit in some)))
        written = {index: urls[index] for edit in some for index in edit.indexes}
        prove_new_urls(document, new, written)
        return new

    offsets = [edit.splice.span.start for edit in edits]
    new, safe = safe_edits(document, edits, offsets, proved)
    return new, frozenset(index for edit in safe for index in edit.indexes)


def _sharing_destination(document: Document, urls: Mapping[int, str]) -> Iterator[tuple[int, ...]]:
    """The occurrences at each destination that may be edited and gets one URL from all of them.

    Reference links share the destination of their definition.
    """
    sharing: defaultdict[Span, list[int]] = defaultdict(list)
    for index, occurrence in enumerate(document.occurrences):
        sharing[occurrence.destination].append(index)
    for destination, indexes in sharing.items():
        new = {urls.get(index) for index in indexes}
        if len(new) == 1 and None not in new and not document.is_generated(destination.start):
            occurrences = [document.occurrences[index] for index in indexes]
            if all(each.verified and each.generated_section is None for each in occurrences):
                yield tuple(indexes)


def _wrapped_flags(
    document: Document,
    bare: Document,
    by_offset: Mapping[int, Sequence[FoundFlag]],
    place: FlagPlace,
) -> dict[tuple[int, bytes], bytes]:
    """The flags that a formatter has broken over lines, by their link and their bytes on one."""
    return {
        (index, one_line): written
        for index, one in enumerate(bare.occurrences if by_offset else ())
        for offset in [one.flag_offset if place == "link" else one.entry_flag_offset]
        for found in by_offset.get(offset or -1, ())
        for written in [document.raw[slice(*found.span)]]
        if (one_line := without_breaks(written)) != written
    }


def _flag_edits(
    stripped: Document,
    flags: Mapping[int, Flag],
    style: FlagStyle,
    wrapped: Mapping[tuple[int, bytes], bytes],
) -> tuple[_Edit, ...]:
    """The flags in order; links with the same anchor share a flag of one state.

    One that could not be removed stands for the nearest link of its entry, which gets no second
    one; a formatter's line breaks stay.
    """
    anchors: dict[int, int] = {}
    for index in sorted(flags):
        occurrence = stripped.occurrences[index]
        at = occurrence.flag_offset if style.place == "link" else occurrence.entry_flag_offset
        if at is not None and occurrence.can_carry_flag:
            anchors[index] = at
    remaining: set[tuple[int, FlagState]] = set()
    for (start, end), state in ((found.span, found.flag.state) for found in stripped.own_flags()):
        near = (
            (max(link.link_span.start - end, start - link.link_span.end), at)
            for index, at in anchors.items()
            for link in [stripped.occurrences[index]]
            if flags[index].state == state
            and stripped.lines.number(start) in stripped.entry_lines(link)
        )
        remaining |= {(at, state) for _, at in sorted(near)[:1]}
    by_anchor: dict[tuple[int, FlagState], Flag] = {}
    texts: dict[tuple[int, bytes], bytes] = {}
    for index, at in anchors.items():
        flag = flags[index]
        if (at, flag.state) in remaining:
            continue
        before = by_anchor.get((at, flag.state), flag)
        by_anchor[at, flag.state] = min(before, flag, key=lambda each: each.since)
        text = format_flag(flag, style)
        texts.setdefault((at, text), wrapped.get((index, text), text))
    found = sorted(by_anchor.items(), key=lambda item: item[0][0])
    return tuple(
        _Edit((insertion(at, texts[at, format_flag(flag, style)]),), flag=flag)
        for (at, _state), flag in found
    )


def _strike_edits(document: Document, struck: frozenset[int]) -> Iterator[_Edit]:
    """What strikes links out, in order; what people struck out is left alone.

    So is a text in which GitHub may show their tildes: ours would close them.
    """
    left_alone = merge_spans(
        node.span if may_open_strike(document.raw, node.start) else run.span
        for run in document.markup.runs
        for node in run.nodes
        if node.kind is InlineKind.STYLE and document.raw.startswith(b"~", node.start)
    )
    for index in sorted(struck):
        occurrence = document.occurrences[index]
        is_free = left_alone.enclosing(occurrence.link_span.start) is None
        if is_free and _can_mark(Treatment.STRUCK, document, occurrence):
            start, end = occurrence.link_span
            closing = insertion(end, TILDES + STRUCK_COMMENT)
            yield _Edit((closing,), (insertion(start, TILDES),))


def _snapshot_edits(
    marked: Document, document: Document, snapshots: Mapping[int, str]
) -> Iterator[_Edit]:
    """What points links to their snapshots; links with one destination only together.

    The snapshot that a link is `marked` with is kept: a later one is not a reason for a change.
    """
    current = {
        mark.offset: marked.raw[slice(*mark.spans[0])].decode()
        for mark in marked.marks
        if mark.treatment is Treatment.SNAPSHOT
    }
    snapshots = {
        index: current.get(marked.occurrences[index].link_span.start, url)
        for index, url in snapshots.items()
    }
    markable = {
        each for each in document.occurrences if _can_mark(Treatment.SNAPSHOT, document, each)
    }
    at_offset = Counter(occurrence.flag_offset for occurrence in markable)
    for indexes in _sharing_destination(document, snapshots):
        sharing = [document.occurrences[index] for index in indexes]
        prefix = replay_prefix(snapshots[indexes[0]]).encode()
        # with several links in an HTML anchor, the comment would not say which one it belongs to
        is_clear = all(each in markable and at_offset[each.flag_offset] == 1 for each in sharing)
        if is_clear and prefix:
            offsets = (each.flag_offset for each in sharing if each.flag_offset is not None)
            comments = tuple(insertion(offset, SNAPSHOT_COMMENT) for offset in offsets)
            yield _Edit(comments, (insertion(sharing[0].destination.start, prefix),))


def _can_mark(treatment: Treatment, document: Document, occurrence: Occurrence) -> bool:
    is_free = occurrence.verified and occurrence.can_carry_flag
    return is_free and can_apply(treatment, document.raw, occurrence)


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
    markup = document.markup
    verbatim = (InlineKind.CODE, InlineKind.HTML)
    untouched = merge_spans(
        (
            *(node.span for node in markup.nodes if node.kind in verbatim),
            *(block.span for block in markup.code),
            *(occurrence.destination for occurrence in document.occurrences),
            *(definition.destination for definition in document.definitions),
            *(section.content for section in document.generated_sections),
            markup.front_matter,
        )
    )
    edits = [
        Splice(damage.span, damage.meant.encode())
        for damage in find_mojibake(document.raw)
        if not untouched.overlaps(damage.span)
    ]
    if not edits:
        return EncodingFix(document.raw, 0, ())
    after = parse(apply_splices(document.raw, edits))
    prove_same_shape(document, after)
    slugs = (
        (old.line, old.slug, new.slug)
        for old, new in zip(document.headings, after.headings, strict=True)
        if old.slug != new.slug
    )
    return EncodingFix(after.raw, len(edits), tuple(slugs))


def strip_annotations(document: Document) -> Document:
    """The list as people wrote it; raises UnsafeRewrite if removing our marks changes a link.

    Annotations inside a generated section belong to the section and stay. So do flags that a
    person moved to where removing them would change the markup around them.
    """
    return _strip_annotations(document)[0]


def stuck_annotations(document: Document) -> list[Span]:
    """The flags and marks that `strip_annotations` leaves; none if it refuses the list."""
    with suppress(UnsafeRewrite):
        return sorted({*document.annotation_spans()}.difference(_strip_annotations(document)[1]))
    return []


@lru_cache(maxsize=2)  # several stages of a run ask for the flags of a list, before and after it
def _strip_annotations(document: Document) -> tuple[Document, Sequence[Span]]:
    """The list as people wrote it, and the spans of what was removed."""
    spans = document.annotation_spans()
    if not spans:
        return document, spans

    def without(some: Sequence[Span]) -> Document:
        edits = (Splice(span, b"") for span in some)
        return parse(apply_splices(document.raw, edits)) if some else document

    def proved(before: Document, some: Sequence[Span], left: int) -> Document:
        stripped = without(some)
        prove_same_texts(before, stripped)
        if len(stripped.annotation_spans()) != left:
            raise UnsafeRewrite("what is left of a flag would become a flag once more")
        return stripped

    links = {span for mark in document.marks if len(mark.spans) > 1 for span in mark.spans}
    marks, others = sorted(links.intersection(spans)), sorted({*spans} - links)
    if marks:
        with suppress(UnsafeRewrite):
            return proved(document, spans, 0), spans
    unmarked = without(marks)
    prove_same_links(document, unmarked)
    offsets = [span.start for span in others]
    count = len(unmarked.annotation_spans())
    stripped, safe = safe_edits(
        document,
        others,
        offsets,
        lambda some: proved(unmarked, (*marks, *some), count - len(some)),
    )
    return stripped, sorted((*marks, *safe))


def match_flags(document: Document, *places: FlagPlace) -> Mapping[int, frozenset[Flag]]:
    """The flags of each occurrence that has any, by its index, as set with one of these styles.

    Occurrences with the same anchor share its flags, as they do when flags are written. Empty if
    stripping would change which links there are.
    """
    try:
        stripped, by_offset = flags_by_offset(document)
    except UnsafeRewrite:
        return {}
    matched: dict[int, frozenset[Flag]] = {}
    for index, occurrence in enumerate(stripped.occurrences if by_offset else ()):
        offsets = {"link": occurrence.flag_offset, "end": occurrence.entry_flag_offset}
        at = [by_offset.get(offsets[place] or -1, ()) for place in places]
        if any(at):
            matched[index] = frozenset(found.flag for each in at for found in each)
    return matched


def flags_by_offset(document: Document) -> tuple[Document, Mapping[int, Sequence[FoundFlag]]]:
    """The stripped list, and the flags by offset in it, the same as when they were set."""
    flags = {found.span: found for found in document.own_flags()}
    by_offset: defaultdict[int, list[FoundFlag]] = defaultdict(list)
    stripped, spans = _strip_annotations(document)
    gone, removed = {*spans}, 0
    for span in document.annotation_spans():
        if span in flags:
            by_offset[span.start - removed].append(flags[span])
        removed += span.end - span.start if span in gone else 0
    return stripped, by_offset
