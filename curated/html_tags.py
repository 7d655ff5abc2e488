"""The tags, attributes and comments of a document's raw HTML, with their byte spans."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from re import DOTALL, IGNORECASE
from re import compile as pattern
from typing import NamedTuple

from staycurrent.curated.escaping import unescape_html
from staycurrent.curated.parser import InlineKind, Markup
from staycurrent.curated.spans import Span

_OPENING = pattern(rb"<(?:(!--)|(/?[A-Za-z][^\s/><\x00]*)|[!?/])")
_ATTRIBUTE = pattern(
    rb"[\s/]*([^\s\"'<>/=]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>][^\s<>]*)))?"
)
_TAG_END = pattern(rb"[\s/]*>")
_CONTAINER_MARKERS = pattern(rb"(?<=\n)[ \t>]+(?=.)")
_SRCSET_URL = pattern(r"[\s,]*([^\s,]\S*)")
_SRCSET_DESCRIPTOR = pattern(r"[^,(]*(?:\([^)]{0,200}\)[^,(]*)*,?")
_RAW_TEXT_ELEMENTS = ("script", "style", "textarea", "title", "xmp")
_URL_ATTRIBUTES = {"a": ("href",), "img": ("src", "srcset"), "source": ("src", "srcset")}
_COMMENT_OR_TAG = pattern(rb"<!--.*?(?:-->|\Z)|<[^<>]*>", DOTALL)


FILLER = b"\r"
"""In place of what is not HTML: the markers of block quotes and items around it, and, in
a paragraph, the blanks at the beginning of a line. It is a blank, and is dropped from URLs."""


class HtmlAttribute(NamedTuple):
    """The value of an attribute and its byte span."""

    text: str
    """As written, with `FILLER`; character references are not resolved."""
    span: Span


@dataclass(frozen=True, slots=True)
class HtmlTag:
    """A tag, or a comment, whose name is then `!--`."""

    name: str
    """In lower case; a closing tag's begins with `/`."""
    span: Span
    attributes: dict[str, HtmlAttribute]
    """By name in lower case; the first counts if a name is repeated."""

    @property
    def is_comment(self) -> bool:
        """Whether it is a comment."""
        return self.name == "!--"


def html_tags(markup: Markup) -> dict[int, HtmlTag]:
    """All tags and comments by the offset at which each begins, in order; none inside code."""
    clean = markup.clean
    found: list[HtmlTag] = []
    for node in markup.nodes:
        if node.kind is InlineKind.HTML:
            written = clean[slice(*node.span)]
            content = _CONTAINER_MARKERS.sub(lambda match: FILLER * len(match.group()), written)
            found += islice(_scan(content, node.start), 1)
    for block in markup.html:
        start, end = block.span
        content_of_block = bytearray(FILLER * (end - start))
        for line in block.lines or [block.span]:
            content_of_block[line.start - start : line.end - start] = clean[slice(*line)]
        found += _scan(bytes(content_of_block), start)
    found.sort(key=lambda tag: tag.span)
    return {tag.span.start: tag for tag in found}


def tag_urls(tag: HtmlTag) -> Iterator[HtmlAttribute]:
    """The URLs that a tag links to or loads, in the order in which they are written."""
    for name in _URL_ATTRIBUTES.get(tag.name, ()):
        value = tag.attributes.get(name)
        if value is not None:
            yield from (_srcset_urls(value) if name == "srcset" else (value,))


def text_without_tags(html: bytes, separator: bytes) -> str:
    """The text of raw HTML, with `separator` for each tag and comment."""
    return unescape_html(_COMMENT_OR_TAG.sub(separator, html).decode("utf-8", "replace"))


def _srcset_urls(srcset: HtmlAttribute) -> Iterator[HtmlAttribute]:
    """The URLs of a `srcset` (HTML 4.8.4.2.1)."""
    text, offset = srcset.text, 0
    reached, at = 0, srcset.span.start
    while match := _SRCSET_URL.match(text, offset):
        url = match.group(1)
        offset = match.end()
        if url.endswith(","):
            url = url.rstrip(",")
        elif descriptor := _SRCSET_DESCRIPTOR.match(text, offset):
            offset = max(descriptor.end(), offset)
        at += len(text[reached : match.start(1)].encode())
        reached = match.start(1)
        yield HtmlAttribute(url, Span(at, at + len(url.encode())))


def _scan(content: bytes, shift: int) -> Iterator[HtmlTag]:
    """The tags and comments in `content`, which begins at the offset `shift` of the document."""
    end = 0
    while opening := _OPENING.search(content, end):
        start, end = opening.span()
        name = (opening.group(1) or opening.group(2) or b"").decode("utf-8", "replace").lower()
        attributes: dict[str, HtmlAttribute] = {}
        if opening.group(2):
            while match := _ATTRIBUTE.match(content, end):
                end = match.end()
                group = match.lastindex or 1
                value = Span(*match.span(group)) if group > 1 else Span(end, end)
                text = content[slice(*value)].decode("utf-8", "replace")
                span = Span(value.start + shift, value.end + shift)
                attribute = match.group(1).decode("utf-8", "replace").lower()
                attributes.setdefault(attribute, HtmlAttribute(text, span))
            closing = _TAG_END.match(content, end)
            if closing is None:  # text, not a tag
                end = opening.end()
                continue
            end = closing.end()
        else:
            # a comment, or what HTML takes for one: `<!x>`, `<?x>`, `</>`
            close = b"-->" if opening.group(1) else b">"
            found = content.find(close, start + 2)
            end = found + len(close) if found >= 0 else len(content)
        yield HtmlTag(name, Span(start + shift, end + shift), attributes)
        if name in _RAW_TEXT_ELEMENTS:
            closing = pattern(rb"</" + name.encode(), IGNORECASE).search(content, end)
            end = closing.start() if closing else len(content)
