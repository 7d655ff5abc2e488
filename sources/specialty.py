"""What a list on a part of a wide subject speaks of, and the feeds hardly do: "quantization"."""

import math
from collections.abc import Collection, Sequence

from staycurrent.sources.vocabulary import Counts, is_common

_WIDE = 0.1
_SPREAD = 0.05
_ODDS = 6
_ODDS_OF_CORE = 4
"""For a word as widespread as the core, which reaches down to half of the widest phrase."""
_ODDS_IN_TITLE = 3
_SHORTEST = 4
_COVERED = 0.4
"""Of the lists looked at, those on a part lie above 0.45, those on the whole below 0.35."""


def specialty(
    rows: Sequence[frozenset[str]],
    theirs: Sequence[Counts],
    core: frozenset[str],
    *,
    headings: Collection[str] = (),
    titles: Collection[str] = (),
) -> frozenset[str]:
    """Words one of which an item's title must name; none where the list is on the whole subject.

    `rows` are the terms of the list's entries, `theirs` counts those of each kind of items. Where
    all of the core is common in the feeds ("language models"), and yet the list's title has a word
    of its own, or two of five entries have a widespread one, the list is on a part of its core. A
    word that no item has tells only if it is in a heading: "arxiv" and names of authors are in
    half of some lists.
    """
    if not all(is_common(term, theirs) for term in core):
        return frozenset()
    ours = Counts.of(rows)
    met = frozenset(headings).union(*(kind.having for kind in theirs)) & ours.having.keys()
    whole = frozenset(stem for term in core for stem in term.split())
    parts = {term for term in met if not whole.issuperset(term.split())}
    half = max((ours.share(term) for term in core), default=0.0) / 2
    own = frozenset(
        term
        for term in parts
        if ours.share(term) >= _SPREAD
        and _is_own(term, ours, theirs, _ODDS_OF_CORE if ours.share(term) >= half else _ODDS)
    )
    declared = frozenset(
        term
        for term in parts
        if ours.share(term) >= _WIDE
        and _is_named(term, titles)
        and _is_own(term, ours, theirs, _ODDS_IN_TITLE)
    )
    wide = {term for term in own if ours.share(term) >= _WIDE}
    covered = sum(not wide.isdisjoint(row) for row in rows)
    return own | declared if declared or covered >= _COVERED * len(rows) else frozenset()


def _is_named(term: str, titles: Collection[str]) -> bool:
    """Whether a title has a term, or what it is short for: "Eval"."""
    return any(term.startswith(word) for word in titles if len(word) >= _SHORTEST)


def _is_own(term: str, ours: Counts, theirs: Sequence[Counts], times: int) -> bool:
    """Whether the odds of meeting a word in an entry are so many times those in any kind."""
    odds = _odds(ours.share(term))
    return all(odds >= times * _odds(kind.rate(term)) for kind in theirs)


def _odds(share: float) -> float:
    return share / (1 - share) if share < 1 else math.inf
