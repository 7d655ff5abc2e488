"""`status`: the shape that scripts rely on, and words that are safe on a terminal."""

import json
import re
import subprocess
from pathlib import Path

import feedparser
import pytest

from staycurrent.reports.wording import MINOR_FINDINGS
from tests.flows.contract import validate
from tests.support.folder import FEEDS_OFF, LIST, Folder, Walk

JUNIT = ("status", "--format", "junit")
HOSTILE = "\x1b\\]0;owned\x07 \x9b31m \u202edlrow\u202c bell\x07"


def test_the_json_keeps_the_contract_before_the_first_night(folder: Folder) -> None:
    folder.write(listed=LIST)
    status = folder.status()
    validate(status)
    assert status["run"] is None
    assert {row["verdict"] for row in status["links"]} == {"unchecked"}
    assert not folder.warehouse.parent.exists()


@pytest.mark.parametrize("night", [1, 3, 7])
def test_the_json_keeps_the_contract_after_a_night(walk: Walk, night: int) -> None:
    status = walk.morning(night).status(night)
    validate(status)
    assert status["as_of"] == f"2026-11-0{night}T02:00:00+00:00"
    assert status["run"] | {"seconds": 0, "requests": 0} == {
        "id": night,
        "status": "judged",
        "links": 10,
        "checked": 10,
        "requests": 0,
        "seconds": 0,
    }


def test_the_json_keeps_the_contract_with_candidates_and_feeds(demo_played: Folder) -> None:
    status = demo_played.status(7)
    validate(status)
    assert {one["name"]: one["state"] for one in status["sources"]} == {
        "github_trending": "ok",
        "papers_with_code": "ok",
        "weekly_papers": "ok",
    }
    assert [one["score"] for one in status["candidates"]] == sorted(
        (one["score"] for one in status["candidates"]), reverse=True
    )
    assert len(status["candidates"]) == 5


def test_a_use_that_is_ignored_neither_takes_nor_has_what_the_checks_saw(
    walk: Walk, tmp_path: Path
) -> None:
    folder = walk.copy(tmp_path, after=1)
    use = "- [A](https://insecure.example/a)"
    folder.list.write_text(f"{use}\n\n{use} <!-- stay:ignore -->\n", encoding="utf-8")
    shown = folder.staycurrent("status").out
    assert "curated.md:1:3 A <https://insecure.example/a>: no secure connection: cert" in shown
    page = folder.staycurrent("report", "--out", "-").out
    assert ">no secure connection: certificate has expired, 1 check<" in page
    assert ">: certificate has expired<" not in page


def test_links_stand_once_per_place_in_the_order_of_the_list(walk: Walk) -> None:
    rows = walk.morning(7).status(7)["links"]
    titles = [line.split("]")[0][3:] for line in LIST.splitlines() if line.startswith("- [")]
    assert [row["title"] for row in rows] == titles
    assert [row["line"] for row in rows] == list(range(5, 5 + len(titles)))
    assert {tuple(row["section"]) for row in rows} == {("Papers",)}


def test_an_address_stands_exactly_as_in_the_list(folder: Folder) -> None:
    written = [
        "HTTPS://A.example:443/%7Ex?a=1&amp;b#Part",
        "https://bücher.example/ä",
        "#top",
        "x.md",
    ]
    folder.write(listed="".join(f"- [T](<{url}>)\n" for url in written))
    urls = [row["url"] for row in folder.status()["links"]]
    assert urls == ["HTTPS://A.example:443/%7Ex?a=1&b#Part", *written[1:]]


def test_what_is_kept_and_what_is_ignored_is_reported(walk: Walk) -> None:
    rows = {row["title"]: row for row in walk.morning(7).status(7)["links"]}
    assert (rows["Kept"]["kept"], rows["Kept"]["verdict"], rows["Kept"]["flag"]) == (
        True,
        "dead",
        None,
    )
    assert (rows["Left alone"]["verdict"], rows["Left alone"]["kept"]) == ("unchecked", False)
    assert rows["Missing"]["flag"] == "dead"
    assert "[kept]" in walk.morning(7).staycurrent("status", night=7).out


def test_junit_and_sarif_tell_the_flags_at_their_lines(walk: Walk) -> None:
    morning = walk.morning(7)
    rows = morning.status(7)["links"]
    junit = morning.staycurrent("status", "--format", "junit", night=7).out
    flagged = [row["line"] for row in rows if row["flag"] and not row["kept"]]
    minor = (*MINOR_FINDINGS, "malformed")  # which the link's flag says
    wrong = [one["line"] for one in morning.status(7)["findings"] if one["kind"] not in minor]
    failed = re.findall(r'line="(\d+)"[^>]*>\n *<failure', junit)
    assert [int(line) for line in failed] == flagged + wrong
    sarif = json.loads(morning.staycurrent("status", "--format", "sarif", night=7).out)
    results = sarif["runs"][0]["results"]
    calm = ("alive", "unchecked")
    verdicts = [one["ruleId"] for one in results if "url" in one.get("properties", {})]
    assert verdicts == [row["verdict"] for row in rows if row["verdict"] not in calm]
    assert sum("suppressions" in one for one in results) == 1


def test_the_text_says_what_needs_a_person_and_sums_up(walk: Walk) -> None:
    ended = walk.morning(7).staycurrent("status", night=7)
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert lines[0] == "Dead: 3"
    assert lines[1] == (
        "  curated.md:6:3 Gone <https://gone.example/a>: gone for good (since 2026-11-01, 7 checks)"
    )
    assert lines[-1] == (
        "13 links: 3 dead, 1 moved, 1 insecure, 2 not requested, 1 suspect, 1 blocked, "
        "2 unchecked, 2 alive. Latest: run 7 of 2026-11-07, judged, 10 checked, 23 requests."
    )
    assert walk.morning(7).staycurrent("status", "-q", night=7) == ended


@pytest.mark.parametrize(
    ("words", "code"),
    [("dead", 1), ("insecure,dead", 1), ("malformed", 1), ("stale", 0), ("archived,idle", 0)],
)
def test_fail_on_ends_with_1_where_a_link_has_the_verdict(
    walk: Walk, words: str, code: int
) -> None:
    morning = walk.morning(7)
    ended = morning.staycurrent("status", "--fail-on", words, night=7)
    assert ended.code == code
    assert ended.out == morning.staycurrent("status", night=7).out


def test_fail_on_passes_over_what_a_person_keeps(folder: Folder) -> None:
    folder.write(
        listed="- [A](https://a.example/x) <!-- stay:keep -->\n",
        web='[[page]]\nurl = "https://a.example/x"\nstatus = 410\n',
    )
    folder.nights(1, 2)
    assert folder.verdicts(2) == {"https://a.example/x": "dead"}
    assert folder.staycurrent("status", "--fail-on", "dead", night=2).code == 0


def test_a_malformed_address_is_reported_once_in_every_format(folder: Folder) -> None:
    folder.write(listed="# L\n\n- [A](hhttps://a.example/)\n")
    shown = {one: folder.staycurrent("status", "--format", one).out for one in ("junit", "sarif")}
    assert (shown["junit"].count("<failure"), shown["sarif"].count('"ruleId"')) == (1, 1)
    folder.nights(1, 1)
    for one, mark in (("junit", "<failure"), ("sarif", '"ruleId"'), ("text", "hhttps://")):
        assert folder.staycurrent("status", "--format", one).out.count(mark) == 1, one


def test_a_malformed_address_that_a_person_keeps_is_no_finding_either(folder: Folder) -> None:
    url = "hhttps://a.example/x"
    folder.write(listed=f"- [A]({url})\n- [Other](htps://b.example/y)\n")
    folder.nights(1, 1)
    assert folder.staycurrent("keep", url).code == 0
    assert [one["subject"] for one in folder.status()["findings"]] == ["htps://b.example/y"]
    assert url not in str(re.findall("<failure.*", folder.staycurrent(*JUNIT).out))
    assert folder.staycurrent("status", "--fail-on", "malformed").code == 1
    assert folder.staycurrent("keep", "htps://b.example/y").code == 0
    for words in ("malformed", "findings"):
        assert folder.staycurrent("status", "--fail-on", words).code == 0


def test_strangers_words_do_nothing_to_a_terminal(folder: Folder) -> None:
    folder.write(
        listed=f"- [{HOSTILE}](hhttps://a.example/x)\n- [Other](hhttps://a.example/x)\n",
    )
    folder.nights(1, 1)
    for command in (("status",), ("explain", "hhttps://a.example/x")):
        ended = folder.staycurrent(*command)
        assert ended.code == 0
        assert "owned" in ended.out
        assert not set(ended.out) & set("\x1b\x9b\x07\u202e\u202c")


def test_the_same_address_under_different_names_is_reported(folder: Folder) -> None:
    folder.write(
        listed="- [One](https://a.example/x)\n- [Two](https://a.example/x)\n"
        "- [Same](https://b.example/x)\n- [same](https://b.example/x)\n"
    )
    ended = folder.staycurrent("status")
    assert (
        "The same URL under different titles: 1\n"
        "  curated.md:2:3 https://a.example/x is 'Two' here and 'One' on line 1\n"
    ) in ended.out
    (duplicate,) = folder.status()["duplicates"]
    assert duplicate["occurrences"] == [{"line": 1, "title": "One"}, {"line": 2, "title": "Two"}]


def test_a_list_is_named_by_its_path_from_the_settings(folder: Folder) -> None:
    folder.write(listed=LIST)
    inner = folder.path / "docs" / "other.md"
    inner.parent.mkdir()
    inner.write_text("- [B](https://b.example/)\n", encoding="utf-8")
    ended = folder.staycurrent("status", "--list", "docs/other.md", "--list", "curated.md")
    assert ended.code == 0
    rows = folder.status(1, "--list", "docs/other.md", "--list", "./docs/../docs/other.md")["links"]
    assert [(row["list"], row["url"]) for row in rows] == [("docs/other.md", "https://b.example/")]


def test_a_list_above_its_settings_has_one_name_on_every_machine(folder: Folder) -> None:
    """As `init --settings .github/staycurrent.toml` lays them out."""
    below = Folder(folder.path / ".github")
    below.path.mkdir()
    settings = f'{FEEDS_OFF}[list]\npaths = ["../README.md"]\n'
    below.write(listed=LIST, settings=settings)
    below.list.rename(folder.path / "README.md")
    below.nights(1, 1)
    flagged = (folder.path / "README.md").read_text(encoding="utf-8")
    (folder.path / "README.md").write_text(LIST, encoding="utf-8")
    diff = below.staycurrent("render", "--diff").out
    assert diff.startswith("--- a/../README.md\n+++ b/../README.md\n")
    subprocess.run(["git", "init", "--quiet"], cwd=folder.path, check=True)
    diff = below.staycurrent("render", "--diff").out
    subprocess.run(["git", "apply"], cwd=folder.path, input=diff, text=True, check=True)
    assert (folder.path / "README.md").read_text(encoding="utf-8") == flagged != LIST
    assert {row["list"] for row in below.status()["links"]} == {"../README.md"}
    options = ("--list", "README.md", "--settings", ".github/staycurrent.toml")
    assert {row["list"] for row in folder.status(1, *options)["links"]} == {"../README.md"}
    assert below.staycurrent("history", "export", "exported").code == 0
    assert below.staycurrent("history", "import", "--replace", "exported").code == 0


def test_sarif_names_a_list_by_its_path_in_the_repository(
    folder: Folder,
) -> None:
    (folder.path / ".git").mkdir()
    below = Folder(folder.path / ".github")
    below.path.mkdir()
    listed = "- [A](https://a.example/)\n- [A](https://a.example/)\n"
    below.write(listed=listed, settings=f'{FEEDS_OFF}[list]\npaths = ["../a.md", "b.md"]\n')
    (folder.path / "a.md").write_text(listed, encoding="utf-8")
    below.list.rename(below.path / "b.md")
    (log,) = json.loads(below.staycurrent("status", "--format", "sarif").out)["runs"]
    places = [one["locations"][0]["physicalLocation"] for one in log["results"]]
    assert {one["artifactLocation"]["uri"] for one in places} == {"a.md", ".github/b.md"}


def test_the_settings_are_found_upwards(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.write(listed=LIST)
    below = Folder(folder.path / "a" / "b")
    below.path.mkdir(parents=True)
    ended = below.plainly("status", "-v")
    assert ended.code == 0
    assert f"settings: {folder.path / 'staycurrent.toml'}\n" in ended.err
    assert f"warehouse: {folder.warehouse}\n" in ended.err


def test_an_empty_settings_file_is_enough(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.list.write_text(LIST, encoding="utf-8")
    (tmp_path / "staycurrent.toml").touch()
    assert folder.staycurrent("status").code == 0
    (tmp_path / "staycurrent.toml").write_bytes(b"\xef\xbb\xbf# with a byte order mark\n")
    assert folder.staycurrent("status").code == 0
    (tmp_path / "staycurrent.toml").unlink()
    assert folder.staycurrent("status").code == 0


def test_the_feed_has_the_events_of_the_history_and_stays_the_same_bytes(walk: Walk) -> None:
    morning = walk.morning(7)
    raw = morning.staycurrent("status", "--format", "atom", night=7).out
    titles = sorted(one.title for one in feedparser.parse(raw.encode()).entries)
    assert titles == ["Dead: Gone", "Dead: Missing", "Moved: Moved"]
    assert morning.staycurrent("status", "--format", "atom", night=60).out == raw
