"""Raw HTML in a document: its tags, attributes and comments, by byte."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from re import IGNORECASE
from re import compile as pattern
from typing import NamedTuple

from staycurrent.curated.markup import HtmlBlock, InlineKind, InlineNode, Markup
from staycurrent.curated.spans import Span

_OPENING = pattern(rb"<(?:(!--)|(/?[A-Za-z][^\s/><\x00]*)|[!?/])")
_ATTRIBUTE = pattern(
    rb"[\s/]*([^\s\"'<>/=]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>][^\s<>]*)))?"
)
_TAG_END = pattern(rb"[\s/]*>")
_CONTAINER_MARKS = pattern(rb"(?<=\n)[ \t>]+(?=.)")
_CANDIDATE = pattern(r"[\s,]*([^\s,]\S*)")
_DESCRIPTOR = pattern(r"[^,(]*(?:\([^)]{0,200}\)[^,(]*)*,?")
_RAW_TEXT = ("script", "style", "textarea", "title", "xmp")
_ADDRESSES = {"a": ("href",), "img": ("src", "srcset"), "source": ("src", "srcset")}


class HtmlAttribute(NamedTuple):
    """The value of an attribute, and where it stands."""

    text: str
    """As it stands, character references not resolved."""
    span: Span


@dataclass(frozen=True, slots=True)
class HtmlTag:
    """A tag, or a comment, whose name is then `!--`."""

    name: str
    """In lower case; with `/` before it where the tag closes."""
    span: Span
    attributes: dict[str, HtmlAttribute]
    """By name in lower case; of two with one name the first counts."""


def is_comment(tag: HtmlTag) -> bool:
    """Whether it is a comment."""
    return tag.name == "!--"


def block_tags(clean: bytes, block: HtmlBlock) -> Iterator[HtmlTag]:
    """The tags of a block of raw HTML; marks of quotes and items around it are not part of it."""
    if all(before.end == after.start for before, after in pairwise(block.lines)):
        yield from _tags(clean, *block.span, shift=0)
        return
    start, end = block.span
    content = bytearray(b" " * (end - start))
    for line in block.lines:
        content[line.start - start : line.end - start] = clean[line.start : line.end]
    yield from _tags(bytes(content), 0, len(content), shift=start)


def inline_tag(clean: bytes, piece: InlineNode) -> HtmlTag | None:
    """The one tag of a piece of inline HTML."""
    content = clean[piece.start : piece.end]
    if b"\n" in content:
        content = _CONTAINER_MARKS.sub(lambda marks: b" " * len(marks.group()), content)
    return next(_tags(content, 0, len(content), shift=piece.start), None)


def tag_urls(tag: HtmlTag) -> Iterator[HtmlAttribute]:
    """The addresses that a tag leads to or loads, in the order in which they stand."""
    for name in _ADDRESSES.get(tag.name, ()):
        value = tag.attributes.get(name)
        if value is not None:
            yield from (_candidates(value) if name == "srcset" else (value,))


def _candidates(srcset: HtmlAttribute) -> Iterator[HtmlAttribute]:
    """The addresses of a `srcset` (HTML 4.8.4.2.1)."""
    text, offset = srcset.text, 0
    reached, at = 0, srcset.span.start
    while match := _CANDIDATE.match(text, offset):
        url = match.group(1)
        offset = match.end()
        if url.endswith(","):
            url = url.rstrip(",")
        elif descriptor := _DESCRIPTOR.match(text, offset):
            offset = max(descriptor.end(), offset)
        at += len(text[reached : match.start(1)].encode())
        reached = match.start(1)
        yield HtmlAttribute(url, Span(at, at + len(url.encode())))


def _tags(content: bytes, start: int, end: int, *, shift: int) -> Iterator[HtmlTag]:
    while opening := _OPENING.search(content, start, end):
        name = (opening.group(1) or opening.group(2) or b"").decode("utf-8", "replace").lower()
        if opening.group(2):
            found = _attributes(content, opening.end(), end, shift)
            if found is None:
                start = opening.end()
                continue
            attributes, start = found
        else:
            attributes, start = {}, _end_of_comment(content, opening.start(), end)
        yield HtmlTag(name, Span(opening.start() + shift, start + shift), attributes)
        if name in _RAW_TEXT:
            start = _end_of_raw_text(content, name, start, end)


def _attributes(
    content: bytes, start: int, end: int, shift: int
) -> tuple[dict[str, HtmlAttribute], int] | None:
    """The attributes of a tag and where it ends; None where it never does."""
    found: dict[str, HtmlAttribute] = {}
    while match := _ATTRIBUTE.match(content, start, end):
        start = match.end()
        group = match.lastindex or 1
        value = Span(*match.span(group)) if group > 1 else Span(match.end(), match.end())
        text = content[value.start : value.end].decode("utf-8", "replace")
        name = match.group(1).decode("utf-8", "replace").lower()
        found.setdefault(name, HtmlAttribute(text, Span(value.start + shift, value.end + shift)))
    close = _TAG_END.match(content, start, end)
    return (found, close.end()) if close else None


def _end_of_comment(content: bytes, start: int, end: int) -> int:
    """Of `<!-- -->`, and of what HTML takes for a comment: `<!x>`, `<?x>`, `</>`."""
    close = b"-->" if content.startswith(b"<!--", start) else b">"
    found = content.find(close, start + 2, end)
    return found + len(close) if found >= 0 else end


def _end_of_raw_text(content: bytes, name: str, start: int, end: int) -> int:
    found = pattern(rb"</" + name.encode(), IGNORECASE).search(content, start, end)
    return found.start() if found else end


def html_tags(markup: Markup) -> dict[int, HtmlTag]:
    """Every tag and comment by the byte at which it begins, in order; those in code are none."""
    clean = markup.clean
    pieces = (piece for run in markup.runs for piece in run.nodes if piece.kind is InlineKind.HTML)
    found = [tag for piece in pieces if (tag := inline_tag(clean, piece)) is not None]
    found += [tag for block in markup.html for tag in block_tags(clean, block)]
    found.sort(key=lambda tag: tag.span)
    return {tag.span.start: tag for tag in found}


def html_comments(markup: Markup) -> tuple[HtmlTag, ...]:
    """Every comment, in order."""
    return tuple(tag for tag in html_tags(markup).values() if is_comment(tag))
