"""Which of our lines a person took out of a list, and which are only not merged, or reverted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

# The reasons for each number: docs/decisions/0010-learning-from-edits.md
_MOST: Final = 20
_MOST_SHARE: Final = 0.5


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line of ours that the list should still show."""

    id: int
    """The caller's own number of it."""
    written_on: date
    was_confirmed: bool
    """A later night found it in the list."""
    is_present: bool
    """It is in the list now."""


@dataclass(frozen=True, slots=True)
class ManualRemovals:
    """What a person did, by the caller's numbers."""

    certain: tuple[int, ...] = ()
    if_in_history: tuple[int, ...] = ()
    """Only if the list's own history says that they were in it; without a history, nothing."""
    unless_history_denies: tuple[int, ...] = ()
    """As `perhaps`; but where there is no history at all, a person took them out."""


def find_manual_removals(lines: Sequence[ShownLine]) -> ManualRemovals:
    """Tell a person's edit from a list that never had our lines, or has them no more.

    A line that no later night found in the list proves nothing by its absence. Where the others
    are gone too, or more than a few are missing, the list was reverted or is another branch's.
    Where just the newest are missing, it may be an older version.
    """
    merged = {line.written_on for line in lines if line.is_present}
    known = [line for line in lines if line.was_confirmed or line.written_on in merged]
    missing = [line for line in known if not line.is_present]
    if not missing:
        return ManualRemovals()
    if len(known) == 1:
        return ManualRemovals(unless_history_denies=tuple(line.id for line in missing))
    if len(missing) > _MOST or len(missing) > _MOST_SHARE * len(known):
        return ManualRemovals()
    if _is_older_version(known, missing):
        return ManualRemovals(if_in_history=tuple(line.id for line in missing))
    return ManualRemovals(
        certain=tuple(line.id for line in missing if line.was_confirmed),
        if_in_history=tuple(line.id for line in missing if not line.was_confirmed),
    )


def _is_older_version(known: Sequence[ShownLine], missing: Sequence[ShownLine]) -> bool:
    """Whether all that was written since some night is missing, and more than one line of it."""
    oldest = min(line.written_on for line in missing)
    since = [line for line in known if line.written_on >= oldest]
    return len(missing) > 1 and len(since) == len(missing)
