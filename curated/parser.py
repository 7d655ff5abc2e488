"""The parser's events, put together to runs and blocks."""

from re import compile as pattern
from typing import Any, Final

import pyromark

from staycurrent.curated.markup import (
    CodeBlock,
    HtmlBlock,
    InlineKind,
    InlineNode,
    InlineRun,
    Markup,
    ReferenceDefinition,
)
from staycurrent.curated.spans import Span

_INLINE_TAGS = {
    "Link": InlineKind.LINK,
    "Image": InlineKind.IMAGE,
    "Emphasis": InlineKind.STYLE,
    "Strong": InlineKind.STYLE,
    "Strikethrough": InlineKind.STYLE,
}
_LEAVES = {"Text": InlineKind.TEXT, "Code": InlineKind.CODE, "InlineHtml": InlineKind.HTML}
_SHOWN = (InlineKind.TEXT, InlineKind.CODE)
_LEAF_BLOCKS = ("Paragraph", "Heading", "HtmlBlock", "CodeBlock")
_ROWS = ("TableRow", "TableHead")
_ENTRIES = ("Item", "TableRow", "TableHead", "FootnoteDefinition")


class _MarkupBuilder:
    """Turns the parser's events into runs and blocks."""

    def __init__(self) -> None:
        self.runs: list[InlineRun] = []
        self.html: list[HtmlBlock] = []
        self.code: list[CodeBlock] = []
        self._run: InlineRun | None = None
        self._open: list[InlineNode] = []
        self._entries: list[int] = []
        self._numbers = 0
        self._depth = 0
        self._level = 0
        self._rows = 0
        self._is_verbatim = False

    def see(self, event: Any, start: int, end: int) -> None:
        """Take the parser's next event."""
        if isinstance(event, str):
            self._sign(event, start, end)
            return
        ((name, data),) = event.items()
        if name in ("Start", "End"):
            tag, value = (data, None) if isinstance(data, str) else next(iter(data.items()))
            if name == "Start":
                self._begin(tag, value, start, end)
            else:
                self._finish(tag)
        elif name == "Html":
            self.html[-1].lines.append(Span(start, end))
        elif not self._is_verbatim:
            kind = _LEAVES.get(name, InlineKind.OTHER)
            self._add(InlineNode(kind, start, end, self._parent(), data if kind in _SHOWN else ""))

    def _sign(self, name: str, start: int, end: int) -> None:
        if name == "Rule":
            self._run = None
        else:
            self._add(InlineNode(InlineKind.OTHER, start, end, self._parent(), " "))

    def _parent(self) -> InlineNode | None:
        return self._open[-1] if self._open else None

    def _add(self, piece: InlineNode) -> None:
        if self._run is None:
            self._numbers += 1
            entry = self._entries[-1] if self._entries else self._numbers
            self._run = InlineRun(piece.start, piece.end, entry, self._level, self._rows > 0)
            self.runs.append(self._run)
        self._run.nodes.append(piece)
        around = piece.parent
        if around is None:
            self._run.end = piece.end
        else:
            around.inner_end = piece.end
            piece.link = around.link if around.kind is InlineKind.STYLE else around

    def _begin(self, tag: str, value: Any, start: int, end: int) -> None:
        kind = _INLINE_TAGS.get(tag)
        if kind is None:
            self._begin_block(tag, value, Span(start, end))
            return
        piece = InlineNode(kind, start, end, self._parent())
        if value is not None and value["link_type"] == "Collapsed":
            piece.end += len("[]")  # which the parser's range leaves out
        if kind is not InlineKind.STYLE:
            piece.url = value["dest_url"]
            piece.link_type = value["link_type"]
            piece.label = value["id"]
        self._add(piece)
        self._open.append(piece)

    def _finish(self, tag: str) -> None:
        if tag in _INLINE_TAGS:
            self._open.pop()
            return
        self._run = None
        self._level = 0
        self._is_verbatim = False
        if tag in _ENTRIES:
            self._entries.pop()
        self._rows -= tag in _ROWS
        self._depth -= tag not in _LEAF_BLOCKS
        if tag == "HtmlBlock" and self.html[-1].lines:
            # the parser's own range may run into the indentation of the next block
            block = self.html[-1]
            block.span = Span(block.lines[0].start, block.lines[-1].end)

    def _begin_block(self, tag: str, value: Any, span: Span) -> None:
        self._run = None
        self._depth += tag not in _LEAF_BLOCKS
        self._rows += tag in _ROWS
        if tag in _ENTRIES:
            self._numbers += 1
            self._entries.append(self._numbers)
        elif tag == "Heading":
            self._level = int(value["level"][1])
        elif tag == "HtmlBlock":
            self._is_verbatim = True
            self.html.append(HtmlBlock(span, is_top_level=self._depth == 0))
        elif tag == "CodeBlock":
            self._is_verbatim = True
            self.code.append(CodeBlock(span, is_fenced=value != "Indented"))


_OPTIONS: Final = (
    pyromark.Options.ENABLE_TABLES
    | pyromark.Options.ENABLE_FOOTNOTES
    | pyromark.Options.ENABLE_STRIKETHROUGH
    | pyromark.Options.ENABLE_TASKLISTS
    | pyromark.Options.ENABLE_GFM
)
_BOM = b"\xef\xbb\xbf"
_FENCE = pattern(rb"(---|\+\+\+)[ \t]*\r?\n(?=\s*(?:#|[\w\"'][^\n:=]*[:=]))")
_FENCE_END = {
    b"---": pattern(rb"(?m)^(?:---|\.\.\.)[ \t]*\r?(?:\n|\Z)"),
    b"+++": pattern(rb"(?m)^\+\+\+[ \t]*\r?(?:\n|\Z)"),
}


def read_markup(raw: bytes) -> Markup:
    """Parse any bytes whatever; never raises."""
    clean, front_matter = _cleaned(raw)
    text = clean.decode()
    reader = _MarkupBuilder()
    for event, place in pyromark.events_with_range(text, options=_OPTIONS):
        reader.see(event, place["start"], place["end"])
    return Markup(
        clean,
        tuple(reader.runs),
        tuple(reader.html),
        tuple(reader.code),
        _references(text),
        front_matter,
    )


def undefined_references(markup: Markup) -> tuple[tuple[str, Span], ...]:
    """Full and collapsed references, `[a][b]` and `[a][]`, that nothing defines."""
    found: list[tuple[str, Span]] = []

    def note(link: Any) -> None:
        if link["link_type"] in ("Reference", "Collapsed"):
            found.append((link["reference"], Span(link["span"]["start"], link["span"]["end"])))

    for _event in pyromark.events(
        markup.clean.decode(), options=_OPTIONS, broken_link_callback=note
    ):
        pass
    return tuple(found)


def _references(text: str) -> tuple[ReferenceDefinition, ...]:
    if "]:" not in text:
        return ()
    found = pyromark.reference_definitions(text, options=_OPTIONS)
    return tuple(
        ReferenceDefinition(label, each["dest"], Span(each["span"]["start"], each["span"]["end"]))
        for label, each in found.items()
    )


def _cleaned(raw: bytes) -> tuple[bytes, Span]:
    """Put out a byte order mark, front matter, NUL and broken UTF-8, byte for byte.

    Line feeds stand in for what comes first, for blank lines change nothing behind them; `?` for
    the rest (NUL in a label makes pulldown-cmark panic, its issue 1129).
    """
    start = len(_BOM) if raw.startswith(_BOM) else 0
    end = _end_of_front_matter(raw, start)
    clean = (b"\n" * end + raw[end:]).replace(b"\0", b"?")
    try:
        clean.decode()
    except UnicodeDecodeError:
        clean = clean.decode("utf-8", "surrogateescape").translate(_BROKEN).encode()
    return clean, Span(start, end)


def _end_of_front_matter(raw: bytes, start: int) -> int:
    """`start` where there is none: a first line `---` may as well be a rule."""
    fence = _FENCE.match(raw, start)
    close = _FENCE_END[fence.group(1)].search(raw, fence.end()) if fence else None
    return close.end() if close else start


_BROKEN = dict.fromkeys(range(0xDC80, 0xDD00), "?")
