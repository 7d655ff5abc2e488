"""What the markdown parser sees: stretches of inline content, raw HTML and definitions."""

from dataclasses import dataclass, field
from enum import StrEnum

from staycurrent.curated.spans import Span


class InlineKind(StrEnum):
    """What a piece of inline content is."""

    TEXT = "text"
    CODE = "code"
    HTML = "html"
    LINK = "link"
    IMAGE = "image"
    STYLE = "style"
    """Emphasis, strong emphasis or strike-through."""
    OTHER = "other"
    """A line break, a footnote's mark or a task's box."""


@dataclass(slots=True)
class InlineNode:
    """One piece of inline content; pieces stand in the order in which they begin."""

    kind: InlineKind
    start: int
    end: int
    parent: "InlineNode | None"
    text: str = ""
    """Of text and code: what is shown, escapes resolved."""
    inner_end: int = 0
    """Where the last child ends; the start of the closing part."""
    url: str = ""
    link_type: str = ""
    label: str = ""
    """Of links by reference."""
    link: "InlineNode | None" = None
    """The nearest link or image around it."""


@dataclass(slots=True)
class InlineRun:
    """A stretch of inline content: of a paragraph, a tight item, a heading or a cell."""

    start: int
    end: int
    """Blanks at the end included."""
    entry: int
    """Number of the item, row or footnote around it, else its own; the same for all its runs."""
    level: int
    """Of a heading, 1 to 6; 0 elsewhere."""
    in_row: bool
    """Whether it is a table's cell."""
    nodes: list[InlineNode] = field(default_factory=list)


@dataclass(slots=True)
class HtmlBlock:
    """A block of raw HTML."""

    span: Span
    is_top_level: bool
    lines: list[Span] = field(default_factory=list)
    """Without the markers of quotes and items before them."""


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """A block of code."""

    span: Span
    is_fenced: bool


@dataclass(frozen=True, slots=True)
class ReferenceDefinition:
    """A definition of a link reference."""

    label: str
    url: str
    span: Span


@dataclass(frozen=True, slots=True)
class Markup:
    """A document as the parser sees it; every offset counts bytes of the document as it stands."""

    clean: bytes
    """As long as the document, with what the parser must not see put out."""
    runs: tuple[InlineRun, ...]
    html: tuple[HtmlBlock, ...]
    code: tuple[CodeBlock, ...]
    references: tuple[ReferenceDefinition, ...]
    front_matter: Span
