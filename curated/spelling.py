"""How an address is spelled where a list has another: escaped for the markup around it, or not."""

from re import compile as pattern
from typing import Final

from staycurrent.curated.place import Kind, Place

# What no destination may hold unescaped, and no web address holds at all.
_IMPOSSIBLE: Final = pattern(r"[\x00-\x20\x7f<>\"`\\^{}]|\s")
_REFERENCE = pattern(r"&(?=#|[A-Za-z])")
_PARENTHESIS = pattern(r"[()]")
_HTML: Final = {"&": "&amp;", "'": "&#39;", "=": "&#61;", "|": "&#124;"}
_SIGN_IN_HTML = pattern(r"[&'|]")
_SIGN_UNQUOTED = pattern(r"[&'|=]")


def spelled(raw: bytes, place: Place, url: str) -> bytes | None:
    """The bytes that mean `url` at the span of a place; None where none are known to."""
    if not url.startswith(("http://", "https://")) or _IMPOSSIBLE.search(url):
        return None
    if place.kind is Kind.HTML:
        return _in_html(raw, place, url)
    if place.kind in (Kind.AUTOLINK, Kind.BARE):
        return None if "|" in url else url.encode()  # which could end the cell of a table
    return _in_markdown(raw, place, url).encode()


def _in_markdown(raw: bytes, place: Place, url: str) -> str:
    """Of an inline link, an image or a definition (CommonMark 6.3), in a table too (GFM 4.10)."""
    text = _REFERENCE.sub("&amp;", url).replace("|", "&#124;")
    is_bracketed = raw[place.span.start - 1 : place.span.start] == b"<"
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


def _in_html(raw: bytes, place: Place, url: str) -> bytes | None:
    tag = raw[slice(*place.use)]
    if b"srcset" in tag.lower() and ("," in url):
        return None  # which could end a candidate
    quoted = raw[place.span.start - 1 : place.span.start] in (b'"', b"'")
    signs = _SIGN_IN_HTML if quoted else _SIGN_UNQUOTED
    return signs.sub(lambda sign: _HTML[sign.group()], url).encode()
