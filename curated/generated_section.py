"""The generated sections of a list, between markers on lines of their own, and their text.

The text is the candidates from the feeds that the list lacks.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from re import compile as pattern
from typing import TYPE_CHECKING, Final

from staycurrent.curated.entry_names import is_name
from staycurrent.curated.escaping import escape_destination, escape_text
from staycurrent.curated.flags import GLYPHS, WORDS, FlagStyle, format_flag
from staycurrent.curated.html_tags import HtmlTag
from staycurrent.curated.parser import Markup
from staycurrent.curated.spans import LineIndex, Span, Splice, merge_spans
from staycurrent.links.verdict import Flag, FlagState

if TYPE_CHECKING:
    from staycurrent.sources.item import Candidate

_MARKER = pattern(rb"<!--[ \t]*stay:(begin|end)[ \t]+([A-Za-z0-9_.-]+)(?:[ \t][^\r\n]*)?-->")
_INDENT = pattern(rb"(?:\xef\xbb\xbf)? {0,3}\Z")
"""After a byte order mark, if it is the first line."""
_REST_OF_LINE = pattern(rb"[ \t]*(?:\r\n|\r|\n|\Z)")


class BadMarkers(Exception):
    """Markers that do not enclose exactly one section; the message gives their lines."""


@dataclass(frozen=True, slots=True)
class SectionMarker:
    """A line that begins or ends a generated section."""

    name: str
    is_begin: bool
    span: Span
    """The whole line, including its line ending."""
    line: int
    is_placed: bool
    """Whether it is such a line, at the top level; else the section's text is a person's."""


@dataclass(frozen=True, slots=True)
class GeneratedSection:
    """A generated section."""

    name: str
    begin_line: int
    end_line: int
    content: Span
    """From the end of the begin marker's line to the start of the end marker's line."""

    @property
    def lines(self) -> range:
        """The numbers of the lines between the markers."""
        return range(self.begin_line + 1, self.end_line)


def find_markers(markup: Markup, comments: Iterable[HtmlTag]) -> tuple[SectionMarker, ...]:
    """The markers among a document's comments: whole lines of a top-level block of raw HTML.

    Others, as in a list or quote, are not placed.
    """
    raw, lines = markup.raw, markup.lines
    blocks = merge_spans(block.span for block in markup.html if block.is_top_level)
    found: list[SectionMarker] = []
    for comment in comments:
        start, end = comment.span
        match = _MARKER.fullmatch(raw, start, end)
        if match:
            number = lines.number(start)
            line = lines.span(number)
            is_whole = _INDENT.fullmatch(raw, line.start, start) and _REST_OF_LINE.match(raw, end)
            is_placed = bool(is_whole and blocks.enclosing(start + 1))
            name, is_begin = match.group(2).decode(), match.group(1) == b"begin"
            found.append(SectionMarker(name, is_begin, line, number, is_placed))
    return tuple(found)


def well_formed_sections(markers: Sequence[SectionMarker]) -> tuple[GeneratedSection, ...]:
    """The sections whose markers are unambiguous; never raises."""
    counts = Counter((marker.name, marker.is_begin) for marker in markers)
    return tuple(
        GeneratedSection(begin.name, begin.line, end.line, Span(begin.span.end, end.span.start))
        for begin, end in pairwise(markers)
        if begin.is_begin
        and not end.is_begin
        and begin.is_placed
        and end.is_placed
        and begin.name == end.name
        and counts[begin.name, True] == counts[begin.name, False] == 1
    )


def checked_sections(markers: Sequence[SectionMarker]) -> tuple[GeneratedSection, ...]:
    """All sections of a document; raises BadMarkers unless every marker is one of a clean pair."""
    if wrong := marker_problems(markers):
        raise BadMarkers("; ".join(wrong.values()))
    return well_formed_sections(markers)


def marker_problems(markers: Sequence[SectionMarker]) -> dict[SectionMarker, str]:
    """What is wrong with the markers of each name, by the first of them."""
    well_formed = {section.name for section in well_formed_sections(markers)}
    first: dict[str, SectionMarker] = {}
    for one in markers:
        if one.name not in well_formed:
            first.setdefault(one.name, one)
    return {one: _problem(one.name, markers) for one in first.values()}


def find_section(markers: Sequence[SectionMarker], name: str) -> GeneratedSection:
    """The section of that name; raises BadMarkers if there is none, or if any marker is wrong."""
    for section in checked_sections(markers):
        if section.name == name:
            return section
    raise BadMarkers(
        f"the list has no section {name!r}: add the lines <!-- stay:begin {name} --> and "
        f"<!-- stay:end {name} --> where it belongs, or append it with --create"
    )


def replace_section(lines: LineIndex, section: GeneratedSection, body: str) -> Splice:
    r"""The edit that gives a section new text, with blank lines around it.

    `body` has `\n` line endings, the new text that of the marker's line. Without the blank lines
    the text would belong to the marker's block of raw HTML (CommonMark 4.6).
    """
    text, content = section_text(body), lines.raw[slice(*section.content)]
    line_end = lines.line_ending(section.content.start - 1) or lines.newline
    is_empty = not text.strip("\n") and not content.strip()
    new = content if is_empty else text.encode().replace(b"\n", line_end)
    return Splice(section.content, new)


def section_text(body: str) -> str:
    r"""What a section with this text has between its markers, with `\n` line endings."""
    text = body.replace("\r\n", "\n").strip("\n")
    return f"\n{text}\n\n" if text else "\n"


def _problem(name: str, markers: Sequence[SectionMarker]) -> str:
    """What is wrong with the markers of that name."""
    lines = [marker.line for marker in markers if marker.name == name]
    begins = [marker.line for marker in markers if marker.name == name and marker.is_begin]
    begin, end = f"<!-- stay:begin {name} -->", f"<!-- stay:end {name} -->"
    misplaced = [marker.line for marker in markers if marker.name == name and not marker.is_placed]
    if misplaced:
        return (
            f"section {name!r} has a marker on line {misplaced[0]} within a list, a quote, a table "
            "or other text: put both markers on lines of their own, outside of these"
        )
    if len(lines) == len(begins) == 1:
        return f"section {name!r} begins on line {lines[0]} and never ends: add the line {end}"
    if not begins and len(lines) == 1:
        return f"section {name!r} ends on line {lines[0]} and never begins: add the line {begin}"
    if len(lines) != 2 or len(begins) != 1:
        on_lines = f"{', '.join(map(str, lines[:-1]))} and {lines[-1]}"
        return f"section {name!r} has markers on lines {on_lines}: keep one begin and one end"
    if begins[0] == lines[1]:
        return f"section {name!r} ends on line {lines[0]} before it begins on line {lines[1]}"
    return (
        f"section {name!r} contains markers of another section (lines {lines[0]} to {lines[1]}): "
        "sections cannot be nested"
    )


NO_CANDIDATES: Final = "_Nothing new at the moment._"
GROUP_HEADINGS: Final = {
    "weekly": "The most upvoted papers of the last full week:",
    "trending": "Repositories that gain stars:",
    "candidate": "May also fit this list:",
}
"""The line above each `Candidate.group`, in order; a lone group of candidates has none."""


def render_candidates(
    candidates: "Sequence[Candidate]", style: FlagStyle, shown: Collection[FlagState] = ()
) -> str:
    r"""The section's text with `\n` line endings: by group, newest first, one line each.

    `shown` are the states of the list's flags: glyphs are explained in a legend.
    """
    ordered = sorted(
        candidates, key=lambda each: (-each.first_seen.toordinal(), each.title.lower(), each.url)
    )
    groups = {
        heading: [each for each in ordered if each.group == group]
        for group, heading in GROUP_HEADINGS.items()
    }
    filled = {heading: group for heading, group in groups.items() if group}
    lines: list[str] = []
    for heading, group in filled.items():
        if len(filled) > 1 or heading != GROUP_HEADINGS["candidate"]:
            lines += [*([""] if lines else []), heading, ""]
        lines += [_line(each, style) for each in group]
    lines = lines or [NO_CANDIDATES]
    states = {*shown, *([FlagState.NEW] if candidates else [])}
    if states and style.glyphs == "emoji":
        legend = [f"{GLYPHS[state]} {WORDS[state]}" for state in FlagState if state in states]
        lines += ["", f"_Flags: {', '.join(legend)}._"]
    return "\n".join(lines)


def _line(candidate: "Candidate", style: FlagStyle) -> str:
    flag = format_flag(Flag(FlagState.NEW, candidate.first_seen), style).decode()
    link = f"[{escape_text(candidate.title)}]({escape_destination(candidate.url)})"
    sentences = [candidate.summary.rstrip(". ")] if candidate.summary else []
    if candidate.section:
        *above, heading = candidate.section
        is_generic = bool(above) and not is_name(heading)
        sentences.append(f"For {above[-1]}, {heading}" if is_generic else f"For {heading}")
    ended = (one if one.endswith(("…", "!", "?")) else f"{one}." for one in sentences)
    text = " ".join(map(escape_text, ended))
    return f"- {link}{flag}" + (f" - {text}" if text else "")
