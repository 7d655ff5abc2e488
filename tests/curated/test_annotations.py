"""Each flag is matched to the link that it was set for, and to no other."""

from datetime import date

import pytest

from staycurrent.curated.document import parse
from staycurrent.curated.flags import FlagPlace, FlagStyle
from staycurrent.curated.rewrite import match_flags, rewrite
from staycurrent.links.verdict import Flag, FlagState

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
D = " (💀<!--stay:dead:2026-11-01-->)"
M = " (moved<!--stay:moved:2026-11-02-->)"


@pytest.mark.parametrize(
    ("text", "place", "expected"),
    [
        (f"- [a](/a){D} [b](/b) - x.\n", "link", {0: ["dead"]}),
        (f"- [a](/a) [b](/b){D} - x.\n", "link", {1: ["dead"]}),
        (f"- [a](/a){D} [b](/b){M} - x.\n", "link", {0: ["dead"], 1: ["moved"]}),
        (f"- **[a](/a)**{D} - x.\n", "link", {0: ["dead"]}),
        (f"- [a](/a) [b](/b) - x.{D}\n", "end", {0: ["dead"], 1: ["dead"]}),
        (f"- [a](/a) [b](/b) - x.{D}\n", "link", {}),
        (f"[a](/a){D}\n\n[b](/b){M}\n", "link", {0: ["dead"], 1: ["moved"]}),
        (f"`[a](/a){D}` [b](/b)\n", "link", {}),
        ("[a](/a)\n", "link", {}),
        (f"- ~~[a](/a)~~<!--stay:struck-->{D} [b](/b){M}\n", "link", {0: ["dead"], 1: ["moved"]}),
        (
            (
                "- [a](https://web.archive.org/web/20200101000000/https://a.example/)"
                f"<!--stay:snapshot-->{D} [b](/b){M}\n"
            ),
            "link",
            {0: ["dead"], 1: ["moved"]},
        ),
    ],
)
def test_each_flag_is_matched_to_its_occurrence(
    text: str, place: FlagPlace, expected: dict[int, list[str]]
) -> None:
    found = match_flags(parse(text.encode()), place)
    assert {at: sorted(flag.state for flag in flags) for at, flags in found.items()} == expected


@pytest.mark.parametrize("place", ["link", "end"])
@pytest.mark.parametrize("state", [FlagState.DEAD, FlagState.INSECURE])
def test_written_flags_are_matched_again(place: FlagPlace, state: FlagState) -> None:
    wanted = {index: Flag(state, SINCE) for index in (0, 2, 3, 4, 5)}
    raw = rewrite(parse(LIST), flags=wanted, style=FlagStyle(place=place), sections={})
    found = match_flags(parse(raw), "link", "end")
    shared = {1} if place == "end" else set()  # it stands in the entry of the first one
    assert set(found) == set(wanted) | shared
    assert all(flags == {Flag(state, SINCE)} for flags in found.values())


def test_two_flags_at_one_anchor_are_both_matched() -> None:
    both = " (💀<!--stay:dead:2026-11-01-->) (🔓<!--stay:insecure:2026-11-02-->)".encode()
    raw = LIST.replace(b"(https://a.example/1)", b"(https://a.example/1)" + both)
    found = match_flags(parse(raw), "link", "end")[0]
    assert {flag.state for flag in found} == {FlagState.DEAD, FlagState.INSECURE}
