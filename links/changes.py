"""How often links change, estimated from looks that see only whether they did in between."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from staycurrent.links.observation import Observation, Outcome

_WEEK = 7


@dataclass(frozen=True, slots=True)
class Seen:
    """Looks at what was well the look before, and how many of them met a change."""

    looks: int = 0
    changes: int = 0
    nights: int = 0
    """From each of these looks back to the one before it, added up."""

    def __add__(self, other: "Seen") -> "Seen":
        return Seen(
            self.looks + other.looks, self.changes + other.changes, self.nights + other.nights
        )


def seen(history: Sequence[Observation]) -> Seen:
    """What one link's looks, oldest first, say of its changes.

    Only what follows a success counts: how long a streak lasts says nothing of how often one
    begins.
    """
    looks = (look for look in history if look.outcome is not Outcome.SKIPPED)
    pairs = [(a, b) for a, b in pairwise(looks) if a.outcome.is_success]
    changes = sum(_differs(a, b) for a, b in pairs)
    return Seen(len(pairs), changes, sum((b.night - a.night).days for a, b in pairs))


def rate(found: Seen, every: float, weight: int) -> float:
    """Changes of one link in one night; more than 0.

    Cho and Garcia-Molina's estimator, from looks that cannot count how often a thing changed
    between them: -log((X + 0.5) / (n + 0.5)) / I, where X of n looks met no change and I is the
    mean number of nights between looks (ACM TOIT 3(3), 2003, section 4.2). Few looks say little,
    so `weight` weekly looks at links that change once in `every` nights are taken as made before
    them (Grimes and Ford, 2008).
    """
    looks = found.looks + weight
    changes = found.changes + weight * (1 - math.exp(-_WEEK / every))
    interval = (found.nights + weight * _WEEK) / looks
    return -math.log((looks - changes + 0.5) / (looks + 0.5)) / interval


def _differs(before: Observation, after: Observation) -> bool:
    if before.outcome is not after.outcome:
        return True
    fresh = before.freshness, after.freshness
    return (None not in fresh and fresh[0] is not fresh[1]) or _target(before) != _target(after)


def _target(look: Observation) -> str:
    """Where it ended, without what many sites make up anew for each visit."""
    return (look.final_url or "").partition("#")[0].partition("?")[0]
