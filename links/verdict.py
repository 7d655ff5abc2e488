"""What a link's whole history proves: a pure function of history and rules."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class State(StrEnum):
    """The conclusion on a link; a closed set."""

    ALIVE = "alive"
    SUSPECT = "suspect"
    """Failing, not yet long enough."""
    DEAD = "dead"
    MOVED = "moved"
    INSECURE = "insecure"
    STALE = "stale"
    """Alive, but archived, idle, withdrawn, disabled or superseded."""
    BLOCKED = "blocked"
    """Cannot be verified by a robot; never counts towards dead."""
    REFUSED = "refused"
    """By our own policy, or malformed: shown at once."""
    UNCHECKED = "unchecked"
    """Never looked at, or not a web address."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is concluded of one link, with what it rests on."""

    link: str
    state: State
    reason: str = ""
    """An outcome or a freshness fact: `missing`, `dns`, `archived`, `renamed`; empty if none."""
    since: date | None = None
    """Night of the first look of the present streak; never moves while the streak lasts."""
    nights: int = 0
    """Looks in the streak."""
    last_checked: date | None = None
    suggestion: str | None = None
    """Where it went, or what was meant; None where nothing better is known."""
    archive: str | None = None
    """A snapshot's address, or None."""
