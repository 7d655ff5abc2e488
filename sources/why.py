"""Why something is proposed, in words that a person can check."""

from sources.momentum import Momentum
from sources.relevance import Match
from sources.sighting import Sighting

_CODE = "repository:github:"


def why(seen: Sighting, match: Match, momentum: Momentum) -> str:
    """Feeds, nights, counters, and what of the list it is like: `in 2 feeds, ...`."""
    item = seen.item
    told = [f"in {1 + len(seen.others)} feeds" if seen.others else f"no. {item.rank} tonight"]
    if momentum.nights > 1:
        told.append(f"{momentum.nights} of the last 7 nights")
    if item.stars_today:
        told.append(f"{_counted(item.stars_today, 'star')} today")
        if momentum.nights > 1 and momentum.gained:
            told.append(f"{momentum.gained} in these nights")
    if item.upvotes:
        told.append(_counted(item.upvotes, "upvote"))
    if item.kind == "paper" and item.repository is not None:
        told.append(f"with code at {item.repository.removeprefix(_CODE)}")
    if match.words:
        told.append(f"on {' and '.join(match.words[:2])}")
    if match.closest:
        told.append(f'closest to "{match.closest}"')
    return ", ".join(told)


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
