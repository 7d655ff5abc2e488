"""A candidate's line that a person deletes is declined; one that they take into the list is not."""

from pathlib import Path
from shutil import copytree

import pytest

from tests.support.folder import WITHOUT_BACKUPS, Folder

BEGIN, END = "<!-- stay:begin current -->", "<!-- stay:end current -->"
HEADING = "## Talk\n"


@pytest.fixture
def played(demo_played: Folder, tmp_path: Path) -> Folder:
    """The demo's list after its nights, with candidates that were seen back."""
    copytree(demo_played.path, tmp_path / "own", ignore=WITHOUT_BACKUPS)
    return Folder(tmp_path / "own")


def candidates(folder: Folder) -> list[str]:
    """The lines of the generated part, the newest first."""
    inside = folder.text.partition(BEGIN)[2].partition(END)[0]
    return [line for line in inside.splitlines() if line.startswith("- ")]


def rendered(folder: Folder, text: str) -> None:
    folder.list.write_text(text, encoding="utf-8")
    assert folder.staycurrent("render", night=8).code == 0


def test_a_line_that_a_person_deleted_is_declined_and_offered_no_more(played: Folder) -> None:
    oldest = candidates(played)[-1]
    rendered(played, played.text.replace(f"{oldest}\n", ""))
    assert oldest not in played.text
    (made,) = played.status(8)["overrides"]
    assert (made["kind"], made["origin"]) == ("decline", "edit")
    assert made["reason"] == "the line was removed from curated.md by hand"
    assert f"]({made['url']})" in oldest
    assert made["url"] not in [one["url"] for one in played.status(8)["candidates"]]
    assert played.staycurrent("decline", "--undo", made["url"], night=8).code == 0
    rendered(played, played.text)
    assert oldest in candidates(played)


def test_a_line_that_a_person_took_into_the_list_is_no_decision(played: Folder) -> None:
    oldest = candidates(played)[-1]
    own = oldest.partition(" (🆕")[0] + " - Mine.\n"
    text = played.text.replace(f"{oldest}\n", "").replace(HEADING, f"{HEADING}\n{own}")
    rendered(played, text)
    assert oldest not in candidates(played)
    assert own in played.text
    assert played.status(8)["overrides"] == []


def test_a_part_that_was_emptied_with_all_flags_is_a_revert(played: Folder) -> None:
    before = played.text
    start, end = before.index(BEGIN) + len(BEGIN), before.index(END)
    flags = [word for word in before[:start].split("(") if "<!--stay:" in word]
    assert flags
    text = f"{before[:start]}\n{before[end:]}"
    for flag in flags:
        text = text.replace(f" ({flag.partition(')')[0]})", "")
    rendered(played, text)
    assert played.text == before
    assert played.status(8)["overrides"] == []


def test_a_part_that_a_person_removed_with_its_markers_is_no_decision(played: Folder) -> None:
    before, _, rest = played.text.partition(BEGIN)
    rendered(played, before + rest.partition(END)[2])
    assert played.status(8)["overrides"] == []


def test_a_section_under_another_name_declines_nothing_of_the_old_one(played: Folder) -> None:
    """The old one is in the list until a person removes it."""
    before = candidates(played)
    settings = played.path / "staycurrent.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(f'{text}\n[curated]\nsection = "fresh"\n', encoding="utf-8")
    rendered(played, f"{played.text}\n<!-- stay:begin fresh -->\n<!-- stay:end fresh -->\n")
    assert played.status(8)["overrides"] == []
    assert [played.text.count(line) for line in before] == [2] * len(before)
