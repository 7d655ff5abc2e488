"""What the markdown parser finds: inline content, raw HTML, code and reference definitions."""

from dataclasses import dataclass, field
from enum import StrEnum

from staycurrent.curated.spans import Span


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


@dataclass(frozen=True, slots=True)
class ReferenceDefinition:
    """A link reference definition."""

    label: str
    url: str
    span: Span


@dataclass(frozen=True, slots=True)
class Markup:
    """A document as the parser sees it; all offsets count bytes of the original document."""

    clean: bytes
    """As long as the document; bytes that the parser must not see are replaced."""
    runs: tuple[InlineRun, ...]
    html: tuple[HtmlBlock, ...]
    code: tuple[CodeBlock, ...]
    references: tuple[ReferenceDefinition, ...]
    front_matter: Span
