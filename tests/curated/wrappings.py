"""One piece of markdown in eight surroundings, and whether every link in it is found with proof."""

from collections import Counter
from collections.abc import Callable
from typing import Final

from staycurrent.curated.document import parse
from staycurrent.curated.escapes import unescape, unreference
from staycurrent.curated.place import Place
from tests.curated.oracle import addresses, as_shown, rendered

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


def meaning(raw: bytes, place: Place) -> set[str]:
    """What the bytes of a place may mean, worked out again without the room's own verification."""
    text = raw[place.span.start : place.span.end].decode()
    resolved = {text, text.replace("\\|", "|")}
    resolved |= {unescape(each) for each in resolved} | {unreference(text)}
    return resolved | {f"{prefix}{text}" for prefix in PREFIXES}


def unproved(raw: bytes) -> list[str]:
    """The addresses whose bytes do not mean them."""
    places = parse(raw).places
    return [p.url for p in places if not p.verified or p.url not in meaning(raw, p)]


def unlike(raw: bytes) -> tuple[list[str], list[str]]:
    """The addresses that only we see, and those that only GitHub's renderer shows."""
    document = parse(raw)
    shown = Counter(addresses(rendered(raw[document.markup.front_matter.end :])))
    loaded = {p for p in document.places if b"srcset" in raw[slice(*p.use)]}
    ours = Counter(as_shown(p.url for p in document.places if p not in loaded))
    return sorted((ours - shown).elements()), sorted((shown - ours).elements())
