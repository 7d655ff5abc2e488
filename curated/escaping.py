"""Escapes of markdown and HTML: resolved in what a list holds, added to text from elsewhere.

Also mojibake, UTF-8 that was decoded as a Windows code page, and how to reverse it exactly.
"""

import re
from collections.abc import Iterator
from html.entities import html5
from typing import Final, NamedTuple
from urllib.parse import quote

from staycurrent.curated.spans import Span

_ENTITY = r"&(?:#([0-9]{1,7})|#[xX]([0-9a-fA-F]{1,6})|([A-Za-z][A-Za-z0-9]{1,31}));"
_ESCAPE_OR_ENTITY = re.compile(rf"\\([!-/:-@\[-`{{-~])|{_ENTITY}")
_ENTITY_ONLY = re.compile(rf"(){_ENTITY}")
_LAST_CODE_POINT = 0x10FFFF

# What opens, closes or joins inline markup; a lone underscore within a word does neither.
_MARKUP_CHARACTER = re.compile(r"[\\`*\[\]<>!|~$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_ENTITY_START = re.compile(r"&(?=#|[A-Za-z])")
_WHOLE_ENTITY = re.compile(rf"&(?={_ENTITY.removeprefix('&')})")
# GFM makes links of bare addresses, of `a@.b.cc` too. GitHub's filters for mentions, references
# and emoji read the text after unescaping, so a backslash does not stop them; a zero-width space
# does.
_AUTOLINKED = re.compile(
    r"(?i)(?<=@)(?=\S)|(?<=#)(?=\d)|(?<=GH-)(?=\d)|(?<=:)(?=//)|(?<=www)(?=\.)"
    r"|(?<=(?<!:):)(?=(?:[+-]1|100|1234|[0-9_+-]{0,20}[a-z][a-z0-9_+-]{0,40}):(?!:))"
)
_COMMIT_ID = re.compile(r"(?<![0-9A-Za-z])[0-9a-f]{7,40}(?![0-9A-Za-z])")
_ZERO_WIDTH_SPACE = "\u200b"
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")
"""Those that are not blanks."""


def unescape_markdown(text: str) -> str:
    """Resolve the backslash escapes and character references of markdown."""
    return _ESCAPE_OR_ENTITY.sub(_resolve, text) if "\\" in text or "&" in text else text


def unescape_html(text: str) -> str:
    """Resolve character references only, as in an attribute of raw HTML.

    Stricter than `html.unescape`, which takes the `&copy` of `?a=1&copy=2` for a character.
    """
    return _ENTITY_ONLY.sub(_resolve, text) if "&" in text else text


def escape_text(text: str) -> str:
    """Untrusted text as one line of markdown that renders as that text and as nothing else."""
    line = _AUTOLINKED.sub(_ZERO_WIDTH_SPACE, " ".join(_CONTROLS.sub("", text).split()))
    # seven digits are enough for GitHub to link a commit
    line = _COMMIT_ID.sub(
        lambda found: _ZERO_WIDTH_SPACE.join(re.findall(".{1,6}", found.group())), line
    )
    line = _ENTITY_START.sub("&amp;", line)
    angles = {"<": "&lt;", ">": "&gt;"}
    return _MARKUP_CHARACTER.sub(
        lambda found: angles.get(found.group(), f"\\{found.group()}"), line
    )


def escape_destination(url: str) -> str:
    """A URL as a link destination that cannot end early, open a tag or break a table cell."""
    return _WHOLE_ENTITY.sub("&amp;", quote(url, safe="/?#@!$&'*+,;=:%~-._"))


def _resolve(match: re.Match[str]) -> str:
    escaped, decimal, hexadecimal, name = match.groups()
    if escaped:
        return escaped
    if name:
        return html5.get(f"{name};", match.group())
    code = int(decimal) if decimal else int(hexadecimal, 16)
    # NUL, surrogates and what lies beyond Unicode become U+FFFD (CommonMark 2.5)
    is_valid = 0 < code <= _LAST_CODE_POINT and not 0xD800 <= code <= 0xDFFF
    return chr(code) if is_valid else "\ufffd"


# Character to byte; bytes that a code page lacks were kept as C1 controls.
_TABLES: Final = tuple(
    {bytes([byte]).decode(code_page, "ignore") or chr(byte): byte for byte in range(0x80, 0x100)}
    for code_page in ("cp1254", "cp1252")
)
_RUN = re.compile(f"[{re.escape(''.join(sorted(set().union(*_TABLES))))}]{{2,}}")
# cp1254 has no 0x8D, so the joiner inside an emoji (E2 80 8D) lost its last byte
_LOST_JOINER = re.compile(rb"\xe2\x80(?=\xf0\x9f)")


class Mojibake(NamedTuple):
    """A damaged part of a document."""

    span: Span
    text: str
    meant: str


def find_mojibake(raw: bytes) -> Iterator[Mojibake]:
    """Every part that is certainly damaged: as a whole it spells valid UTF-8."""
    text = raw.decode("utf-8", "surrogateescape")
    reached = offset = 0
    for run in _RUN.finditer(text):
        meant = _decoded(run.group())
        if meant is not None:
            offset += len(text[reached : run.start()].encode("utf-8", "surrogateescape"))
            reached = run.start()
            span = Span(offset, offset + len(run.group().encode()))
            yield Mojibake(span, run.group(), meant)


def fix_mojibake(text: str) -> str:
    """The text with everything that is certainly damaged replaced by what was meant."""
    return _RUN.sub(lambda run: _decoded(run.group()) or run.group(), text)


def _decoded(run: str) -> str | None:
    for table in _TABLES:
        if all(character in table for character in run):
            spelled = bytes(table[character] for character in run)
            try:
                return _LOST_JOINER.sub(b"\xe2\x80\x8d", spelled).decode()
            except UnicodeDecodeError:
                continue
    return None
