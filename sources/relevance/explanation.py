"""How an item fits a list, and why it is proposed, in terms that a person can check."""

from dataclasses import dataclass

from staycurrent.sources.item import Item
from staycurrent.sources.momentum import Momentum


@dataclass(frozen=True, slots=True)
class Match:
    """How an item fits a list."""

    relevance: float
    """0 to 1."""
    section: tuple[str, ...]
    """Path of headings of the best section; empty if none is similar enough."""
    closest_entry: str
    """Title of the most similar entry; empty if none is similar enough."""
    shared_words: tuple[str, ...] = ()
    """Terms of the list that the item has, as the list writes them, at most three; the most
    characteristic first."""


def explain(item: Item, feeds: int, momentum: Momentum, match: Match) -> str:
    """Say what speaks for an item: `in 2 feeds, 19 upvotes, shares "honey bees" with the list`.

    `feeds` is how many show it. Its rank is given if they count nothing.
    """
    reasons: list[str] = []
    if feeds > 1:
        reasons.append(f"in {feeds} feeds")
    if momentum.nights > 1:
        reasons.append(f"on {momentum.nights} of the last 7 nights")
    if momentum.nights > 1 and momentum.gained:
        reasons.append(f"{_counted(momentum.gained, 'star')} gained")
    elif item.stars_today:
        reasons.append(f"{_counted(item.stars_today, 'star')} that day")
    if item.upvotes:
        reasons.append(_counted(item.upvotes, "upvote"))
    if not reasons:
        reasons.append(f"no. {item.rank} of its feed")
    if item.kind == "paper" and item.repository is not None:
        reasons.append(f"with code at {item.repository.removeprefix('repository:github:')}")
    if match.shared_words:
        words = " and ".join(f'"{word}"' for word in match.shared_words[:2])
        reasons.append(f"shares {words} with the list")
    if match.closest_entry:
        reasons.append(f'closest to "{match.closest_entry}"')
    return ", ".join(reasons)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
