"""Links that are not requested: patterns from the settings, matched against whole URLs."""

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
    """Last date on which it applies; None: no end."""
    reason: str = ""

    def is_expired(self, run_date: date) -> bool:
        """Whether it ended before that date."""
        return self.until is not None and run_date > self.until


def ignored_by(url: str, patterns: Sequence[Ignore], run_date: date) -> Ignore | None:
    """The first pattern that covers a URL on that date, or None."""
    for pattern in patterns:
        if not pattern.is_expired(run_date) and covers(pattern.pattern, url):
            return pattern
    return None


def covers(pattern: str, url: str) -> bool:
    """Whether a pattern covers a URL; raises re.error for an invalid regular expression."""
    if _ONLY_REGEX.search(pattern):
        return re.search(pattern, url) is not None
    if any(wild in pattern for wild in "*?"):
        return re.fullmatch(translate(pattern), url) is not None
    if "/" not in pattern:
        host = urlsplit(url).hostname or ""
        return host == pattern.lower() or host.endswith(f".{pattern.lower()}")
    return url == pattern
