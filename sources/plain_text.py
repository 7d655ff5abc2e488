"""Strangers' text made plain: no markup, no invisible characters, one line, of bounded length."""

import html
import re
import unicodedata

MAX_LENGTH = 200
_READ_AT_MOST = 20_000
"""What is looked at before any pattern runs: patterns here are linear, feeds are not polite."""
_DROPPED = frozenset(["Cf", "Cs", "Co", "Cn"])
# Letters and marks that show nothing, and so can hide a word or fill a line (UTS #39, 3.1.1).
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | frozenset(
    chr(code) for code in range(0xE0100, 0xE01F0)
)
_ELEMENTS = (
    "a|abbr|article|aside|audio|b|blockquote|body|br|button|center|code|dd|del|details|div|dl|dt|em"
    "|embed|fieldset|figcaption|figure|font|footer|form|h[1-6]|head|header|hr|html|i|iframe|img"
    "|input|ins|kbd|li|link|main|mark|meta|nav|object|ol|option|p|picture|pre|q|s|samp|script"
    "|section|select|small|source|span|strike|strong|style|sub|summary|sup|svg|table|tbody|td"
    "|textarea|tfoot|th|thead|title|tr|tt|u|ul|var|video"
)
# `Option<T>` in a description is text: a bare tag counts only under HTML's own names.
_TAG = re.compile(
    rf"<!--[^<>]*-->|</?(?:{_ELEMENTS})\b[^<>]*>|</?[a-z][\w:-]*\s[^<>]*>|</[a-z][\w:-]*>|<[!?][^<>]*>",
    re.IGNORECASE,
)


def plain_text(text: str, longest: int = MAX_LENGTH) -> str:
    """Return `text` as one line without markup, at most `longest` characters, cut between words."""
    bare = _TAG.sub(" ", text[:_READ_AT_MOST])
    bare = _TAG.sub(" ", html.unescape(bare))
    seen = "".join(_visible(unicodedata.normalize("NFC", bare)))
    return _cut(" ".join(seen.split()), longest)


def _visible(text: str) -> list[str]:
    kept: list[str] = []
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if category == "Cc" or category in ("Zl", "Zp", "Zs"):
            kept.append(" ")
        elif category not in _DROPPED and character not in _INVISIBLE and marks <= 2:
            kept.append(character)
    return kept


def _cut(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    head, blank, _ = text[:longest].rpartition(" ")
    # A text without blanks (Chinese, a long name) is cut where it is.
    whole = head if blank and len(head) > longest // 2 else text[: longest - 1]
    return whole.rstrip(" ,;:.-") + "…"
