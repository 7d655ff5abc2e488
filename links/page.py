"""What a reader would meet in a body: title, headings, visible words, and what the tags name."""

import re
from dataclasses import dataclass
from enum import StrEnum
from html import unescape

from web.answer import Answer

READ = 65_536
"""Bytes of a body that are looked at; what is behind says little more about a page."""
SHORT = 60
"""Words up to which a page is short: error pages, walls and parking notices mostly are."""
_TITLE = 120
_TAG = re.compile(r"<(/?)([a-z][a-z0-9:-]*)([^<>]*)>?", re.IGNORECASE)
_DECLARATION = re.compile(r"<[!?/][^<>]*>?")
_HIDDEN = frozenset(("script", "style", "template", "svg", "noscript", "textarea", "select"))
_OWN_WORDS = re.compile(r"[^\W_]+", re.UNICODE)
# Chinese and Japanese are written without blanks, so that each sign is taken as a word.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\d_\u3040-\u30ff\u3400-\u9fff]+")
_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]")


class Kind(StrEnum):
    """What a body is, by its first bytes before its declared type."""

    HTML = "html"
    PDF = "pdf"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Page:
    """A body taken apart; everything but `kind` is empty for what is no HTML."""

    kind: Kind
    title: str = ""
    """Without control and invisible characters, at most 120 long."""
    headings: tuple[str, ...] = ()
    """The first few of h1 and h2, as `title`."""
    text: str = ""
    """What is visible, title left out, blanks run together."""
    tags: str = ""
    """The inside of every tag and script in lower case: names of hosts, files and attributes."""
    words: tuple[str, ...] = ()
    """The visible words in lower case; numbers left out, they change every day."""
    scripted: bool = False
    """A script stands in it: there may be more than we can see."""

    @property
    def is_short(self) -> bool:
        """So few words that each of them is about the page itself."""
        return len(self.words) <= SHORT

    @property
    def heads(self) -> str:
        """Title and headings, a line each."""
        return "\n".join((self.title, *self.headings))

    @property
    def announces(self) -> str:
        """What the page says of itself: title and headings, and a short page's whole text."""
        return f"{self.heads}\n{self.text}" if self.is_short else self.heads


def page(answer: Answer) -> Page | None:
    """Take an answer's body apart; None where none came."""
    if not answer.body:
        return None
    kind = _kind(answer)
    if kind is not Kind.HTML:
        return Page(kind)
    return _taken_apart(answer.text[:READ])


def clean(text: str) -> str:
    """Text as a person reads it: entities resolved, nothing invisible, blanks run together."""
    return " ".join(_INVISIBLE.sub(" ", unescape(text)).split())


def words_of(text: str) -> frozenset[str]:
    """The words of a short text in lower case, numbers included."""
    return frozenset(_OWN_WORDS.findall(text.lower()))


def _kind(answer: Answer) -> Kind:
    declared = answer.headers.get("content-type", "").lower()
    start = answer.body[:1024].lstrip(b"\xef\xbb\xbf \t\r\n\f\0").lower()
    if start.startswith(b"%pdf-"):
        return Kind.PDF
    if "text/plain" in declared:
        return Kind.OTHER  # the source of a page, shown as text
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<title", b"<body")):
        return Kind.HTML
    if "pdf" in declared:
        return Kind.PDF
    return Kind.HTML if "html" in declared or not declared else Kind.OTHER


def _taken_apart(html: str) -> Page:
    """One pass from left to right, each character looked at a bounded number of times.

    The standard library's parser takes time that grows with the square of unclosed comments
    (CVE-2025-6069), and whoever owns a page chooses its bytes.
    """
    reader = _Reader(html)
    reader.read()
    text = clean("".join(reader.visible))
    return Page(
        Kind.HTML,
        clean(reader.title)[:_TITLE],
        tuple(clean(one)[:_TITLE] for one in reader.headings if one.strip())[:3],
        text,
        "\n".join(reader.tags).lower(),
        tuple(_WORD.findall(text.lower())),
        reader.scripted,
    )


class _Reader:
    """A position in the text, and what was met before it."""

    def __init__(self, html: str) -> None:
        self.html = html
        self.at = 0
        self.title = ""
        self.headings: list[str] = []
        self.visible: list[str] = []
        self.tags: list[str] = []
        self.scripted = False
        self._in_heading = False

    def read(self) -> None:
        """Take everything in."""
        while (opens := self.html.find("<", self.at)) >= 0:
            self._text(self.html[self.at : opens])
            if self.html.startswith("<!--", opens):
                self._skip_to("-->", opens + 4)
                continue
            tag = _TAG.match(self.html, opens)
            other = _DECLARATION.match(self.html, opens)
            self.at = tag.end() if tag else other.end() if other else opens + 1
            if tag is None and other is None:
                self._text("<")
            elif tag is not None:
                self._tag(closes=bool(tag[1]), name=tag[2].lower(), inside=tag[3])
        self._text(self.html[self.at :])

    def _tag(self, *, closes: bool, name: str, inside: str) -> None:
        self.visible.append(" ")
        if closes:
            self._in_heading = self._in_heading and name not in ("h1", "h2")
            return
        self.tags.append(f"{name} {inside}")
        self.scripted = self.scripted or name in ("script", "noscript")
        if name in ("h1", "h2"):
            self._in_heading = True
            self.headings.append("")
        elif name == "title" and not self.title:
            self.title = self._skip_to("</title", self.at)
        elif name in _HIDDEN:
            hidden = self._skip_to(f"</{name}", self.at)
            if name == "script":
                self.tags.append(hidden)

    def _text(self, text: str) -> None:
        self.visible.append(text)
        if self._in_heading and len(self.headings[-1]) < _TITLE:
            self.headings[-1] += text

    def _skip_to(self, end: str, start: int) -> str:
        """Pass over what stands before `end`, or over everything where it never ends."""
        found = re.compile(re.escape(end), re.IGNORECASE).search(self.html, start)
        stops = found.start() if found else len(self.html)
        # A closing tag is read as one; the arrow of a comment is no tag.
        self.at = stops if found and end.startswith("<") else (found.end() if found else stops)
        return self.html[start:stops]
