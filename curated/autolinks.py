"""GitHub's bare addresses, which CommonMark parsers lack: the rules of cmark-gfm's autolink.c."""

from collections.abc import Iterator
from re import compile as pattern
from typing import NamedTuple
from unicodedata import category

from staycurrent.curated.markup import InlineKind, InlineRun
from staycurrent.curated.spans import Span

_SIGN = pattern(rb"[\[\]]|://|www\.|@")
_TO_BLANK = pattern(rb"[^\s<]*")
_MAIL_HOST = pattern(rb"@(?:[A-Za-z0-9_-]|\.(?=[A-Za-z0-9]))+")
_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_MAIL_NAME = _LETTERS + b"0123456789.+_-"
_SCHEMES = (b"http", b"https", b"ftp")
_MAIL_SCHEMES = (b"mailto:", b"xmpp:")
_BEFORE_WWW = b"*_~( \t\n\v\f\r"
_TRIMMED = b"?!.,:*_~'\""
_ASCII_PUNCTUATION = b"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
_MANY_LABELS = 10
_LONGEST_NAME = 320


class ExtendedAutolink(NamedTuple):
    """An address that stands as plain text."""

    url: str
    """With `http://` or `mailto:` before it where the text has none."""
    span: Span


def extended_autolinks(clean: bytes, run: InlineRun) -> Iterator[ExtendedAutolink]:
    """Find them in one stretch of inline content, outside links, code and open brackets."""
    brackets, reached, end = 0, run.start, run.end
    for start, stop in _text(run):
        for sign in _SIGN.finditer(clean, start, stop):
            at, token = sign.start(), sign.group()
            if at < reached:
                continue
            if token in b"[]":
                brackets = _after_bracket(clean, at, brackets)
            elif token == b"@" or not brackets:
                limits = Span(reached, stop if token == b"@" else end)
                found = _FINDERS[token](clean, at, limits)
                if found is not None:
                    reached = found.end
                    yield ExtendedAutolink(_url(clean, found, token, in_row=run.in_row), found)


def _text(run: InlineRun) -> Iterator[Span]:
    """Text outside links, pieces that touch put together."""
    start = stop = run.start
    for piece in run.nodes:
        if piece.kind is not InlineKind.TEXT or piece.link is not None:
            continue
        if piece.start != stop:
            yield Span(start, stop)
            start = piece.start
        stop = piece.end
    yield Span(start, stop)


def _after_bracket(clean: bytes, at: int, opened: int) -> int:
    """How many brackets are open behind this one; cmark links no address inside one."""
    backslash = at
    while clean[backslash - 1 : backslash] == b"\\":
        backslash -= 1
    if (at - backslash) % 2:
        return opened
    return opened + 1 if clean[at : at + 1] == b"[" else max(0, opened - 1)


def _url(clean: bytes, span: Span, token: bytes, *, in_row: bool) -> str:
    text = clean[span.start : span.end].decode("utf-8", "replace")
    if in_row:
        text = text.replace("\\|", "|")
    if token == b"www.":
        return f"http://{text}"
    is_named = token == b"://" or text.startswith(("mailto:", "xmpp:"))
    return text if is_named else f"mailto:{text}"


def _with_scheme(clean: bytes, at: int, limits: Span) -> Span | None:
    before = clean[max(limits.start, at - 8) : at]
    scheme = before[len(before.rstrip(_LETTERS)) :]
    host = at + 3
    if scheme.lower() not in _SCHEMES or not _is_host_character(clean, host):
        return None
    if _has_forbidden_underscore(clean, host, limits.end):
        return None
    return Span(at - len(scheme), _end_of_address(clean, at, limits.end))


def _with_www(clean: bytes, at: int, limits: Span) -> Span | None:
    if at > limits.start and clean[at - 1] not in _BEFORE_WWW:
        return None
    too_short = limits.end - at <= len(b"www.")
    if too_short or _has_forbidden_underscore(clean, at, limits.end):
        return None
    return Span(at, _end_of_address(clean, at, limits.end))


def _mail(clean: bytes, at: int, limits: Span) -> Span | None:
    before = clean[max(limits.start, at - _LONGEST_NAME) : at]
    start = at - len(before) + len(before.rstrip(_MAIL_NAME))
    host = _MAIL_HOST.match(clean, at, limits.end)
    if start == at or host is None or b"." not in host.group():
        return None
    if clean[host.end() - 1] not in _LETTERS or clean[host.end() : host.end() + 1] == b"@":
        return None
    for scheme in _MAIL_SCHEMES:
        if clean[limits.start : start].endswith(scheme):
            start -= len(scheme)
    return Span(start, host.end())


_FINDERS = {b"://": _with_scheme, b"www.": _with_www, b"@": _mail}


def _is_host_character(clean: bytes, at: int) -> bool:
    character = clean[at : at + 4].decode("utf-8", "ignore")[:1]
    if not character or clean[at] & 0xC0 == 0x80:
        return False
    if character.isascii():
        return clean[at] > ord(" ") and clean[at] not in _ASCII_PUNCTUATION
    return not character.isspace() and category(character)[0] != "P"


def _has_forbidden_underscore(clean: bytes, start: int, end: int) -> bool:
    """`_` in the last two labels of a host is refused, unless the host has very many."""
    dots = before_last = last = 0
    at = start + 1
    while at < end - 1:
        if clean[at] == ord("\\") and at < end - 2:
            at += 1
        if clean[at] == ord("_"):
            last += 1
        elif clean[at] == ord("."):
            before_last, last, dots = last, 0, dots + 1
        elif clean[at] != ord("-") and not _is_host_character(clean, at):
            break
        at += 1
    return bool(before_last or last) and dots <= _MANY_LABELS


def _end_of_address(clean: bytes, start: int, limit: int) -> int:
    """To the next blank or `<`, less what belongs to the sentence around it."""
    to_blank = _TO_BLANK.match(clean, start, limit)
    end = to_blank.end() if to_blank else start
    surplus = clean.count(b")", start, end) - clean.count(b"(", start, end)
    while end > start:
        last = clean[end - 1]
        if last == ord(")") and surplus > 0:
            surplus -= 1
            end -= 1
        elif last in _TRIMMED:
            end -= 1
        elif last == ord(";"):
            end = _before_entity(clean, end)
        else:
            break
    return end


def _before_entity(clean: bytes, end: int) -> int:
    name = end - 1
    while clean[name - 1] in _LETTERS:
        name -= 1
    is_entity = name < end - 1 and clean[name - 1] == ord("&")
    return name - 1 if is_entity else end - 1
