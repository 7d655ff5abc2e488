"""Manual edits of our lines make overrides; a list that was reverted or not merged does not."""

from pathlib import Path
from typing import Any

import pytest

from staycurrent.warehouse.open import open_warehouse
from tests.flows.feedback.test_flag_log import Checkout
from tests.support.folder import FEEDS_OFF, Folder, Walk

LINKS = [f"https://dead{number}.example/a" for number in range(1, 7)]
LATE = LINKS[3:]
WEB = "".join(
    f'[[page]]\nurl = "{url}"\nstatus = 410\n' + ('nights = "3-"\n' if url in LATE else "")
    for url in LINKS
) + "".join(f'[[page]]\nurl = "{url}"\nnights = "1-2"\n' for url in LATE)
LIST = "# T\n\n" + "".join(f"- [D{n}]({url}) - Text.\n" for n, url in enumerate(LINKS, 1))
EARLY_FLAG, LATE_FLAG = (f" (💀<!--stay:dead:2026-11-0{day}-->)" for day in (1, 3))
NIGHTS = 6
"""The first three are flagged on night 2 and seen back on 3, the others on 4 and 5."""


@pytest.fixture(scope="module")
def flagged(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """A list that shows its flags for nights."""
    return Walk.over(tmp_path_factory.mktemp("flagged"), LIST, WEB, nights=NIGHTS)


@pytest.fixture
def merged(flagged: Walk, tmp_path: Path) -> Folder:
    """A folder of one's own, in which six flags stand and were seen back."""
    folder = flagged.copy(tmp_path, after=NIGHTS)
    assert [folder.text.count(flag) for flag in (EARLY_FLAG, LATE_FLAG)] == [3, 3]
    return folder


def without_flags(text: str, *numbers: int) -> str:
    """The list after a person took the flags of these entries out."""
    lines = text.splitlines(keepends=True)
    for number in numbers:
        at = next(n for n, line in enumerate(lines) if line.startswith(f"- [D{number}]"))
        lines[at] = lines[at].replace(EARLY_FLAG, "").replace(LATE_FLAG, "")
    return "".join(lines)


def decided(folder: Folder, night: int = NIGHTS + 1) -> list[dict[str, Any]]:
    return list(folder.status(night)["overrides"])


def edit(folder: Folder, text: str, night: int = NIGHTS + 1) -> str:
    """Put a text in place of the list, render, and give what came of it."""
    folder.list.write_text(text, encoding="utf-8")
    assert folder.staycurrent("render", night=night).code == 0
    return folder.text


@pytest.mark.parametrize("numbers", [(2,), (1, 5), (1, 2, 6), (6,)])
def test_flags_that_a_person_removed_stay_removed_and_make_overrides(
    merged: Folder, numbers: tuple[int, ...]
) -> None:
    edited = without_flags(merged.text, *numbers)
    assert edit(merged, edited) == edited
    status = merged.status(NIGHTS + 1)
    made = status["overrides"]
    assert [one["url"] for one in made] == [LINKS[number - 1] for number in numbers]
    for one in made:
        assert (one["kind"], one["verdict"], one["origin"]) == ("keep", "dead", "edit")
        assert one["reason"] == "the flag was removed from curated.md by hand"
        assert one["created_at"].startswith("2026-11-07T02:00:0")
    assert status["reversals"] == {"shown": 6, "reverted": len(numbers)}
    merged.nights(NIGHTS + 2, NIGHTS + 2)
    assert merged.text == edited
    assert decided(merged, NIGHTS + 2) == made


def test_a_run_infers_overrides_as_render_does(merged: Folder) -> None:
    edited = without_flags(merged.text, 2)
    merged.list.write_text(edited, encoding="utf-8")
    ended = merged.staycurrent("run", night=NIGHTS + 1)
    assert f"learned: keep {LINKS[1]}: the flag was removed from curated.md by hand" in ended.err
    assert merged.text == edited


def test_a_flag_that_a_hidden_commit_took_out_is_written_once_more(merged: Folder) -> None:
    """Of a shallow clone or a force-push it is not known whether that was a revert."""
    checkout, before = Checkout(merged.path), merged.text.replace("\n", "\r\n")
    (merged.path / ".git" / "info" / "attributes").write_text("*.md text\n")  # git has no `\r`
    removed = without_flags(before, 2)
    for night, text, lost in ((NIGHTS + 1, removed, True), (NIGHTS + 2, before, False)):
        checkout.commit(text, day=night)
        ended = merged.staycurrent("render", night=night)
        assert (merged.text, decided(merged, night)) == (before, [])
        assert (f"not learned: our line about {LINKS[1]} was removed" in ended.err) is lost
        checkout.git("update-ref", "-d", "HEAD")
    checkout.commit(removed, day=NIGHTS + 3)
    assert edit(merged, removed, NIGHTS + 3) == removed
    assert [one["url"] for one in decided(merged, NIGHTS + 3)] == [LINKS[1]]


def test_a_preview_records_no_override(merged: Folder) -> None:
    merged.list.write_text(without_flags(merged.text, 2), encoding="utf-8")
    assert merged.staycurrent("render", "--check", night=NIGHTS + 1).code == 0
    assert merged.staycurrent("render", "--diff", night=NIGHTS + 1).out == ""
    assert decided(merged) == []


def test_keep_undo_takes_the_override_back(merged: Folder) -> None:
    before = merged.text
    edited = edit(merged, without_flags(before, 2))
    assert merged.staycurrent("keep", "--undo", LINKS[1], night=NIGHTS + 1).code == 0
    assert edit(merged, edited) == before
    assert decided(merged) == []
    assert merged.status(NIGHTS + 1)["reversals"] == {"shown": 6, "reverted": 0}


def test_a_flag_that_a_person_restores_takes_the_override_back(merged: Folder) -> None:
    before = merged.text
    edit(merged, without_flags(before, 2))
    assert len(decided(merged)) == 1
    assert edit(merged, before, NIGHTS + 2) == before
    assert decided(merged, NIGHTS + 2) == []


@pytest.mark.parametrize(
    "numbers",
    [(1, 2, 3, 4, 5, 6), (1, 2, 3, 4), (4, 5, 6), (4, 5, 6, 1)],
    ids=["all gone", "more than half", "the newest, as in an older version", "most of them"],
)
def test_a_reverted_list_makes_no_override(merged: Folder, numbers: tuple[int, ...]) -> None:
    before = merged.text
    assert edit(merged, without_flags(before, *numbers)) == before
    assert decided(merged) == []


def test_flags_that_nobody_merged_never_make_an_override(flagged: Walk, tmp_path: Path) -> None:
    """The pull request is open, and every night begins with the default branch's list."""
    folder = flagged.copy(tmp_path, after=2)
    for night in range(3, 6):
        folder.list.write_text(LIST, encoding="utf-8")
        folder.nights(night, night)
        assert folder.text.count("stay:dead") == (3 if night < 4 else 6)
    assert decided(folder, 5) == []


@pytest.mark.parametrize("runs", [1, 2], ids=["one run a night", "each run is repeated"])
def test_a_merged_pull_request_makes_no_override_of_another_one(
    flagged: Walk, tmp_path: Path, runs: int
) -> None:
    folder = flagged.copy(tmp_path, after=3)
    first_merged = folder.text.replace(LIST.splitlines()[-1], "").replace(LIST.splitlines()[-2], "")
    for night in range(4, 8):
        folder.list.write_text(first_merged, encoding="utf-8")
        for _ in range(runs):
            folder.nights(night, night)
        assert folder.text.count("stay:dead") == 4
    assert decided(folder, 7) == []


@pytest.mark.parametrize(
    "change",
    [
        ("- [D2](https://dead2.example/a)" + EARLY_FLAG + " - Text.\n", ""),
        ("https://dead2.example/a)" + EARLY_FLAG, "https://else2.example/a)"),
    ],
    ids=["entry removed", "address replaced"],
)
def test_an_entry_removed_with_its_flag_makes_no_override(
    merged: Folder, change: tuple[str, str]
) -> None:
    edited = merged.text.replace(*change)
    assert edit(merged, edited) == edited
    assert decided(merged) == []
    assert merged.status(NIGHTS + 1)["reversals"] == {"shown": 6, "reverted": 0}


@pytest.mark.parametrize("settings", ['place = "end"\n', 'flags = "report"\n'])
def test_settings_that_move_or_remove_flags_make_no_override(merged: Folder, settings: str) -> None:
    path = merged.path / "staycurrent.toml"
    whole = path.read_text(encoding="utf-8")
    path.write_text(f"{whole}\n[curated]\n{settings}", encoding="utf-8")
    edit(merged, merged.text)
    edit(merged, merged.text, NIGHTS + 2)
    path.write_text(whole, encoding="utf-8")
    assert edit(merged, merged.text, NIGHTS + 3).count("stay:dead") == 6
    assert decided(merged, NIGHTS + 3) == []


@pytest.mark.parametrize("nights_before", [0, 1, 2])
def test_a_flag_removed_from_its_old_place_makes_an_override(
    merged: Folder, nights_before: int
) -> None:
    """`place` is changed, and the pull request that moves the flags is not merged yet."""
    path = merged.path / "staycurrent.toml"
    path.write_text(path.read_text(encoding="utf-8") + '\n[curated]\nplace = "end"\n', "utf-8")
    before = merged.text
    night = NIGHTS + 1
    for night in range(NIGHTS + 1, NIGHTS + 1 + nights_before):
        moved = edit(merged, before, night)
        assert moved.count(f"Text.{EARLY_FLAG}\n") == 3
        assert edit(merged, before, night) == moved
        assert decided(merged, night) == []
    edited = edit(merged, without_flags(before, 2), night + 1)
    assert edited.count("stay:dead") == 5
    assert [one["url"] for one in decided(merged, night + 1)] == [LINKS[1]]
    edited = edit(merged, edited, night + 2)
    assert edit(merged, without_flags(edited, 5), night + 3).count("stay:dead") == 4
    assert [one["url"] for one in decided(merged, night + 3)] == [LINKS[1], LINKS[4]]


def test_a_flag_that_was_merged_before_its_place_changed_is_missed(
    flagged: Walk, tmp_path: Path
) -> None:
    folder = flagged.copy(tmp_path, after=2)
    merged = folder.text
    path = folder.path / "staycurrent.toml"
    path.write_text(path.read_text(encoding="utf-8") + '\n[curated]\nplace = "end"\n', "utf-8")
    for night in (3, 4):
        assert edit(folder, merged, night).count(f"Text.{EARLY_FLAG}\n") == 3
        assert decided(folder, night) == []
    assert edit(folder, without_flags(merged, 2), 5).count("stay:dead") == 2
    assert [one["url"] for one in decided(folder, 5)] == [LINKS[1]]


def test_the_flag_of_another_link_in_its_place_does_not_take_an_override_back(
    folder: Folder,
) -> None:
    urls = LINKS[:5]
    entry = f"- [A]({urls[0]}) [B]({urls[1]}) - Text."
    others = "".join(f"- [D]({url}) - Text.\n" for url in urls[2:])
    web = "".join(
        f'[[page]]\nurl = "{url}"\nstatus = 410\n' for url in (urls[0], *urls[2:])
    ) + "".join(
        f'[[page]]\nurl = "{urls[1]}"\n{more}\n'
        for more in ('nights = "1-4"', 'status = 410\nnights = "5-"')
    )
    settings = f'[curated]\nplace = "end"\n{FEEDS_OFF}'
    folder.write(listed=f"# T\n\n{entry}\n{others}", web=web, settings=settings)
    folder.nights(1, 3)
    folder.list.write_text(folder.text.replace(f"{entry}{EARLY_FLAG}", entry), encoding="utf-8")
    folder.nights(4, 4)
    before = decided(folder, 4)
    assert [one["url"] for one in before] == [urls[0]]
    for night in range(5, 9):
        folder.nights(night, night)
        assert decided(folder, night) == before
    assert f"{entry} (💀<!--stay:dead:2026-11-05-->)" in folder.text


def test_a_keep_comment_in_place_of_a_flag_counts_as_reverted(merged: Folder) -> None:
    edited = without_flags(merged.text, 2).replace(
        "- [D2](https://dead2.example/a) - Text.",
        "- [D2](https://dead2.example/a) - Text. <!-- stay:keep -->",
    )
    assert edit(merged, edited) == edited
    assert decided(merged) == []
    assert merged.status(NIGHTS + 1)["reversals"] == {"shown": 6, "reverted": 1}


MOVED = "- [D2](https://dead2.example/a)"


@pytest.mark.parametrize(
    "edited",
    [
        f"{MOVED} - Text.{EARLY_FLAG}\n",
        f"{MOVED}  {EARLY_FLAG.strip()} - Text.\n",
        f"{MOVED}{EARLY_FLAG.replace('<!--', ' <!-- ').replace('-->', ' -->')} - Text.\n",
        f"{MOVED}\N{NO-BREAK SPACE}{EARLY_FLAG.strip()} - Text.\n",
        f"{MOVED}{EARLY_FLAG.strip()} - Text.\n",
        f"{MOVED} \N{RIGHT-TO-LEFT MARK}{EARLY_FLAG.strip()} - Text.\n",
        f"{MOVED} - Text.\n {EARLY_FLAG}\n",
        f"{MOVED} 2nd edition{EARLY_FLAG} - Text.\n",
        f"{MOVED} and [its page](https://other.example/a){EARLY_FLAG} - Text.\n",
        f"- **[D2](https://dead2.example/a){EARLY_FLAG}** - Text.\n",
        f"- Old{EARLY_FLAG} [D2](https://dead2.example/a) - Text.\n",
        f"\n| a | b |\n|-|-|\n| [D2](https://dead2.example/a) | Text.{EARLY_FLAG} |\n\n",
    ],
)
def test_a_flag_that_a_person_moved_goes_back_to_its_link(merged: Folder, edited: str) -> None:
    before = merged.text.replace(f"{MOVED}{EARLY_FLAG} - Text.\n", edited)
    assert before.count("💀") >= 3
    after = edit(merged, before)
    assert decided(merged) == []
    assert f"[D2](https://dead2.example/a){EARLY_FLAG}" in after.replace("**", "")
    assert merged.status(NIGHTS + 1)["reversals"] == {"shown": 6, "reverted": 0}


def test_a_flag_that_a_formatter_puts_on_the_next_line_stays_there(merged: Folder) -> None:
    wrapped = f"{MOVED}\n {EARLY_FLAG} - Text.\n"
    assert wrapped in edit(merged, merged.text.replace(f"{MOVED}{EARLY_FLAG} - Text.\n", wrapped))
    assert decided(merged) == []


def test_the_flag_of_a_replaced_address_hides_no_removal_of_another(merged: Folder) -> None:
    replaced = merged.text.replace(LINKS[1], "https://else2.example/a")
    after = edit(merged, without_flags(replaced, 3))
    assert after.count(EARLY_FLAG) == 1
    assert [one["url"] for one in decided(merged)] == [LINKS[2]]


def test_a_new_streak_is_flagged_again_with_what_changed(merged: Folder) -> None:
    edited = edit(merged, without_flags(merged.text, 2))
    web = (merged.path / "web.toml").read_text(encoding="utf-8")
    gone = f'url = "{LINKS[1]}"\nstatus = 410\n'
    back = web.replace(gone, gone + 'nights = "9-"\n')
    alive = f'[[page]]\nurl = "{LINKS[1]}"\nnights = "1-8"\n'
    (merged.path / "web.toml").write_text(back + alive, encoding="utf-8")
    merged.nights(NIGHTS + 2, NIGHTS + 4)
    assert merged.text == edited.replace(
        "- [D2](https://dead2.example/a)",
        "- [D2](https://dead2.example/a) (💀<!--stay:dead:2026-11-09-->)",
    )
    (item,) = merged.status(NIGHTS + 4)["maintenance"]
    assert (item["subject"], item["kind"], item["text"]) == ("override", "overtaken", LINKS[1])
    assert "dead since 2026-11-09" in item["message"]
    kept = decided(merged, NIGHTS + 4)
    merged.nights(NIGHTS + 5, NIGHTS + 5)
    assert decided(merged, NIGHTS + 5) == kept, "a flag that a run wrote is no person's"


def test_a_flag_behind_a_linked_image_belongs_to_the_dead_link(folder: Folder) -> None:
    image = '<a href="https://dead.example/a"><img src="https://well.example/i.png" alt="I"></a>'
    web = '[[page]]\nurl = "https://dead.example/a"\nstatus = 410\n'
    folder.write(
        listed=f"# T\n\n- {image} - Text.\n",
        web=f'{web}[[page]]\nurl = "https://well.example/i.png"\n',
    )
    folder.nights(1, 4)
    assert folder.text.count("stay:dead") == 1
    folder.list.write_text(f"# T\n\n- {image} - Text.\n", encoding="utf-8")
    folder.nights(5, 5)
    assert "stay:dead" not in folder.text
    assert [row["url"] for row in decided(folder, 5)] == ["https://dead.example/a"]
    reversals = folder.status(5)["reversals"]
    assert (reversals["shown"], reversals["reverted"]) == (1, 1)


def test_two_spellings_of_an_address_are_one_line(folder: Folder) -> None:
    first, second = (f"- [{name}](https://{name}.example/a)\n" for name in ("dead", "DEAD"))
    web = '[[page]]\nurl = "https://dead.example/a"\nstatus = 410\n'
    folder.write(listed=f"# T\n\n{first}{second}", web=web)
    folder.nights(1, 5)
    assert folder.text.count("stay:dead") == 2
    events = "SELECT url, event, run_date::VARCHAR FROM published_lines ORDER BY id"
    with open_warehouse(folder.warehouse, read_only=True) as warehouse:
        assert warehouse.select(events) == [
            ("https://dead.example/a", "written", "2026-11-02"),
            ("https://dead.example/a", "seen", "2026-11-03"),
        ]
    edit(folder, f"# T\n\n{first}{second}", 6)
    assert ("stay:dead" in folder.text, len(decided(folder, 6))) == (False, 1)


def test_a_flag_that_cannot_be_removed_stays_and_makes_no_override(folder: Folder) -> None:
    """Without the flag, the text behind it would become part of the address."""
    url = "https://dead.example/a"
    folder.write(listed=f"# T\n\n- {url}\n", web=f'[[page]]\nurl = "{url}"\nstatus = 410\n')
    folder.nights(1, 3)
    flagged = folder.text
    assert flagged == f"# T\n\n- {url}{EARLY_FLAG}\n"
    edited = f"{flagged.rstrip()}and more\n"
    folder.list.write_text(edited, encoding="utf-8")
    folder.nights(4, 4)
    assert (folder.text, decided(folder, 4)) == (edited, [])
    folder.list.write_text(flagged, encoding="utf-8")
    folder.nights(5, 5)
    assert (folder.text, decided(folder, 5)) == (flagged, [])
