"""A rewrite sets flags and sections, changes nothing else, and is idempotent."""

import json
from datetime import date
from functools import lru_cache
from itertools import cycle
from pathlib import Path
from typing import Any, get_args

import pytest

from staycurrent.curated.document import Document, parse
from staycurrent.curated.flags import FlagPlace, FlagStyle, format_flag
from staycurrent.curated.generated_section import BadMarkers
from staycurrent.curated.proof import UnsafeRewrite
from staycurrent.curated.rewrite import LinkEdits, rewrite, strip_annotations
from staycurrent.links.verdict import Flag, FlagState
from tests.support.documents import FLAG, OWN_LISTS, SHARED_LISTS, rendered, strip_flags

CASES = json.loads((Path(__file__).parent / "cases.json").read_text("utf-8"))
DEAD = Flag(FlagState.DEAD, date(2026, 11, 1))
MOVED = Flag(FlagState.MOVED, date(2026, 10, 3))
MARK = format_flag(DEAD, FlagStyle()).decode()
read = lru_cache(maxsize=2)(parse)
"""A cache for lists of thousands of lines."""
STYLES = [FlagStyle(), FlagStyle(place="end"), FlagStyle(glyphs="words"), FlagStyle("words", "end")]


def all_dead(document: Document) -> dict[int, Flag]:
    return dict.fromkeys(range(len(document.occurrences)), DEAD)


def flagged(text: str, flags: dict[int, Flag], style: FlagStyle | None = None) -> str:
    after = rewrite(parse(text.encode()), flags=flags, style=style or FlagStyle(), sections={})
    return after.decode()


@pytest.mark.parametrize("case", [c for c in CASES if "flagged" in c], ids=lambda c: c["id"])
def test_a_flag_is_just_after_its_link_and_outside_other_markup(case: dict[str, Any]) -> None:
    document = parse(case["input"].encode())
    after = rewrite(document, flags=all_dead(document), style=FlagStyle(), sections={}).decode()
    assert after == case["flagged"].replace("⚑", MARK)


@pytest.mark.parametrize("style", STYLES, ids=str)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_flagging_all_links_and_then_none_restores_the_bytes(
    case: dict[str, Any], style: FlagStyle
) -> None:
    assert_round_trip(case["input"].encode(), style)


@pytest.mark.parametrize("style", STYLES, ids=str)
@pytest.mark.parametrize("path", OWN_LISTS, ids=lambda path: path.name)
def test_a_flagged_own_list_renders_the_same_except_for_flags(path: Path, style: FlagStyle) -> None:
    assert_shows_the_same(path.read_bytes(), style)


MUCH_OF_A_LIST = 120_000
"""Bytes; four lists are longer, and repeat there what they have before."""


@pytest.mark.shared
@pytest.mark.parametrize(
    ("path", "style"),
    list(zip(SHARED_LISTS, cycle(STYLES[:2]), strict=False)),  # all styles: the lists above
    ids=str,
)
def test_a_flagged_shared_list_renders_the_same_except_for_flags(
    path: Path, style: FlagStyle
) -> None:
    assert_shows_the_same(path.read_bytes()[:MUCH_OF_A_LIST], style)


def assert_round_trip(raw: bytes, style: FlagStyle) -> bytes:
    document = read(raw)
    flags = all_dead(document)
    after = rewrite(document, flags=flags, style=style, sections={})
    again = read(after)
    assert rewrite(again, flags=flags, style=style, sections={}) == after
    assert rewrite(again, flags={}, style=style, sections={}) == raw
    assert strip_flags(after) == raw
    return after


def assert_shows_the_same(raw: bytes, style: FlagStyle) -> None:
    after = assert_round_trip(raw, style)
    shown = rendered(after)
    assert FLAG.sub("", shown) == rendered(raw)
    written_in = read(after).flags
    carriers = [occurrence for occurrence in read(raw).occurrences if occurrence.can_carry_flag]
    spots = {p.flag_offset if style.place == "link" else p.entry_flag_offset for p in carriers}
    assert len(FLAG.findall(shown)) == len(written_in) == len(spots) > 0


def test_only_the_lines_of_flagged_links_differ() -> None:
    text = "".join(f"- [n{number}](/{number}) - t.\r\n" for number in range(100))
    flags = dict.fromkeys(range(0, 100, 10), DEAD)
    before, after = text.splitlines(), flagged(text, flags).splitlines()
    assert [line for line in range(100) if before[line] != after[line]] == list(flags)


def test_a_correct_flag_stays_and_an_unwanted_one_is_removed() -> None:
    text = (
        "- [a](/a) (💀<!--stay:dead:2026-11-01-->) x\n- [b](/b) (💀<!--stay:dead:2020-01-01-->)\n"
    )
    assert flagged(text, {0: DEAD}) == "- [a](/a) (💀<!--stay:dead:2026-11-01-->) x\n- [b](/b)\n"


def test_a_new_state_replaces_the_old_one() -> None:
    text = f"- [a](/a){MARK} x\n"
    assert flagged(text, {0: MOVED}) == "- [a](/a) (🔀<!--stay:moved:2026-10-03-->) x\n"


def test_another_style_rewrites_the_flags() -> None:
    words = flagged(f"- [a](/a){MARK} x\n", {0: DEAD}, FlagStyle("words", "end"))
    assert words == "- [a](/a) x (dead link<!--stay:dead:2026-11-01-->)\n"


def test_flags_at_the_end_of_an_entry_are_in_the_order_of_its_links() -> None:
    text = "- [a](/a), [b](/b) - text\n  over lines.  \n  - [c](/c)\n"
    after = flagged(text, {0: DEAD, 1: MOVED, 2: DEAD}, FlagStyle(place="end"))
    moved = format_flag(MOVED, FlagStyle()).decode()
    assert after == f"- [a](/a), [b](/b) - text\n  over lines.{MARK}{moved}  \n  - [c](/c){MARK}\n"


def test_flags_at_the_end_of_a_row_are_in_its_last_cell_with_content() -> None:
    text = "| a | b | c |\n|---|---|---|\n| [x](/x) | y | |\n"
    assert f"| [x](/x) | y{MARK} | |" in flagged(text, {0: DEAD}, FlagStyle(place="end"))


def test_links_with_the_same_anchor_share_the_flag_of_the_earlier_date() -> None:
    earlier = Flag(FlagState.DEAD, date(2026, 1, 1))
    after = flagged("[![b](/i)](/b)\n", {0: DEAD, 1: earlier})
    assert after == "[![b](/i)](/b) (💀<!--stay:dead:2026-01-01-->)\n"


def test_what_looks_like_a_flag_but_is_not_ours_is_never_changed() -> None:
    text = "- [a](/a) 💀 (💀) ~~[b](/b)~~ **[Deprecated]** <!-- dead -->\n"
    assert flagged(flagged(text, {0: DEAD, 1: MOVED}), {}) == text


def test_flags_and_sections_are_written_together() -> None:
    text = "[a](/a)\n\n<!-- stay:begin n -->\n<!-- stay:end n -->\n\n[b](/b)"
    body = f"- [new](/new){MARK}"
    after = rewrite(
        parse(text.encode()), flags={0: DEAD, 1: DEAD}, style=FlagStyle(), sections={"n": body}
    )
    expected = (
        f"[a](/a){MARK}\n\n<!-- stay:begin n -->\n\n{body}\n\n<!-- stay:end n -->\n\n[b](/b){MARK}"
    )
    assert after.decode() == expected
    flags = {0: DEAD, 1: DEAD, 2: DEAD}
    same = rewrite(parse(after), flags=flags, style=FlagStyle(), sections={"n": body})
    assert same == after, "what is generated carries only its own flags"
    assert rewrite(parse(after), flags={0: DEAD, 2: DEAD}, style=FlagStyle(), sections={}) == after


@pytest.mark.parametrize(
    "body",
    ["```\nnever closed", "<!-- never closed", "a\n\n<!-- stay:end n -->\n\nb", "<script>"],
)
def test_a_body_that_would_contain_what_follows_is_refused(body: str) -> None:
    text = "<!-- stay:begin n -->\n<!-- stay:end n -->\n\n[b](/b)\n"
    with pytest.raises((UnsafeRewrite, BadMarkers), match=r"section 'n'|the rewrite would change"):
        rewrite(parse(text.encode()), flags={}, style=FlagStyle(), sections={"n": body})


def test_a_definition_in_a_body_may_not_make_links_elsewhere() -> None:
    text = "<!-- stay:begin n -->\n<!-- stay:end n -->\n\n[b]\n"
    with pytest.raises(UnsafeRewrite, match=r"line \d+ \(link, reference /evil\)"):
        rewrite(parse(text.encode()), flags={}, style=FlagStyle(), sections={"n": "[b]: /evil"})


@pytest.mark.parametrize(
    "moved",
    [
        f"https://a.example/x{MARK}yz",
        f"[a]{MARK}(https://a.example/x)",
        f"[a](<https://a.example/x{MARK}>)",
        "[x]<!--stay:struck-->(https://a.example/x)\n\n[x]: /x",
    ],
)
def test_what_cannot_be_removed_without_changing_a_link_stays(moved: str) -> None:
    text = f"- [b](/b){MARK} b\n- {moved}\n- [c](/c)\n"
    after = text.replace(f"(/b){MARK}", "(/b)").replace("(/c)", f"(/c){MARK}")
    last = len(parse(text.encode()).occurrences) - 1
    assert flagged(text, {last: DEAD}) == after
    assert flagged(after, {last: DEAD}) == after


def test_no_flag_is_set_beside_a_mark_that_stays_if_it_would_stay_too() -> None:
    text = "- <https://a.example/x<!--stay:struck-->>\n- [b](/b)\n"
    flags = all_dead(parse(text.encode()))
    assert flagged(text, flags) == text.replace("(/b)", f"(/b){MARK}")


@pytest.mark.parametrize("place", get_args(FlagPlace))
@pytest.mark.parametrize("moved", [f"[a]{MARK}(https://a.example/x)", f"[a](/a)  \n  {MARK} - A"])
def test_a_flag_that_stays_is_not_set_again_in_its_entry(moved: str, place: FlagPlace) -> None:
    text = f"- {moved}\n- [b](/b)\n"
    after = flagged(text, all_dead(parse(text.encode())), FlagStyle(place=place))
    assert after == text.replace("(/b)", f"(/b){MARK}")


@pytest.mark.parametrize("entry", ["{}, [b](/b)", "[b](/b), {}", "[b](/b), {} and [b](/b)"])
def test_a_flag_that_stays_hides_that_of_no_other_link(entry: str) -> None:
    text = f"- {entry.format(f'[a]{MARK}(https://a.example/x)')}\n"
    flags = all_dead(parse(text.encode()))
    assert flagged(text, flags) == text.replace("(/b)", f"(/b){MARK}")


@pytest.mark.parametrize("moved", [f"[a](/a)  \n{MARK} - Text", f"x\\\n{MARK} 1. x", f"{MARK} # T"])
def test_a_flag_stays_where_the_text_behind_it_would_become_something_else(moved: str) -> None:
    text = f"{moved}\n\n- [b](/b){MARK}\n"
    assert flagged(text, {}) == text.replace(f"(/b){MARK}", "(/b)")


def test_a_flag_from_which_a_person_removed_the_entry_is_removed() -> None:
    assert flagged(f"- [b](/b)\n-{MARK}{MARK}\n\n{MARK}\n", {}) == "- [b](/b)\n-\n\n\n"


def test_a_flag_that_would_change_the_markup_is_left_out_and_the_others_are_written() -> None:
    text = "[a](/a) and a star that becomes a bullet\n*\n\n- [b](/b) b\n"
    after = flagged(text, {0: DEAD, 1: DEAD}, FlagStyle(place="end"))
    assert after == text.replace("b\n", f"b{MARK}\n")


@pytest.mark.parametrize(
    ("odd", "place"),
    [
        ("(https://a.example)![i](i.png) [a](/a)⚑", "link"),
        ("[a](/a) and a star that becomes a bullet\n*", "end"),
    ],
)
def test_however_many_flags_are_left_out_the_others_are_written(
    odd: str, place: FlagPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("staycurrent.curated.proof._MAX_ATTEMPTS", 12)
    text = f"- [b](/b)⚑\n\n{odd}\n\n" * 120
    document = parse(text.replace("⚑", "").encode())
    after = rewrite(document, flags=all_dead(document), style=FlagStyle(place=place), sections={})
    assert after.decode() == text.replace("⚑", MARK)


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What a rewrite parses."""
    raws: list[bytes] = []

    def recorded(raw: bytes) -> Document:
        raws.append(raw)
        return parse(raw)

    monkeypatch.setattr("staycurrent.curated.rewrite.parse", recorded)
    return raws


@pytest.mark.parametrize("unsafe", [1, 3, 12])
def test_a_flag_that_is_left_out_costs_two_parses(parsed: list[bytes], unsafe: int) -> None:
    entries = "".join(f"- [b](/b{number}) b\n" for number in range(20)) + "\n"
    section = "<!-- stay:begin n -->\n<!-- stay:end n -->\n\n"
    text = section + (entries + "[a](/a) and a star that becomes a bullet\n*\n\n") * unsafe
    document = parse(text.encode())
    style, sections = FlagStyle(place="end"), {"n": "one\n\ntwo"}
    after = rewrite(document, flags=all_dead(document), style=style, sections=sections)
    assert after.count(b"stay:dead") == 20 * unsafe
    assert len(parsed) <= 2 * unsafe + 2


def test_a_flag_that_cannot_be_removed_costs_three_parses_once(parsed: list[bytes]) -> None:
    entries = "".join(f"- [b](/b{number}){MARK}\n" for number in range(50))
    document = parse(f"{entries}- [a]{MARK}(https://a.example/x)\n{entries}".encode())
    for _ in range(3):
        assert len(strip_annotations(document).flags) == 1
    assert len(parsed) <= 3


def test_flags_that_could_not_be_removed_again_are_not_written() -> None:
    text = f"https://e.org/a_b.{MARK}# H"
    document = parse(text.encode())
    edits = LinkEdits(struck=frozenset({0}))
    after = rewrite(document, flags=all_dead(document), style=FlagStyle(), sections={}, edits=edits)
    again = rewrite(
        parse(after), flags=all_dead(document), style=FlagStyle(), sections={}, edits=edits
    )
    assert again == after
    assert strip_annotations(parse(after)).raw == strip_annotations(document).raw


@pytest.mark.parametrize(
    "text",
    [
        "x\n<img src=i>le) | b\n|---|---|\n",
        "***[e](f)***~~https://a.example<div>\n",
        "](http://z)www.x.org/_[r]: 'T']<img src=i1>_&copy=1. [c][r]_\xa0\n",
        "[- [a](/u)\n![]](http://z)\n",
    ],
)
@pytest.mark.parametrize("style", STYLES[:2], ids=str)
def test_where_parsers_disagree_a_flag_changes_nothing_that_github_renders(
    text: str, style: FlagStyle
) -> None:
    document = parse(text.encode())
    after = rewrite(document, flags=all_dead(document), style=style, sections={})
    assert FLAG.sub("", rendered(after)) == rendered(text.encode())


def test_any_bytes_are_kept() -> None:
    raw = b"\xef\xbb\xbf- [a](/a) \xff\xfe\x00\r- [b](/b)\r\n\x85\xa0[c](/c)"
    document = parse(raw)
    after = rewrite(document, flags=all_dead(document), style=FlagStyle(), sections={})
    assert after.count(b"stay:dead") == len(document.occurrences)
    assert strip_flags(after) == raw
