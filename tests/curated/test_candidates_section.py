"""The generated part: groups in order, one line a thing, and no byte without news."""

from datetime import date

import pytest

from staycurrent.curated.candidates_section import (
    GROUP_HEADINGS,
    NO_CANDIDATES,
    CandidateLine,
    render_candidates,
)
from staycurrent.curated.flags import Flag, FlagState, FlagStyle, format_flag

NIGHT = date(2026, 11, 20)
STYLE = FlagStyle()


def proposal(
    name: str, group: str = "candidate", day: int = 20, summary: str = ""
) -> CandidateLine:
    since = NIGHT.replace(day=day)
    return CandidateLine(name, f"https://x.test/{name}", summary, ("Tools",), since, group)


def line(name: str, day: int = 20) -> str:
    flag = format_flag(Flag(FlagState.NEW, NIGHT.replace(day=day)), STYLE).decode()
    return f"- [{name}](https://x.test/{name}){flag} - For Tools."


LEGEND = "_Flags: 🆕 new._"


def test_candidates_alone_stand_under_no_line() -> None:
    told = render_candidates([proposal("b"), proposal("a"), proposal("old", day=3)], STYLE)
    assert told.split("\n") == [line("a"), line("b"), line("old", 3), "", LEGEND]


def test_groups_stand_in_their_order_each_under_its_line() -> None:
    told = render_candidates(
        [proposal("c"), proposal("t", "trending"), proposal("w", "weekly")], STYLE
    )
    assert told.split("\n") == [
        *(GROUP_HEADINGS["weekly"], "", line("w"), ""),
        *(GROUP_HEADINGS["trending"], "", line("t"), ""),
        *(GROUP_HEADINGS["candidate"], "", line("c"), ""),
        LEGEND,
    ]


def test_a_group_that_is_not_the_candidates_has_its_line_though_it_is_alone() -> None:
    assert render_candidates([proposal("t", "trending")], STYLE).startswith(
        GROUP_HEADINGS["trending"]
    )


def test_nothing_new_is_said_in_words() -> None:
    assert render_candidates([], STYLE) == NO_CANDIDATES


@pytest.mark.parametrize("group", GROUP_HEADINGS)
def test_one_new_thing_is_one_new_line(group: str) -> None:
    before = [proposal(name, group_of) for group_of in GROUP_HEADINGS for name in (f"{group_of}1",)]
    for new in (proposal("aaa", group), proposal("zzz", group)):
        old, now = (render_candidates(some, STYLE).split("\n") for some in (before, [*before, new]))
        assert len(now) == len(old) + 1
        assert [one for one in now if one not in old] == [line(new.title)]
        assert [one for one in now if one in old] == old


def test_the_order_does_not_hang_on_the_order_of_choice() -> None:
    some = [proposal("a"), proposal("b", "weekly"), proposal("c", day=2), proposal("d", "trending")]
    assert render_candidates(some, STYLE) == render_candidates(some[::-1], STYLE)
