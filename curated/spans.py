"""Where things stand in a document: byte spans, lines and columns."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from re import compile as pattern
from typing import NamedTuple

_LINE_END = pattern(rb"\r\n|\r|\n")


class Span(NamedTuple):
    """A stretch of a document's bytes, the end not included."""

    start: int
    end: int


class Position(NamedTuple):
    """A place as an editor shows it: line from 1, column in characters from 1."""

    line: int
    column: int


class Splice(NamedTuple):
    """An edit: the bytes of `span` give way to `text`."""

    span: Span
    text: bytes


@dataclass(frozen=True, slots=True)
class SpanSet:
    """Stretches of a document that do not overlap, in order."""

    spans: tuple[Span, ...]

    def enclosing(self, offset: int) -> Span | None:
        """The stretch that has begun before `offset` and not ended at it, or None."""
        if not self.spans:  # as in most lists
            return None
        index = bisect_left(self.spans, (offset, 0)) - 1
        return self.spans[index] if index >= 0 and offset < self.spans[index].end else None

    def overlaps(self, span: Span) -> bool:
        """Whether a stretch shares a byte with one of these."""
        index = bisect_left(self.spans, (span.end, 0)) - 1
        return index >= 0 and span.start < self.spans[index].end


def merge_spans(spans: Iterable[Span]) -> SpanSet:
    """Put stretches in order and melt together those that overlap."""
    melted: list[Span] = []
    for start, end in sorted(spans):
        if melted and start < melted[-1].end:
            melted[-1] = Span(melted[-1].start, max(end, melted[-1].end))
        else:
            melted.append(Span(start, end))
    return SpanSet(tuple(melted))


@dataclass(frozen=True, slots=True)
class LineIndex:
    """The lines of a document; made once, asked often."""

    raw: bytes
    starts: tuple[int, ...]

    def number(self, offset: int) -> int:
        """The line, from 1, that `offset` stands in."""
        return bisect_right(self.starts, offset)

    def span(self, number: int) -> Span:
        """The bytes of a line, its line end included."""
        after = self.starts[number] if number < len(self.starts) else len(self.raw)
        return Span(self.starts[number - 1], after)

    def end_of_line(self, offset: int) -> bytes:
        """The line end of the line that `offset` stands in; empty for an unended last line."""
        line = self.raw[slice(*self.span(self.number(offset)))]
        return line[len(line.rstrip(b"\r\n")) :]

    def positions(self, offsets: Iterable[int]) -> dict[int, Position]:
        """Line and column of each offset; linear even where one line holds them all."""
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
    """Find the lines of a document, whichever way they end."""
    return LineIndex(raw, (0, *(match.end() for match in _LINE_END.finditer(raw))))


def line_ending(raw: bytes) -> bytes:
    r"""The line end that a document begins with; `\n` where it has none."""
    found = _LINE_END.search(raw)
    return found.group() if found else b"\n"


def apply_splices(raw: bytes, edits: Iterable[Splice]) -> bytes:
    """Apply every edit at once; raises ValueError where two of them overlap.

    Edits at one and the same point keep the order in which they were given.
    """
    pieces: list[bytes] = []
    reached = 0
    for (start, end), text in sorted(edits, key=lambda edit: edit.span):
        if start < reached:
            raise ValueError(f"two edits overlap at byte {start}")
        pieces += (raw[reached:start], text)
        reached = end
    return b"".join((*pieces, raw[reached:]))
