"""The brake: many deaths in one night are told at once, shown a night later or when released."""

from pathlib import Path
from shutil import copytree

import pytest

from tests.support.folder import FEEDS_OFF, Folder

GONE, OTHERS = 12, 52
NAMES = [f"gone{n}" for n in range(GONE)], [f"well{n}" for n in range(OTHERS)]
WEB = f"""
[[page]]
url = {[f"https://{name}.example/" for name in NAMES[0]]}
status = 410
nights = "3-"
[[page]]
url = {[f"https://{name}.example/" for name in NAMES[0] + NAMES[1]]}
title = "Here"
"""
HELD = (
    "Held back: 12 links became dead, usurped or insecure in a single run, more than is plausible. "
    "The list shows them from the next run on; `staycurrent render --release` shows them now."
)


@pytest.fixture(scope="module")
def morning(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """The one after twelve of sixty-four links came to be dead at once: to read only."""
    folder = Folder(tmp_path_factory.mktemp("braked") / "morning")
    folder.path.mkdir()
    rows = "".join(
        f"- [{name}](https://{name}.example/) - Text.\n" for name in [*NAMES[0], *NAMES[1]]
    )
    folder.write(listed=f"# A list\n\n{rows}", web=WEB, settings=FEEDS_OFF)
    folder.nights(1, 4)
    return folder


@pytest.fixture
def braked(morning: Folder, tmp_path: Path) -> Folder:
    """A copy of that morning."""
    copytree(morning.path, tmp_path / "braked")
    return Folder(tmp_path / "braked")


def flags(folder: Folder) -> int:
    return folder.text.count("<!--stay:dead:")


def test_what_is_held_is_reported_and_not_shown(braked: Folder) -> None:
    assert flags(braked) == 0
    reported = braked.staycurrent("status", night=4).out
    assert reported.startswith(HELD + "\n\nDead: 12\n")
    assert reported.count("2 checks) [held back]") == GONE
    markdown = braked.staycurrent("status", "--format", "markdown", night=4).out
    assert markdown.count("(held back)") == GONE
    assert f"\n{HELD}\n" in markdown
    story = braked.staycurrent("explain", "https://gone1.example/", night=4).out
    assert "(flagged from the next run on: too many links failed at once)" in story


def test_the_next_night_shows_it_without_a_hand(braked: Folder) -> None:
    braked.nights(5, 5)
    assert flags(braked) == GONE
    assert "Held back" not in braked.staycurrent("status", night=5).out


def test_a_person_releases_it_at_once_and_nothing_puts_it_back(braked: Folder) -> None:
    assert braked.staycurrent("render", "--check", night=4).code == 0
    assert braked.staycurrent("render", "--release", "--check", night=4).code == 1
    assert braked.staycurrent("render", "--release", night=4).code == 0
    assert flags(braked) == GONE
    assert "Held back" not in braked.staycurrent("status", night=4).out
    assert braked.staycurrent("render", "--check", night=4).code == 0
    braked.nights(4, 5)
    assert flags(braked) == GONE


def test_what_one_link_shows_releases_no_other(braked: Folder) -> None:
    flagged = "(https://gone0.example/) (💀<!--stay:dead:2026-11-03-->)"
    braked.list.write_text(
        braked.text.replace("(https://gone0.example/)", flagged), encoding="utf-8"
    )
    assert braked.staycurrent("render", "--check", night=4).code == 0
    assert "Held back: 11 links" in braked.staycurrent("status", night=4).out
