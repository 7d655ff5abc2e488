"""The time that one check may take, with everything that is requested for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(slots=True)
class Deadline:
    """What is left of the time for a page and for the robots.txt and certificates that it needs.

    Waiting for a place at a host or for its usual pause does not count; both are our own limits.
    """

    left_s: float
    """Seconds of requests."""
    pauses_left_s: float
    """Seconds that hosts may still make us wait (`Retry-After`), all of them together."""
    is_fresh: bool = True
    """Whether no host was waited for yet: the first pause may be due to earlier checks."""

    @contextmanager
    def half(self) -> Iterator["Deadline"]:
        """For a request that has to come first: at most half of the time that is left."""
        given = self.left_s / 2
        part = Deadline(given, self.pauses_left_s, self.is_fresh)
        try:
            yield part
        finally:
            self.left_s -= given - part.left_s
            self.pauses_left_s, self.is_fresh = part.pauses_left_s, part.is_fresh

    def takes_pause(self, seconds: float) -> bool:
        """Whether a host may be waited for so long; if so it counts."""
        if not self.is_fresh:
            if seconds > self.pauses_left_s:
                return False
            self.pauses_left_s -= seconds
        self.is_fresh = False
        return True
