"""The headings of a document, its sections, and the fragments that links may point to."""

from collections.abc import Iterable, Sequence
from unicodedata import category

from staycurrent.curated.escaping import unescape_html
from staycurrent.curated.html_tags import HtmlTag, text_without_tags
from staycurrent.curated.occurrence import Heading
from staycurrent.curated.parser import InlineKind, Markup
from staycurrent.curated.spans import Span

_LEVELS = {f"h{level}": level for level in range(1, 7)}
_MAX_HTML_BYTES = 4000
_SLUG_CATEGORIES = frozenset({"Nd", "Nl", "Pc"})
_CIRCLED_LETTERS = range(0x24B6, 0x24EA)  # of category So, yet GitHub keeps them
_SQUARED_LETTERS = range(0x1F130, 0x1F18A)


def find_headings(markup: Markup, tags: Iterable[HtmlTag]) -> tuple[Heading, ...]:
    """All headings, in markdown and in raw HTML, in order."""
    found: list[tuple[Span, int, str]] = []
    for run in markup.runs:
        if run.heading_level:
            # what github-slugger is given: not stripped, without the alternative text of images
            text = "".join(
                node.text
                for node in run.nodes
                if node.kind in (InlineKind.TEXT, InlineKind.CODE, InlineKind.OTHER)
                and (node.enclosing_link is None or node.enclosing_link.kind != InlineKind.IMAGE)
            )
            found.append((Span(run.start, run.end), run.heading_level, text))
    opened: HtmlTag | None = None
    for tag in tags:
        if tag.name in _LEVELS:
            opened = tag
        elif opened is not None and tag.name == f"/{opened.name}":
            start = opened.span.end
            inner = markup.clean[start : min(tag.span.start, start + _MAX_HTML_BYTES)]
            span = Span(opened.span.start, tag.span.end)
            found.append((span, _LEVELS[opened.name], text_without_tags(inner, b"")))
            opened = None
    found.sort()
    slugs = github_slugs(text for _span, _level, text in found)
    return tuple(
        Heading(level, text.strip(), slug, span, markup.lines.number(span.start))
        for (span, level, text), slug in zip(found, slugs, strict=True)
    )


def find_fragment_targets(headings: Iterable[Heading], tags: Iterable[HtmlTag]) -> frozenset[str]:
    """The fragments that a document has, in lower case, because GitHub ignores case."""
    named = (
        unescape_html(tag.attributes[name].text).lower()
        for tag in tags
        for name in ("id", "name")
        if name in tag.attributes
    )
    return frozenset((*(heading.slug for heading in headings), *named))


def github_slug(text: str) -> str:
    """The fragment of one heading, before duplicates are numbered."""
    return "".join("-" if c == " " else c for c in text.lower() if _is_in_slug(c))


def github_slugs(texts: Iterable[str]) -> tuple[str, ...]:
    """The fragments of a document's headings, in order; duplicates get `-1`, `-2`."""
    taken: dict[str, int] = {}
    found: list[str] = []
    for text in texts:
        first = slug = github_slug(text)
        while slug in taken:
            taken[first] += 1
            slug = f"{first}-{taken[first]}"
        taken[slug] = 0
        found.append(slug)
    return tuple(found)


def _is_in_slug(character: str) -> bool:
    if character in " -":
        return True
    kind = category(character)
    if kind[0] in "LM" or kind in _SLUG_CATEGORIES:
        return True
    return ord(character) in _CIRCLED_LETTERS or ord(character) in _SQUARED_LETTERS


def section_paths(headings: Sequence[Heading]) -> list[tuple[str, ...]]:
    """The headings above what is before the first heading, and above what is from each one on.

    Outermost first; a heading is in its own section.
    """
    # a single h1 at the top is the title of the list, not a section
    has_title = [heading for heading in headings if heading.level == 1] == [*headings[:1]]
    paths: list[tuple[str, ...]] = [()]
    open_headings: list[Heading] = []
    for number, heading in enumerate(headings):
        open_headings = [each for each in open_headings if each.level < heading.level]
        open_headings += [heading] if number or not has_title else []
        paths.append(tuple(each.text for each in open_headings))
    return paths
