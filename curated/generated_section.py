"""Generated parts of a list, between markers that stand alone in their lines."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from re import compile as pattern

from staycurrent.curated.html_tags import HtmlTag, html_comments
from staycurrent.curated.markup import Markup
from staycurrent.curated.parser import read_markup
from staycurrent.curated.spans import LineIndex, Span, Splice, index_lines, line_ending

_MARKER = pattern(rb"<!--[ \t]*stay:(begin|end)[ \t]+([A-Za-z0-9_.-]+)(?:[ \t][^\r\n]*)?-->")
_NAME = pattern(r"[A-Za-z0-9_.-]+")
_INDENT = pattern(rb" {0,3}\Z")
_REST_OF_LINE = pattern(rb"[ \t]*(?:\r\n|\r|\n|\Z)")


class BadMarkers(Exception):
    """Markers do not enclose exactly one part, so nothing is written; the sentence says where."""


@dataclass(frozen=True, slots=True)
class SectionMarker:
    """A line that begins or ends a generated part."""

    name: str
    is_begin: bool
    span: Span
    """The whole line, its line end included."""
    line: int


@dataclass(frozen=True, slots=True)
class GeneratedSection:
    """A generated part."""

    name: str
    begin_line: int
    end_line: int
    content: Span
    """From behind the line of the begin marker to before the line of the end marker."""


def find_markers(
    raw: bytes, markup: Markup, among: Iterable[HtmlTag], where: LineIndex
) -> tuple[SectionMarker, ...]:
    """The markers `among` a document's comments: whole lines of a top-level block of raw HTML."""
    blocks = [block.span for block in markup.html if block.is_top_level]
    found: list[SectionMarker] = []
    index = 0
    for comment in among:
        while index < len(blocks) and blocks[index].end <= comment.span.start:
            index += 1
        if index < len(blocks) and blocks[index].start <= comment.span.start:
            found += _marker(raw, comment.span, where)
    return tuple(found)


def well_formed_sections(among: Sequence[SectionMarker]) -> tuple[GeneratedSection, ...]:
    """The parts that are beyond doubt; never raises."""
    names = Counter((marker.name, marker.is_begin) for marker in among)
    return tuple(
        _part(begin, end)
        for begin, end in pairwise(among)
        if begin.is_begin
        and not end.is_begin
        and begin.name == end.name
        and names[begin.name, True] == names[begin.name, False] == 1
    )


def checked_sections(among: Sequence[SectionMarker]) -> tuple[GeneratedSection, ...]:
    """Every part of a document; raises BadMarkers where one marker is not half of a clean pair."""
    opened: SectionMarker | None = None
    seen: dict[str, SectionMarker] = {}
    found: list[GeneratedSection] = []
    for marker in among:
        _refuse_second(marker, seen)
        if marker.is_begin:
            if opened is not None:
                raise BadMarkers(_unclosed(opened, among, before=marker))
            opened = seen[marker.name] = marker
        else:
            if opened is None or opened.name != marker.name:
                raise BadMarkers(_unopened(marker, opened, among))
            found.append(_part(opened, marker))
            opened = None
    if opened is not None:
        raise BadMarkers(_unclosed(opened, among, before=None))
    return tuple(found)


def find_section(among: Sequence[SectionMarker], name: str) -> GeneratedSection:
    """The part of that name; raises BadMarkers where it is missing or any marker is in disorder."""
    for found in checked_sections(among):
        if found.name == name:
            return found
    raise BadMarkers(
        f"the list has no part {name!r}: put the lines <!-- stay:begin {name} --> and "
        f"<!-- stay:end {name} --> where it belongs, or let --create append it"
    )


def replace_section(raw: bytes, where: GeneratedSection, body: str, line_end: bytes) -> Splice:
    r"""The edit that gives a part a new text, with a blank line around it.

    `body` has `\n` as its line end; `line_end` is that of the marker's line. Without the blank
    lines the text would be swallowed by the marker's block of raw HTML (CommonMark 4.6).
    """
    text = body.replace("\r\n", "\n").strip("\n")
    inside = raw[where.content.start : where.content.end]
    if not text and not inside.strip():
        return Splice(where.content, inside)
    body_lines = ("", *text.split("\n"), "") if text else ("",)
    new = b"".join(line.encode() + line_end for line in body_lines)
    return Splice(where.content, new)


def append_section(raw: bytes, name: str, body: str, heading: str = "") -> bytes:
    """Append a part, below a heading if one is given (`### Stay current`); a final newline is kept.

    Raises BadMarkers where the list has the part already, or ends inside a block that would
    swallow it.
    """
    if _NAME.fullmatch(name) is None:
        raise BadMarkers(f"{name!r} is no name for a part: letters, digits, _ . and - only")
    before = _markers_of(raw)
    if any(marker.name == name for marker in before):
        raise BadMarkers(f"the list has markers of a part {name!r} already: it is not appended")
    line_end = line_ending(raw)
    text = body.replace("\r\n", "\n").strip("\n")
    block = (f"<!-- stay:begin {name} -->", "", *((text, "") if text else ()))
    appended = "\n".join((*((heading, "") if heading else ()), *block, f"<!-- stay:end {name} -->"))
    ended = not raw or raw.endswith((b"\n", b"\r"))
    gap = (b"" if not raw else line_end) if ended else line_end * 2
    after = raw + gap + appended.encode().replace(b"\n", line_end) + (line_end if ended else b"")
    if [marker.name for marker in _markers_of(after)] != [*(m.name for m in before), name, name]:
        last_line = index_lines(raw).number(len(raw))
        raise BadMarkers(
            f"part {name!r} cannot be appended: the list ends inside a block of code or raw HTML "
            f"that is never closed (line {last_line}), or the text has markers"
        )
    return after


def _markers_of(raw: bytes) -> tuple[SectionMarker, ...]:
    markup = read_markup(raw)
    return find_markers(raw, markup, html_comments(markup), index_lines(raw))


def _marker(raw: bytes, comment: Span, where: LineIndex) -> tuple[SectionMarker, ...]:
    match = _MARKER.fullmatch(raw, *comment)
    number = where.number(comment.start)
    line = where.span(number)
    rest = _REST_OF_LINE.match(raw, comment.end)
    if match is None or rest is None or not _INDENT.fullmatch(raw, line.start, comment.start):
        return ()
    return (SectionMarker(match.group(2).decode(), match.group(1) == b"begin", line, number),)


def _part(begin: SectionMarker, end: SectionMarker) -> GeneratedSection:
    return GeneratedSection(begin.name, begin.line, end.line, Span(begin.span.end, end.span.start))


def _refuse_second(marker: SectionMarker, seen: dict[str, SectionMarker]) -> None:
    first = seen.get(marker.name)
    if first is not None and marker.is_begin:
        raise BadMarkers(
            f"part {marker.name!r} begins twice, on lines {first.line} and {marker.line}: "
            "keep one pair of markers"
        )


def _unclosed(
    opened: SectionMarker, among: Sequence[SectionMarker], before: SectionMarker | None
) -> str:
    ends = [m.line for m in among if m.name == opened.name and not m.is_begin]
    if before is not None and ends and ends[0] > before.line:
        return (
            f"part {before.name!r} begins on line {before.line} inside part {opened.name!r} "
            f"(lines {opened.line} to {ends[0]}): parts cannot be nested"
        )
    return (
        f"part {opened.name!r} begins on line {opened.line} and never ends: "
        f"put the line <!-- stay:end {opened.name} --> behind it"
    )


def _unopened(
    marker: SectionMarker, opened: SectionMarker | None, among: Sequence[SectionMarker]
) -> str:
    begins = [m.line for m in among if m.name == marker.name and m.is_begin]
    if not begins:
        return (
            f"part {marker.name!r} ends on line {marker.line} and never begins: "
            f"put the line <!-- stay:begin {marker.name} --> before it, or take this one out"
        )
    if begins[0] > marker.line:
        return (
            f"part {marker.name!r} ends on line {marker.line} before it begins on line {begins[0]}"
        )
    if opened is not None:
        return (
            f"part {marker.name!r} ends on line {marker.line} inside part {opened.name!r}, "
            f"which begins on line {opened.line}"
        )
    ends = [str(m.line) for m in among if m.name == marker.name and not m.is_begin]
    return f"part {marker.name!r} ends more than once, on lines {' and '.join(ends)}"
