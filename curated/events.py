"""The parser's events, put together to runs and blocks."""

from typing import Any

from staycurrent.curated.markup import CodeBlock, HtmlBlock, Inline, Piece, Run
from staycurrent.curated.spans import Span

_INLINE_TAGS = {
    "Link": Inline.LINK,
    "Image": Inline.IMAGE,
    "Emphasis": Inline.STYLE,
    "Strong": Inline.STYLE,
    "Strikethrough": Inline.STYLE,
}
_LEAVES = {"Text": Inline.TEXT, "Code": Inline.CODE, "InlineHtml": Inline.HTML}
_SHOWN = (Inline.TEXT, Inline.CODE)
_LEAF_BLOCKS = ("Paragraph", "Heading", "HtmlBlock", "CodeBlock")
_ROWS = ("TableRow", "TableHead")
_ENTRIES = ("Item", "TableRow", "TableHead", "FootnoteDefinition")


class Events:
    """Turns the parser's events into runs and blocks."""

    def __init__(self) -> None:
        self.runs: list[Run] = []
        self.html: list[HtmlBlock] = []
        self.code: list[CodeBlock] = []
        self._run: Run | None = None
        self._open: list[Piece] = []
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
            kind = _LEAVES.get(name, Inline.OTHER)
            self._add(Piece(kind, start, end, self._parent(), data if kind in _SHOWN else ""))

    def _sign(self, name: str, start: int, end: int) -> None:
        if name == "Rule":
            self._run = None
        else:
            self._add(Piece(Inline.OTHER, start, end, self._parent(), " "))

    def _parent(self) -> Piece | None:
        return self._open[-1] if self._open else None

    def _add(self, piece: Piece) -> None:
        if self._run is None:
            self._numbers += 1
            entry = self._entries[-1] if self._entries else self._numbers
            self._run = Run(piece.start, piece.end, entry, self._level, self._rows > 0)
            self.runs.append(self._run)
        self._run.pieces.append(piece)
        around = piece.parent
        if around is None:
            self._run.end = piece.end
        else:
            around.inner_end = piece.end
            piece.link = around.link if around.kind is Inline.STYLE else around

    def _begin(self, tag: str, value: Any, start: int, end: int) -> None:
        kind = _INLINE_TAGS.get(tag)
        if kind is None:
            self._begin_block(tag, value, Span(start, end))
            return
        piece = Piece(kind, start, end, self._parent())
        if value is not None and value["link_type"] == "Collapsed":
            piece.end += len("[]")  # which the parser's range leaves out
        if kind is not Inline.STYLE:
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
