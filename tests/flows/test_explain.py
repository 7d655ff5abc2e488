"""`explain`: one link's whole story, before the first night and after."""

import pytest

from tests.support.folder import LIST, Folder, Walk

CLEARED = "one look that finds it well clears the streak"
EXPLICIT = "links.rules.explicit (the server says that it is gone) takes 2 looks over 2 nights"
HARD = "links.rules.hard (missing, no such name, or deleted) takes 3 looks over 7 nights"
WEAK = "links.rules.weak (whatever fails, but for certificates) takes 3 looks over 14 nights"
INSECURE = (
    "links.rules.insecure (faults of its certificate or encryption) takes 3 looks over 7 nights"
)
MOVED = "links.rules.moved (sent to the same other address for good) takes 2 looks over 3 nights"


def told(folder: Folder, url: str, night: int) -> dict[str, str]:
    """The story's lines, by the word that each begins with; looks by their night."""
    ended = folder.staycurrent("explain", url, night=night)
    assert (ended.code, ended.err) == (0, ""), ended
    first, *lines = ended.out.splitlines()
    assert first == url
    split = (line.strip(" *").split(maxsplit=1) for line in lines)
    return {word: rest for word, rest in split}  # noqa: C416 -- mypy wants pairs


@pytest.mark.parametrize(
    ("url", "night", "verdict", "rule", "comes"),
    [
        (
            "https://gone.example/a",
            1,
            "suspect (gone) since 2026-11-01, 1 look",
            f"{EXPLICIT}, has 1 over 1: not yet",
            f"dead on 2026-11-02 at the earliest, after 1 more look of the kind; {CLEARED}",
        ),
        (
            "https://gone.example/a",
            3,
            "dead (gone) since 2026-11-01, 3 looks",
            f"{EXPLICIT}, has 3 over 3: it holds",
            f"{CLEARED}, and the flag goes by itself",
        ),
        (
            "https://missing.example/a",
            3,
            "suspect (missing) since 2026-11-01, 3 looks",
            f"{HARD}, has 3 over 3: not yet",
            f"dead on 2026-11-07 at the earliest, after 1 more look of the kind; {CLEARED}",
        ),
        (
            "https://slow.example/a",
            7,
            "suspect (timeout) since 2026-11-01, 7 looks",
            f"{WEAK}, has 7 over 7: not yet",
            f"dead on 2026-11-14 at the earliest, after 1 more look of the kind; {CLEARED}",
        ),
        (
            "https://insecure.example/a",
            3,
            "suspect (tls) since 2026-11-01, 3 looks",
            f"{INSECURE}, has 3 over 3: not yet",
            f"insecure on 2026-11-07 at the earliest, after 1 more look of the kind; {CLEARED}",
        ),
        (
            "https://moved.example/a",
            2,
            "alive (redirected) since 2026-11-01, 2 looks",
            f"{MOVED}, has 2 over 2: not yet",
            "moved on 2026-11-03 at the earliest, after 1 more look of the kind",
        ),
        (
            "https://moved.example/a#part",
            3,
            "moved (redirected) since 2026-11-01, 3 looks",
            f"{MOVED}, has 3 over 3: it holds",
            "a look that ends elsewhere clears it, and so does a mended link",
        ),
        (
            "https://walled.example/a",
            7,
            "blocked since 2026-11-01, 7 looks",
            "no rule counts this towards dead",
            "a robot cannot tell: open it in a browser; it never counts towards dead",
        ),
        (
            "hhttps://typo.example/a",
            1,
            "refused (malformed) since 2026-11-01, 1 look",
            "what is wrong with the address itself is shown at once",
            "it is not requested; mend its address, or put it into `links.ignore`",
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
    assert story["2026-11-06"] == "ok  github  archived"


def test_every_night_is_told(walk: Walk) -> None:
    story = told(walk.morning(7), "https://missing.example/a", 7)
    assert story["looks"] == "7, * counted by the rule"
    for day in range(1, 8):
        assert story[f"2026-11-0{day}"].startswith("missing  page  404, twice")


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
