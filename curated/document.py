"""A list as the checker and the rewrite see it: every use of a link, with exact bytes."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from staycurrent.curated.anchors import Anchors, find_anchors
from staycurrent.curated.directives import Directives, read_directives
from staycurrent.curated.entries import EntryNames, index_entries
from staycurrent.curated.flags import FoundFlag, find_flags
from staycurrent.curated.generated_section import (
    GeneratedSection,
    SectionMarker,
    find_markers,
    find_section,
    well_formed_sections,
)
from staycurrent.curated.headings import HeadingPaths, find_fragment_targets, find_headings
from staycurrent.curated.html_tags import HtmlTag, is_comment
from staycurrent.curated.html_tags import html_tags as all_tags
from staycurrent.curated.link_syntax import (
    Definitions,
    ParsedLink,
    find_definition_destination,
    fold_label,
    is_verified,
    links_in_run,
    links_in_tag,
)
from staycurrent.curated.marks import (
    Mark,
    Treatment,
    can_apply,
    find_struck_links,
    is_mark,
    snapshot_mark,
    snapshot_prefix,
)
from staycurrent.curated.markup import Markup
from staycurrent.curated.occurrence import Definition, Directive, Heading, LinkKind, Occurrence
from staycurrent.curated.parser import read_markup
from staycurrent.curated.spans import (
    LineIndex,
    Position,
    Span,
    index_lines,
    line_ending,
    merge_spans,
)

MAX_CACHED = 32
"""Documents that `parsed` remembers, ..."""
MAX_CACHED_BYTES = 4_000_000
"""... if they are no larger together; taken apart, a list takes twenty times its bytes."""


@dataclass(frozen=True, slots=True)
class Document:
    """A list, taken apart; every span counts bytes of `raw`."""

    raw: bytes
    occurrences: tuple[Occurrence, ...]
    """Every use of a link, in the order of the list; an image before the link around it."""
    headings: tuple[Heading, ...]
    definitions: tuple[Definition, ...]
    fragment_targets: frozenset[str]
    """What a fragment may point to: anchors of headings, `id` and `name` of raw HTML."""
    flags: tuple[FoundFlag, ...]
    marks: tuple[Mark, ...]
    """Links that we struck out or led to their snapshots; their places tell what people wrote."""
    directives: tuple[Directive, ...]
    """Comments that command, also those that no link hears."""
    markers: tuple[SectionMarker, ...]
    generated_sections: tuple[GeneratedSection, ...]
    """The generated parts that are beyond doubt; `part` says what is wrong with others."""
    newline: bytes
    """The line end that the document begins with."""
    lines: LineIndex
    markup: Markup
    """What the parser saw, for this room's own use."""

    def generated_section(self, name: str) -> GeneratedSection:
        """The generated part of that name; raises BadMarkers where there is not exactly one."""
        return find_section(self.markers, name)

    def is_generated(self, offset: int) -> bool:
        """Whether a byte stands in a generated part."""
        return _part_at(self.generated_sections, offset) is not None


def parse(raw: bytes) -> Document:
    """Take a list apart; any bytes whatever, never raises."""
    markup, where = read_markup(raw), index_lines(raw)
    tags = all_tags(markup)
    remarks = [tag for tag in tags.values() if is_comment(tag)]
    found_markers = find_markers(raw, markup, remarks, where)
    parts = well_formed_sections(found_markers)
    headings = find_headings(markup, tags.values(), where)
    definitions = _definitions(markup)
    uses = _uses(markup, tags, definitions)
    marks = [tag for tag in remarks if is_mark(raw, tag)]
    bare = merge_spans(use.destination for use in uses if use.kind is LinkKind.BARE)
    spots = find_anchors(markup, tags, where, marks, bare)
    ordered = read_directives(raw, remarks, where)
    surroundings = _Surroundings(
        raw=raw,
        clean=markup.clean,
        lines=where,
        standing=spots,
        names=index_entries(markup.clean, where, markup.runs, tags.values(), spots.wraps),
        sections=HeadingPaths(headings),
        commands=ordered,
        parts=parts,
    )
    places, led = surroundings.places(uses)
    return Document(
        raw=raw,
        occurrences=places,
        headings=headings,
        definitions=_with_lines(markup, definitions, uses, where),
        fragment_targets=find_fragment_targets(headings, tags.values()),
        flags=find_flags(raw, remarks),
        marks=(*find_struck_links(raw, markup.runs, remarks), *led),
        directives=ordered.all,
        markers=found_markers,
        generated_sections=parts,
        newline=line_ending(raw),
        lines=where,
        markup=markup,
    )


def parse_cached(raw: bytes) -> Document:
    """As `parse`; a list in which nothing changes is taken apart once, its proof included.

    Every stage of a night reads every list: with fewer kept than there are, none is found again.
    The last one is kept however large it is.
    """
    found = _kept.pop(raw, None) or parse(raw)
    _kept[raw] = found
    while len(_kept) > MAX_CACHED or (len(_kept) > 1 and sum(map(len, _kept)) > MAX_CACHED_BYTES):
        del _kept[next(iter(_kept))]
    return found


_kept: dict[bytes, Document] = {}
"""What `parsed` was asked for, the latest last."""


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What turns the use of a link into its place in the list."""

    raw: bytes
    clean: bytes
    lines: LineIndex
    standing: Anchors
    names: EntryNames
    sections: HeadingPaths
    commands: Directives
    parts: tuple[GeneratedSection, ...]

    def places(self, uses: Sequence[ParsedLink]) -> tuple[tuple[Occurrence, ...], list[Mark]]:
        """The place of each use, and the marks of those that lead to snapshots."""
        positions = self.lines.positions(use.link_span.start for use in uses)
        places = [self._place(use, positions[use.link_span.start]) for use in uses]
        marks: list[Mark] = []
        for index, place in enumerate(places):
            before = self._replay_before(place)
            if before:
                places[index] = _original(place, before)
                marks.append(snapshot_mark(places[index], len(before)))
        return tuple(places), marks

    def _replay_before(self, place: Occurrence) -> bytes:
        if not can_apply(Treatment.SNAPSHOT, self.raw, place.kind, place.link_span):
            return b""
        return snapshot_prefix(self.raw, place.url, place.destination, place.flag_offset)

    def _place(self, use: ParsedLink, position: Position) -> Occurrence:
        start, end = use.link_span
        text = self.names.text(use)
        # what the parser was not shown as it stands (NUL, broken UTF-8) is never edited
        is_intact = self.raw[slice(*use.destination)] == self.clean[slice(*use.destination)]
        is_proved = use.verified and is_intact
        after = self.standing.after_link(use) if is_proved else None
        lines_of_use = range(position.line, self.lines.number(max(start, end - 1)) + 1)
        return Occurrence(
            url=use.url,
            kind=use.kind,
            destination=use.destination,
            verified=is_proved,
            link_span=use.link_span,
            flag_offset=after,
            entry_start=self.standing.entry_start(use),
            entry_flag_offset=self.standing.after_entry(use, after),
            title=self.names.name(use, text),
            text=text,
            section=self.sections.path(start),
            line=position.line,
            column=position.column,
            directives=self.commands.at(start, lines_of_use),
            generated_section=_part_at(self.parts, start),
        )


def _part_at(parts: Sequence[GeneratedSection], offset: int) -> str | None:
    index = bisect_right(parts, offset, key=lambda each: each.content.start) - 1
    found = parts[index] if index >= 0 else None
    return found.name if found and offset < found.content.end else None


def _original(place: Occurrence, before: bytes) -> Occurrence:
    """The place as a person wrote it, without what leads to the snapshot."""
    url = place.url[len(before) :]
    is_short = place.kind is LinkKind.BARE and "://" not in url
    start, end = place.destination
    return replace(
        place, url=f"http://{url}" if is_short else url, destination=Span(start + len(before), end)
    )


def _uses(
    markup: Markup, tags: Mapping[int, HtmlTag], definitions: Definitions
) -> list[ParsedLink]:
    clean = markup.clean
    found = [use for run in markup.runs for use in links_in_run(clean, run, tags, definitions)]
    starts = sorted(tags)
    for block in markup.html:
        within = starts[bisect_left(starts, block.span.start) : bisect_left(starts, block.span.end)]
        for start in within:
            found += links_in_tag(clean, tags[start], block, tags[start].span.end)
    found.sort(key=lambda use: use.order)
    return found


def _definitions(markup: Markup) -> dict[str, tuple[Span, bool]]:
    """Folded label to the destination's bytes, and whether they are proved to mean the address."""
    found: dict[str, tuple[Span, bool]] = {}
    for reference in markup.references:
        span = find_definition_destination(markup.clean, reference)
        is_proved = is_verified(markup.clean, span, reference.url, in_row=False)
        found.setdefault(fold_label(reference.label), (span or reference.span, is_proved))
    return found


def _with_lines(
    markup: Markup, definitions: Definitions, uses: Sequence[ParsedLink], where: LineIndex
) -> tuple[Definition, ...]:
    used = {use.destination for use in uses}
    spans = ((each, definitions[fold_label(each.label)][0]) for each in markup.references)
    return tuple(
        Definition(each.label, each.url, span, where.number(each.span.start), span in used)
        for each, span in spans
    )
