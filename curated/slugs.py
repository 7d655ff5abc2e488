"""The anchors that GitHub gives to headings."""

from collections.abc import Iterable
from unicodedata import category

_KEPT = frozenset({"Nd", "Nl", "Pc"})
_SYMBOL_LETTERS = range(0x24B6, 0x24EA)  # circled letters are So, yet GitHub keeps them
_SQUARED_LETTERS = range(0x1F130, 0x1F18A)


def slug(text: str) -> str:
    """The anchor of one heading, before duplicates are numbered."""
    return "".join("-" if c == " " else c for c in text.lower() if _is_kept(c))


def slugs(texts: Iterable[str]) -> tuple[str, ...]:
    """The anchors of a document's headings, in order; duplicates get `-1`, `-2`."""
    taken: dict[str, int] = {}
    found: list[str] = []
    for text in texts:
        first = anchor = slug(text)
        while anchor in taken:
            taken[first] += 1
            anchor = f"{first}-{taken[first]}"
        taken[anchor] = 0
        found.append(anchor)
    return tuple(found)


def _is_kept(character: str) -> bool:
    if character in " -":
        return True
    kind = category(character)
    if kind[0] in "LM" or kind in _KEPT:
        return True
    return ord(character) in _SYMBOL_LETTERS or ord(character) in _SQUARED_LETTERS
