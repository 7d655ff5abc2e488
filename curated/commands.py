"""Comments that command: keep or ignore the links of a line or of a block."""

from collections.abc import Iterable
from dataclasses import dataclass
from re import DOTALL
from re import compile as pattern
from typing import Final

from curated.place import Command
from curated.raw_html import Tag
from curated.spans import Lines, Span, Zones, zones

_OURS = pattern(r"<!--\s*stay:(keep|ignore|ignore-start|ignore-end)(?:\s.*)?-->", DOTALL)
_PEERS = pattern(
    r"<!--\s*(?:markdown-link-check|mlc)-(disable(?:-line|-next-line)?|enable)(?:\s.*)?-->", DOTALL
)
_OPENING: Final = ("ignore-start", "disable")
_CLOSING: Final = ("ignore-end", "enable")


@dataclass(frozen=True, slots=True)
class Commands:
    """What the comments of a document order."""

    by_line: dict[int, Command]
    ignored: Zones

    def at(self, offset: int, lines: Iterable[int]) -> Command | None:
        """The order on a link that begins at `offset` and stands in these lines."""
        if self.ignored.around(offset) is not None:
            return Command.IGNORE
        orders = {self.by_line[line] for line in lines if line in self.by_line}
        return Command.IGNORE if Command.IGNORE in orders else next(iter(orders), None)


def commands(raw: bytes, comments: Iterable[Tag], lines: Lines) -> Commands:
    """Read the orders of a document's comments; a block that is never closed runs to the end.

    Those of markdown-link-check and of mlc mean the same here: do not even request.
    """
    by_line: dict[int, Command] = {}
    blocks: list[Span] = []
    opened: int | None = None
    for comment in comments:
        order = _order(raw[comment.span.start : comment.span.end])
        if order in _OPENING:
            opened = comment.span.start if opened is None else opened
        elif order in _CLOSING and opened is not None:
            blocks.append(Span(opened, comment.span.start))
            opened = None
        elif order in _LINES:
            command, shift = _LINES[order]
            line = lines.number(comment.span.end - 1) + shift
            by_line[line] = max(command, by_line.get(line, command), key=_RANKS.index)
    if opened is not None:
        blocks.append(Span(opened, len(raw)))
    return Commands(by_line, zones(blocks))


_RANKS: Final = (Command.KEEP, Command.IGNORE)
_LINES: Final = {
    "keep": (Command.KEEP, 0),
    "ignore": (Command.IGNORE, 0),
    "disable-line": (Command.IGNORE, 0),
    "disable-next-line": (Command.IGNORE, 1),
}


def _order(comment: bytes) -> str | None:
    text = comment.decode("utf-8", "replace")
    match = _OURS.fullmatch(text) or _PEERS.fullmatch(text)
    return match.group(1) if match else None
