"""A person's edit is told from a list that never had our lines, or was reverted."""

from datetime import date, timedelta

import pytest

from staycurrent.curated.taken_out import Shown, TakenOut, taken_out

FIRST = date(2026, 11, 1)


def lines(*written: str) -> list[Shown]:
    """Each as `2s+`: night it was written, `s` if seen back, `+` if it is there, `-` if not."""
    return [
        Shown(number, FIRST + timedelta(days=int(one[0]) - 1), "s" in one, one.endswith("+"))
        for number, one in enumerate(written)
    ]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ((), TakenOut()),
        (("1s+", "2s+"), TakenOut()),
        (("1s-",), TakenOut(alone=(0,))),
        (("1-",), TakenOut()),
        (("1s-", "1s+"), TakenOut(surely=(0,))),
        (("1s-", "2s-"), TakenOut()),
        (("1s+", "2s-"), TakenOut(surely=(1,))),
        (("1s+", "1s+", "1s+", "2s-", "3s-"), TakenOut(perhaps=(3, 4))),
        (("1s+", "1s+", "1s+", "2s-", "2s-", "2s+"), TakenOut(surely=(3, 4))),
        (("1s+", "2-"), TakenOut()),
        (("1s+", "2-", "2+"), TakenOut(perhaps=(1,))),
        (("1s+", "1s-", "2-", "2+"), TakenOut(surely=(1,), perhaps=(2,))),
        (("1s-", "1s-", "1s+"), TakenOut()),
        (("1s-",) * 20 + ("1s+",) * 20, TakenOut(surely=tuple(range(20)))),
        (("1s-",) * 21 + ("1s+",) * 40, TakenOut()),
    ],
)
def test_what_is_missing_is_an_edit_only_where_nothing_else_explains_it(
    written: tuple[str, ...], expected: TakenOut
) -> None:
    assert taken_out(lines(*written)) == expected
