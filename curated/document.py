"""A list as the checker and the rewrite see it: every use of a link, with exact bytes."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from staycurrent.curated.commands import Commands, commands
from staycurrent.curated.comments import tags as all_tags
from staycurrent.curated.entries import Names, names
from staycurrent.curated.flags import FoundFlag, found_flags
from staycurrent.curated.headings import Sections, headings_of, targets
from staycurrent.curated.locate import definition, verified
from staycurrent.curated.marks import (
    Mark,
    Treatment,
    can_be,
    is_mark,
    replay_before,
    snapshot_mark,
    struck_out,
)
from staycurrent.curated.markup import Markup
from staycurrent.curated.parser import read
from staycurrent.curated.parts import Marker, Part, markers, part, well_formed
from staycurrent.curated.place import Definition, Heading, Kind, Order, Place
from staycurrent.curated.raw_html import Tag, is_comment
from staycurrent.curated.spans import Lines, Position, Span, lines, newline, zones
from staycurrent.curated.standing import Standing, standing
from staycurrent.curated.uses import Definitions, Use, fold, uses_of_run, uses_of_tag

KEPT = 32
"""Documents that `parsed` remembers, ..."""
KEPT_BYTES = 4_000_000
"""... if they are no larger together; taken apart, a list takes twenty times its bytes."""


@dataclass(frozen=True, slots=True)
class Document:
    """A list, taken apart; every span counts bytes of `raw`."""

    raw: bytes
    places: tuple[Place, ...]
    """Every use of a link, in the order of the list; an image before the link around it."""
    headings: tuple[Heading, ...]
    definitions: tuple[Definition, ...]
    targets: frozenset[str]
    """What a fragment may point to: anchors of headings, `id` and `name` of raw HTML."""
    flags: tuple[FoundFlag, ...]
    marks: tuple[Mark, ...]
    """Links that we struck out or led to their snapshots; their places tell what people wrote."""
    orders: tuple[Order, ...]
    """Comments that command, also those that no link hears."""
    markers: tuple[Marker, ...]
    parts: tuple[Part, ...]
    """The generated parts that are beyond doubt; `part` says what is wrong with others."""
    newline: bytes
    """The line end that the document begins with."""
    lines: Lines
    markup: Markup
    """What the parser saw, for this room's own use."""

    def part(self, name: str) -> Part:
        """The generated part of that name; raises BadMarkers where there is not exactly one."""
        return part(self.markers, name)

    def is_generated(self, offset: int) -> bool:
        """Whether a byte stands in a generated part."""
        return _part_at(self.parts, offset) is not None


def parse(raw: bytes) -> Document:
    """Take a list apart; any bytes whatever, never raises."""
    markup, where = read(raw), lines(raw)
    tags = all_tags(markup)
    remarks = [tag for tag in tags.values() if is_comment(tag)]
    found_markers = markers(raw, markup, remarks, where)
    parts = well_formed(found_markers)
    headings = headings_of(markup, tags.values(), where)
    definitions = _definitions(markup)
    uses = _uses(markup, tags, definitions)
    marks = [tag for tag in remarks if is_mark(raw, tag)]
    bare = zones(use.span for use in uses if use.kind is Kind.BARE)
    spots = standing(markup, tags, where, marks, bare)
    ordered = commands(raw, remarks, where)
    surroundings = _Surroundings(
        raw=raw,
        clean=markup.clean,
        lines=where,
        standing=spots,
        names=names(markup.clean, where, markup.runs, tags.values(), spots.wraps),
        sections=Sections(headings),
        commands=ordered,
        parts=parts,
    )
    places, led = surroundings.places(uses)
    return Document(
        raw=raw,
        places=places,
        headings=headings,
        definitions=_with_lines(markup, definitions, uses, where),
        targets=targets(headings, tags.values()),
        flags=found_flags(raw, remarks),
        marks=(*struck_out(raw, markup.runs, remarks), *led),
        orders=ordered.orders,
        markers=found_markers,
        parts=parts,
        newline=newline(raw),
        lines=where,
        markup=markup,
    )


def parsed(raw: bytes) -> Document:
    """As `parse`; a list in which nothing changes is taken apart once, its proof included.

    Every stage of a night reads every list: with fewer kept than there are, none is found again.
    The last one is kept however large it is.
    """
    found = _kept.pop(raw, None) or parse(raw)
    _kept[raw] = found
    while len(_kept) > KEPT or (len(_kept) > 1 and sum(map(len, _kept)) > KEPT_BYTES):
        del _kept[next(iter(_kept))]
    return found


_kept: dict[bytes, Document] = {}
"""What `parsed` was asked for, the latest last."""


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What turns the use of a link into its place in the list."""

    raw: bytes
    clean: bytes
    lines: Lines
    standing: Standing
    names: Names
    sections: Sections
    commands: Commands
    parts: tuple[Part, ...]

    def places(self, uses: Sequence[Use]) -> tuple[tuple[Place, ...], list[Mark]]:
        """The place of each use, and the marks of those that lead to snapshots."""
        positions = self.lines.positions(use.construct.start for use in uses)
        places = [self._place(use, positions[use.construct.start]) for use in uses]
        marks: list[Mark] = []
        for index, place in enumerate(places):
            before = self._replay_before(place)
            if before:
                places[index] = _original(place, before)
                marks.append(snapshot_mark(places[index], len(before)))
        return tuple(places), marks

    def _replay_before(self, place: Place) -> bytes:
        if not can_be(Treatment.SNAPSHOT, self.raw, place.kind, place.use):
            return b""
        return replay_before(self.raw, place.url, place.span, place.after)

    def _place(self, use: Use, position: Position) -> Place:
        start, end = use.construct
        text = self.names.text(use)
        # what the parser was not shown as it stands (NUL, broken UTF-8) is never edited
        is_intact = self.raw[slice(*use.span)] == self.clean[slice(*use.span)]
        is_proved = use.verified and is_intact
        after = self.standing.behind(use) if is_proved else None
        lines_of_use = range(position.line, self.lines.number(max(start, end - 1)) + 1)
        return Place(
            url=use.url,
            kind=use.kind,
            span=use.span,
            verified=is_proved,
            use=use.construct,
            after=after,
            start_of_entry=self.standing.start_of_entry(use),
            end_of_entry=self.standing.end_of_entry(use, after),
            title=self.names.name(use, text),
            text=text,
            section=self.sections.path(start),
            line=position.line,
            column=position.column,
            orders=self.commands.at(start, lines_of_use),
            in_part=_part_at(self.parts, start),
        )


def _part_at(parts: Sequence[Part], offset: int) -> str | None:
    index = bisect_right(parts, offset, key=lambda each: each.inside.start) - 1
    found = parts[index] if index >= 0 else None
    return found.name if found and offset < found.inside.end else None


def _original(place: Place, before: bytes) -> Place:
    """The place as a person wrote it, without what leads to the snapshot."""
    url = place.url[len(before) :]
    is_short = place.kind is Kind.BARE and "://" not in url
    start, end = place.span
    return replace(
        place, url=f"http://{url}" if is_short else url, span=Span(start + len(before), end)
    )


def _uses(markup: Markup, tags: Mapping[int, Tag], definitions: Definitions) -> list[Use]:
    clean = markup.clean
    found = [use for run in markup.runs for use in uses_of_run(clean, run, tags, definitions)]
    starts = sorted(tags)
    for block in markup.html:
        within = starts[bisect_left(starts, block.span.start) : bisect_left(starts, block.span.end)]
        for start in within:
            found += uses_of_tag(clean, tags[start], block, tags[start].span.end)
    found.sort(key=lambda use: use.order)
    return found


def _definitions(markup: Markup) -> dict[str, tuple[Span, bool]]:
    """Folded label to the destination's bytes, and whether they are proved to mean the address."""
    found: dict[str, tuple[Span, bool]] = {}
    for reference in markup.references:
        span = definition(markup.clean, reference)
        is_proved = verified(markup.clean, span, reference.url, in_row=False)
        found.setdefault(fold(reference.label), (span or reference.span, is_proved))
    return found


def _with_lines(
    markup: Markup, definitions: Definitions, uses: Sequence[Use], where: Lines
) -> tuple[Definition, ...]:
    used = {use.span for use in uses}
    spans = ((each, definitions[fold(each.label)][0]) for each in markup.references)
    return tuple(
        Definition(each.label, each.url, span, where.number(each.span.start), span in used)
        for each, span in spans
    )
