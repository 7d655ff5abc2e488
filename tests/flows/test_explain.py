"""`explain`: one link's whole story, before the first night and after."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from staycurrent.curated.document import parse as parse_document
from staycurrent.flows.commands.explain import addresses
from staycurrent.flows.errors import UsageError
from staycurrent.flows.lists import ListDocument
from tests.support.folder import FIRST, LIST, Folder, Walk

CLEARED = "one successful check clears the streak"
EXPLICIT = (
    "links.rules.explicit (the server says that it is gone (410)) "
    "requires 2 checks over at least 2 nights"
)
HARD = (
    "links.rules.hard (not found, no such name, or deleted) "
    "requires 3 checks over at least 7 nights"
)
WEAK = (
    "links.rules.weak (any failure except certificate errors) "
    "requires 3 checks over at least 14 nights"
)
INSECURE = (
    "links.rules.insecure (certificate or encryption errors) "
    "requires 3 checks over at least 7 nights"
)
MOVED = (
    "links.rules.moved (permanent redirects to the same address) "
    "requires 2 checks over at least 3 nights"
)


def reported(folder: Folder, url: str, night: int) -> dict[str, str]:
    """The story's lines, by the word that each begins with; checks by their date."""
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
            "suspect (gone for good) since 2026-11-01, 1 check",
            f"{EXPLICIT}, has 1 over 1: not met yet",
            f"dead on 2026-11-02 at the earliest, after 1 more such check; {CLEARED}",
        ),
        (
            "https://gone.example/a",
            3,
            "dead (gone for good) since 2026-11-01, 3 checks",
            f"{EXPLICIT}, has 3 over 3: met",
            f"{CLEARED} and removes the flag",
        ),
        (
            "https://missing.example/a",
            3,
            "suspect (not found) since 2026-11-01, 3 checks",
            f"{HARD}, has 3 over 3: not met yet",
            f"dead on 2026-11-07 at the earliest, after 1 more such check; {CLEARED}",
        ),
        (
            "https://slow.example/a",
            7,
            "suspect (no response in time) since 2026-11-01, 7 checks",
            f"{WEAK}, has 7 over 7: not met yet",
            f"dead on 2026-11-14 at the earliest, after 1 more such check; {CLEARED}",
        ),
        (
            "https://insecure.example/a",
            3,
            "suspect (no secure connection) since 2026-11-01, 3 checks",
            f"{INSECURE}, has 3 over 3: not met yet",
            f"insecure on 2026-11-07 at the earliest, after 1 more such check; {CLEARED}",
        ),
        (
            "https://moved.example/a",
            2,
            "alive (redirects to another address) since 2026-11-01, 2 checks",
            f"{MOVED}, has 2 over 2: not met yet",
            "moved on 2026-11-03 at the earliest, after 1 more such check",
        ),
        (
            "https://moved.example/a#part",
            3,
            "moved (redirects to another address) since 2026-11-01, 3 checks",
            f"{MOVED}, has 3 over 3: met",
            "a check without a permanent redirect clears it, and so does a fixed URL",
        ),
        (
            "https://walled.example/a",
            7,
            "blocked since 2026-11-01, 7 checks",
            "no rule counts this towards dead",
            "a robot cannot verify it: open it in a browser; refusals never count towards dead",
        ),
        (
            "hhttps://typo.example/a",
            1,
            "not requested (malformed URL) since 2026-11-01, 1 check",
            "problems of the URL itself are shown at once",
            "not requested; fix the URL, or add it to `links.ignore`",
        ),
        (
            "https://good.example/a",
            7,
            "alive since 2026-11-01, 7 checks",
            "one successful check is enough",
            "no change, as long as checks succeed",
        ),
        (
            "https://back.example/a",
            7,
            "alive since 2026-11-03, 5 checks",
            "one successful check is enough",
            "no change, as long as checks succeed",
        ),
        (
            "mailto:a@example.org",
            7,
            "unchecked",
            "there is no verdict without a check",
            "not a web address: it is not requested",
        ),
        (
            "https://ignored.example/a",
            7,
            "unchecked",
            "there is no verdict without a check",
            "ignored, by a comment next to it or by links.ignore",
        ),
        (
            "https://good.example/a",
            0,
            "unchecked",
            "there is no verdict without a check",
            "not checked yet",
        ),
    ],
)
def test_the_story_names_verdict_rule_and_what_comes_next(
    walk: Walk, url: str, night: int, verdict: str, rule: str, comes: str
) -> None:
    story = reported(walk.morning(night), url, night)
    assert (story["verdict"], story["rule"], story["next"]) == (verdict, rule, comes)


def test_a_stale_link_is_reported_with_the_provider_that_says_so(demo_played: Folder) -> None:
    story = reported(demo_played, "https://github.com/tin-whistle-lab/tokenizer-zoo", 7)
    assert story["verdict"] == "stale (archived) since 2026-11-06, 2 checks"
    assert story["rule"] == "what a provider says about freshness counts from the first check"
    assert story["next"] == "stale until the provider says otherwise"
    assert story["2026-11-06"] == "works  github  archived"


def test_every_night_is_reported(walk: Walk) -> None:
    story = reported(walk.morning(7), "https://missing.example/a", 7)
    assert story["checks"] == "7, * counted by the rule"
    for day in range(1, 8):
        assert story[f"2026-11-0{day}"].startswith("not found  page  404, twice")


def test_every_place_is_reported_with_what_it_shows(walk: Walk) -> None:
    out = walk.morning(7).staycurrent("explain", "https://missing.example/a", night=7).out
    assert "  in          curated.md:7 Missing (dead)\n" in out
    assert "  in          curated.md:16 Kept (kept by a person)\n" in out


def test_a_comment_that_ignores_one_use_of_a_link_hides_nothing_of_it(
    walk: Walk, tmp_path: Path
) -> None:
    folder = walk.copy(tmp_path, after=2)
    use = "- [A](https://gone.example/a)"
    folder.list.write_text(f"{use} <!-- stay:ignore -->\n\n{use}\n", encoding="utf-8")
    story = reported(folder, "https://gone.example/a", 2)
    assert story["verdict"] == "dead (gone for good) since 2026-11-01, 2 checks"
    assert story["next"] == f"{CLEARED} and removes the flag"


def test_a_moved_link_says_where_it_went(walk: Walk) -> None:
    story = reported(walk.morning(3), "https://moved.example/a#part", 3)
    assert story["suggestion"] == "https://moved.example/b#part"


def test_before_the_first_night_there_is_little_to_tell(folder: Folder) -> None:
    folder.write(listed=LIST)
    story = reported(folder, "https://good.example/a", 1)
    assert story["verdict"] == "unchecked"
    assert (story["checks"], story["due"]) == ("0", "2026-11-01")
    assert not folder.warehouse.parent.exists()


def test_a_link_that_left_the_list_is_still_reported(walk: Walk, folder: Folder) -> None:
    copy = walk.copy(folder.path, after=2)
    copy.list.write_text("# Empty\n", encoding="utf-8")
    story = reported(copy, "https://gone.example/a", 2)
    assert story["verdict"] == "dead (gone for good) since 2026-11-01, 2 checks"
    assert "in" not in story


@pytest.mark.parametrize("url", ["https://missing.example/a", "https://moved.example/a"])
@pytest.mark.parametrize("night", [3, 9, 40])
def test_after_missed_nights_no_date_that_has_passed_is_promised(
    walk: Walk, url: str, night: int
) -> None:
    folder, now = walk.morning(2), FIRST.date() + timedelta(days=night - 1)
    story = reported(folder, url, night)
    promised = re.findall(r"\d{4}-\d\d-\d\d", story["next"] + story["due"])
    assert len(promised) == 2
    assert all(date.fromisoformat(found) >= now for found in promised)
    page = folder.path.parent / f"page-{night}.html"
    assert folder.staycurrent("report", "--out", str(page), night=night).code == 0
    found = re.findall(r"(\d{4}-\d\d-\d\d) at the earliest", page.read_text(encoding="utf-8"))
    assert found
    assert all(date.fromisoformat(one) >= now for one in found)


def test_a_link_that_left_the_list_is_promised_nothing(walk: Walk, tmp_path: Path) -> None:
    folder = walk.copy(tmp_path, after=2)
    folder.list.write_text("# A list\n", encoding="utf-8")
    story = reported(folder, "https://missing.example/a", 3)
    assert story["next"] == "it is in no list any more, and is not checked"
    assert "due" not in story


def listed(name: str, text: str) -> ListDocument:
    return ListDocument(Path(name).absolute(), name, parse_document(text.encode()))


TWO_LISTS = [
    listed(
        "README.md",
        "# A\n\n- [Moth](https://moth.example/guide) and [lamp](https://lamp.example/)\n"
        "- [Tool](https://github.com/moth/Tool)\n",
    ),
    listed(
        "docs/more.md", "- [Again](https://lamp.example/)\n\n- [Port](https://a.example:80/7)\n"
    ),
]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("https://moth.example/guide", ["https://moth.example/guide"]),
        ("https://MOTH.example:443/guide", ["https://MOTH.example:443/guide"]),
        ("README.md:4", ["https://github.com/moth/Tool"]),
        ("./README.md:4", ["https://github.com/moth/Tool"]),
        ("README.md:3", ["https://moth.example/guide", "https://lamp.example/"]),
        ("README.md:3:3", ["https://moth.example/guide"]),
        ("README.md:3:99", ["https://moth.example/guide", "https://lamp.example/"]),
        ("docs/more.md:1", ["https://lamp.example/"]),
        ("moth/tool", ["https://github.com/moth/Tool"]),
        ("lamp", ["https://lamp.example/"]),
        ("example:80", ["https://a.example:80/7"]),
        ("https://elsewhere.example/", ["https://elsewhere.example/"]),
        ("other.md:4", ["other.md:4"]),
    ],
)
def test_a_link_is_named_by_its_address_its_line_or_a_part(text: str, meant: list[str]) -> None:
    assert addresses(text, TWO_LISTS) == meant


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("README.md:9", "README.md:9: there is no link on this line; the nearest is on 4"),
        ("README.md:0", "there is no link on this line; the nearest is on 3"),
        (
            "moth",
            "is part of 2 addresses: https://moth.example/guide, https://github.com/moth/Tool",
        ),
        (" ", "' ': is empty; give a URL, a part of one, or FILE:LINE"),
    ],
)
def test_what_names_no_link_or_several_is_an_error(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=re.escape(words)):
        addresses(text, TWO_LISTS)


def test_all_links_of_a_line_are_reported(walk: Walk) -> None:
    ended = walk.morning(2).staycurrent("explain", "curated.md:6", night=2)
    assert ended.code == 0
    assert ended.out.startswith("https://gone.example/a\n")
    unknown = walk.morning(2).staycurrent("explain", "curated.md:1", night=2)
    assert unknown.code == 2
    assert "there is no link on this line" in unknown.err


def test_a_candidate_is_named_as_one(demo_played: Folder) -> None:
    lines = demo_played.text.splitlines()
    (number,) = (number for number, line in enumerate(lines, 1) if "2610.99002" in line)
    ended = demo_played.staycurrent("explain", f"curated.md:{number}", night=7)
    assert (ended.code, ended.out) == (2, "")
    assert "https://arxiv.org/abs/2610.99002: is a candidate and not checked" in ended.err
