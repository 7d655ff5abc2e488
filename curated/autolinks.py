"""Bare web and mail addresses that GitHub links: cmark-gfm's autolinks extension (autolink.c)."""

from collections.abc import Iterator
from re import compile as pattern
from typing import NamedTuple
from unicodedata import category

from staycurrent.curated.markup import InlineKind, InlineRun
from staycurrent.curated.spans import Span

_TRIGGER = pattern(rb"[\[\]]|://|www\.|@")
_TO_BLANK = pattern(rb"[^\s<]*")
_MAIL_HOST = pattern(rb"@(?:[A-Za-z0-9_-]|\.(?=[A-Za-z0-9]))+")
_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_MAIL_NAME = _LETTERS + b"0123456789.+_-"
_SCHEMES = (b"http", b"https", b"ftp")
_MAIL_SCHEMES = (b"mailto:", b"xmpp:")
_BEFORE_WWW = b"*_~( \t\n\v\f\r"
_TRAILING_PUNCTUATION = b"?!.,:*_~'\""
_ASCII_PUNCTUATION = b"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
_PREFIXES = {b"://": "", b"www.": "http://", b"@": "mailto:"}
_MANY_LABELS = 10
_MAX_MAIL_NAME = 320


class ExtendedAutolink(NamedTuple):
    """A bare address that GitHub links."""

    url: str
    """With `http://` or `mailto:` before it if the text has no scheme."""
    span: Span


def extended_autolinks(clean: bytes, run: InlineRun) -> Iterator[ExtendedAutolink]:
    """Find them in the text of a run: outside links, code and open brackets."""
    open_brackets, reached = 0, run.start
    for start, stop in _text_spans(run):
        for trigger in _TRIGGER.finditer(clean, start, stop):
            at, token = trigger.start(), trigger.group()
            if at < reached:
                continue
            if token in b"[]":
                if not _is_escaped(clean, at):
                    open_brackets = max(0, open_brackets + (1 if token == b"[" else -1))
            elif token == b"@" or not open_brackets:
                limits = Span(reached, stop if token == b"@" else run.end)
                span = _MATCHERS[token](clean, at, limits)
                if span is not None:
                    reached = span.end
                    text = clean[slice(*span)].decode("utf-8", "replace")
                    text = text.replace("\\|", "|") if run.in_table else text
                    has_scheme = text.startswith(("mailto:", "xmpp:"))
                    yield ExtendedAutolink(text if has_scheme else _PREFIXES[token] + text, span)


def _text_spans(run: InlineRun) -> Iterator[Span]:
    """The text outside links; adjacent text nodes are joined."""
    start = stop = run.start
    for node in run.nodes:
        if node.kind is not InlineKind.TEXT or node.enclosing_link is not None:
            continue
        if node.start != stop:
            yield Span(start, stop)
            start = node.start
        stop = node.end
    yield Span(start, stop)


def _is_escaped(clean: bytes, at: int) -> bool:
    backslash = at
    while clean[backslash - 1 : backslash] == b"\\":
        backslash -= 1
    return (at - backslash) % 2 == 1


def _match_url(clean: bytes, at: int, limits: Span) -> Span | None:
    """The address around `://`."""
    before = clean[max(limits.start, at - 8) : at]
    scheme = before[len(before.rstrip(_LETTERS)) :]
    host = at + 3
    if scheme.lower() not in _SCHEMES or not _is_host_character(clean, host):
        return None
    if _has_forbidden_underscore(clean, host, limits.end):
        return None
    return Span(at - len(scheme), _end_of_address(clean, at, limits.end))


def _match_www(clean: bytes, at: int, limits: Span) -> Span | None:
    """The address that begins with `www.`."""
    if at > limits.start and clean[at - 1] not in _BEFORE_WWW:
        return None
    is_too_short = limits.end - at <= len(b"www.")
    if is_too_short or _has_forbidden_underscore(clean, at, limits.end):
        return None
    return Span(at, _end_of_address(clean, at, limits.end))


def _match_mail(clean: bytes, at: int, limits: Span) -> Span | None:
    """The address around `@`."""
    before = clean[max(limits.start, at - _MAX_MAIL_NAME) : at]
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


_MATCHERS = {b"://": _match_url, b"www.": _match_www, b"@": _match_mail}


def _is_host_character(clean: bytes, at: int) -> bool:
    character = clean[at : at + 4].decode("utf-8", "ignore")[:1]
    if not character or clean[at] & 0xC0 == 0x80:
        return False
    if character.isascii():
        return clean[at] > ord(" ") and clean[at] not in _ASCII_PUNCTUATION
    return not character.isspace() and category(character)[0] != "P"


def _has_forbidden_underscore(clean: bytes, start: int, end: int) -> bool:
    """Whether `_` is in one of the host's last two labels; allowed if it has very many labels."""
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
    """The next blank or `<`, or before it the end of what is not punctuation of the sentence."""
    to_blank = _TO_BLANK.match(clean, start, limit)
    end = to_blank.end() if to_blank else start
    unmatched = clean.count(b")", start, end) - clean.count(b"(", start, end)
    while end > start:
        last = clean[end - 1]
        if last == ord(")") and unmatched > 0:
            unmatched -= 1
            end -= 1
        elif last in _TRAILING_PUNCTUATION:
            end -= 1
        elif last == ord(";"):
            name = end - 1
            while clean[name - 1] in _LETTERS:
                name -= 1
            is_entity = name < end - 1 and clean[name - 1] == ord("&")
            end = name - 1 if is_entity else end - 1
        else:
            break
    return end
