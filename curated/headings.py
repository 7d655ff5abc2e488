"""The headings of a document, its sections, and what fragments may point to."""

from bisect import bisect_right
from collections.abc import Iterable
from re import DOTALL
from re import compile as pattern

from staycurrent.curated.escapes import unreference
from staycurrent.curated.markup import Inline, Markup, Run
from staycurrent.curated.place import Heading
from staycurrent.curated.raw_html import Tag
from staycurrent.curated.slugs import slugs
from staycurrent.curated.spans import Lines, Span

_LEVELS = {f"h{level}": level for level in range(1, 7)}
_TAGS = pattern(rb"<!--.*?-->|<[^<>]*>", DOTALL)
_LONGEST = 4000


def headings_of(markup: Markup, tags: Iterable[Tag], lines: Lines) -> tuple[Heading, ...]:
    """Every heading, of markdown and of raw HTML, in order."""
    found = [(Span(run.start, run.end), run.level, _text(run)) for run in markup.runs if run.level]
    found += _of_html(markup.clean, tags)
    found.sort()
    anchors = slugs(text for _span, _level, text in found)
    return tuple(
        Heading(level, text.strip(), anchor, span, lines.number(span.start))
        for (span, level, text), anchor in zip(found, anchors, strict=True)
    )


def targets(headings: Iterable[Heading], tags: Iterable[Tag]) -> frozenset[str]:
    """What a fragment may point to, in lower case: GitHub compares without case."""
    named = (
        unreference(tag.attributes[name].text).lower()
        for tag in tags
        for name in ("id", "name")
        if name in tag.attributes
    )
    return frozenset((*(heading.slug for heading in headings), *named))


class Sections:
    """The path of headings above any byte."""

    def __init__(self, headings: tuple[Heading, ...]) -> None:
        titles = [heading for heading in headings if heading.level == 1]
        # a lone first h1 names the list, not a section of it
        title = headings[0] if headings and titles == [headings[0]] else None
        self._starts: list[int] = [heading.span.start for heading in headings]
        self._paths: list[tuple[str, ...]] = []
        open_headings: list[Heading] = []
        for heading in headings:
            open_headings = [each for each in open_headings if each.level < heading.level]
            open_headings += [heading] if heading is not title else []
            self._paths.append(tuple(each.text for each in open_headings))

    def path(self, offset: int) -> tuple[str, ...]:
        """The headings above `offset`, the outermost first; a heading is in its own section."""
        index = bisect_right(self._starts, offset) - 1
        return self._paths[index] if index >= 0 else ()


def _text(run: Run) -> str:
    """What github-slugger is given: text and code, not the other text of images, not stripped."""
    return "".join(
        piece.text
        for piece in run.pieces
        if piece.kind in (Inline.TEXT, Inline.CODE, Inline.OTHER)
        and (piece.link is None or piece.link.kind is not Inline.IMAGE)
    )


def _of_html(clean: bytes, tags: Iterable[Tag]) -> list[tuple[Span, int, str]]:
    found: list[tuple[Span, int, str]] = []
    opened: Tag | None = None
    for tag in tags:
        if tag.name in _LEVELS:
            opened = tag
        elif opened is not None and tag.name == f"/{opened.name}":
            inner = clean[opened.span.end : min(tag.span.start, opened.span.end + _LONGEST)]
            text = unreference(_TAGS.sub(b"", inner).decode("utf-8", "replace"))
            found.append((Span(opened.span.start, tag.span.end), _LEVELS[opened.name], text))
            opened = None
    return found
