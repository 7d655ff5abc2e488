"""What a destination means: backslashes and character references resolved as CommonMark has it."""

import re
from html.entities import html5
from re import Match
from re import compile as pattern
from typing import Final
from urllib.parse import quote

from staycurrent.curated.occurrence import LinkKind, Occurrence

_ESCAPE = pattern(
    r"\\([!-/:-@\[-`{-~])|&(?:#([0-9]{1,7})|#[xX]([0-9a-fA-F]{1,6})|([A-Za-z][A-Za-z0-9]{1,31}));"
)
_REFERENCE = pattern(r"()&(?:#([0-9]{1,7})|#[xX]([0-9a-fA-F]{1,6})|([A-Za-z][A-Za-z0-9]{1,31}));")
_LAST_CODE_POINT = 0x10FFFF


def unescape_markdown(text: str) -> str:
    """Resolve backslash escapes and character references of markdown."""
    return _ESCAPE.sub(_meaning, text) if "\\" in text or "&" in text else text


def unescape_html(text: str) -> str:
    """Resolve character references only, as in an attribute of raw HTML.

    Stricter than `html.unescape`, which takes the `&copy` of `?a=1&copy=2` for a sign.
    """
    return _REFERENCE.sub(_meaning, text) if "&" in text else text


def _meaning(match: Match[str]) -> str:
    escaped, decimal, hexadecimal, name = match.groups()
    if escaped:
        return escaped
    if name:
        return html5.get(f"{name};", match.group())
    return _character(int(decimal) if decimal else int(hexadecimal, 16))


def _character(code: int) -> str:
    """NUL, surrogates and what lies beyond Unicode become U+FFFD (CommonMark 2.5)."""
    surrogate = 0xD800 <= code <= 0xDFFF
    return "\ufffd" if code == 0 or code > _LAST_CODE_POINT or surrogate else chr(code)


# What opens, closes or joins inline markup; a lone underscore within a word does neither.
_MARKUP_CHARACTER = re.compile(r"[\\`*\[\]<>!|~$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_ENTITY = re.compile(r"&(?=#|[A-Za-z])")
# GFM makes links of bare addresses; GitHub's mention and reference filters read the text after
# unescaping, so that a backslash does not stop them: an invisible blank does.
_CALLS = re.compile(r"(?i)(?<=[@])(?=\w)|(?<=#)(?=\d)|(?<=GH-)(?=\d)|(?<=:)(?=//)|(?<=www)(?=\.)")
_SHA = re.compile(r"(?<![0-9A-Za-z])[0-9a-f]{7,40}(?![0-9A-Za-z])")
_BLANK = "\u200b"


def escape_text(stranger: str) -> str:
    """One line of plain text that renders as itself wherever inline markdown may stand."""
    line = _SHA.sub(_broken, _CALLS.sub(_BLANK, " ".join(stranger.split())))
    return _MARKUP_CHARACTER.sub(_inert, _ENTITY.sub("&amp;", line))


def escape_destination(url: str) -> str:
    """A link destination that cannot end early, open a tag or break a table cell."""
    return quote(url, safe="/?#@!$&'*+,;=:%~-._")


def _broken(found: re.Match[str]) -> str:
    """A commit's name in pieces of six: seven digits are enough to name one."""
    return _BLANK.join(re.findall(".{1,6}", found.group()))


def _inert(found: re.Match[str]) -> str:
    return {"<": "&lt;", ">": "&gt;"}.get(found.group(), f"\\{found.group()}")


# What no destination may hold unescaped, and no web address holds at all.
_IMPOSSIBLE: Final = pattern(r"[\x00-\x20\x7f<>\"`\\^{}]|\s")
_ENTITY_START = pattern(r"&(?=#|[A-Za-z])")
_PARENTHESIS = pattern(r"[()]")
_HTML: Final = {"&": "&amp;", "'": "&#39;", "=": "&#61;", "|": "&#124;"}
_SIGN_IN_HTML = pattern(r"[&'|]")
_SIGN_UNQUOTED = pattern(r"[&'|=]")


def encode_destination(raw: bytes, place: Occurrence, url: str) -> bytes | None:
    """The bytes that mean `url` at the span of a place; None where none are known to."""
    if not url.startswith(("http://", "https://")) or _IMPOSSIBLE.search(url):
        return None
    if place.kind is LinkKind.HTML:
        return _in_html(raw, place, url)
    if place.kind in (LinkKind.AUTOLINK, LinkKind.BARE):
        return None if "|" in url else url.encode()  # which could end the cell of a table
    return _in_markdown(raw, place, url).encode()


def _in_markdown(raw: bytes, place: Occurrence, url: str) -> str:
    """Of an inline link, an image or a definition (CommonMark 6.3), in a table too (GFM 4.10)."""
    text = _ENTITY_START.sub("&amp;", url).replace("|", "&#124;")
    is_bracketed = raw[place.destination.start - 1 : place.destination.start] == b"<"
    if is_bracketed or _is_balanced(url):
        return text
    return _PARENTHESIS.sub(r"\\\g<0>", text)


def _is_balanced(url: str) -> bool:
    depth = 0
    for sign in _PARENTHESIS.findall(url):
        depth += 1 if sign == "(" else -1
        if depth < 0:
            return False
    return depth == 0


def _in_html(raw: bytes, place: Occurrence, url: str) -> bytes | None:
    tag = raw[slice(*place.link_span)]
    if b"srcset" in tag.lower() and ("," in url):
        return None  # which could end a candidate
    quoted = raw[place.destination.start - 1 : place.destination.start] in (b'"', b"'")
    signs = _SIGN_IN_HTML if quoted else _SIGN_UNQUOTED
    return signs.sub(lambda sign: _HTML[sign.group()], url).encode()
