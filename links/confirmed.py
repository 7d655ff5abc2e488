"""What two looks at one page amount to, and what nights amount to on which there was but one."""

from datetime import date

from staycurrent.links.observation import Outcome
from staycurrent.links.outcome import Reading


def settled(first: Reading, second: Reading) -> Reading:
    """The kinder of two negative readings, else the second."""
    if not second.outcome.is_negative:
        return Reading(second.outcome, f"{second.evidence} (first {first.evidence})")
    if first.outcome is second.outcome:
        return Reading(second.outcome, f"{second.evidence}, twice")
    kinder = min(first, second, key=lambda reading: _gravity(reading.outcome))
    return Reading(kinder.outcome, f"{first.evidence}, then {second.evidence}")


def _gravity(outcome: Outcome) -> int:
    for gravity, grave in enumerate(
        (outcome is Outcome.TLS, outcome.is_weak, outcome.is_soft, outcome.is_hard)
    ):
        if grave:
            return gravity
    return 4


def put_off(
    first: Reading, since: date | None, night: date, patience_nights: int
) -> Reading | None:
    """What a server error amounts to whose host asked us, with it, to come back another night.

    No evidence for as long as that may be meant; after more than `patience_nights` of it
    (`since`: the first one) the server error that it is. None where it was anything else.
    """
    if first.outcome is not Outcome.SERVER_ERROR:
        return None
    nights = 1 if since is None else (night - since).days + 1
    if nights <= patience_nights:
        return Reading(Outcome.SKIPPED, f"{first.evidence}, come back another night")
    words = f"{first.evidence}, come back another night: for {nights} nights"
    return Reading(Outcome.SERVER_ERROR, words)
