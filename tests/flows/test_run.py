"""The whole walk, night after night: what is flagged, when, and that nothing else moves."""

import pytest

from tests.flows.played import Folder

LIST = """# A list

## Papers

- [Good](https://good.example/a) - Fine.
- [Gone](https://gone.example/a) - Says 410.
- [Missing](https://missing.example/a) - Says 404.
- [Moved](https://moved.example/a#part) - Says 301.
- [Typo](hhttps://typo.example/a) - Malformed.
- [Mail](mailto:a@example.org) - No web address.
- [Walled](https://walled.example/a) - Says 403.
- [Slow](https://slow.example/a) - Never answers.
- [Back](https://back.example/a) - Fails twice.
- [Insecure](https://insecure.example/a) - Its certificate expired.
- [Ours](https://inside.example/a) - A private address.
- [Kept](https://missing.example/a) - The same. <!-- stay:keep -->
- [Left alone](https://ignored.example/a) - Not asked. <!-- stay:ignore -->
"""
WEB = """
[[page]]
url = ["https://good.example/a", "https://moved.example/b"]
title = "Here"
[[page]]
url = "https://gone.example/a"
status = 410
[[page]]
url = "https://missing.example/a"
status = 404
[[page]]
url = "https://moved.example/a"
status = 301
location = "https://moved.example/b"
[[page]]
url = "https://walled.example/a"
status = 403
[[page]]
url = "https://slow.example/a"
fault = "hang"
[[page]]
url = "https://back.example/a"
status = 500
nights = "1-2"
[[page]]
url = ["https://back.example/a", "https://insecure.example/a", "https://inside.example/a"]
title = "Here"
[[host]]
name = "insecure.example"
tls = "expired"
[[host]]
name = "inside.example"
dns = "private"
"""
FINAL = {
    "https://good.example/a": "alive",
    "https://gone.example/a": "dead",
    "https://missing.example/a": "dead",
    "https://moved.example/a#part": "moved",
    "hhttps://typo.example/a": "refused",
    "mailto:a@example.org": "unchecked",
    "https://walled.example/a": "blocked",
    "https://slow.example/a": "suspect",
    "https://back.example/a": "alive",
    "https://insecure.example/a": "insecure",
    "https://inside.example/a": "refused",
    "https://ignored.example/a": "unchecked",
}


@pytest.fixture
def walked(folder: Folder) -> Folder:
    folder.write(listed=LIST, web=WEB)
    return folder


def flags(folder: Folder) -> dict[str, str]:
    """The flag that the list shows behind each title."""
    found = {}
    for line in folder.list.read_text(encoding="utf-8").splitlines():
        if "<!--stay:" in line:
            title = line.split("]")[0].removeprefix("- [")
            found[title] = line.split("<!--stay:")[1].split("-->")[0]
    return found


def test_after_seven_nights_every_link_has_its_verdict(walked: Folder) -> None:
    walked.nights(1, 7)
    assert walked.verdicts(7) == FINAL


def test_flags_appear_on_the_night_that_the_rules_name(walked: Folder) -> None:
    seen = []
    for night in range(1, 8):
        walked.nights(night, night)
        seen.append(sorted(flags(walked)))
    assert seen[0] == ["Typo"]
    assert seen[1] == ["Gone", "Typo"]
    assert seen[2] == seen[5] == ["Gone", "Moved", "Typo"]
    assert seen[6] == ["Gone", "Insecure", "Missing", "Moved", "Typo"]


def test_a_flag_shows_since_when(walked: Folder) -> None:
    walked.nights(1, 7)
    assert flags(walked) == {
        "Typo": "malformed:2026-11-01",
        "Gone": "dead:2026-11-01",
        "Moved": "moved:2026-11-01",
        "Insecure": "insecure:2026-11-01",
        "Missing": "dead:2026-11-01",
    }


def test_only_flags_are_added_to_the_list(walked: Folder) -> None:
    walked.nights(1, 7)
    text = walked.list.read_text(encoding="utf-8")
    for state in ("💀<!--stay:dead", "🔀<!--stay:moved", "🔧<!--stay:malformed"):
        assert state in text
    lines = [line.split(" (")[0].split(" - ")[0] for line in text.splitlines()]
    assert lines == [line.split(" - ")[0] for line in LIST.splitlines()]


def test_a_quiet_night_changes_no_byte(walked: Folder) -> None:
    walked.nights(1, 8)
    before = walked.list.stat().st_mtime_ns, walked.list.read_bytes()
    walked.nights(9, 11)
    assert (walked.list.stat().st_mtime_ns, walked.list.read_bytes()) == before


def test_a_second_run_of_the_same_night_asks_nobody_again(walked: Folder) -> None:
    walked.nights(1, 1)
    first = walked.status(1)["run"]
    walked.nights(1, 1)
    second = walked.status(1)["run"]
    assert first["looked_at"] > 0
    assert second["looked_at"] == 0


def test_a_dead_link_that_comes_back_loses_its_flag_by_itself(folder: Folder) -> None:
    web = """
[[page]]
url = "https://site.example/a"
status = 410
nights = "1-3"
[[page]]
url = "https://site.example/a"
title = "Here again"
"""
    folder.write(listed="- [A](https://site.example/a)\n", web=web)
    folder.nights(1, 3)
    assert "stay:dead" in folder.list.read_text(encoding="utf-8")
    folder.nights(4, 4)
    assert folder.list.read_text(encoding="utf-8") == "- [A](https://site.example/a)\n"
    assert "410" in folder.staycurrent("explain", "https://site.example/a", night=4).out


def test_a_moved_link_suggests_its_target_with_the_fragment_kept(walked: Folder) -> None:
    walked.nights(1, 3)
    (row,) = [one for one in walked.status(3)["links"] if one["title"] == "Moved"]
    assert row["suggestion"] == "https://moved.example/b#part"


def test_an_offline_night_is_not_judged_and_nothing_is_written(walked: Folder) -> None:
    walked.nights(1, 1)
    listed = walked.list.read_bytes()
    (walked.path / "web.toml").write_text("first_night = 2026-11-01\n", encoding="utf-8")
    ended = walked.staycurrent("run", night=2)
    assert ended.code == 75
    assert "this machine seems to be offline" in ended.err
    assert walked.list.read_bytes() == listed
    assert walked.status(2)["run"]["status"] == "not_judged"
    assert walked.verdicts(2)["https://gone.example/a"] == "suspect"


def test_a_night_on_which_everything_fails_is_not_judged(folder: Folder) -> None:
    rows = "".join(f"- [A{n}](https://h{n}.example/a)\n" for n in range(8))
    good = "".join(
        f'[[page]]\nurl = "https://h{n}.example/a"\ntitle = "x"\nnights = "1"\n' for n in range(8)
    )
    bad = "".join(f'[[page]]\nurl = "https://h{n}.example/a"\nstatus = 503\n' for n in range(8))
    folder.write(listed=rows, web=good + bad)
    folder.nights(1, 1)
    ended = folder.staycurrent("run", night=2)
    assert ended.code == 75
    assert "8 of 8 hosts that were fine last week fail at once" in ended.err
    assert set(folder.verdicts(2).values()) == {"alive"}


def test_looks_of_a_night_that_was_not_judged_are_told_and_never_count(folder: Folder) -> None:
    test_a_night_on_which_everything_fails_is_not_judged(folder)
    told = folder.staycurrent("explain", "https://h0.example/a", night=2).out
    assert "2026-11-02 server_error" in told
    assert "set aside" in told
