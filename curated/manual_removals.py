"""Which of our lines a person removed from a list, as opposed to lines that never got there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

# The reasons for these numbers: docs/decisions/0010-learning-from-edits.md
_MAX_REMOVED: Final = 20
_MAX_SHARE: Final = 0.5


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line of ours that the list should still contain."""

    id: int
    """The caller's own number for it."""
    written_on: date
    was_confirmed: bool
    """Whether a later run found it in the list."""
    is_present: bool
    """Whether it is in the list now."""


@dataclass(frozen=True, slots=True)
class ManualRemovals:
    """The lines that a person removed, by the caller's numbers."""

    certain: tuple[int, ...] = ()
    if_in_history: tuple[int, ...] = ()
    """Removed if the list's own history contains them; without a history they are not."""
    unless_history_denies: tuple[int, ...] = ()
    """As `if_in_history`, but without a history they are removed."""


def find_manual_removals(lines: Sequence[ShownLine]) -> ManualRemovals:
    """Tell a person's edit from a list that never had our lines, or that was reverted.

    A missing line proves nothing if no later run found it. If the others are missing too, or more
    than a few, the list was reverted or belongs to another branch. If just the newest are missing,
    it may be an older version.
    """
    merged = {line.written_on for line in lines if line.is_present}
    known = [line for line in lines if line.was_confirmed or line.written_on in merged]
    missing = [line for line in known if not line.is_present]
    if not missing:
        return ManualRemovals()
    if len(known) == 1:
        return ManualRemovals(unless_history_denies=tuple(line.id for line in missing))
    if len(missing) > _MAX_REMOVED or len(missing) > _MAX_SHARE * len(known):
        return ManualRemovals()
    oldest = min(line.written_on for line in missing)
    written_since = [line for line in known if line.written_on >= oldest]
    if len(missing) > 1 and len(written_since) == len(missing):  # perhaps an older version
        return ManualRemovals(if_in_history=tuple(line.id for line in missing))
    return ManualRemovals(
        certain=tuple(line.id for line in missing if line.was_confirmed),
        if_in_history=tuple(line.id for line in missing if not line.was_confirmed),
    )
