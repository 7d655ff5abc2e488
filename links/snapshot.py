"""What the web's archive said of a link that fails: small, stored, never changed."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Said(StrEnum):
    """What a look-up came to; a closed set, stored."""

    FOUND = "found"
    NOTHING = "nothing"
    """An empty answer, or one that cannot be used. It never proves that there is no snapshot:
    false empties are common (internetarchive/wayback#296), so it is asked again."""
    BLOCKED = "blocked"
    """The archive shows nothing of this site, by its owner's wish or a court's."""


@dataclass(frozen=True, slots=True)
class LookUp:
    """What the archive said of one link on one night."""

    link: str
    """The link's key."""
    night: date
    before: date
    """Snapshots of earlier days were wanted."""
    said: Said
    address: str | None = None
    """Of the snapshot, where one was found."""
