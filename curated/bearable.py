"""Which of many edits a list can bear: those that change nothing but what they say."""

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import Final, TypeVar

_PATIENCE: Final = 200
"""Attempts to find the edits that a list cannot bear; each reads the list once."""

Edit = TypeVar("Edit")


class Unbearable(Exception):
    """Too many edits cannot be borne to find out which."""


def bearable(wanted: Sequence[Edit], is_safe: Callable[[Sequence[Edit]], bool]) -> list[Edit]:
    """The edits that change nothing else, found by halves; raises Unbearable after long search."""
    return list(_by_halves(wanted, is_safe, count()))


def _by_halves(
    wanted: Sequence[Edit], is_safe: Callable[[Sequence[Edit]], bool], attempts: Iterator[int]
) -> Iterator[Edit]:
    if next(attempts) > _PATIENCE:
        raise Unbearable
    if is_safe(wanted):
        yield from wanted
    elif len(wanted) > 1:
        half = len(wanted) // 2
        yield from _by_halves(wanted[:half], is_safe, attempts)
        yield from _by_halves(wanted[half:], is_safe, attempts)
