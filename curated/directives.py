"""Directives: comments that keep or ignore the links of a line or of a block."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from re import DOTALL, IGNORECASE
from re import compile as pattern
from typing import Final

from staycurrent.curated.html_tags import HtmlTag
from staycurrent.curated.parser import Markup
from staycurrent.curated.spans import Position, Span

_OURS = pattern(
    r"<!--+\s*stay:\s*(keep|ignore-start|ignore-end|ignore)(?:([\s:,].*)|-*)-->",
    DOTALL | IGNORECASE,
)
_OTHER_CHECKERS = pattern(
    r"<!--\s*(?:markdown-link-check|mlc)-(disable-next-line|disable-line|disable|enable)"
    r"((?:\s.*)?)-->",
    DOTALL,
)
_CLOSING: Final = ("ignore-end", "enable")
_OPENING: Final = ("ignore-start", "disable")
"""The directives for a block; the others are for the lines of the comment, or the next one."""
_MAX_PER_LINE: Final = 50
"""Directives beyond that apply to no link: each link of a line carries all that apply to it."""
_OPTION = pattern(r"(?i)(?:\A|[\s:,])(until|reason)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|(\S+))")
_MISWRITTEN = pattern(r"(?i)\b(?:until(?:\s*[:=])?\s*[\"']?\d{4}|\w+\s*=\s*[\"']?\d{4}-\d)\S*")
"""An end that is none, as `until: 2027-01-01` and `utnil=2027-01-01`: it would pass for prose."""


class DirectiveKind(StrEnum):
    """What a directive asks for."""

    KEEP = "keep"
    """Never flag the link."""
    IGNORE = "ignore"
    """Do not even request it."""


@dataclass(frozen=True, slots=True)
class Directive:
    """A comment that says how to treat the links of a line or of a block."""

    kind: DirectiveKind
    text: str
    """The comment as written, without its brackets: `stay:keep until=2027-01-01`."""
    line: int
    """From 1."""
    column: int
    """In characters, from 1."""
    until: date | None
    """The last date on which it is active; None: it does not expire."""
    reason: str
    error: str | None
    """What it does instead of what was meant, and why; without a subject."""

    def is_active(self, on: date) -> bool:
        """Whether it has not expired on a date."""
        return self.until is None or on <= self.until


@dataclass(frozen=True, slots=True)
class Directives:
    """The directives of a document."""

    all: tuple[Directive, ...]
    """In the order of the document, with those that apply to no link, and ends without a start."""
    by_line: dict[int, tuple[Directive, ...]]
    blocks: tuple[tuple[Span, Directive], ...]
    """In order, without overlaps."""

    def at(self, offset: int, lines: Iterable[int]) -> tuple[Directive, ...]:
        """The directives that apply to a link that begins at `offset` and is on these lines."""
        index = bisect_left(self.blocks, offset, key=lambda block: block[0].start) - 1
        of_block = [
            directive
            for span, directive in self.blocks[max(index, 0) : index + 1]
            if offset < span.end
        ]
        of_line = (directive for line in lines for directive in self.by_line.get(line, ()))
        return tuple(dict.fromkeys((*of_block, *of_line)))


def read_directives(markup: Markup, comments: Sequence[HtmlTag]) -> Directives:
    """Read the directives among a document's comments.

    A block that is never closed extends to the end of the document. Comments of
    markdown-link-check and mlc that disable a check mean `stay:ignore`.
    """
    raw, lines = markup.raw, markup.lines
    positions = lines.positions(comment.span.start for comment in comments)
    found: list[Directive] = []
    by_line: defaultdict[int, tuple[Directive, ...]] = defaultdict(tuple)
    blocks: list[tuple[Span, Directive]] = []
    opened: tuple[int, Directive] | None = None
    for comment in comments:
        start, end = comment.span
        text = raw[start:end].decode("utf-8", "replace")
        match = _OURS.fullmatch(text) or _OTHER_CHECKERS.fullmatch(text)
        if match is None:
            continue
        name = match.group(1).lower()
        if name in _CLOSING and opened is not None:
            blocks.append((Span(opened[0], start), opened[1]))
            opened = None
            continue
        directive = _directive(name, text, (match.group(2) or "").rstrip("-"), positions[start])
        if name in _CLOSING:
            found.append(replace(directive, error="has no effect: no block begins before it"))
            continue
        found.append(directive)
        own_lines = range(directive.line, lines.number(end - 1) + 1)
        if name in _OPENING:
            opened = opened or (start, directive)
            continue
        for line in (own_lines.stop,) if name == "disable-next-line" else own_lines:
            if len(by_line[line]) < _MAX_PER_LINE:
                by_line[line] += (directive,)
    if opened is not None:
        start, directive = opened
        if directive.text.lower().startswith("stay"):
            error = "applies to the rest of the list: no <!-- stay:ignore-end --> comes after it"
            index = found.index(directive)
            directive = found[index] = replace(directive, error=directive.error or error)
        blocks.append((Span(start, len(raw)), directive))
    return Directives(tuple(found), dict(by_line), tuple(blocks))


def is_directive(comment: str) -> bool:
    """Whether a comment is a directive of ours, or ends one."""
    return _OURS.fullmatch(comment) is not None


def _directive(name: str, comment: str, options: str, position: Position) -> Directive:
    found = _OPTION.findall(options)
    given = {key.lower(): next(filter(None, values), "") for key, *values in found}
    until = error = None
    if "until" in given:
        try:
            until = date.fromisoformat(given["until"])
        except ValueError:  # the directive then never expires
            error = f"until={given['until']} is not a date like 2027-01-01"
    elif miswritten := _MISWRITTEN.search(_OPTION.sub(" ", options)):
        error = f"{' '.join(miswritten[0].split())} is not written like until=2027-01-01"
    error = f"applies without an end: {error}" if error else None
    return Directive(
        DirectiveKind.KEEP if name == "keep" else DirectiveKind.IGNORE,
        " ".join(comment.strip("<!->").split()),
        position.line,
        position.column,
        until,
        given.get("reason", ""),
        error,
    )
