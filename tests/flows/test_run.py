"""The whole walk, night after night: what is flagged, when, and that nothing else moves."""

import shutil
from pathlib import Path

import pytest

from tests.support.documents import strip_flags
from tests.support.folder import FEEDS_OFF, LIST, Folder, Walk

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


def flags(folder: Folder) -> dict[str, str]:
    """The flag that the list shows behind each title."""
    found = {}
    for line in folder.list.read_text(encoding="utf-8").splitlines():
        if "<!--stay:" in line:
            title = line.split("]")[0].removeprefix("- [")
            found[title] = line.split("<!--stay:")[1].split("-->")[0]
    return found


def test_every_night_is_judged_and_shows_the_diff_of_the_list(walk: Walk) -> None:
    assert [ended.code for ended in walk.ended] == [0] * 9
    for night, ended in enumerate(walk.ended, 1):
        changed = walk.morning(night - 1).text != walk.morning(night).text
        assert ended.out.startswith("--- a/curated.md\n+++ b/curated.md\n") is changed
        assert "Traceback" not in ended.err


def test_after_seven_nights_every_link_has_its_verdict(walk: Walk) -> None:
    assert walk.morning(7).verdicts(7) == FINAL


@pytest.mark.parametrize(
    ("night", "shown"),
    [
        (1, ["Typo"]),
        (2, ["Gone", "Typo"]),
        (3, ["Gone", "Moved", "Typo"]),
        (6, ["Gone", "Moved", "Typo"]),
        (7, ["Gone", "Insecure", "Missing", "Moved", "Typo"]),
    ],
)
def test_flags_appear_on_the_night_that_the_rules_name(
    walk: Walk, night: int, shown: list[str]
) -> None:
    assert sorted(flags(walk.morning(night))) == shown


def test_a_flag_shows_since_when(walk: Walk) -> None:
    assert flags(walk.morning(7)) == {
        "Typo": "malformed:2026-11-01",
        "Gone": "dead:2026-11-01",
        "Moved": "moved:2026-11-01",
        "Insecure": "insecure:2026-11-01",
        "Missing": "dead:2026-11-01",
    }


def test_only_flags_are_added_to_the_list(walk: Walk) -> None:
    text = walk.morning(7).text
    for flag in ("💀<!--stay:dead", "🔀<!--stay:moved", "🔧<!--stay:malformed"):
        assert flag in text
    assert strip_flags(text.encode()) == LIST.encode()


def test_a_quiet_night_changes_no_byte(walk: Walk) -> None:
    assert len({walk.morning(night).text for night in (7, 8, 9)}) == 1
    assert [ended.out for ended in walk.ended[7:]] == ["", ""]


def test_a_quiet_night_does_not_even_touch_the_file(walk: Walk, tmp_path: Path) -> None:
    folder = walk.copy(tmp_path, after=7)
    before = folder.list.stat()
    folder.nights(8, 8)
    after = folder.list.stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)


def test_a_second_run_of_the_same_night_asks_nobody_again(walk: Walk, tmp_path: Path) -> None:
    folder = walk.copy(tmp_path, after=2)
    folder.nights(2, 2)
    assert walk.morning(2).status(2)["run"]["checked"] > 0
    assert folder.status(2)["run"]["checked"] == 0
    assert folder.text == walk.morning(2).text


def test_a_night_before_the_last_judged_one_is_refused(walk: Walk, tmp_path: Path) -> None:
    folder = walk.copy(tmp_path, after=3)
    for verb in ("run", "check", "pull"):
        ended = folder.staycurrent(verb, night=2)
        assert ended.code == 2
        assert "2026-11-03 was judged already" in ended.err
    assert folder.status(3)["run"]["id"] == 3


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


def test_a_moved_link_suggests_its_target_with_the_fragment_kept(walk: Walk) -> None:
    (row,) = [one for one in walk.morning(3).status(3)["links"] if one["title"] == "Moved"]
    assert row["suggestion"] == "https://moved.example/b#part"


def test_an_offline_night_is_not_judged_and_nothing_is_written(walk: Walk, tmp_path: Path) -> None:
    folder = walk.copy(tmp_path, after=1)
    (folder.path / "web.toml").write_text("first_night = 2026-11-01\n", encoding="utf-8")
    ended = folder.staycurrent("run", night=2)
    assert (ended.code, ended.out) == (75, "")
    assert "this machine seems to be offline" in ended.err
    assert folder.text == walk.morning(1).text
    status = folder.status(2)
    assert status["run"]["status"] == "not_judged"
    assert "offline" in status["not_judged"]
    assert folder.verdicts(2)["https://gone.example/a"] == "suspect"


@pytest.mark.parametrize(
    ("dns", "code", "words"),
    [
        ("ok", 75, "name server answers for names that cannot exist"),
        ("private", 75, "name server answers for names that cannot exist"),
        ("servfail", 0, "1 link checked"),
        ("silent", 0, "1 link checked"),
        ("nodata", 0, "1 link checked"),
    ],
)
def test_only_a_name_server_that_makes_up_addresses_is_a_liar(
    folder: Folder, dns: str, code: int, words: str
) -> None:
    web = f"""
[[host]]
name = "canary-20261101.invalid"
dns = "{dns}"
[[page]]
url = "https://site.example/a"
"""
    folder.write(listed="- [A](https://site.example/a)\n", web=web)
    ended = folder.staycurrent("check")
    assert (ended.code, words in ended.err) == (code, True), ended.err


def test_offline_with_a_proxy_its_variable_is_named_and_never_its_value(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.write(listed="- [A](https://a.example/)\n")
    (folder.path / "web.toml").write_text("first_night = 2026-11-01\n", encoding="utf-8")
    monkeypatch.setenv("HTTPS_PROXY", "http://me:s3cr3t@proxy.example:3128")
    ended = folder.staycurrent("run")
    assert ended.code == 75
    assert "; HTTPS_PROXY is set, but pages are requested without a proxy" in ended.err
    assert "s3cr3t" not in ended.err


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
    assert "8 of 8 hosts that were fine last week fail or refuse us at once" in ended.err
    assert set(folder.verdicts(2).values()) == {"alive"}


def test_checks_of_a_night_that_was_not_judged_are_reported_and_never_count(folder: Folder) -> None:
    test_a_night_on_which_everything_fails_is_not_judged(folder)
    reported = folder.staycurrent("explain", "https://h0.example/a", night=2).out
    assert "2026-11-02 server error" in reported
    assert "ignored: that run was not judged" in reported


def test_too_many_links_that_die_in_one_night_are_flagged_a_night_later(folder: Folder) -> None:
    rows = "".join(f"- [A{n}](https://h{n}.example/a)\n" for n in range(40))
    alive = "".join(f'"https://h{n}.example/a", ' for n in range(40))
    web = f"""
[[page]]
url = [{alive}]
title = "x"
nights = "1-7"
[[page]]
url = [{alive}]
status = 410
"""
    folder.write(listed=rows, web=web, settings=FEEDS_OFF + "[links.run_gate]\nmin_hosts = 99\n")
    folder.nights(1, 1)
    folder.nights(8, 9)
    assert set(folder.verdicts(9).values()) == {"dead"}
    assert "stay:dead" not in folder.list.read_text(encoding="utf-8")
    folder.nights(10, 10)
    assert folder.list.read_text(encoding="utf-8").count("stay:dead") == 40


def test_a_lost_warehouse_takes_no_flag_off_without_being_reported(folder: Folder) -> None:
    web = '[[page]]\nurl = "https://site.example/a"\nstatus = 410\n'
    folder.write(listed="- [A](https://site.example/a)\n", web=web)
    folder.nights(1, 2)
    flagged = folder.list.read_bytes()
    shutil.rmtree(folder.warehouse.parent)
    for verb in ("run", "render"):
        ended = folder.staycurrent(verb, night=3)
        assert ended.code == 2
        assert "has 1 flag," in ended.err
        assert "--cold-start" in ended.err
        assert folder.list.read_bytes() == flagged
    assert not folder.warehouse.exists()
    assert folder.staycurrent("run", "--cold-start", night=3).code == 0
    assert folder.list.read_text(encoding="utf-8") == "- [A](https://site.example/a)\n"
    folder.nights(4, 4)
    assert "stay:dead:2026-11-03" in folder.list.read_text(encoding="utf-8")


@pytest.mark.parametrize("broken", ["<!-- stay:begin current -->\n", "<!-- stay:end current -->\n"])
def test_a_list_out_of_order_is_refused_before_anybody_is_asked(
    folder: Folder, broken: str
) -> None:
    folder.write(listed=f"- [A](https://site.example/a)\n\n{broken}")
    assert folder.staycurrent("run").code == 2
    assert not folder.warehouse.exists()
