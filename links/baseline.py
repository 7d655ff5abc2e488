"""What a link was like when it was well: the prints of its last good looks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import takewhile

from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.page.fingerprint import Fingerprint, parse_fingerprint, same_text, same_title

NOT_MODIFIED = 304
_KEPT = 2


@dataclass(frozen=True, slots=True)
class Baseline:
    """As much of a link's history as a look at it needs."""

    fingerprints: tuple[Fingerprint, ...] = ()
    """Of the last good looks that have one, oldest first, at most two."""
    last_success: date | None = None
    """Night of the last good look; None if there was none."""
    failing: bool = False
    """The last look was negative already."""
    postponed_since: date | None = None
    """Night from which on its host has done nothing but ask us to come back later."""
    last_page_date: date | None = None
    """Night of the last page that came, if every look since found it well and unchanged."""
    unchanged: int = 0
    """These looks since: each got a 304 in place of the page."""
    last_duration_s: float = 0.0
    """How long the last look took; 0 where that is unknown."""

    @property
    def stable_fingerprint(self) -> Fingerprint | None:
        """What the page has been like; None where two good looks do not agree on it."""
        if len(self.fingerprints) < _KEPT:
            return None
        before, last = self.fingerprints
        return last if same_title(before, last) or same_text(before, last) else None


def baseline_from(history: Sequence[Observation]) -> Baseline:
    """The past that these looks at pages, oldest first, leave.

    A 304 shows no page: the print that it stands for counted when the page came.
    """
    good = [look for look in history if look.outcome.is_success and look.checked_by == "page"]
    shown = (parse_fingerprint(look.fingerprint) for look in good if look.status != NOT_MODIFIED)
    found = [one for one in shown if one is not None]
    failing = bool(history) and history[-1].outcome.is_negative
    well_on = good[-1].run_date if good else None
    seconds = (history[-1].elapsed_ms or 0) / 1000 if history else 0.0
    put_off = _put_off_since(history)
    return Baseline(tuple(found[-_KEPT:]), well_on, failing, put_off, *_shown(history), seconds)


def _shown(history: Sequence[Observation]) -> tuple[date | None, int]:
    """When the page came that the last looks found unchanged, and how many these are."""
    run = takewhile(_is_well_in_place, reversed(history))
    for unchanged, look in enumerate(run):
        if look.status != NOT_MODIFIED:
            return look.run_date, unchanged
    return None, 0


def _is_well_in_place(look: Observation) -> bool:
    return look.outcome is Outcome.OK and look.checked_by == "page"


def _put_off_since(history: Sequence[Observation]) -> date | None:
    """First night of the present run of nights that were put off, or counted after all."""
    of_a_run = (Outcome.SKIPPED, Outcome.SERVER_ERROR)
    run = takewhile(lambda look: look.outcome in of_a_run, reversed(history))
    return min((look.run_date for look in run if look.outcome is Outcome.SKIPPED), default=None)
