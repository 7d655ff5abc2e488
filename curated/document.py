"""A parsed list: every use of a link, and everything of ours in it, with exact byte spans."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from staycurrent.curated.anchors import Anchors, find_anchors
from staycurrent.curated.directives import Directive, Directives, read_directives
from staycurrent.curated.entry_names import EntryNames
from staycurrent.curated.flags import FoundFlag, Mark, find_flags, is_mark, read_marks
from staycurrent.curated.generated_section import (
    GeneratedSection,
    SectionMarker,
    find_markers,
    find_section,
    well_formed_sections,
)
from staycurrent.curated.headings import find_fragment_targets, find_headings, section_paths
from staycurrent.curated.html_tags import html_tags
from staycurrent.curated.link_syntax import ParsedLink, find_definitions, find_links
from staycurrent.curated.occurrence import Definition, Heading, LinkKind, Occurrence
from staycurrent.curated.parser import Markup, read_markup
from staycurrent.curated.spans import (
    LineIndex,
    Span,
    SpanSet,
    blank_spans,
    merge_spans,
)

MAX_CACHED = 16
"""Documents that `parse_cached` keeps; each takes about twenty times the bytes of its list."""


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A parsed list; all spans count bytes of `raw`."""

    raw: bytes
    occurrences: tuple[Occurrence, ...]
    """Every use of a link, in the order of the list; an image comes before the link around it."""
    headings: tuple[Heading, ...]
    definitions: tuple[Definition, ...]
    fragment_targets: frozenset[str]
    """What a fragment may point to: slugs of headings, `id` and `name` of raw HTML."""
    flags: tuple[FoundFlag, ...]
    marks: tuple[Mark, ...]
    """Links that we struck out or linked to a snapshot; their occurrences have the original URL.

    Also what is left of one."""
    directives: tuple[Directive, ...]
    """Including those that apply to no link."""
    markers: tuple[SectionMarker, ...]
    generated_sections: tuple[GeneratedSection, ...]
    """Those with unambiguous markers; `generated_section` explains what is wrong with others."""
    lines: LineIndex
    markup: Markup
    """What the parser found; for this package only."""
    comments: SpanSet
    """Those of its raw HTML."""

    @property
    def title(self) -> str:
        """The text of the first heading of level 1; empty if there is none."""
        return next((each.text for each in self.headings if each.level == 1), "")

    def generated_section(self, name: str) -> GeneratedSection:
        """The generated section of that name; raises BadMarkers unless there is exactly one."""
        return find_section(self.markers, name)

    def is_generated(self, offset: int) -> bool:
        """Whether a byte is inside a generated section."""
        return _section_at(self.generated_sections, offset) is not None

    def entry_lines(self, occurrence: Occurrence) -> range:
        """The lines of a link's entry; a flag may have one of them for itself."""
        end = occurrence.entry_flag_offset or occurrence.link_span.end
        return range(self.lines.number(occurrence.entry_start), self.lines.number(end) + 1)

    def own_occurrences(self) -> Iterator[tuple[int, Occurrence]]:
        """What people wrote: the occurrences outside generated sections, with their indexes."""
        for index, occurrence in enumerate(self.occurrences):
            if occurrence.generated_section is None:
                yield index, occurrence

    def own_flags(self) -> list[FoundFlag]:
        """The flags outside generated sections; those inside are replaced with their section."""
        return [found for found in self.flags if not self.is_generated(found.span.start)]

    def annotation_spans(self) -> tuple[Span, ...]:
        """The bytes of our flags and marks outside generated sections, in order."""
        spans = {found.span for found in self.own_flags()}
        for mark in self.marks:
            if not self.is_generated(mark.offset):
                spans.update(mark.spans)
        return tuple(sorted(spans))


def parse(raw: bytes) -> Document:
    """Parse any bytes as a list; never raises."""
    markup = read_markup(raw)
    tags = html_tags(markup)
    comments = [tag for tag in tags.values() if tag.is_comment]
    markers = find_markers(markup, comments)
    sections = well_formed_sections(markers)
    headings = find_headings(markup, tags.values())
    definitions = find_definitions(markup)
    links = find_links(markup, tags, definitions)
    mark_comments = [tag for tag in comments if is_mark(raw, tag)]
    bare = merge_spans(link.destination for link in links if link.kind is LinkKind.BARE)
    anchors = find_anchors(markup, tags, mark_comments, bare)
    directives = read_directives(markup, comments)
    flags = find_flags(markup, comments)
    flag_spans = merge_spans(flag.span for flag in flags)
    unflagged = blank_spans(markup.clean, flag_spans.spans)
    names = EntryNames(unflagged, markup, [*tags.values()], anchors.wrappers, flag_spans)
    found = _occurrences(markup, links, anchors, names, headings, directives, sections)
    occurrences, marks = read_marks(markup, mark_comments, flags, found)
    return Document(
        raw=raw,
        occurrences=occurrences,
        headings=headings,
        definitions=tuple(definitions.values()),
        fragment_targets=find_fragment_targets(headings, tags.values()),
        flags=flags,
        marks=marks,
        directives=directives.all,
        markers=markers,
        generated_sections=sections,
        lines=markup.lines,
        markup=markup,
        comments=merge_spans(comment.span for comment in comments),
    )


@lru_cache(maxsize=MAX_CACHED)
def parse_cached(raw: bytes) -> Document:
    """As `parse`, but keeps the latest documents: every stage of a run reads the same lists."""
    return parse(raw)


def _occurrences(
    markup: Markup,
    links: Sequence[ParsedLink],
    anchors: Anchors,
    names: EntryNames,
    headings: Sequence[Heading],
    directives: Directives,
    sections: Sequence[GeneratedSection],
) -> Iterator[Occurrence]:
    """The uses of these links, in order."""
    lines, paths = markup.lines, section_paths(headings)
    positions = lines.positions(link.link_span.start for link in links)
    for link in links:
        start, end = link.link_span
        position = positions[start]
        text = names.text(link)
        destination = slice(*link.destination)
        # bytes that the parser saw replaced (NUL, invalid UTF-8) are never edited
        is_verified = link.verified and markup.raw[destination] == markup.clean[destination]
        flag_offset = anchors.after_link(link) if is_verified else None
        on_lines = range(position.line, lines.number(max(start, end - 1)) + 1)
        yield Occurrence(
            url=link.url,
            kind=link.kind,
            destination=link.destination,
            verified=is_verified,
            link_span=link.link_span,
            flag_offset=flag_offset,
            entry_start=anchors.entry_start(link),
            entry_flag_offset=anchors.after_entry(link, flag_offset),
            title=names.name(link, text),
            text=text,
            section=paths[bisect_right(headings, start, key=lambda each: each.span.start)],
            line=position.line,
            column=position.column,
            directives=directives.at(start, on_lines),
            generated_section=_section_at(sections, start),
        )


def _section_at(sections: Sequence[GeneratedSection], offset: int) -> str | None:
    index = bisect_right(sections, offset, key=lambda each: each.content.start) - 1
    section = sections[index] if index >= 0 else None
    return section.name if section and offset < section.content.end else None
