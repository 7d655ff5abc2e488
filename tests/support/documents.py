"""GitHub's own renderer as the judge of what a list shows."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from random import Random
from typing import Final
from urllib.parse import unquote

import cmarkgfm
from cmarkgfm.cmark import Options

from staycurrent.curated.document import Document, parse
from staycurrent.curated.escaping import unescape_html, unescape_markdown
from staycurrent.curated.flags import FlagStyle
from staycurrent.curated.generated_section import BadMarkers
from staycurrent.curated.lint import lint_document
from staycurrent.curated.occurrence import Occurrence
from staycurrent.curated.proof import UnsafeRewrite
from staycurrent.curated.rewrite import LinkEdits, rewrite, strip_annotations
from staycurrent.curated.spans import Splice, apply_splices
from staycurrent.links.verdict import Flag, FlagState

HERE = Path(__file__).parents[1] / "curated"
OWN_LISTS = tuple(sorted((HERE / "lists").glob("*.md")))
SHARED = HERE.parents[2] / "shared"
SHARED_LISTS = tuple(sorted((SHARED / "lists").glob("*__*.md")))
FLAG = re.compile(r"(?:\n *|\s)\([^()<>]{1,40}<!--stay:[a-z]+:\d{4}-\d\d-\d\d-->\)")
REPLAY = r"https://web\.archive\.org/web/[0-9]{14}/"
_OPTIONS = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_FOOTNOTES


def strip_flags(raw: bytes) -> bytes:
    """A list without any flag of ours, also in generated sections."""
    return apply_splices(raw, (Splice(found.span, b"") for found in parse(raw).flags))


def rendered(raw: bytes) -> str:
    text = raw.decode("utf-8", "replace").removeprefix("\ufeff")
    shown: str = cmarkgfm.github_flavored_markdown_to_html(text, options=_OPTIONS)
    return shown


def addresses(html: str) -> list[str]:
    """What the page leads to and loads, percent-encoding undone, footnotes' own links left out."""
    page = _Page()
    page.feed(html.replace("<![", "<!-["))  # both are comments; the first one is not read
    return page.addresses


def without_ours(html: str) -> str:
    """The page without flags, and without strikes and snapshots, a person's strikes included."""
    html = re.sub(r"<!--stay:(?:struck|snapshot)-->|</?del>|" + REPLAY, "", FLAG.sub("", html))
    return html.replace('href="http://www.', 'href="www.')  # as a snapshot's address has it


def is_read_alike(document: Document) -> bool:
    """Whether GitHub shows the links that we see; what a `srcset` loads is no link of a page."""
    shown = addresses(rendered(document.raw[document.markup.front_matter.end :]))
    loaded = [p for p in document.occurrences if b"srcset" in document.raw[slice(*p.link_span)]]
    places = [place for place in document.occurrences if place not in loaded]
    return Counter(shown) == Counter(as_shown(place.url for place in places))


def as_shown(urls: Iterable[str]) -> list[str]:
    """The addresses as `addresses` would read them from a page."""
    return addresses("".join(f'<a href="{escape(url)}">' for url in urls))


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        first = dict(reversed(attrs))
        name = {"a": "href", "img": "src"}.get(tag, "")
        if name in first and not any(each.startswith("data-footnote") for each in first):
            self.addresses.append(unquote(first[name] or ""))


FRAGMENTS = [
    *(HERE / "fragments.txt").read_text("utf-8").split("\n"),
    "\n",
    "\n\n",
    "\r\n",
    "\t",
    " ",
    "\ufeff",
    "\0",
]
EASY = [each for each in FRAGMENTS if "stay:" not in each and each != "\0"]
STYLES = [FlagStyle(glyphs, place) for glyphs in ("emoji", "words") for place in ("link", "end")]
FLAGS = [Flag(FlagState.DEAD, date(2026, 11, 1)), Flag(FlagState.IDLE, date(2026, 10, 3))]
MOVED = Flag(FlagState.MOVED, date(2026, 11, 2))
SNAPSHOT = "https://web.archive.org/web/20261012081522/https://key.example"
URLS = [
    "https://new.example/x",
    "https://new.example/a_(b)?c=1&copy=2#d",
    "https://new.example/)(",
    "https://new.example/a|b'c*_~",
    "https://new.example/[x](y).",
    "https://new.example/a,b;&amp;",
]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be done to the links of one document."""

    flags: dict[int, Flag]
    edits: LinkEdits
    style: FlagStyle

    def without_addresses(self) -> "Wish":
        """All but what cannot be undone."""
        return Wish(self.flags, LinkEdits(self.edits.struck, self.edits.snapshots), self.style)

    def granted(self, document: Document) -> bytes:
        return rewrite(document, flags=self.flags, style=self.style, sections={}, edits=self.edits)


def lines_of(paths: Sequence[Path]) -> list[str]:
    """The lines of lists that are not blank, with their line ends."""
    texts = (path.read_bytes().decode() for path in paths)
    return [line for text in texts for line in text.splitlines(keepends=True) if line.strip()]


OWN_LINES = lines_of(OWN_LISTS)


def documents(random: Random, count: int, lines: Sequence[str]) -> Iterator[bytes]:
    """Documents of up to sixteen pieces, whole lines and halves of lines among them."""
    for _ in range(count):
        pieces = (_piece(random, lines) for _ in range(random.randint(1, 16)))
        yield "".join(pieces).encode()


def _piece(random: Random, lines: Sequence[str]) -> str:
    chance = random.random()
    if chance < 0.25:
        return "\n"
    if chance < 0.75:
        return random.choice(FRAGMENTS)
    line = random.choice(lines)
    return line if chance < 0.9 else line[random.randrange(len(line)) :]


def wish(random: Random, document: Document) -> Wish:
    """Some of everything for some of the places."""
    flags: dict[int, Flag] = {}
    struck: set[int] = set()
    snapshots: dict[int, str] = {}
    moved: dict[int, str] = {}
    url = random.choice(URLS)
    for index, place in enumerate(document.occurrences):
        if place.url.startswith("mailto:"):
            continue  # nothing is ever known of those
        chance = random.random()
        flags[index] = MOVED if chance > 0.8 else random.choice(FLAGS)
        if chance < 0.3:
            struck.add(index)
        elif chance < 0.6:
            snapshots[index] = SNAPSHOT
        elif chance > 0.7:
            moved[index] = url
        elif chance > 0.65:
            del flags[index]
    return Wish(flags, LinkEdits(frozenset(struck), snapshots, moved), random.choice(STYLES))


def assert_holds(raw: bytes, random: Random) -> bool:
    """What must hold of any bytes; False where the rewrite was refused in words.

    Raises AssertionError with the document, so that a failure can become a case.
    """
    document = parse(raw)
    lint_document(document)
    wanted = wish(random, document)
    try:
        _assert_undone(document, wanted.without_addresses())
        _assert_readdressed(document, wanted)
    except (UnsafeRewrite, BadMarkers):
        return False
    except AssertionError as error:
        raise AssertionError(f"{error}\n{raw!r}\n{wanted}") from error
    return True


def _assert_undone(document: Document, wanted: Wish) -> None:
    bare = strip_annotations(document)
    after = wanted.granted(document)
    again = parse(after)
    assert [p.url for p in again.occurrences] == [p.url for p in document.occurrences], (
        "other addresses"
    )
    assert wanted.granted(again) == after, "another list the second time"
    plain = rewrite(again, flags={}, style=wanted.style, sections={})
    assert plain == bare.raw, "what is ours does not come off"
    if b"\0" not in bare.raw and is_read_alike(bare):
        assert without_ours(rendered(after)) == without_ours(rendered(bare.raw)), "shows otherwise"


def _assert_readdressed(document: Document, wanted: Wish) -> None:
    bare = strip_annotations(document)
    after = strip_annotations(parse(wanted.granted(document)))
    assert len(after.occurrences) == len(bare.occurrences), "another number of links"
    reached = [0, 0]
    pairs = {
        (old.destination, new.destination): index
        for index, (old, new) in enumerate(zip(bare.occurrences, after.occurrences, strict=True))
    }
    for (old, new), index in sorted(pairs.items()):
        between = bare.raw[reached[0] : old.start], after.raw[reached[1] : new.start]
        assert between[0] == between[1], "bytes between addresses differ"
        place, before = after.occurrences[index], bare.occurrences[index]
        if place.url != before.url:
            assert place.url == wanted.edits.urls[index], "an address nobody asked for"
            assert before.verified
            assert place.verified
            assert before.generated_section is None
        else:
            assert bare.raw[slice(*old)] == after.raw[slice(*new)], "an address spelled otherwise"
        reached = [old.end, new.end]
    assert bare.raw[reached[0] :] == after.raw[reached[1] :]


PREFIXES = ("http://", "mailto:")


def _indented(first: str, rest: str) -> Callable[[str], str]:
    return lambda text: first + text.replace("\n", f"\n{rest}") + "\n"


def _on_one_line(before: str, after: str) -> Callable[[str], str]:
    return lambda text: before + " ".join(text.split("\n")).strip() + after


WRAPPINGS: Final[dict[str, Callable[[str], str]]] = {
    "plain": _indented("", ""),
    "item": _indented("- ", "  "),
    "nested item": _indented("- outer\n  1. ", "     "),
    "quote": _indented("> ", "> "),
    "heading": _on_one_line("## ", "\n"),
    "cell": lambda text: _on_one_line("| a | b |\n|---|---|\n| ", " | c |\n")(
        text.replace("|", "\\|")
    ),
    "front matter": lambda text: f"---\ntitle: x\n---\n\n{text}\n",
    "windows": lambda text: text.replace("\n", "\r\n") + "\r\n",
}


def meaning(raw: bytes, place: Occurrence) -> set[str]:
    """What the bytes of a place may mean, worked out again without the room's own verification."""
    text = raw[place.destination.start : place.destination.end].decode()
    resolved = {text, text.replace("\\|", "|")}
    resolved |= {unescape_markdown(each) for each in resolved} | {unescape_html(text)}
    return resolved | {f"{prefix}{text}" for prefix in PREFIXES}


def unproved(raw: bytes) -> list[str]:
    """The addresses whose bytes do not mean them."""
    places = parse(raw).occurrences
    return [p.url for p in places if not p.verified or p.url not in meaning(raw, p)]


def unlike(raw: bytes) -> tuple[list[str], list[str]]:
    """The addresses that only we see, and those that only GitHub's renderer shows."""
    document = parse(raw)
    shown = Counter(addresses(rendered(raw[document.markup.front_matter.end :])))
    loaded = {p for p in document.occurrences if b"srcset" in raw[slice(*p.link_span)]}
    ours = Counter(as_shown(p.url for p in document.occurrences if p not in loaded))
    return sorted((ours - shown).elements()), sorted((shown - ours).elements())
