"""Which links are left alone: patterns from the settings, matched against whole addresses."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import translate
from urllib.parse import urlsplit

_ONLY_REGEX = re.compile(r"[\\^$+()\[\]{}|]|\.\*")


@dataclass(frozen=True, slots=True)
class Ignore:
    """One pattern of `links.ignore`."""

    pattern: str
    """A host name, a glob (`https://example.org/*`) or a regular expression (`^https?://x`)."""
    until: date | None = None
    """Last night on which it holds; None: for good."""
    reason: str = ""

    def is_expired(self, night: date) -> bool:
        """Whether it has ended before that night."""
        return self.until is not None and night > self.until


def ignored_by(url: str, patterns: Sequence[Ignore], night: date) -> Ignore | None:
    """The first pattern that covers this address tonight, or None."""
    for pattern in patterns:
        if not pattern.is_expired(night) and covers(pattern.pattern, url):
            return pattern
    return None


def covers(pattern: str, url: str) -> bool:
    """Whether a pattern covers an address; raises re.error for a bad regular expression."""
    if _ONLY_REGEX.search(pattern):
        return re.search(pattern, url) is not None
    if any(wild in pattern for wild in "*?"):
        return re.fullmatch(translate(pattern), url) is not None
    if "/" not in pattern:
        host = urlsplit(url).hostname or ""
        return host == pattern.lower() or host.endswith(f".{pattern.lower()}")
    return url == pattern
