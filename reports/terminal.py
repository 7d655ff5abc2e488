"""Strangers' words on a terminal: nothing that moves the cursor, colours or hides."""

import unicodedata

_BREAKS = "\t\n\r\u2028\u2029"
_HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn")


def inert(stranger: str) -> str:
    """One line without control, format or unassigned characters."""
    return "".join(
        " " if character in _BREAKS else character
        for character in stranger
        if character in _BREAKS or unicodedata.category(character) not in _HIDDEN
    )
