"""Numbers with their nouns."""

import unicodedata
from dataclasses import dataclass
from typing import TextIO


def plural(count: int, noun: str, ending: str = "s") -> str:
    """`1 look`, `2 looks`; with another ending, `2 stretches`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}{ending}"


_BREAKS = "\t\n\r\u2028\u2029"
_HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn")


def sanitise(stranger: str) -> str:
    """One line without control, format or unassigned characters."""
    return "".join(
        " " if character in _BREAKS else character
        for character in stranger
        if character in _BREAKS or unicodedata.category(character) not in _HIDDEN
    )


def sanitise_lines(text: str) -> str:
    """Several lines, each of them inert."""
    return "\n".join(map(sanitise, text.split("\n")))


def sanitise_for(text: str, out: TextIO) -> str:
    """Text with a file's own words, such as a diff: inert on a terminal, to the byte elsewhere."""
    return sanitise_lines(text) if out.isatty() else text


@dataclass(frozen=True, slots=True)
class Screen:
    """What a terminal can show."""

    width: int
    """In columns."""
    colours: bool
    """Whether colours are wanted (https://no-color.org)."""
