"""Charsets as browsers understand their names (WHATWG, Encoding Standard, section 4.2)."""

import codecs
import re

PARAMETER = re.compile(r"""charset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE)
"""Of a `Content-Type`."""
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
"""What a name means to browsers, by what it means to Python."""
_TEXT = re.compile(
    r"ascii|(iso8859|cp|mac|koi8|tis|gb|big5|hz|euc|shift_jis|johab|iso2022|utf-8|utf-16).*"
)
"""Python's names of charsets. It has further codecs: `punycode` takes a quarter of a minute for
what is kept of a page."""
_META = re.compile(
    rb"""<meta\b[^>]{0,200}?\bcharset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{1,40})""", re.IGNORECASE
)
_PRESCANNED = 1_024
"""Bytes of a page in which browsers look for its charset (HTML, section 13.2.3.2)."""


def text_codec(name: str) -> str | None:
    """Python's codec for a charset; None if there is none."""
    try:
        codec = codecs.lookup(name.lower().removeprefix("x-")).name
    except (LookupError, ValueError):
        return None
    return _SUPERSETS.get(codec, codec) if _TEXT.fullmatch(codec) else None


def page_codec(body: bytes, content_type: str) -> str:
    """The codec of a page: by its byte order mark, its header, or its own `meta`; else UTF-8."""
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if body.startswith(codecs.BOM_UTF8):
        return "utf-8"
    declared = PARAMETER.search(content_type)
    if declared is not None and (codec := text_codec(declared[1])) is not None:
        return codec
    meta = _META.search(body[:_PRESCANNED])
    codec = text_codec(meta[1].decode("ascii")) if meta is not None else None
    # who has read so far knows that it is not UTF-16
    return "utf-8" if codec is None or codec.startswith("utf-16") else codec
