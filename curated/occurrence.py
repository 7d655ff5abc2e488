"""The links, headings and reference definitions that a document holds."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from staycurrent.curated.directives import Directive, DirectiveKind
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
    """A bare web or mail address (GFM's autolinks extension)."""
    HTML = "html"
    """`a` in raw HTML."""
    HTML_IMAGE = "html_image"
    """`img` or `source` in raw HTML."""

    @property
    def is_image(self) -> bool:
        """Whether it shows an image, and does not lead to a page."""
        return self in (LinkKind.IMAGE, LinkKind.HTML_IMAGE)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One use of a link in a document."""

    url: str
    """The URL as the list means it: escapes and character references are resolved, no more."""
    kind: LinkKind
    destination: Span
    """The bytes of the URL; for a reference link they are in its definition."""
    verified: bool
    """Whether these bytes were proved to mean `url`; if not, they are never edited."""
    link_span: Span
    """The whole link or image where it is used."""
    flag_offset: int | None
    """Where a flag of this link goes, just after the link; None where no flag may go."""
    entry_start: int
    """Where the text of its row or item begins; for raw HTML, where the link begins."""
    entry_flag_offset: int | None
    """Where a flag goes with `place = "end"`; None as for `flag_offset`."""
    title: str
    """The name of the entry: the link's text, or what its row or item is called."""
    text: str
    """The link's text, or the alternative text of an image; may be empty."""
    section: tuple[str, ...]
    """The headings above, outermost first, without the title of the list."""
    line: int
    """From 1."""
    column: int
    """In characters, from 1."""
    directives: tuple[Directive, ...]
    """The directives that apply to it, including expired ones."""
    generated_section: str | None
    """The name of the generated section that contains it."""

    def directive(self, on: date) -> DirectiveKind | None:
        """The directive that is active on a date; `ignore` outranks `keep`."""
        active = {directive.kind for directive in self.directives if directive.is_active(on)}
        return DirectiveKind.IGNORE if DirectiveKind.IGNORE in active else next(iter(active), None)

    @property
    def can_carry_flag(self) -> bool:
        """Whether a flag may be set on it; nothing in a generated section carries one."""
        return self.flag_offset is not None and self.generated_section is None


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading, in markdown or in raw HTML."""

    level: int
    """1 to 6."""
    text: str
    slug: str
    """The fragment that GitHub gives it."""
    span: Span
    line: int


@dataclass(frozen=True, slots=True)
class Definition:
    """A link reference definition."""

    label: str
    url: str
    destination: Span
    """The bytes of the URL, or of the definition if they are not found."""
    verified: bool
    """As of an occurrence."""
