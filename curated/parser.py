"""Any bytes to markup: the one module that knows the markdown parser."""

from re import compile as pattern
from typing import Any, Final

import pyromark

from staycurrent.curated.events import Events
from staycurrent.curated.markup import Markup, Reference
from staycurrent.curated.spans import Span

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


def read(raw: bytes) -> Markup:
    """Parse any bytes whatever; never raises."""
    clean, front_matter = _cleaned(raw)
    text = clean.decode()
    reader = Events()
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


def _references(text: str) -> tuple[Reference, ...]:
    if "]:" not in text:
        return ()
    found = pyromark.reference_definitions(text, options=_OPTIONS)
    return tuple(
        Reference(label, each["dest"], Span(each["span"]["start"], each["span"]["end"]))
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
