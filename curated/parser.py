"""Parses markdown into inline content, raw HTML, code and reference definitions (`Markup`).

The only module that imports the parser (pulldown-cmark, through pyromark).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from re import compile as pattern
from typing import Any, Final, NamedTuple

import pyromark

from staycurrent.curated.spans import LineIndex, Span, index_lines


class InlineKind(StrEnum):
    """The kind of an inline node."""

    TEXT = "text"
    CODE = "code"
    HTML = "html"
    LINK = "link"
    IMAGE = "image"
    STYLE = "style"
    """Emphasis, strong emphasis or strikethrough."""
    OTHER = "other"
    """A line break, a footnote reference or a task's checkbox."""


@dataclass(slots=True)
class InlineNode:
    """One node of inline content."""

    kind: InlineKind
    start: int
    end: int
    parent: "InlineNode | None"
    text: str = ""
    """The rendered text of text and code nodes."""
    inner_end: int = 0
    """Where the last child ends, and so where the closing delimiter begins."""
    url: str = ""
    link_type: str = ""
    label: str = ""
    """The label of a reference link."""
    enclosing_link: "InlineNode | None" = None
    """The nearest link or image around it."""

    @property
    def span(self) -> Span:
        """Its bytes."""
        return Span(self.start, self.end)


@dataclass(slots=True)
class InlineRun:
    """The inline content of one paragraph, tight item, heading or table cell."""

    start: int
    end: int
    """Includes trailing blanks."""
    entry: int
    """Number of the item, row or footnote around it; runs of one entry share it."""
    heading_level: int
    """1 to 6 for a heading, else 0."""
    in_table: bool
    nodes: list[InlineNode] = field(default_factory=list)
    """In the order in which they begin."""

    @property
    def span(self) -> Span:
        """Its bytes."""
        return Span(self.start, self.end)


@dataclass(slots=True)
class HtmlBlock:
    """A block of raw HTML."""

    span: Span
    is_top_level: bool
    lines: list[Span] = field(default_factory=list)
    """Its lines, without the markers of block quotes and items before them."""


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """A code block."""

    span: Span
    is_fenced: bool


class ReferenceDefinition(NamedTuple):
    """A link reference definition."""

    label: str
    url: str
    span: Span


@dataclass(frozen=True, slots=True)
class Markup:
    """A document as the parser sees it; all offsets count bytes of the original document."""

    raw: bytes
    lines: LineIndex
    clean: bytes
    """As long as the document; bytes that the parser must not see are replaced."""
    runs: tuple[InlineRun, ...]
    entries: Mapping[int, Sequence[InlineRun]]
    """The runs of each `InlineRun.entry`."""
    html: tuple[HtmlBlock, ...]
    code: tuple[CodeBlock, ...]
    references: tuple[ReferenceDefinition, ...]
    front_matter: Span

    @property
    def nodes(self) -> Iterator[InlineNode]:
        """Those of all runs."""
        return (node for run in self.runs for node in run.nodes)


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
_INVALID_UTF_8 = dict.fromkeys(range(0xDC80, 0xDD00), "?")
_INLINE_TAGS = {
    "Link": InlineKind.LINK,
    "Image": InlineKind.IMAGE,
    "Emphasis": InlineKind.STYLE,
    "Strong": InlineKind.STYLE,
    "Strikethrough": InlineKind.STYLE,
}
_LEAVES = {"Text": InlineKind.TEXT, "Code": InlineKind.CODE, "InlineHtml": InlineKind.HTML}
_VERBATIM = ("HtmlBlock", "CodeBlock")
_ROWS = {"TableRow", "TableHead"}
_ENTRIES = ("Item", "TableRow", "TableHead", "FootnoteDefinition")


def read_markup(raw: bytes) -> Markup:
    """Parse any bytes; never raises."""
    clean, front_matter = _clean(raw)
    text = clean.decode()
    builder = _MarkupBuilder()
    for event, place in pyromark.events_with_range(text, options=_OPTIONS):
        builder.handle(event, place["start"], place["end"])
    found = pyromark.reference_definitions(text, options=_OPTIONS) if "]:" in text else {}
    references = tuple(
        ReferenceDefinition(label, each["dest"], Span(**each["span"]))
        for label, each in found.items()
    )
    runs, html, code = tuple(builder.runs), tuple(builder.html), tuple(builder.code)
    lines, entries = index_lines(raw), builder.entries
    return Markup(raw, lines, clean, runs, entries, html, code, references, front_matter)


def undefined_references(markup: Markup) -> tuple[tuple[str, Span], ...]:
    """Full and collapsed references, `[a][b]` and `[a][]`, without a definition."""
    found: list[tuple[str, Span]] = []

    def record(link: Any) -> None:
        if link["link_type"] in ("Reference", "Collapsed"):
            found.append((link["reference"], Span(**link["span"])))

    for _event in pyromark.events(
        markup.clean.decode(), options=_OPTIONS, broken_link_callback=record
    ):
        pass
    return tuple(found)


def _clean(raw: bytes) -> tuple[bytes, Span]:
    """Replace what the parser must not see, keeping all offsets; and the span of front matter.

    A byte order mark and front matter become line feeds, because blank lines at the start change
    nothing after them. NUL and invalid UTF-8 become `?` (NUL in a label makes pulldown-cmark
    panic, its issue 1129).
    """
    start = end = len(_BOM) if raw.startswith(_BOM) else 0
    fence = _FENCE.match(raw, start)
    closing = _FENCE_END[fence.group(1)].search(raw, fence.end()) if fence else None
    if closing:  # without one, a first line `---` is a thematic break
        end = closing.end()
    clean = (b"\n" * end + raw[end:]).replace(b"\0", b"?")
    try:
        clean.decode()
    except UnicodeDecodeError:
        clean = clean.decode("utf-8", "surrogateescape").translate(_INVALID_UTF_8).encode()
    return clean, Span(start, end)


class _MarkupBuilder:
    """Collects the parser's events into runs and blocks."""

    def __init__(self) -> None:
        self.runs: list[InlineRun] = []
        self.entries: defaultdict[int, list[InlineRun]] = defaultdict(list)
        self.html: list[HtmlBlock] = []
        self.code: list[CodeBlock] = []
        self._run: InlineRun | None = None
        self._open: list[InlineNode] = []
        self._entries: list[int] = []
        self._entry_count = 0
        self._heading_level = 0
        self._blocks: list[str] = []
        """The tags of the open blocks, outermost first."""

    def handle(self, event: Any, start: int, end: int) -> None:
        """Handle the parser's next event."""
        if event == "Rule":
            self._run = None
            return
        if isinstance(event, str):  # a line break
            self._add(InlineNode(InlineKind.OTHER, start, end, self._parent(), " "))
            return
        ((name, data),) = event.items()
        if name in ("Start", "End"):
            tag, value = (data, None) if isinstance(data, str) else next(iter(data.items()))
            if name == "End":
                self.end(tag)
            elif tag in _INLINE_TAGS:
                self.start_inline(tag, value, start, end)
            else:
                self.start_block(tag, value, Span(start, end))
        elif name == "Html":
            self.html[-1].lines.append(Span(start, end))
        elif not (self._blocks and self._blocks[-1] in _VERBATIM):
            kind = _LEAVES.get(name, InlineKind.OTHER)
            text = data if kind in (InlineKind.TEXT, InlineKind.CODE) else ""
            self._add(InlineNode(kind, start, end, self._parent(), text))

    def start_inline(self, tag: str, value: Any, start: int, end: int) -> None:
        """Handle the start of a link, an image, emphasis or strikethrough."""
        node = InlineNode(_INLINE_TAGS[tag], start, end, self._parent())
        if value is not None and value["link_type"] == "Collapsed":
            node.end += len("[]")  # the parser's range leaves them out
        if node.kind is not InlineKind.STYLE:
            node.url = value["dest_url"]
            node.link_type = value["link_type"]
            node.label = value["id"]
        self._add(node)
        self._open.append(node)

    def start_block(self, tag: str, value: Any, span: Span) -> None:
        """Handle the start of a block."""
        self._run = None
        if tag in _ENTRIES:
            self._entry_count += 1
            self._entries.append(self._entry_count)
        elif tag == "Heading":
            self._heading_level = int(value["level"][1])
        elif tag == "HtmlBlock":
            self.html.append(HtmlBlock(span, is_top_level=not self._blocks))
        elif tag == "CodeBlock":
            self.code.append(CodeBlock(span, is_fenced=value != "Indented"))
        self._blocks.append(tag)

    def end(self, tag: str) -> None:
        """Handle the end of a block or of an inline node."""
        if tag in _INLINE_TAGS:
            self._open.pop()
            return
        self._run = None
        self._heading_level = 0
        self._blocks.pop()
        if tag in _ENTRIES:
            self._entries.pop()
        if tag == "HtmlBlock" and self.html[-1].lines:
            # the parser's own range may include the indentation of the next block
            block = self.html[-1]
            block.span = Span(block.lines[0].start, block.lines[-1].end)

    def _parent(self) -> InlineNode | None:
        return self._open[-1] if self._open else None

    def _add(self, node: InlineNode) -> None:
        if self._run is None:
            self._entry_count += 1
            entry = self._entries[-1] if self._entries else self._entry_count
            in_table = not _ROWS.isdisjoint(self._blocks)
            self._run = InlineRun(node.start, node.end, entry, self._heading_level, in_table)
            self.runs.append(self._run)
            self.entries[entry].append(self._run)
        self._run.nodes.append(node)
        parent = node.parent
        if parent is None:
            self._run.end = node.end
        else:
            parent.inner_end = node.end
            is_style = parent.kind is InlineKind.STYLE
            node.enclosing_link = parent.enclosing_link if is_style else parent
