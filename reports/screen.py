"""What a terminal can show, told without what draws on it: that takes long to import."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Screen:
    """What a terminal can show."""

    width: int
    """In columns."""
    colours: bool
    """Whether colours are wanted (https://no-color.org)."""
