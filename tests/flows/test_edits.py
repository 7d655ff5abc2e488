"""Struck out, led to a snapshot, or given a new address: as the settings say, night after night."""

from tests.support.folder import FEEDS_OFF, Folder

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


def walked(folder: Folder, setting: str, last: int, *, listed: str = LIST, web: str = "") -> str:
    settings = f"{FEEDS_OFF}[curated]\n{setting}\n"
    folder.write(listed=listed, web=web or BACK_ON_NIGHT_4, settings=settings)
    folder.nights(1, last)
    once = folder.text
    folder.staycurrent("render", night=last)
    assert folder.text == once, "a second render changes nothing"
    return once


def test_a_dead_link_is_struck_out_and_one_that_a_person_keeps_is_not(folder: Folder) -> None:
    expected = LIST.replace(f"[Gone]({GONE})", f"~~[Gone]({GONE})~~<!--stay:struck-->{FLAG}")
    assert walked(folder, 'dead = "strike"', 3) == expected


def test_a_strike_goes_when_the_link_lives_again(folder: Folder) -> None:
    assert walked(folder, 'dead = "strike"', 4) == LIST


def test_a_dead_link_leads_to_its_snapshot_and_is_still_checked(folder: Folder) -> None:
    expected = LIST.replace(f"[Gone]({GONE})", f"[Gone]({REPLAY}{GONE})<!--stay:snapshot-->{FLAG}")
    assert walked(folder, 'dead = "archive"', 3) == expected
    first = folder.status(3)["links"][0]
    assert (first["url"], first["verdict"], first["last_checked"]) == (GONE, "dead", "2026-11-03")


def test_a_link_that_lives_again_leads_to_its_own_page(folder: Folder) -> None:
    assert walked(folder, 'dead = "archive"', 4) == LIST


def test_another_setting_undoes_what_the_one_before_did(folder: Folder) -> None:
    walked(folder, 'dead = "archive"', 3)
    settings = folder.path / "staycurrent.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace('dead = "archive"', 'dead = "flag"'), encoding="utf-8")
    folder.staycurrent("render", night=3)
    assert folder.text == LIST.replace(f"[Gone]({GONE})", f"[Gone]({GONE}){FLAG}")


def test_without_flags_the_marks_still_do_what_the_settings_say(folder: Folder) -> None:
    text = walked(folder, 'dead = "strike"\nflags = "report"', 3)
    assert text == LIST.replace(f"[Gone]({GONE})", f"~~[Gone]({GONE})~~<!--stay:struck-->")


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


def test_a_moved_link_gets_its_address_with_its_fragment_and_no_flag(folder: Folder) -> None:
    after = walked(folder, 'moved = "fix"', 3, listed=MOVED, web=MOVES)
    assert after == MOVED.replace(f"{A}#part", f"{B}#part")


def test_a_new_address_has_a_history_of_its_own(folder: Folder) -> None:
    after = walked(folder, 'moved = "fix"', 6, listed=MOVED, web=MOVES + STAYS)
    assert after == MOVED.replace(f"{A}#part", f"{B}#part")
    first = folder.status(6)["links"][0]
    assert (first["url"], first["verdict"], first["last_checked"]) == (
        f"{B}#part",
        "alive",
        "2026-11-06",
    )


def test_two_addresses_that_lead_to_each_other_do_not_take_turns(folder: Folder) -> None:
    listed = MOVED.split("\n", maxsplit=1)[0] + "\n"
    walked(folder, 'moved = "fix"', 8, listed=listed, web=MOVES + TURNS)
    assert folder.text == listed.replace(
        f"{A}#part)", f"{B}#part) (🔀<!--stay:moved:2026-11-04-->)"
    )
