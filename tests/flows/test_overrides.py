"""`keep`: a person's word, how long it holds, and how it is taken back."""

from pathlib import Path
from shutil import copytree

import pytest

from tests.support.folder import WITHOUT_BACKUPS, Folder, Walk

GONE = "https://gone.example/a"
FLAG = "(💀<!--stay:dead:2026-11-01-->)"


@pytest.fixture
def known(walk: Walk, tmp_path: Path) -> Folder:
    """The third morning: the link that says 410 is dead."""
    folder = walk.copy(tmp_path / "walk", after=3)
    assert FLAG in folder.text
    return folder


def rendered(folder: Folder, night: int = 3) -> str:
    assert folder.staycurrent("render", night=night).code == 0
    return folder.text


@pytest.mark.parametrize("spelled", [GONE, "HTTPS://GONE.example:443/a#part", f"{GONE}#x"])
def test_a_kept_link_carries_no_flag_however_it_is_spelled(known: Folder, spelled: str) -> None:
    ended = known.staycurrent("keep", spelled, "--reason", "it is fine", night=3)
    assert (ended.code, ended.out, ended.err) == (0, "", f"keep: {spelled}\n")
    assert FLAG not in rendered(known)
    (row,) = [one for one in known.status(3)["links"] if one["url"] == GONE]
    assert (row["verdict"], row["flag"], row["kept"]) == ("dead", None, True)
    assert f"keep <{spelled}> on 2026-11-03: it is fine" in known.staycurrent("explain", GONE).out


def test_undo_takes_the_word_back(known: Folder) -> None:
    flagged = known.text
    known.staycurrent("keep", f"{GONE}#x", night=3)
    ended = known.staycurrent("keep", GONE, "--undo", night=3)
    assert (ended.code, ended.err) == (0, f"undone: keep {GONE}#x\n")
    assert rendered(known) == flagged
    assert known.staycurrent("keep", GONE, "--undo", night=3).code == 2


def test_the_last_word_on_a_link_counts_however_it_is_spelled(known: Folder) -> None:
    known.staycurrent("keep", GONE, night=3)
    known.staycurrent("keep", "HTTPS://GONE.example/a#part", "--until", "2026-11-04", night=3)
    assert [one["until"] for one in known.status(3)["overrides"]] == ["2026-11-04"]
    assert FLAG in rendered(known, night=5)
    assert "Maintenance" in known.staycurrent("status", night=5).out
    known.staycurrent("keep", f"{GONE}#x", night=5)
    assert FLAG not in rendered(known, night=5)
    assert "Maintenance" not in known.staycurrent("status", night=5).out


def test_undo_of_one_verdict_leaves_the_others(known: Folder) -> None:
    for verdict in ("dead", "moved"):
        known.staycurrent("keep", GONE, "--verdict", verdict, night=3)
    ended = known.staycurrent("keep", GONE, "--undo", "--verdict", "moved", night=3)
    assert ended.code == 0
    assert [one["verdict"] for one in known.status(3)["overrides"]] == ["dead"]
    ended = known.staycurrent("keep", GONE, "--undo", "--verdict", "insecure", night=3)
    assert (ended.code, len(known.status(3)["overrides"])) == (2, 1)
    ended = known.staycurrent("keep", GONE, "--undo", "--until", "2026-11-05", night=3)
    assert (ended.code, ended.err) == (2, "staycurrent: --undo: not allowed with --until\n")
    assert len(known.status(3)["overrides"]) == 1


def test_one_verdict_may_have_blanks_or_a_comma_around_it(known: Folder) -> None:
    assert known.staycurrent("keep", GONE, "--verdict", "dead,", night=3).code == 0
    assert [one["verdict"] for one in known.status(3)["overrides"]] == ["dead"]
    assert FLAG not in rendered(known)
    assert known.staycurrent("keep", GONE, "--undo", "--verdict", " dead", night=3).code == 0
    assert FLAG in rendered(known)


def test_a_word_holds_through_its_last_day(known: Folder) -> None:
    known.staycurrent("keep", GONE, "--until", "2026-11-05", night=3)
    assert FLAG not in rendered(known, night=3)
    assert FLAG not in rendered(known, night=5)
    assert FLAG in rendered(known, night=6)


@pytest.mark.parametrize(
    ("title", "verdict", "kept"),
    [
        ("Gone", "dead", True),
        ("Gone", "moved", False),
        ("Typo", "malformed", True),
        ("Typo", "refused", True),
        ("Moved", "moved", True),
        ("Moved", "dead", False),
    ],
)
def test_a_word_on_one_verdict_says_nothing_of_another(
    known: Folder, title: str, verdict: str, *, kept: bool
) -> None:
    (url,) = [row["url"] for row in known.status(3)["links"] if row["title"] == title]
    assert known.staycurrent("keep", url, "--verdict", verdict, night=3).code == 0
    rows = {row["title"]: row for row in known.status(3)["links"]}
    assert rows[title]["kept"] is kept
    assert (rows[title]["flag"] is None) is kept


def test_one_unknown_address_and_nothing_is_noted(known: Folder) -> None:
    ended = known.staycurrent("keep", GONE, "https://nobody.example/", night=3)
    assert ended.code == 2
    assert "https://nobody.example/: is neither in a list nor a candidate" in ended.err
    assert "`staycurrent explain` finds an address by FILE:LINE" in ended.err
    assert FLAG in rendered(known)


def test_a_declined_candidate_leaves_the_part_and_does_not_come_back(
    demo_played: Folder, tmp_path: Path
) -> None:
    folder = Folder(tmp_path / "demo")
    copytree(demo_played.path, folder.path, ignore=WITHOUT_BACKUPS)
    paper = next(
        row["url"] for row in folder.status(7)["candidates"] if "arxiv.org/abs/" in row["url"]
    )
    spelled = paper.replace("/abs/", "/pdf/") + "v2"
    ended = folder.staycurrent("decline", spelled, night=7)
    assert (ended.code, ended.err) == (0, f"decline: {spelled}\n")
    assert paper not in rendered(folder, night=7)
    assert paper not in {row["url"] for row in folder.status(7)["candidates"]}
    assert folder.staycurrent("pull", night=7).code == 0
    assert folder.staycurrent("pull", night=8).code == 0
    assert paper not in {row["url"] for row in folder.status(8)["candidates"]}
    assert paper not in rendered(folder, night=8)


def test_a_declined_candidate_can_be_wanted_again(demo_played: Folder, tmp_path: Path) -> None:
    folder = Folder(tmp_path / "demo")
    copytree(demo_played.path, folder.path, ignore=WITHOUT_BACKUPS)
    before = folder.text
    url = folder.status(7)["candidates"][0]["url"]
    folder.staycurrent("decline", url, night=7)
    assert url not in rendered(folder, night=7)
    assert folder.staycurrent("decline", url, "--undo", night=7).err == f"undone: decline {url}\n"
    assert rendered(folder, night=7) == before


def test_what_is_declined_can_be_declined_for_longer(demo_played: Folder, tmp_path: Path) -> None:
    copytree(demo_played.path, tmp_path / "own", ignore=WITHOUT_BACKUPS)
    folder = Folder(tmp_path / "own")
    url = folder.status(7)["candidates"][0]["url"]
    for until in ("2026-11-10", "2026-12-10"):
        ended = folder.staycurrent("decline", url, "--until", until, night=7)
        assert ended.code == 0, ended.err
    assert [one["until"] for one in folder.status(7)["overrides"]] == ["2026-12-10"]


def test_undoing_keep_does_not_undo_decline(demo_played: Folder, tmp_path: Path) -> None:
    """A candidate that was declined, taken into the list all the same, and kept there."""
    folder = Folder(tmp_path / "demo")
    copytree(demo_played.path, folder.path, ignore=WITHOUT_BACKUPS)
    url = folder.status(7)["candidates"][0]["url"]
    folder.staycurrent("decline", url, night=7)
    folder.list.write_text(f"{folder.text}\n- [Taken]({url}) - All the same.\n", encoding="utf-8")
    folder.staycurrent("keep", url, night=7)
    ended = folder.staycurrent("keep", "--undo", url, night=7)
    assert (ended.code, ended.err) == (0, f"undone: keep {url}\n")
    assert [one["kind"] for one in folder.status(7)["overrides"]] == ["decline"]
