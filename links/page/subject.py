"""Whether a page is about what the list says of its link: by the name, or by shared words."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt
from urllib.parse import unquote, urlsplit

from staycurrent.links.link import Entry
from staycurrent.links.moves import comparable_path, keeps_name, registrable_domain, squashed
from staycurrent.links.page.scanner import ContentKind, ScannedPage, clean_text, word_set

_ADDRESS = re.compile(r"\]\([^()]*\)|<?\bhttps?://\S+|<[^<>]*>")
_DESCRIPTION = re.compile(
    r"^meta [^\n]*\b(?:description|og:title|og:site_name|keywords)\b.*", re.MULTILINE
)
_CONTENT = re.compile(r"content\s*=\s*(?:\"([^\"\n]*)\"|'([^'\n]*)')")
_CANONICAL = re.compile(r"^link [^\n]*\bcanonical\b.*", re.MULTILINE)
_REPOSITORY = re.compile(r"(?i)\b(?:github|gitlab|codeberg)\.(?:com|org)/([\w.-]+/[\w.-]+)")
_MIN_NAME = 4
"""Letters of a name that is also found inside of words."""
_MAX_NAME_WORDS = 4
"""A longer title is a sentence, and no name."""
_STEM = 5
"""Letters of which a word is compared, so that `monitors` is `monitoring`."""
_MIN_WORD = 3
_MIN_HEAD, _MIN_BODY = 2, 4
"""Words of the entry in the page's title, headings and description, or in its whole text."""
_BODY_SHARE = 0.4
"""The share of the entry's words that so many must be."""
_UNLIKE_SHARE = 0.2
"""The share of the entry's words that any long page has by chance."""
_MIN_LEFT = 8
"""Significant words without which a page says too little to lack those of another one."""
_MIN_DESCRIBED = 3
"""Words next to the name without which an entry says too little to be missed."""
_MAX_WORDS = 2_000
"""Of one page; its first ones are compared with another page."""
_CHANCE, _MAX_CHANCE, _DEVIATIONS = 1 / 400, 0.3, 3
"""How likely a word of one page is on another one of the same field, by the words of the longer,
and by how many standard deviations related pages share more. Decision 22 has the measurements."""
_AUTHOR = re.compile(r"^meta [^\n]*\bname\s*=\s*[\"']?author\b[^\n]*", re.MULTILINE)
_GENERIC = (
    "about access account all also and another any app application are article awesome based be "
    "because been best better blog book build built can check collection com company complete "
    "contact content create custom data day demo der die different download easy edition een "
    "every example fast feature file find first for free from full fun get github good great "
    "guide has have help here high home host how html http https info information install into "
    "its just know language large latest learn library like link list live local log login made "
    "main make manage many more most much name need net new news not now offer official one "
    "online only open org other our out over own page part people platform please popular post "
    "powerful product program project quality read real reference resource run search see send "
    "service set share show sign simple site small software solution some source start such "
    "support system team text that the their them there these they this through time tool top "
    "tutorial two type under und une update use used user using version very video view want "
    "was way web website what when where which who why will with without work world write www "
    "year you your"
)


@lru_cache(maxsize=512)
def significant_stems(text: str) -> frozenset[str]:
    """The stems of the words that say what a text is about."""
    return _stems(word_set(clean_text(_ADDRESS.sub(" ", text)))) - _generic_stems()


@lru_cache(maxsize=1)
def _generic_stems() -> frozenset[str]:
    return _stems(_GENERIC.split())


def _stems(words: Iterable[str]) -> frozenset[str]:
    """Without plurals, numbers and short words; a sign of Chinese or Japanese is no word."""
    return frozenset(
        word.removesuffix("s")[:_STEM]
        for word in set(words)
        if (len(word) >= _MIN_WORD and not word.isdigit()) or (len(word) > 1 and word > "\u3040")
    )


def crosses_domains(began: str, ended: str) -> bool:
    """Whether two URLs belong to owners of different domains."""
    return began != ended and _domain(began) != _domain(ended)


def _domain(url: str) -> str:
    """What the owner of a URL's host registered, or the host."""
    host = urlsplit(url).hostname or ""
    return registrable_domain(host) or host


def is_specific(name: str) -> bool:
    """Whether a name of a path says something of the page: `compiler`, and not `docs`."""
    return len(name) > _MIN_NAME and bool(_stems(word_set(name)) - _generic_stems())


def head_of(page: ScannedPage) -> str:
    """What a page says of itself: title, headings, and the descriptions in its head."""
    tags = _DESCRIPTION.findall(page.tags)
    said = (match[1] or match[2] for tag in tags[:6] if (match := _CONTENT.search(tag)))
    return "\n".join((page.title_and_headings, *map(clean_text, said)))


def _has_name(head: str, url: str, link: str, entry: Entry) -> bool:
    """Whether a page's head, or its URL without the query, has a name of the entry.

    Names are the title, that of the link's host, and the last one of its path.
    """
    parts = urlsplit(url)
    shown = (head, parts.netloc, unquote(parts.path))
    text = "\n".join(map(squashed, shown))
    return _is_named(text, link, entry)


def _names(link: str, entry: Entry) -> Iterator[str]:
    """The names of an entry, squashed, and the one first that its page most often has."""
    if len(entry.title.split()) <= _MAX_NAME_WORDS:
        yield squashed(entry.title)
    name = comparable_path(link).rpartition("/")[2]
    if is_specific(name):
        yield squashed(name)
    own = registrable_domain(urlsplit(link).hostname or "") or ""
    yield squashed(own.partition(".")[0])


def _is_named(text: str, link: str, entry: Entry) -> bool:
    """Whether a squashed text has one of the names; short ones may be in it by chance."""
    return any(len(name) >= _MIN_NAME and name in text for name in _names(link, entry))


def is_nameless(head: str, link: str, entry: Entry) -> bool:
    """Whether no name of the entry is in a page's head (`head_of`).

    The bare host name is none: parking services show it.
    """
    host = (urlsplit(link).hostname or "").removeprefix("www.")
    text = squashed(head.lower().replace(host, " "))
    return not _is_named(text, link, entry)


def is_unlike(
    page: ScannedPage, head: str, entry: Entry, before: str, *, is_nameless: bool
) -> bool:
    """Whether a page has hardly a word of the entry's description, the name not counted.

    Where the entry says nothing but its name, that must be missing as well. It may be a
    translation or a redesign, so that it is evidence only in addition to another kind.
    """
    is_name = len(entry.title.split()) <= _MAX_NAME_WORDS
    text = entry.text.replace(entry.title, " ") if is_name and entry.title else entry.text
    described = significant_stems(text) | significant_stems(before)
    if described & significant_stems(head):
        return False
    if len(described & _stems(page.words)) > _UNLIKE_SHARE * len(described):
        return False
    return len(described) >= _MIN_DESCRIBED or is_nameless


def _shares_words(page: ScannedPage, head: str, entry: Entry, before: str) -> bool:
    """Whether enough words of the entry, or of the title that the page had before, are on it."""
    words = significant_stems(f"{entry.title}\n{entry.text}") | significant_stems(before)
    if not words:
        return False
    in_head = len(words & significant_stems(head))
    if in_head >= min(_MIN_HEAD, len(words)):
        return True
    in_body = len(words & _stems(page.words))
    return in_body >= _MIN_BODY and in_body >= _BODY_SHARE * len(words)


def is_about(page: ScannedPage, head: str, url: str, link: str, entry: Entry, before: str) -> bool:
    """Whether the page at the end of a redirect is about the entry, or of the same origin.

    `head` is `head_of(page)`, `before` the title that the link's own page had. Of the same origin
    is what names the link's domain as its canonical address, or the repository that the entry
    names.
    """
    if page.kind is not ContentKind.HTML:
        return keeps_name(link, url) and len(urlsplit(link).path) > 1
    domain = _domain(link)
    if any(domain in tag for tag in _CANONICAL.findall(page.tags)):
        return True
    named = {match.lower() for match in _REPOSITORY.findall(entry.text)}
    shown = {match.lower() for match in _REPOSITORY.findall(page.tags)}
    if named & shown:
        return True
    name = squashed(entry.title)
    is_name = len(name) > _STEM and len(entry.title.split()) <= _MAX_NAME_WORDS
    if is_name and name in squashed(page.text):
        return True
    return _has_name(head, url, link, entry) or _shares_words(page, head, entry, before)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a page speaks of, for a comparison with another page of the same link.

    The entry's name and the host's are left out: who takes over a domain often keeps the name.
    """

    head: frozenset[str] = frozenset()
    """Stems of its title, headings and descriptions."""
    words: frozenset[str] = frozenset()
    """Stems of the whole page, with those of the head."""
    names: frozenset[str] = frozenset()
    """Stems of the entry's name in its head, the ordinary ones left out."""
    origins: frozenset[str] = frozenset()
    """Repositories of the entry's name to which it links, and its author's full name."""

    def is_related(self, other: "Vocabulary") -> bool:
        """Whether two pages share more words than pages of one field do by chance."""
        fewer, more = sorted((self.words, other.words), key=len)
        count, chance = len(fewer), min(_MAX_CHANCE, len(more) * _CHANCE)
        shared = len(fewer & more)
        spread = sqrt(count * chance * (1 - chance))
        return shared >= _MIN_HEAD and shared > count * chance + _DEVIATIONS * spread

    def has_nothing_of(self, before: "Vocabulary") -> bool:
        """Whether hardly a word of an earlier page's head is left, and no word in the head.

        Where the head had nothing but the name, its other words count.
        """
        said = before.head or before.words
        if not said or len(self.words) < _MIN_LEFT or self.is_related(before):
            return False
        return not self.head & said and len(said & self.words) <= _UNLIKE_SHARE * len(said)


def vocabulary(page: ScannedPage, head: str, link: str, entry: Entry) -> Vocabulary:
    """The vocabulary of an HTML page."""
    name = entry.title if len(entry.title.split()) <= _MAX_NAME_WORDS else ""
    names = _stems(word_set(f"{name} {_domain(link).replace('.', ' ')}"))
    said = significant_stems(head)
    spoken = said - names
    words = _stems(page.words[:_MAX_WORDS]) - _generic_stems() - names
    own = _names(link, entry)
    repositories = {
        found
        for found in _REPOSITORY.findall(page.tags)
        if any(one in squashed(found) for one in own)
    }
    named = map(_CONTENT.search, _AUTHOR.findall(page.tags))
    authors = {clean_text(match[1] or match[2]) for match in named if match}
    return Vocabulary(
        spoken,
        spoken | words,
        said & names,
        frozenset(repositories) | {one for one in authors if len(one.split()) > 1},
    )


def describes(page: ScannedPage, head: str, link: str, entry: Entry) -> bool:
    """Whether a page has words of the entry's description, and its name or several of them."""
    nameless = is_nameless(head, link, entry)
    if is_unlike(page, head, entry, "", is_nameless=nameless):
        return False
    return not nameless or _shares_words(page, head, entry, "")
