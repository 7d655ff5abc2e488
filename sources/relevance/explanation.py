"""Why something is proposed, in words that a person can check."""

from collections.abc import Iterator

from staycurrent.sources.merged_items import MergedItem
from staycurrent.sources.momentum import Momentum
from staycurrent.sources.relevance_model import Match

_CODE = "repository:github:"


def explain(seen: MergedItem, match: Match, momentum: Momentum) -> str:
    """Feeds, nights, what was gained, and what of the list it is like: `in 2 feeds, ...`.

    A row's place in its feed is told where the feed tells nothing else.
    """
    told = [*_shown(seen, momentum)] or [f"no. {seen.item.rank} of its feed"]
    if seen.item.kind == "paper" and seen.item.repository is not None:
        told.append(f"with code at {seen.item.repository.removeprefix(_CODE)}")
    if match.shared_words:
        words = " and ".join(f'"{word}"' for word in match.shared_words[:2])
        told.append(f"shares {words} with the list")
    if match.closest_entry:
        told.append(f'closest to "{match.closest_entry}"')
    return ", ".join(told)


def _shown(seen: MergedItem, momentum: Momentum) -> Iterator[str]:
    item = seen.item
    if seen.other_sources:
        yield f"in {1 + len(seen.other_sources)} feeds"
    if momentum.nights > 1:
        yield f"on {momentum.nights} of the last 7 nights"
    if momentum.nights > 1 and momentum.gained:
        yield f"{_counted(momentum.gained, 'star')} gained"
    elif item.stars_today:
        yield f"{_counted(item.stars_today, 'star')} that day"
    if item.upvotes:
        yield _counted(item.upvotes, "upvote")


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"
