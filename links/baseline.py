"""What a link was like when it was well: the fingerprints of its last successful checks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import takewhile

from staycurrent.links.ending import announced_in
from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.page.fingerprint import (
    Fingerprint,
    parse_fingerprint,
    same_text,
    same_title,
)
from staycurrent.links.schedule import last_check
from staycurrent.links.settings import Rules

NOT_MODIFIED = 304
_MAX_FINGERPRINTS = 2


@dataclass(frozen=True, slots=True)
class Baseline:
    """As much of a link's history as its next check needs."""

    fingerprints: tuple[Fingerprint, ...] = ()
    """Of the last successful checks that have one, oldest first, at most two."""
    last_success: date | None = None
    failing: bool = False
    """Whether the last check was negative."""
    awaits: bool = False
    """Whether a rule counts the last checks and is not met yet, so that the next days decide."""
    postponed_since: date | None = None
    """First of the last run dates on which the host only postponed our checks."""
    last_page_date: date | None = None
    """When the page last came, if it was unchanged in every check since; else None."""
    unchanged: int = 0
    """Number of these checks; each got a 304 instead of the page."""
    last_duration_s: float = 0.0
    """How long the last check took; 0 if unknown."""
    announced: str = ""
    """The announcement of its end in the evidence of the last page that came; usually empty."""
    own_title: str = ""
    """Of the last page that came from the link's own URL; empty if it had none."""

    @property
    def stable_fingerprint(self) -> Fingerprint | None:
        """The last fingerprint, if the last two successful checks agree; else None."""
        if len(self.fingerprints) < _MAX_FINGERPRINTS:
            return None
        before, last = self.fingerprints
        return last if same_title(before, last) or same_text(before, last) else None


def baseline_from(history: Sequence[Observation], rules: Rules) -> Baseline:
    """The baseline of a link from its observations, oldest first.

    A 304 shows no page: the fingerprint that it stands for counted when the page came.
    """
    pages = [seen for seen in history if seen.outcome.is_success and seen.checked_by == "page"]
    # what may be another party's page is none to compare with
    pages = [seen for seen in pages if not (seen.is_doubtful or seen.leads_elsewhere)]
    texts = (seen.fingerprint for seen in pages if seen.status != NOT_MODIFIED)
    fingerprints = [found for text in texts if (found := parse_fingerprint(text)) is not None]
    own = (seen.fingerprint for seen in pages if seen.final_url is None)
    own_pages = [found for text in own if (found := parse_fingerprint(text)) is not None]
    unchanged, last_page_date = 0, None
    for seen in reversed(history):
        if seen.outcome is not Outcome.OK or seen.checked_by != "page" or seen.is_doubtful:
            break
        if seen.status != NOT_MODIFIED:
            last_page_date = seen.run_date
            break
        unchanged += 1
    errors = (Outcome.SKIPPED, Outcome.SERVER_ERROR)
    latest_errors = takewhile(lambda seen: seen.outcome in errors, reversed(history))
    postponed = (seen.run_date for seen in latest_errors if seen.outcome is Outcome.SKIPPED)
    last = last_check(history, rules)
    return Baseline(
        fingerprints=tuple(fingerprints[-_MAX_FINGERPRINTS:]),
        last_success=pages[-1].run_date if pages else None,
        failing=bool(history) and history[-1].outcome.is_negative,
        awaits=last is not None and last.awaits,
        postponed_since=min(postponed, default=None),
        last_page_date=last_page_date,
        unchanged=unchanged if last_page_date else 0,
        last_duration_s=(history[-1].elapsed_ms or 0) / 1000 if history else 0.0,
        announced=announced_in(pages[-1].evidence) if pages else "",
        own_title=own_pages[-1].title if own_pages else "",
    )
