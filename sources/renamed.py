"""Repositories that go by several names: they keep the number that GitHub knows them by."""

from collections import defaultdict
from collections.abc import Collection, Iterable


def other_names(known: Collection[str], numbered: Iterable[tuple[str, int]]) -> frozenset[str]:
    """Return the identities under which the repositories of `known` go or went elsewhere.

    `numbered` are identities as they were seen, each with the number that stood beside it.
    """
    names: defaultdict[int, set[str]] = defaultdict(set)
    for identity, number in numbered:
        names[number].add(identity)
    same = [found for found in names.values() if len(found) > 1 and not found.isdisjoint(known)]
    return frozenset().union(*same).difference(known)
