"""A person's removal is told from a list that never had our lines, or was reverted."""

from datetime import date, timedelta

import pytest

from staycurrent.curated.changes import ManualRemovals, ShownLine, find_manual_removals

FIRST = date(2026, 11, 1)


def lines(*written: str) -> list[ShownLine]:
    """Each as `2s+`: day it was written, `s` if confirmed, `+` if present, `-` if not."""
    return [
        ShownLine(number, FIRST + timedelta(days=int(each[0]) - 1), "s" in each, each.endswith("+"))
        for number, each in enumerate(written)
    ]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ((), ManualRemovals()),
        (("1s+", "2s+"), ManualRemovals()),
        (("1s-",), ManualRemovals(unless_history_denies=(0,))),
        (("1-",), ManualRemovals()),
        (("1s-", "1s+"), ManualRemovals(certain=(0,))),
        (("1s-", "2s-"), ManualRemovals()),
        (("1s+", "2s-"), ManualRemovals(certain=(1,))),
        (("1s+", "1s+", "1s+", "2s-", "3s-"), ManualRemovals(if_in_history=(3, 4))),
        (("1s+", "1s+", "1s+", "2s-", "2s-", "2s+"), ManualRemovals(certain=(3, 4))),
        (("1s+", "2-"), ManualRemovals()),
        (("1s+", "2-", "2+"), ManualRemovals(if_in_history=(1,))),
        (("1s+", "1s-", "2-", "2+"), ManualRemovals(certain=(1,), if_in_history=(2,))),
        (("1s-", "1s-", "1s+"), ManualRemovals()),
        (("1s-",) * 20 + ("1s+",) * 20, ManualRemovals(certain=tuple(range(20)))),
        (("1s-",) * 21 + ("1s+",) * 40, ManualRemovals()),
    ],
)
def test_a_missing_line_is_a_removal_only_if_nothing_else_explains_it(
    written: tuple[str, ...], expected: ManualRemovals
) -> None:
    assert find_manual_removals(lines(*written)) == expected
