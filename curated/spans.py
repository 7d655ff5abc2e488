"""Byte spans of a document, and the lines and columns that they correspond to."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from re import compile as pattern
from typing import NamedTuple

_LINE_END = pattern(rb"\r\n|\r|\n")


class Span(NamedTuple):
    """A range of a document's bytes; the end is not included."""

    start: int
    end: int


class Position(NamedTuple):
    """A position as editors show it: line from 1, column in characters from 1."""

    line: int
    column: int


class Splice(NamedTuple):
    """An edit: `text` replaces the bytes of `span`."""

    span: Span
    text: bytes


def insertion(offset: int, text: bytes) -> Splice:
    """The edit that inserts `text` at `offset`."""
    return Splice(Span(offset, offset), text)


@dataclass(frozen=True, slots=True)
class SpanSet:
    """Spans that do not overlap, in order."""

    spans: tuple[Span, ...]

    def enclosing(self, offset: int) -> Span | None:
        """The span that begins before `offset` and ends after it, or None."""
        index = bisect_left(self.spans, (offset, 0)) - 1
        return self.spans[index] if index >= 0 and offset < self.spans[index].end else None

    def overlaps(self, span: Span) -> bool:
        """Whether `span` shares a byte with one of these."""
        index = bisect_left(self.spans, (span.end, 0)) - 1
        return index >= 0 and span.start < self.spans[index].end


def merge_spans(spans: Iterable[Span]) -> SpanSet:
    """Sort spans and merge those that overlap."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(end, merged[-1].end))
        else:
            merged.append(Span(start, end))
    return SpanSet(tuple(merged))


@dataclass(frozen=True, slots=True)
class LineIndex:
    """The lines of a document."""

    raw: bytes
    starts: tuple[int, ...]

    def number(self, offset: int) -> int:
        """The number, from 1, of the line that contains `offset`."""
        return bisect_right(self.starts, offset)

    def span(self, number: int) -> Span:
        """The bytes of a line, including its line ending."""
        end = self.starts[number] if number < len(self.starts) else len(self.raw)
        return Span(self.starts[number - 1], end)

    def content(self, number: int) -> bytes:
        """The bytes of a line without its line ending."""
        return self.raw[slice(*self.span(number))].rstrip(b"\r\n")

    @property
    def newline(self) -> bytes:
        r"""The first line ending of the document; `\n` if it has none."""
        return self.line_ending(0) or b"\n"

    def line_ending(self, offset: int) -> bytes:
        """The line ending of the line that contains `offset`; empty if the last line has none."""
        line = self.raw[slice(*self.span(self.number(offset)))]
        return line[len(line.rstrip(b"\r\n")) :]

    def positions(self, offsets: Iterable[int]) -> dict[int, Position]:
        """Line and column of each offset, in linear time even if they are all on one line."""
        found: dict[int, Position] = {}
        line, reached, column = 0, 0, 1
        for offset in sorted(set(offsets)):
            number = self.number(offset)
            if number != line:
                line, reached, column = number, self.starts[number - 1], 1
            column += len(self.raw[reached:offset].decode("utf-8", "replace"))
            reached = offset
            found[offset] = Position(line, column)
        return found


def index_lines(raw: bytes) -> LineIndex:
    """Find the lines of a document, with any mix of line endings."""
    return LineIndex(raw, (0, *(match.end() for match in _LINE_END.finditer(raw))))


def blank_spans(raw: bytes, spans: Iterable[Span]) -> bytes:
    """The bytes with blanks in place of these spans, so that all offsets hold."""
    blanked = bytearray(raw)
    for start, end in spans:
        blanked[start:end] = b" " * (end - start)
    return bytes(blanked)


def apply_splices(raw: bytes, splices: Iterable[Splice]) -> bytes:
    """Apply all edits at once; raises ValueError if two of them overlap.

    Edits at the same offset keep the order in which they were given.
    """
    pieces: list[bytes] = []
    reached = 0
    for (start, end), text in sorted(splices, key=lambda splice: splice.span):
        if start < reached:
            raise ValueError(f"two edits overlap at byte {start}")
        pieces += (raw[reached:start], text)
        reached = end
    return b"".join((*pieces, raw[reached:]))
