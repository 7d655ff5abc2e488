"""Strangers' words on a terminal: nothing that moves the cursor, colours or hides."""

import unicodedata
from typing import TextIO

_BREAKS = "\t\n\r\u2028\u2029"
_HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn")


def inert(stranger: str) -> str:
    """One line without control, format or unassigned characters."""
    return "".join(
        " " if character in _BREAKS else character
        for character in stranger
        if character in _BREAKS or unicodedata.category(character) not in _HIDDEN
    )


def lines(text: str) -> str:
    """Several lines, each of them inert."""
    return "\n".join(map(inert, text.split("\n")))


def for_eyes(text: str, out: TextIO) -> str:
    """Text with a file's own words, such as a diff: inert on a terminal, to the byte elsewhere."""
    return lines(text) if out.isatty() else text
