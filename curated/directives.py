"""Comments that command: keep or ignore the links of a line or of a block."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from re import DOTALL
from re import compile as pattern
from typing import Final

from staycurrent.curated.html_tags import HtmlTag
from staycurrent.curated.occurrence import Directive, DirectiveKind
from staycurrent.curated.spans import LineIndex, Position, Span

_OURS = pattern(r"<!--\s*stay:(keep|ignore-start|ignore-end|ignore)(\s.*)?-->", DOTALL)
_PEERS = pattern(
    r"<!--\s*(?:markdown-link-check|mlc)-(disable-next-line|disable-line|disable|enable)"
    r"((?:\s.*)?)-->",
    DOTALL,
)
_OPENING: Final = ("ignore-start", "disable")
_CLOSING: Final = ("ignore-end", "enable")
_LINES: Final = {
    "keep": (DirectiveKind.KEEP, 0),
    "ignore": (DirectiveKind.IGNORE, 0),
    "disable-line": (DirectiveKind.IGNORE, 0),
    "disable-next-line": (DirectiveKind.IGNORE, 1),
}
_OPTION = pattern(r"(?:\A|\s)(until|reason)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|(\S+))")


@dataclass(frozen=True, slots=True)
class Directives:
    """What the comments of a document order."""

    all: tuple[Directive, ...]
    """All of them, in the order of the document, also those that no link hears."""
    by_line: dict[int, tuple[Directive, ...]]
    blocks: tuple[tuple[Span, Directive], ...]
    """In order; none lies in another."""

    def at(self, offset: int, lines: Iterable[int]) -> tuple[Directive, ...]:
        """The orders on a link that begins at `offset` and stands in these lines."""
        if not self.all:
            return ()
        index = bisect_left(self.blocks, offset, key=lambda block: block[0].start) - 1
        around = [
            order for span, order in self.blocks[max(index, 0) : index + 1] if offset < span.end
        ]
        beside = (order for line in lines for order in self.by_line.get(line, ()))
        return tuple(dict.fromkeys((*around, *beside)))


def read_directives(raw: bytes, comments: Iterable[HtmlTag], lines: LineIndex) -> Directives:
    """Read the orders of a document's comments; a block that is never closed runs to the end.

    Those of markdown-link-check and of mlc mean the same here: do not even request.
    """
    found = list(_read(raw, tuple(comments), lines))
    by_line: defaultdict[int, tuple[Directive, ...]] = defaultdict(tuple)
    for word, order, span in found:
        if word in _LINES:
            by_line[lines.number(span.end - 1) + _LINES[word][1]] += (order,)
    orders = tuple(order for word, order, _ in found if word not in _CLOSING)
    return Directives(orders, dict(by_line), tuple(_blocks(found, len(raw))))


def _read(
    raw: bytes, comments: tuple[HtmlTag, ...], lines: LineIndex
) -> Iterator[tuple[str, Directive, Span]]:
    positions = lines.positions(comment.span.start for comment in comments)
    for comment in comments:
        text = raw[slice(*comment.span)].decode("utf-8", "replace")
        match = _OURS.fullmatch(text) or _PEERS.fullmatch(text)
        if match is not None:
            word, options = match.group(1), match.group(2) or ""
            written = " ".join(text.removeprefix("<!--").removesuffix("-->").split())
            at = positions[comment.span.start]
            yield word, _order(word, written, options, at), comment.span


def _order(word: str, written: str, options: str, at: Position) -> Directive:
    command = _LINES[word][0] if word in _LINES else DirectiveKind.IGNORE
    given = {name: next(filter(None, values), "") for name, *values in _OPTION.findall(options)}
    until, fault = _until(given.get("until"))
    return Directive(command, written, at.line, at.column, until, given.get("reason", ""), fault)


def _until(text: str | None) -> tuple[date | None, str | None]:
    """The last night, and what is wrong with it: an order without an end holds, and is told."""
    if text is None:
        return None, None
    try:
        return date.fromisoformat(text), None
    except ValueError:
        return None, f"until={text} is no date like 2027-01-01"


def _blocks(
    found: Iterable[tuple[str, Directive, Span]], end: int
) -> Iterator[tuple[Span, Directive]]:
    """From the comment that opens to the next that closes; opened twice is opened once."""
    opened: tuple[Directive, int] | None = None
    for word, order, span in found:
        if word in _OPENING and opened is None:
            opened = (order, span.start)
        elif word in _CLOSING and opened is not None:
            yield Span(opened[1], span.start), opened[0]
            opened = None
    if opened is not None:
        yield Span(opened[1], end), opened[0]
