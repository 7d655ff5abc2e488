"""What each verdict means and what a person can do about it, in a sentence each."""

from dataclasses import dataclass
from typing import Final

from staycurrent.links.verdict import State


@dataclass(frozen=True, slots=True)
class Meaning:
    """One verdict, told to somebody who never saw it."""

    glyph: str
    name: str
    says: str
    """What it claims of the link."""
    do: str
    """What a person can do."""


MEANINGS: Final = {
    State.DEAD: Meaning(
        "✕",
        "dead",
        "The address failed on enough nights to be believed.",
        "Replace it, offer the snapshot, or take the entry out; one good look clears it.",
    ),
    State.MOVED: Meaning(
        "→",
        "moved",
        "It leads for good to another address, the same one every time.",
        "Write the new address into the list.",
    ),
    State.INSECURE: Meaning(
        "▲",
        "insecure",
        "Its certificate has been wrong for a week: browsers warn before they open it.",
        "Tell its owner, or link to another copy.",
    ),
    State.STALE: Meaning(
        "■",
        "stale",
        "It is there, but archived, idle, withdrawn or superseded, as an authority says.",
        "Say so in the entry, look for a successor, or keep it as it is.",
    ),
    State.REFUSED: Meaning(
        "≠",
        "refused",
        "The address is malformed, or our own policy does not let it be asked.",
        "Mend the address in the list.",
    ),
    State.SUSPECT: Meaning(
        "?",
        "suspect",
        "It fails, but not yet on enough nights.",
        "Wait: it clears by one good look, or becomes dead or insecure by itself.",
    ),
    State.BLOCKED: Meaning(
        "⊘",
        "blocked",
        "It refuses robots, so that only a person can tell; it never counts towards dead.",
        "Open it in a browser; if it is fine, nothing is to be done.",
    ),
    State.UNCHECKED: Meaning(
        "○",
        "unchecked",
        "It was not looked at yet, is no web address, or is ignored.",
        "Nothing is to be done.",
    ),
    State.ALIVE: Meaning(
        "●",
        "alive",
        "The last look found it well.",
        "Nothing is to be done.",
    ),
}
"""In the order in which they want a person."""
