"""What a destination means: backslashes and character references resolved as CommonMark has it."""

from html.entities import html5
from re import Match
from re import compile as pattern

_ESCAPE = pattern(
    r"\\([!-/:-@\[-`{-~])|&(?:#([0-9]{1,7})|#[xX]([0-9a-fA-F]{1,6})|([A-Za-z][A-Za-z0-9]{1,31}));"
)
_REFERENCE = pattern(r"()&(?:#([0-9]{1,7})|#[xX]([0-9a-fA-F]{1,6})|([A-Za-z][A-Za-z0-9]{1,31}));")
_LAST_CODE_POINT = 0x10FFFF


def unescape(text: str) -> str:
    """Resolve backslash escapes and character references of markdown."""
    return _ESCAPE.sub(_meaning, text) if "\\" in text or "&" in text else text


def unreference(text: str) -> str:
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
