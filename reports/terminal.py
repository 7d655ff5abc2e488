"""Strangers' words on a terminal: nothing that moves the cursor, colours or hides."""

import unicodedata

_HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn")


def inert(stranger: str) -> str:
    """One line without control, format or unassigned characters."""
    return "".join(
        " " if character in "\t\n\r" else character
        for character in stranger
        if character in "\t\n\r" or unicodedata.category(character) not in _HIDDEN
    )
