"""Scans HTML for title, headings, visible words and tags, in time linear to its length."""

import re
from dataclasses import dataclass
from enum import StrEnum
from html import unescape
from unicodedata import category

from staycurrent.links.link import BURMESE, SIGNS
from staycurrent.web.response import Response

MAX_SCANNED = 65_536
"""Characters of a body that are scanned; the rest says little more about a page."""
MAX_SHORT_WORDS = 60
"""Most words of a short page: error pages, bot walls and parking pages usually are short."""
_MAX_INTERSTITIAL_WORDS = 250
"""Most words of a refusal with its reasons, contact and legal notes."""
_MAX_COMMENTS = 4_000
_TITLE = 120
_MAX_PROMINENT = 4_000
"""Characters of the text of a short page; 60 words take a tenth of it."""
_TOKEN = re.compile(
    r"<(?:(/?)([A-Za-z][A-Za-z0-9:-]*)([^<>]*)>?|([!?/])[^<>]*>?)?([^<]*)", re.ASCII
)
"""A `<` and the text after it: slash, name and attributes of a tag, or the sign of a declaration,
or neither. No match reaches beyond the next `<`."""
_RAW_CONTENT = re.compile(
    r"<(?:!--|(script|style|template|svg|noscript|textarea|select|title)(?![a-z0-9:-]))"
)
"""In lower case: the start of elements and comments whose content is not markup."""
_INSIDE = re.compile(r"([^<>]*)>?")
_HEADINGS = frozenset(("h1", "h2", "H1", "H2"))
_LINE_BREAKS = frozenset(("br", "BR"))
_MARKS = "[{}]".format(
    "".join(
        sign
        for sign in map(chr, (*range(0x900, 0xE00), *range(0x1000, 0x10A0), *range(0x1780, 0x1800)))
        if category(sign).startswith("M")
    )
)
"""Vowels and what else is written on the letters of India, Burma and Cambodia: parts of words."""
_LEADING = r"\u0e40-\u0e44\u0ec0-\u0ec4"
"""Vowels of Thai and Lao that begin a syllable. Others are marks, at which a sentence falls into
pieces that are as good as words (docs/decisions/0022-usurped-sites.md has the measurements)."""
_REST = (
    rf"{_MARKS}*+"
    rf"(?:(?:(?<=[\u1039\u17d2])[{BURMESE}]|[{BURMESE}](?=\u1037?\u103a)){_MARKS}*+){{0,4}}+"
)
"""Behind the first letter of a syllable: its marks, letters below it, and those that close it.

Four at most: pairs are searched at each letter, and a page may consist of nothing else."""
_SIGN = rf"([\u30a1-\u30ff\u3400-\u9fff{BURMESE}]{_REST})"
_PAIR = re.compile(rf"(?={_SIGN} ?{_SIGN})")
"""Neighbours in a text of Chinese, Japanese, Burmese or Khmer, without hiragana, which is mostly
grammar."""


def _word(others: str) -> str:
    """The pattern of a word, without `others` and the scripts that have signs instead."""
    first = rf"\W_{SIGNS}{BURMESE}{others}"
    letters = rf"[^{first}{_LEADING}]*+"
    return rf"[^{first}]{letters}(?:{_MARKS}++{letters})*+"


_OWN_WORDS = re.compile(_word(""))
# The scripts without blanks have a sign or a syllable as a word. The first branch is the last one
# for what most words are, in less time.
_WORD = re.compile(rf"[a-z]++(?![^\x00-\x7f])|[{SIGNS}{BURMESE}]{_REST}|" + _word(r"\d"))
_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]"
)
"""Characters that `str.split` does not take for blanks."""
_CONTROLS = dict.fromkeys((*range(32), 127), " ")
_NO_LETTERS = {sign: " " for sign in range(128) if not chr(sign).isalpha()}


class ContentKind(StrEnum):
    """The type of a body, by its first bytes before its declared type."""

    HTML = "html"
    PDF = "pdf"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ScannedPage:
    """A scanned body; everything but `kind` is empty if it is not HTML."""

    kind: ContentKind
    title: str = ""
    """Without control and invisible characters, at most 120 long."""
    headings: tuple[str, ...] = ()
    """The first three h1 and h2, cleaned as `title`."""
    visible: str = ""
    """The visible text without the title, as it is in the source."""
    tags: str = ""
    """The contents of all tags and scripts in lower case: names of hosts, files and attributes."""
    words: tuple[str, ...] = ()
    """The visible words in lower case, without numbers, which change every day."""
    has_scripts: bool = False
    """The page has scripts, so there may be more than we can see."""
    comments: str = ""
    """The first comments, as they are in the source."""

    @property
    def text(self) -> str:
        """The visible text, without invisible characters and repeated blanks."""
        return _single_blanks(self.visible)

    @property
    def is_short(self) -> bool:
        """Whether the page has so few words that they are about the page itself."""
        return len(self.words) <= MAX_SHORT_WORDS

    @property
    def is_interstitial(self) -> bool:
        """Whether the page has no more words than a page in the place of another one."""
        return len(self.words) <= _MAX_INTERSTITIAL_WORDS

    @property
    def title_and_headings(self) -> str:
        """Title and headings, one on each line."""
        return "\n".join((self.title, *self.headings))

    @property
    def prominent_text(self) -> str:
        """Title and headings, and the text of a short page."""
        if not self.is_short:
            return self.title_and_headings
        return f"{self.title_and_headings}\n{self.text[:_MAX_PROMINENT]}"


def scan_response(response: Response) -> ScannedPage | None:
    """Scan the body of a response; None if it has none."""
    if not response.body:
        return None
    kind = _kind(response)
    if kind is not ContentKind.HTML:
        return ScannedPage(kind)
    return _scan(response.text[:MAX_SCANNED])


def clean_text(text: str) -> str:
    """Text as a person reads it: entities resolved, no invisible characters or repeated blanks."""
    return _single_blanks(unescape(text))


def _single_blanks(plain: str) -> str:
    seen = plain.translate(_CONTROLS) if plain.isascii() else _INVISIBLE.sub(" ", plain)
    return " ".join(seen.split())


def word_set(text: str) -> frozenset[str]:
    """The words of a text in lower case, numbers included, and its pairs of signs."""
    return spaced_words(text) | sign_pairs(text)


def spaced_words(text: str) -> frozenset[str]:
    """The words in lower case of what is written with blanks, or may be taken for it (Thai)."""
    return frozenset(_OWN_WORDS.findall(text.lower()))


def sign_pairs(text: str) -> frozenset[str]:
    """What Chinese, Japanese, Burmese and Khmer have instead: pairs of signs or syllables.

    These are written without blanks, so that a run of signs may be one word or a sentence.
    """
    return frozenset(map("".join, _PAIR.findall(text)))


def split_words(lower: str) -> tuple[str, ...]:
    """The words of a lower-case text, as in `ScannedPage.words`: runs of letters, in order."""
    if lower.isascii():
        return tuple(lower.translate(_NO_LETTERS).split())
    return tuple(_WORD.findall(lower))


def _kind(response: Response) -> ContentKind:
    declared = response.headers.get("content-type", "").lower()
    start = response.body[:1024].lstrip(b"\xef\xbb\xbf \t\r\n\f\0").lower()
    if start.startswith(b"%pdf-"):
        return ContentKind.PDF
    if "text/plain" in declared:
        return ContentKind.OTHER  # the source of a page, shown as text
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<title", b"<body")):
        return ContentKind.HTML
    if "pdf" in declared:
        return ContentKind.PDF
    return ContentKind.HTML if "html" in declared or not declared else ContentKind.OTHER


def _scan(html: str) -> ScannedPage:
    """One pass from left to right, each character read a bounded number of times.

    The standard library's parser takes quadratic time for unclosed comments (CVE-2025-6069), and
    the bytes of a page are chosen by its owner.
    """
    reader = _HtmlReader(html)
    reader.read()
    visible = unescape("".join(reader.visible))
    # Invisible characters are not letters, but beyond ASCII they decide how a sigma is written in
    # lower case.
    read = visible if visible.isascii() else _single_blanks(visible)
    return ScannedPage(
        ContentKind.HTML,
        clean_text(reader.title)[:_TITLE],
        tuple(clean_text(one)[:_TITLE] for one in reader.headings if one.strip())[:3],
        visible,
        "\n".join(reader.tags).lower(),
        split_words(read.lower()),
        reader.scripted,
        "\n".join(reader.comments),
    )


class _HtmlReader:
    """What was read so far of a text."""

    def __init__(self, html: str) -> None:
        self.html = html
        lower = html.lower()
        self.lower = lower if len(lower) == len(html) else html.translate(_LOWER)
        self.title = ""
        self.headings: list[str] = []
        self.visible: list[str] = []
        self.tags: list[str] = []
        self.comments: list[str] = []
        self._comment_space = _MAX_COMMENTS
        self.scripted = False
        self._in_heading = False

    def read(self) -> None:
        """Read the whole text."""
        at = 0
        while begins := _RAW_CONTENT.search(self.lower, at):
            self._markup(self.html[at : begins.start()])
            name, at = begins[1], begins.end()
            at = self._comment(at) if name is None else self._element(name, at)
        self._markup(self.html[at:])

    def _markup(self, html: str) -> None:
        """Read texts and tags, without elements whose content is not markup."""
        first = html.find("<")
        self._text(html[:first] if first >= 0 else html)
        visible, tags = self.visible, self.tags
        for closes, name, inside, declares, text in _TOKEN.findall(html, max(0, first)):
            if name:
                visible.append(" ")
                if not closes:
                    tags.append(f"{name} {inside}")
                if name in _LINE_BREAKS and self._in_heading:
                    self.headings[-1] += " "
                if name in _HEADINGS:
                    self._in_heading = not closes
                    if not closes:
                        self.headings.append("")
            elif not declares:
                self._text("<")
            if self._in_heading:
                self._text(text)
            else:
                visible.append(text)

    def _text(self, text: str) -> None:
        self.visible.append(text)
        if self._in_heading and len(self.headings[-1]) < _TITLE:
            self.headings[-1] += text

    def _comment(self, at: int) -> int:
        """The position after a comment."""
        end = self.lower.find("-->", at)
        comment = self.html[at : end if end >= 0 else None][: self._comment_space]
        if comment:
            self.comments.append(comment)
            self._comment_space -= len(comment)
        return end + 3 if end >= 0 else len(self.html)

    def _element(self, name: str, at: int) -> int:
        """Read an element whose content is not markup; the position of its closing tag."""
        tag = _INSIDE.match(self.html, at)
        inside, at = (tag[1], tag.end()) if tag else ("", at)
        self.visible.append(" ")
        self.tags.append(f"{name} {inside}")
        self.scripted = self.scripted or name in ("script", "noscript")
        if name == "title" and self.title:
            return at  # the second title of a page is like any other element
        end = self.lower.find(f"</{name}", at)
        end = end if end >= 0 else len(self.html)
        if name == "title":
            self.title = self.html[at:end]
        elif name == "script":
            self.tags.append(self.html[at:end])
        return end
