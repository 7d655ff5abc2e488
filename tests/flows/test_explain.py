"""`explain`: one link's whole story, before the first night and after."""

import pytest

from tests.flows.played import Folder
from tests.flows.walk import LIST, Walk

CLEARED = "one look that finds it well clears the streak"


def told(folder: Folder, url: str, night: int) -> dict[str, str]:
    """The story's lines, by the word that each begins with; looks by their night."""
    ended = folder.staycurrent("explain", url, night=night)
    assert (ended.code, ended.err) == (0, ""), ended
    first, *lines = ended.out.splitlines()
    assert first == url
    split = (line.strip().split(maxsplit=1) for line in lines)
    return {word: rest for word, rest in split}  # noqa: C416 -- mypy wants pairs


@pytest.mark.parametrize(
    ("url", "night", "verdict", "rule", "comes"),
    [
        (
            "https://gone.example/a",
            1,
            "suspect (gone) since 2026-11-01, 1 look",
            "links.rules.explicit: 2 looks, at least 2 nights from first to last",
            f"dead on 2026-11-02 at the earliest and 1 look more if it goes on so; {CLEARED}",
        ),
        (
            "https://gone.example/a",
            3,
            "dead (gone) since 2026-11-01, 3 looks",
            "links.rules.explicit: 2 looks, at least 2 nights from first to last",
            f"{CLEARED}, and the flag goes by itself",
        ),
        (
            "https://missing.example/a",
            3,
            "suspect (missing) since 2026-11-01, 3 looks",
            "links.rules.hard: 3 looks, at least 7 nights from first to last",
            f"dead on 2026-11-07 at the earliest if it goes on so; {CLEARED}",
        ),
        (
            "https://slow.example/a",
            7,
            "suspect (timeout) since 2026-11-01, 7 looks",
            "links.rules.weak: 3 looks, at least 14 nights from first to last",
            f"dead on 2026-11-14 at the earliest if it goes on so; {CLEARED}",
        ),
        (
            "https://insecure.example/a",
            3,
            "suspect (tls) since 2026-11-01, 3 looks",
            "links.rules.insecure: 3 looks, at least 7 nights from first to last",
            f"insecure on 2026-11-07 at the earliest if it goes on so; {CLEARED}",
        ),
        (
            "https://moved.example/a",
            2,
            "alive (redirected) since 2026-11-01, 2 looks",
            "links.rules.moved: 2 looks, at least 3 nights from first to last",
            "moved after 2 looks over 3 nights that end at the same address",
        ),
        (
            "https://moved.example/a#part",
            3,
            "moved (redirected) since 2026-11-01, 3 looks",
            "links.rules.moved: 2 looks, at least 3 nights from first to last",
            "a look that does not end at the same address clears it, and so does a mended link",
        ),
        (
            "https://walled.example/a",
            7,
            "blocked (blocked) since 2026-11-01, 7 looks",
            "no rule counts this towards dead",
            "a robot cannot tell: open it in a browser; it never counts towards dead",
        ),
        (
            "hhttps://typo.example/a",
            1,
            "refused (malformed) since 2026-11-01, 1 look",
            "no rule counts this towards dead",
            "it is not requested; mend the address in the list",
        ),
        (
            "https://good.example/a",
            7,
            "alive (ok) since 2026-11-01, 7 looks",
            "a look that finds it well counts at once",
            "nothing, as long as looks find it well",
        ),
        (
            "https://back.example/a",
            7,
            "alive (ok) since 2026-11-03, 5 looks",
            "a look that finds it well counts at once",
            "nothing, as long as looks find it well",
        ),
        (
            "mailto:a@example.org",
            7,
            "unchecked",
            "no rule counts this towards dead",
            "it was not looked at yet, or is no web address, or is ignored",
        ),
    ],
)
def test_the_story_names_verdict_rule_and_what_comes_next(
    walk: Walk, url: str, night: int, verdict: str, rule: str, comes: str
) -> None:
    story = told(walk.morning(night), url, night)
    assert (story["verdict"], story["rule"], story["next"]) == (verdict, rule, comes)


def test_a_stale_link_is_told_with_the_authority_that_says_so(demo_played: Folder) -> None:
    story = told(demo_played, "https://github.com/tin-whistle-lab/tokenizer-zoo", 7)
    assert story["verdict"] == "stale (archived) since 2026-11-06, 2 looks"
    assert story["rule"] == "what an authority says of freshness counts from the first look"
    assert story["next"] == "it is stale until the authority says otherwise"
    assert story["2026-11-06"].startswith("ok by github: ")
    assert story["2026-11-06"].endswith(", archived")


def test_every_night_is_told(walk: Walk) -> None:
    story = told(walk.morning(7), "https://missing.example/a", 7)
    assert story["looks"] == "7"
    for day in range(1, 8):
        assert story[f"2026-11-0{day}"].startswith("missing: 404, twice")
        assert story[f"2026-11-0{day}"].endswith("[2 looks]")


def test_every_place_is_told_with_what_it_shows(walk: Walk) -> None:
    out = walk.morning(7).staycurrent("explain", "https://missing.example/a", night=7).out
    assert "  in        curated.md:7 Missing (dead)\n" in out
    assert "  in        curated.md:16 Kept (kept by a person)\n" in out


def test_a_moved_link_says_where_it_went(walk: Walk) -> None:
    story = told(walk.morning(3), "https://moved.example/a#part", 3)
    assert story["instead"] == "https://moved.example/b#part"


def test_before_the_first_night_there_is_little_to_tell(folder: Folder) -> None:
    folder.write(listed=LIST)
    story = told(folder, "https://good.example/a", 1)
    assert story["verdict"] == "unchecked"
    assert story["looks"] == "0"
    assert not folder.warehouse.parent.exists()


def test_a_link_that_left_the_list_is_still_told(walk: Walk, folder: Folder) -> None:
    copy = walk.copy(folder.path, after=2)
    copy.list.write_text("# Empty\n", encoding="utf-8")
    story = told(copy, "https://gone.example/a", 2)
    assert story["verdict"] == "dead (gone) since 2026-11-01, 2 looks"
    assert "in" not in story
