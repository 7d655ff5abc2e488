"""The generated section has groups in order and one line for each candidate."""

from datetime import date

import pytest

from staycurrent.curated.flags import FlagStyle, format_flag
from staycurrent.curated.generated_section import (
    GROUP_HEADINGS,
    NO_CANDIDATES,
    render_candidates,
)
from staycurrent.links.verdict import Flag, FlagState
from staycurrent.sources.item import Candidate, CandidateGroup

NIGHT = date(2026, 11, 20)
STYLE = FlagStyle()


def candidate(
    name: str,
    group: str = "candidate",
    day: int = 20,
    summary: str = "",
    section: tuple[str, ...] = ("Tools",),
) -> Candidate:
    since, url = NIGHT.replace(day=day), f"https://x.test/{name}"
    return Candidate(
        *(f"page:{url}", name, url, "bees", "new"),
        section,
        0.5,
        since,
        summary,
        CandidateGroup(group),
    )


def line(name: str, day: int = 20) -> str:
    flag = format_flag(Flag(FlagState.NEW, NIGHT.replace(day=day)), STYLE).decode()
    return f"- [{name}](https://x.test/{name}){flag} - For Tools."


LEGEND = "_Flags: 🆕 new._"


def test_a_lone_group_of_candidates_has_no_heading() -> None:
    text = render_candidates([candidate("b"), candidate("a"), candidate("old", day=3)], STYLE)
    assert text.split("\n") == [line("a"), line("b"), line("old", 3), "", LEGEND]


def test_groups_are_in_order_each_below_its_heading() -> None:
    text = render_candidates(
        [candidate("c"), candidate("t", "trending"), candidate("w", "weekly")], STYLE
    )
    assert text.split("\n") == [
        *(GROUP_HEADINGS["weekly"], "", line("w"), ""),
        *(GROUP_HEADINGS["trending"], "", line("t"), ""),
        *(GROUP_HEADINGS["candidate"], "", line("c"), ""),
        LEGEND,
    ]


def test_any_other_lone_group_has_a_heading() -> None:
    assert render_candidates([candidate("t", "trending")], STYLE).startswith(
        GROUP_HEADINGS["trending"]
    )


def test_without_candidates_the_section_says_so() -> None:
    assert render_candidates([], STYLE) == NO_CANDIDATES


@pytest.mark.parametrize("group", GROUP_HEADINGS)
def test_one_new_candidate_is_one_new_line(group: str) -> None:
    before = [
        candidate(name, group_of) for group_of in GROUP_HEADINGS for name in (f"{group_of}1",)
    ]
    for new in (candidate("aaa", group), candidate("zzz", group)):
        old, now = (render_candidates(some, STYLE).split("\n") for some in (before, [*before, new]))
        assert len(now) == len(old) + 1
        assert [each for each in now if each not in old] == [line(new.title)]
        assert [each for each in now if each in old] == old


def test_the_order_of_lines_does_not_depend_on_the_order_of_candidates() -> None:
    some = [
        candidate("a"),
        candidate("b", "weekly"),
        candidate("c", day=2),
        candidate("d", "trending"),
    ]
    assert render_candidates(some, STYLE) == render_candidates(some[::-1], STYLE)


@pytest.mark.parametrize(
    ("summary", "section", "text"),
    [
        ("It flies.", ("Moths",), "It flies. For Moths."),
        ("It is cut after so\u2026", ("Moths",), "It is cut after so\u2026 For Moths."),
        ("Does it fly?", (), "Does it fly?"),
        ("", ("Moths", "📑 Papers"), "For Moths, 📑 Papers."),
        ("", ("Papers",), "For Papers."),
        ("", ("Moths", "Flight"), "For Flight."),
    ],
)
def test_a_line_ends_its_sentences_and_names_a_section_that_says_something(
    summary: str, section: tuple[str, ...], text: str
) -> None:
    one = candidate("a", summary=summary, section=section)
    shown = render_candidates([one], STYLE).split("\n")[0]
    assert shown.partition(" - ")[2] == text
