"""A rewrite is listed line by line, and any of its changes can be left out."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staycurrent.curated.changes import (
    LineFlag,
    inseparable_lines,
    line_changes,
    partial_rewrite,
)
from staycurrent.curated.document import Document, parse
from staycurrent.curated.flags import FlagStyle
from staycurrent.curated.rewrite import rewrite
from staycurrent.links.verdict import Flag, FlagState

DEAD = Flag(FlagState.DEAD, date(2026, 11, 1))
MOVED = Flag(FlagState.MOVED, date(2026, 11, 2))
LIST = """# List

- [A](https://a.example) - a.
- [B](https://b.example) and [C](https://c.example)

<!-- stay:begin current -->

- [Old](https://old.example) (🆕<!--stay:new:2026-11-01-->)

<!-- stay:end current -->

- [D](https://d.example)
"""
PART = "- [New](https://new.example) (🆕<!--stay:new:2026-11-02-->)"


def rewritten(
    before: bytes, flags: dict[int, Flag], section: str | None = None
) -> tuple[Document, Document]:
    document = parse(before)
    sections = {} if section is None else {"current": section}
    after = rewrite(document, flags=flags, style=FlagStyle(), sections=sections)
    return document, parse(after)


def flags_of(marks: tuple[LineFlag, ...]) -> tuple[Flag, ...]:
    return tuple(each.flag for each in marks)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_changed_line_is_listed_with_its_flags(end: str) -> None:
    raw = LIST.replace("\n", end).encode()
    before, after = rewritten(raw, {0: DEAD, 2: MOVED, 4: DEAD}, PART)
    found = line_changes(before, after)
    changes = [
        (
            each.old_line,
            each.new_line,
            flags_of(each.flags_added),
            flags_of(each.flags_removed),
            each.generated_section,
        )
        for each in found
    ]
    new = Flag(FlagState.NEW, date(2026, 11, 2))
    old = Flag(FlagState.NEW, date(2026, 11, 1))
    assert changes == [
        (3, 3, (DEAD,), (), None),
        (4, 4, (MOVED,), (), None),
        (12, 12, (DEAD,), (), None),
        (8, None, (), (old,), "current"),
        (None, 8, (new,), (), "current"),
    ]
    assert found[0].after == "- [A](https://a.example) (💀<!--stay:dead:2026-11-01-->) - a."


def test_a_replaced_flag_is_one_change() -> None:
    flagged = rewritten(LIST.encode(), {0: DEAD})[1].raw
    (change,) = line_changes(*rewritten(flagged, {0: MOVED}))
    assert (flags_of(change.flags_added), flags_of(change.flags_removed)) == ((MOVED,), (DEAD,))


def test_a_flag_that_moves_within_a_line_is_added_and_removed() -> None:
    flagged = rewritten(LIST.encode(), {1: DEAD})[1].raw
    (change,) = line_changes(*rewritten(flagged, {2: DEAD}))
    assert (flags_of(change.flags_added), flags_of(change.flags_removed)) == ((DEAD,), (DEAD,))
    assert change.flags_added[0].column > change.flags_removed[0].column


FLAGS = st.dictionaries(st.sampled_from([0, 1, 2, 4]), st.sampled_from([DEAD, MOVED]))


@given(FLAGS, FLAGS, st.sampled_from([None, PART, ""]), st.data())
def test_a_partial_rewrite_has_exactly_the_changes_that_are_not_left_out(
    first: dict[int, Flag], then: dict[int, Flag], section: str | None, data: st.DataObject
) -> None:
    flagged = rewritten(LIST.encode(), first)[1].raw
    before, after = rewritten(flagged, then, section)
    found = line_changes(before, after)
    own = [each for each in found if each.generated_section is None]
    left_out = set(data.draw(st.lists(st.sampled_from(own)) if own else st.just([])))
    if data.draw(st.booleans()):
        left_out |= {each for each in found if each.generated_section is not None}
    got = line_changes(before, parse(partial_rewrite(before, after, left_out)))
    wanted = [replace(each, new_line=None) for each in found if each not in left_out]
    assert [replace(each, new_line=None) for each in got] == wanted


def test_leaving_out_nothing_or_everything_gives_the_rewrite_or_the_list() -> None:
    before, after = rewritten(LIST.encode(), {0: DEAD, 4: MOVED}, PART)
    assert partial_rewrite(before, after, ()) == after.raw
    assert partial_rewrite(before, after, line_changes(before, after)) == before.raw


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("margin", ["  ", "> "])
@pytest.mark.parametrize("wrapped", ["\n{}(dead link", " (dead\n{}link"])
def test_lines_over_which_a_formatter_broke_a_flag_change_together(
    wrapped: str, margin: str, end: str
) -> None:
    item = margin.replace("  ", "- ")
    flag = f"{wrapped.format(margin)}<!--stay:dead:2026-11-01-->)"
    text = f"{item}[a](/a){flag} - A.\n\n- [b](/b)\n"
    before = parse(text.replace("\n", end).encode())
    style = FlagStyle("words")
    assert rewrite(before, flags={0: DEAD}, style=style, sections={}) == before.raw
    after = parse(rewrite(before, flags={1: MOVED}, style=style, sections={}))
    one_line = f"{item}[a](/a) - A."
    moved = " (moved<!--stay:moved:2026-11-02-->)"
    assert after.raw.decode() == f"{one_line}\n\n- [b](/b){moved}\n".replace("\n", end)
    first, rest, last = line_changes(before, after)
    assert (first.after, first.flags_removed) == (one_line, (LineFlag(DEAD, len(one_line) - 5),))
    assert (rest.old_line, rest.after, last.old_line, last.new_line) == (2, None, 4, 3)
    assert inseparable_lines(before, after) == {1: 1, 2: 1}
    assert partial_rewrite(before, after, (first, rest)) == before.raw.replace(
        b"(/b)", f"(/b){moved}".encode()
    )
    assert partial_rewrite(before, after, (last,)) == after.raw.replace(moved.encode(), b"")


def test_a_partial_rewrite_keeps_a_flag_that_cannot_be_removed() -> None:
    moved = "- [c] (💀<!--stay:dead:2026-11-01-->)(https://c.example)\n"
    before = parse(f"- [a](/a)\n- [b](/b)\n{moved}".encode())
    flags = {0: DEAD, 1: DEAD}
    after = parse(rewrite(before, flags=flags, style=FlagStyle(), sections={}))
    first, second = line_changes(before, after)
    assert partial_rewrite(before, after, (second,)).endswith(f"- [b](/b)\n{moved}".encode())
    assert partial_rewrite(before, after, (first, second)) == before.raw
