"""Which flags a list carries already, by the place that carries them."""

from datetime import date
from typing import Literal

import pytest

from curated.carried import carried
from curated.document import parse
from curated.flags import Flag, FlagState, Style
from curated.rewrite import rewrite

LIST = b"""# A list

- [One](https://a.example/1) - Text with [two](https://a.example/2) in it.
- <https://a.example/3>
- https://a.example/4 is bare.
- [By reference][r]

| name | what |
|---|---|
| [Cell](https://a.example/5) | a table |

[r]: https://a.example/6
"""
SINCE = date(2026, 11, 1)


@pytest.mark.parametrize("place", ["link", "end"])
@pytest.mark.parametrize("state", [FlagState.DEAD, FlagState.INSECURE])
def test_what_was_written_is_found_again(place: Literal["link", "end"], state: FlagState) -> None:
    document = parse(LIST)
    wanted = {index: Flag(state, SINCE) for index in (0, 2, 3, 4, 5)}
    raw = rewrite(document, flags=wanted, style=Style(place=place), parts={})
    found = {index for index, states in carried(parse(raw)).items() if states}
    shared = {1} if place == "end" else set()  # it stands in the entry of the first one
    assert found == set(wanted) | shared
    assert all(states <= {state} for states in carried(parse(raw)).values())


def test_a_list_without_flags_carries_none() -> None:
    assert carried(parse(LIST)) == {}


def test_two_flags_at_one_spot_are_both_found() -> None:
    both = " (💀<!--stay:dead:2026-11-01-->) (🔓<!--stay:insecure:2026-11-02-->)".encode()
    raw = LIST.replace(b"(https://a.example/1)", b"(https://a.example/1)" + both)
    assert carried(parse(raw))[0] == {FlagState.DEAD, FlagState.INSECURE}
