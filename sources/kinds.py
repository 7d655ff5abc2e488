"""Which kinds of thing a list does not take, by what its entries lead to."""

from collections.abc import Sequence

from staycurrent.web.identity import identify

_ENTRIES = 100
"""Of a kind that is three in a hundred of a list, so many entries would hold one (95 %)."""
_FED = frozenset(["paper", "repository"])
"""What the feeds bring by themselves; a feed of talks was added by somebody who wants them."""


def lacking(urls: Sequence[str]) -> frozenset[str]:
    """Kinds that a list does not take, by the addresses of its entries; none while they are few.

    A PDF may be a paper that we cannot name, and speaks for papers.
    """
    if len(urls) < _ENTRIES:
        return frozenset()
    things = [identify(url) for url in urls]
    kinds = {thing.kind for thing in things if thing is not None}
    if any(url.lower().endswith(".pdf") for url in urls):
        kinds.add("paper")
    return _FED - kinds
