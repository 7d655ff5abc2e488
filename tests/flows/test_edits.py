"""Struck out, led to a snapshot, or given a new address: as the settings say, night after night."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.support.folder import FEEDS_OFF, Folder, Walk

GONE = "https://gone.example/a?b#c"
LIST = f"- [Gone]({GONE}) - Says 410.\n- [Kept]({GONE}) - So. <!-- stay:keep -->\n"
FLAG = " (💀<!--stay:dead:2026-11-01-->)"
BACK_ON_NIGHT_4 = """
[[page]]
url = "https://gone.example/a?b"
status = 410
nights = "1-3"
[[page]]
url = "https://gone.example/a?b"
title = "Here"
[[page]]
url = "https://web.archive.org/cdx/search/cdx?*gone.example*to=20261031*"
body = '''[["timestamp","original","statuscode"],["20261012081522","https://gone.example/a?b","200"]]'''
"""
REPLAY = "https://web.archive.org/web/20261012081522/"


Walking = Callable[[str], Walk]


@pytest.fixture(scope="module")
def walking(tmp_path_factory: pytest.TempPathFactory) -> Walking:
    """The four nights with a setting, played once."""

    @cache
    def over(setting: str) -> Walk:
        path, settings = tmp_path_factory.mktemp("walk"), f"{FEEDS_OFF}[curated]\n{setting}\n"
        return Walk.over(path, LIST, BACK_ON_NIGHT_4, nights=4, settings=settings)

    return over


@pytest.fixture(scope="module")
def fixed(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """Six nights with `moved = "fix"`."""
    path, settings = tmp_path_factory.mktemp("fixed"), f'{FEEDS_OFF}[curated]\nmoved = "fix"\n'
    return Walk.over(path, MOVED, MOVES + STAYS, nights=6, settings=settings)


def settled(folder: Folder, night: int) -> str:
    """The list, which a second render does not change."""
    once = folder.text
    folder.staycurrent("render", night=night)
    assert folder.text == once, "a second render changes nothing"
    return once


def test_a_dead_link_is_struck_out_and_one_that_a_person_keeps_is_not(
    walking: Walking, tmp_path: Path
) -> None:
    expected = LIST.replace(f"[Gone]({GONE})", f"~~[Gone]({GONE})~~<!--stay:struck-->{FLAG}")
    assert settled(walking('dead = "strike"').copy(tmp_path, after=3), 3) == expected


def test_a_strike_goes_when_the_link_lives_again(walking: Walking, tmp_path: Path) -> None:
    assert settled(walking('dead = "strike"').copy(tmp_path, after=4), 4) == LIST


def test_a_dead_link_leads_to_its_snapshot_and_is_still_checked(
    walking: Walking, tmp_path: Path
) -> None:
    expected = LIST.replace(f"[Gone]({GONE})", f"[Gone]({REPLAY}{GONE})<!--stay:snapshot-->{FLAG}")
    folder = walking('dead = "archive"').copy(tmp_path, after=3)
    assert settled(folder, 3) == expected
    first = folder.status(3)["links"][0]
    assert (first["url"], first["verdict"], first["last_checked"]) == (GONE, "dead", "2026-11-03")


def test_a_link_that_lives_again_leads_to_its_own_page(walking: Walking, tmp_path: Path) -> None:
    assert settled(walking('dead = "archive"').copy(tmp_path, after=4), 4) == LIST


def test_another_setting_undoes_what_the_one_before_did(walking: Walking, tmp_path: Path) -> None:
    folder = walking('dead = "archive"').copy(tmp_path, after=3)
    settings = folder.path / "staycurrent.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace('dead = "archive"', 'dead = "flag"'), encoding="utf-8")
    folder.staycurrent("render", night=3)
    assert folder.text == LIST.replace(f"[Gone]({GONE})", f"[Gone]({GONE}){FLAG}")


def test_without_flags_the_marks_still_do_what_the_settings_say(folder: Folder) -> None:
    settings = f'{FEEDS_OFF}[curated]\ndead = "strike"\nflags = "report"\n'
    folder.write(listed=LIST, web=BACK_ON_NIGHT_4, settings=settings)
    folder.nights(1, 3)
    assert settled(folder, 3) == LIST.replace(
        f"[Gone]({GONE})", f"~~[Gone]({GONE})~~<!--stay:struck-->"
    )


A, B = "https://a.site.example/x", "https://b.site.example/y"
MOVES = f"""
[[page]]
url = "{A}"
status = 301
location = "{B}"
nights = "1-3"
[[page]]
url = ["{A}", "{B}"]
title = "Here"
nights = "1-3"
"""
TURNS = """
[[page]]
url = "https://a.site.example/x"
title = "Here"
[[page]]
url = "https://b.site.example/y"
status = 301
location = "https://a.site.example/x"
"""
STAYS = f"""
[[page]]
url = "{B}"
title = "Here"
"""
MOVED = f"- [A]({A}#part) - One.\n- [Same]({A}) - Kept. <!-- stay:keep -->\n"


def test_a_moved_link_gets_its_address_with_its_fragment_and_no_flag(
    fixed: Walk, tmp_path: Path
) -> None:
    after = settled(fixed.copy(tmp_path, after=3), 3)
    assert after == MOVED.replace(f"{A}#part", f"{B}#part")


def test_a_new_address_has_a_history_of_its_own(fixed: Walk, tmp_path: Path) -> None:
    folder = fixed.copy(tmp_path, after=6)
    assert settled(folder, 6) == MOVED.replace(f"{A}#part", f"{B}#part")
    first = folder.status(6)["links"][0]
    assert (first["url"], first["verdict"], first["last_checked"]) == (
        f"{B}#part",
        "alive",
        "2026-11-06",
    )


def test_an_address_is_not_written_once_the_redirect_leads_to_failures(folder: Folder) -> None:
    """Until its lines are merged, a pull request proposes the address anew each night."""
    listed = MOVED.split("\n", maxsplit=1)[0] + "\n"
    folder.write(listed=listed, web=MOVES.replace('nights = "1-3"\n', "", 1))
    folder.nights(1, 3)
    settings = folder.path / "staycurrent.toml"
    settings.write_text(f'{settings.read_text()}[curated]\nmoved = "fix"\n', encoding="utf-8")
    assert f"{B}#part)" in folder.staycurrent("render", "--diff", night=3).out
    folder.nights(4, 4)
    assert settled(folder, 4) == listed.replace("#part)", "#part) (🔀<!--stay:moved:2026-11-01-->)")


def test_two_addresses_that_lead_to_each_other_do_not_take_turns(folder: Folder) -> None:
    listed = MOVED.split("\n", maxsplit=1)[0] + "\n"
    settings = f'{FEEDS_OFF}[curated]\nmoved = "fix"\n'
    folder.write(listed=listed, web=MOVES + TURNS, settings=settings)
    folder.nights(1, 8)
    assert settled(folder, 8) == listed.replace(
        f"{A}#part)", f"{B}#part) (🔀<!--stay:moved:2026-11-04-->)"
    )
