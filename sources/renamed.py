"""Repositories that go by several names: they keep the number that GitHub knows them by."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

_MOST = 8
"""A number that more names share is none: a page may come to tell the same for all its rows."""


def renamed(numbered: Iterable[tuple[str, int]]) -> tuple[frozenset[str], ...]:
    """Return the identities of each repository that went by more than one.

    `numbered` are identities as they were seen, each with the number that stood beside it.
    """
    names: defaultdict[int, set[str]] = defaultdict(set)
    for identity, number in numbered:
        names[number].add(identity)
    return tuple(frozenset(one) for one in names.values() if 1 < len(one) <= _MOST)


def other_names(known: Collection[str], renamed: Sequence[frozenset[str]]) -> frozenset[str]:
    """Return the identities under which repositories of `known` go or went elsewhere."""
    same = [names for names in renamed if not names.isdisjoint(known)]
    return frozenset().union(*same).difference(known)
