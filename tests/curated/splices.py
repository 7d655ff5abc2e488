"""Documents spliced at random from fragments and lines of lists, and what must hold of each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random

from staycurrent.curated.document import Document, parse
from staycurrent.curated.findings import findings
from staycurrent.curated.flags import Flag, FlagState, Style
from staycurrent.curated.original import original
from staycurrent.curated.parts import BadMarkers
from staycurrent.curated.rewrite import Edits, UnsafeRewrite, rewrite
from tests.curated.oracle import OWN_LISTS, is_read_alike, rendered, without_ours

HERE = Path(__file__).parent
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
STYLES = [Style(glyphs, place) for glyphs in ("emoji", "words") for place in ("link", "end")]
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
    edits: Edits
    style: Style

    def without_addresses(self) -> "Wish":
        """All but what cannot be undone."""
        return Wish(self.flags, Edits(self.edits.struck, self.edits.snapshots), self.style)

    def granted(self, document: Document) -> bytes:
        return rewrite(document, flags=self.flags, style=self.style, parts={}, edits=self.edits)


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
    for index, place in enumerate(document.places):
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
    return Wish(flags, Edits(frozenset(struck), snapshots, moved), random.choice(STYLES))


def assert_holds(raw: bytes, random: Random) -> bool:
    """What must hold of any bytes; False where the rewrite was refused in words.

    Raises AssertionError with the document, so that a failure can become a case.
    """
    document = parse(raw)
    findings(document)
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
    bare = original(document)
    after = wanted.granted(document)
    again = parse(after)
    assert [p.url for p in again.places] == [p.url for p in document.places], "other addresses"
    assert wanted.granted(again) == after, "another list the second time"
    plain = rewrite(again, flags={}, style=wanted.style, parts={})
    assert plain == bare.raw, "what is ours does not come off"
    if b"\0" not in bare.raw and is_read_alike(bare):
        assert without_ours(rendered(after)) == without_ours(rendered(bare.raw)), "shows otherwise"


def _assert_readdressed(document: Document, wanted: Wish) -> None:
    bare = original(document)
    after = original(parse(wanted.granted(document)))
    assert len(after.places) == len(bare.places), "another number of links"
    reached = [0, 0]
    pairs = {
        (old.span, new.span): index
        for index, (old, new) in enumerate(zip(bare.places, after.places, strict=True))
    }
    for (old, new), index in sorted(pairs.items()):
        between = bare.raw[reached[0] : old.start], after.raw[reached[1] : new.start]
        assert between[0] == between[1], "bytes between addresses differ"
        place, before = after.places[index], bare.places[index]
        if place.url != before.url:
            assert place.url == wanted.edits.addresses[index], "an address nobody asked for"
            assert before.verified
            assert place.verified
            assert before.in_part is None
        else:
            assert bare.raw[slice(*old)] == after.raw[slice(*new)], "an address spelled otherwise"
        reached = [old.end, new.end]
    assert bare.raw[reached[0] :] == after.raw[reached[1] :]
