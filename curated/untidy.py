"""What is untidy about a list and breaks nothing yet: strays, blanks, addresses without TLS."""

from collections.abc import Iterable, Iterator
from re import compile as pattern

from staycurrent.curated.document import Document
from staycurrent.curated.finding import FindingKind, Note
from staycurrent.curated.place import Kind, Place

# A lone `s` makes a plural: `[paper](...)s`.
_STRAY = pattern(rb"([A-RT-Za-rt-z])(?![^\W_]|['-])")
_HTTP = pattern(r"(?i)http://(?=[^/?#])")
_HEADING = pattern(rb" {0,3}#{1,6}(?=[ \t])[^\r\n]*[^ \t\r\n#]([ \t]+)(?=[\r\n]|\Z)")


def untidy(document: Document, written: Iterable[Place]) -> Iterator[Note]:
    """All of it, for the places that people wrote."""
    for place in written:
        yield from _stray(document.raw, place)
        yield from _plain_http(place)
    for heading in document.headings:
        line = document.lines.span(heading.line)
        found = _HEADING.match(document.raw, *line)
        if found is not None:
            message = f"the heading {heading.text!r} ends with a blank"
            yield Note(found.start(1), FindingKind.TRAILING_BLANK, message)


def _stray(raw: bytes, place: Place) -> Iterator[Note]:
    is_bracketed = place.kind in (Kind.INLINE, Kind.REFERENCE)
    found = _STRAY.match(raw, place.use.end) if is_bracketed else None
    if found is not None:
        letter = found.group(1).decode()
        message = f"a stray {letter!r} sticks to the link {place.title!r}"
        yield Note(found.start(), FindingKind.STRAY_TEXT, message)


def _plain_http(place: Place) -> Iterator[Note]:
    if _HTTP.match(place.url):
        message = f"{place.url} is asked for without TLS: look whether https:// answers as well"
        yield Note(place.use.start, FindingKind.PLAIN_HTTP, message)
