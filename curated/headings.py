"""The headings of a document, its sections, and what fragments may point to."""

from bisect import bisect_right
from collections.abc import Iterable
from re import DOTALL
from re import compile as pattern
from unicodedata import category

from staycurrent.curated.escaping import unescape_html
from staycurrent.curated.html_tags import HtmlTag
from staycurrent.curated.markup import InlineKind, InlineRun, Markup
from staycurrent.curated.occurrence import Heading
from staycurrent.curated.spans import LineIndex, Span

_LEVELS = {f"h{level}": level for level in range(1, 7)}
_TAGS = pattern(rb"<!--.*?-->|<[^<>]*>", DOTALL)
_LONGEST = 4000


def find_headings(markup: Markup, tags: Iterable[HtmlTag], lines: LineIndex) -> tuple[Heading, ...]:
    """Every heading, of markdown and of raw HTML, in order."""
    found = [(Span(run.start, run.end), run.level, _text(run)) for run in markup.runs if run.level]
    found += _of_html(markup.clean, tags)
    found.sort()
    anchors = github_slugs(text for _span, _level, text in found)
    return tuple(
        Heading(level, text.strip(), anchor, span, lines.number(span.start))
        for (span, level, text), anchor in zip(found, anchors, strict=True)
    )


def find_fragment_targets(headings: Iterable[Heading], tags: Iterable[HtmlTag]) -> frozenset[str]:
    """What a fragment may point to, in lower case: GitHub compares without case."""
    named = (
        unescape_html(tag.attributes[name].text).lower()
        for tag in tags
        for name in ("id", "name")
        if name in tag.attributes
    )
    return frozenset((*(heading.slug for heading in headings), *named))


class HeadingPaths:
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


def _text(run: InlineRun) -> str:
    """What github-slugger is given: text and code, not the other text of images, not stripped."""
    return "".join(
        piece.text
        for piece in run.nodes
        if piece.kind in (InlineKind.TEXT, InlineKind.CODE, InlineKind.OTHER)
        and (piece.link is None or piece.link.kind is not InlineKind.IMAGE)
    )


def _of_html(clean: bytes, tags: Iterable[HtmlTag]) -> list[tuple[Span, int, str]]:
    found: list[tuple[Span, int, str]] = []
    opened: HtmlTag | None = None
    for tag in tags:
        if tag.name in _LEVELS:
            opened = tag
        elif opened is not None and tag.name == f"/{opened.name}":
            inner = clean[opened.span.end : min(tag.span.start, opened.span.end + _LONGEST)]
            text = unescape_html(_TAGS.sub(b"", inner).decode("utf-8", "replace"))
            found.append((Span(opened.span.start, tag.span.end), _LEVELS[opened.name], text))
            opened = None
    return found


_KEPT = frozenset({"Nd", "Nl", "Pc"})
_SYMBOL_LETTERS = range(0x24B6, 0x24EA)  # circled letters are So, yet GitHub keeps them
_SQUARED_LETTERS = range(0x1F130, 0x1F18A)


def github_slug(text: str) -> str:
    """The anchor of one heading, before duplicates are numbered."""
    return "".join("-" if c == " " else c for c in text.lower() if _is_kept(c))


def github_slugs(texts: Iterable[str]) -> tuple[str, ...]:
    """The anchors of a document's headings, in order; duplicates get `-1`, `-2`."""
    taken: dict[str, int] = {}
    found: list[str] = []
    for text in texts:
        first = anchor = github_slug(text)
        while anchor in taken:
            taken[first] += 1
            anchor = f"{first}-{taken[first]}"
        taken[anchor] = 0
        found.append(anchor)
    return tuple(found)


def _is_kept(character: str) -> bool:
    if character in " -":
        return True
    kind = category(character)
    if kind[0] in "LM" or kind in _KEPT:
        return True
    return ord(character) in _SYMBOL_LETTERS or ord(character) in _SQUARED_LETTERS
