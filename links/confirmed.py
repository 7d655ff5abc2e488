"""What two looks at one page amount to."""

from links.observation import Outcome
from links.outcome import Reading


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
