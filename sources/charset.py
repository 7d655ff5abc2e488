"""The characters of a feed, whatever its server, its XML declaration and its author say."""

import codecs
import re
from collections.abc import Iterator
from typing import Final

REPLACEMENT: Final = "\ufffd"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Without a byte order mark: the first characters of XML and of JSON are ASCII (XML 1.0, F.1).
_WIDE = (
    (re.compile(rb"[<{\s]\0\0\0"), "utf-32-le"),
    (re.compile(rb"\0\0\0[<{\s]"), "utf-32-be"),
    (re.compile(rb"[<{\s]\0[^\0]\0"), "utf-16-le"),
    (re.compile(rb"\0[<{\s]\0[^\0]"), "utf-16-be"),
)
_DECLARATION = re.compile(rb"""\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']""")
_PARAMETER = re.compile(r"""charset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE)
# What these names mean to browsers (WHATWG, Encoding Standard, section 4.2): supersets.
_SUPERSETS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
}
_TEXT = re.compile(r"ascii|(iso8859|cp|mac|koi8|tis|gb|big5|hz|euc|shift_jis|johab|iso2022).*")
"""Python's names of charsets; it has further codecs, such as `idna` and `unicode-escape`."""
_DEFAULTS: Final = ("ascii", "iso8859-1")
"""Charsets that servers declare without having been told to."""


def decode_feed(body: bytes, content_type: str = "") -> tuple[str, str]:
    """Return the text of a feed, and a note if characters had to be replaced, else "".

    `content_type` is the header. A byte order mark decides; then the bytes themselves, because a
    text in another charset is never UTF-8 by chance; then the header, which many servers set to a
    default; then the XML declaration; without any of them it is UTF-8 (RFC 7303 section 3).
    """
    for mark, charset in _BOMS:
        if body.startswith(mark):
            return _decoded(body.removeprefix(mark), charset)
    for start, charset in _WIDE:
        if start.match(body):
            return _decoded(body, charset)
    declared = list(_declared(body, content_type))
    text, note = _decoded(body, "utf-8")
    stateful = [charset for charset in declared if charset.startswith(("iso2022", "hz"))]
    if stateful and body.isascii():  # all its bytes are ASCII
        return _decoded(body, stateful[0])
    foreign = len(text) - len(text.encode("ascii", "ignore"))
    if 2 * text.count(REPLACEMENT) <= foreign:
        return text, note
    return _decoded(body, declared[0]) if declared else (text, note)


def _declared(body: bytes, content_type: str) -> Iterator[str]:
    """Python's names of the charsets that are declared and are not UTF-8, the likeliest first."""
    header, declaration = _PARAMETER.search(content_type), _DECLARATION.match(body)
    names = [header[1]] if header else []
    names += [declaration[1].decode()] if declaration else []
    known: list[str] = []
    for name in names:
        try:
            known.append(codecs.lookup(name.lower().removeprefix("x-")).name)
        except LookupError:
            continue
    for charset in sorted(known, key=lambda one: one in _DEFAULTS):
        if _TEXT.fullmatch(charset):
            yield _SUPERSETS.get(charset, charset)


def _decoded(body: bytes, charset: str) -> tuple[str, str]:
    try:
        return body.decode(charset), ""
    except UnicodeDecodeError:
        text = body.decode(charset, "replace")
        return text, f"{text.count(REPLACEMENT)} characters are not {charset}"
