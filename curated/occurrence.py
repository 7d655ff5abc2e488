"""What a document holds: places of links, headings, definitions, and comments that command."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from staycurrent.curated.spans import Span


class LinkKind(StrEnum):
    """How a link is written."""

    INLINE = "inline"
    IMAGE = "image"
    """An image of markdown, inline or by reference."""
    REFERENCE = "reference"
    AUTOLINK = "autolink"
    """`<https://...>`."""
    BARE = "bare"
    """GitHub's bare addresses, of the web and of mail."""
    HTML = "html"
    """`a`, `img`, `source` in raw HTML."""


class DirectiveKind(StrEnum):
    """What a comment beside a link orders."""

    KEEP = "keep"
    """Never flag it."""
    IGNORE = "ignore"
    """Do not even request it."""


@dataclass(frozen=True, slots=True)
class Directive:
    """A comment that commands."""

    kind: DirectiveKind
    text: str
    """The comment as it is written, less its brackets: `stay:keep until=2027-01-01`."""
    line: int
    """From 1."""
    column: int
    """In characters, from 1."""
    until: date | None
    """Last night on which it holds; None: for good."""
    reason: str
    error: str | None
    """What of it cannot be read; the rest holds."""

    def is_active(self, on: date) -> bool:
        """Whether it still commands on a night."""
        return self.until is None or on <= self.until


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One use of a link."""

    url: str
    """The address as the list means it: escapes and character references resolved, nothing else."""
    kind: LinkKind
    destination: Span
    """The destination's bytes; of a reference they stand in its definition."""
    verified: bool
    """Whether these bytes were proved to mean `url`; where not, they are never edited."""
    link_span: Span
    """The whole construct where the link is used, in which the reader sees it."""
    flag_offset: int | None
    """Where a flag of this link stands, behind its construct; None where none may stand."""
    entry_start: int
    """Where the text of its row or item begins; of raw HTML, where the link does."""
    entry_flag_offset: int | None
    """Where a flag stands with `place = "end"`; None as for `after`."""
    title: str
    """The name of the entry: the link's text, or what its row or item is called."""
    text: str
    """What is shown of the link: its text, or the other text of an image; may be empty."""
    section: tuple[str, ...]
    """The headings above, the outermost first; the title of the whole list is not one."""
    line: int
    """From 1."""
    column: int
    """In characters, from 1."""
    directives: tuple[Directive, ...]
    """The comments that speak of it, also those that have expired."""
    generated_section: str | None
    """Name of the generated part that it stands in."""

    def directive(self, on: date) -> DirectiveKind | None:
        """What is ordered on a night; to ignore a link is more than to keep it."""
        if not self.directives:
            return None
        held = {order.kind for order in self.directives if order.is_active(on)}
        return DirectiveKind.IGNORE if DirectiveKind.IGNORE in held else next(iter(held), None)

    @property
    def can_carry_flag(self) -> bool:
        """Whether a flag may stand beside it: what is generated carries none."""
        return self.flag_offset is not None and self.generated_section is None


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading, of markdown or of raw HTML."""

    level: int
    """1 to 6."""
    text: str
    slug: str
    """The anchor that GitHub gives it."""
    span: Span
    line: int


@dataclass(frozen=True, slots=True)
class Definition:
    """A definition of a link reference."""

    label: str
    url: str
    destination: Span
    """The destination's bytes."""
    line: int
    is_used: bool
