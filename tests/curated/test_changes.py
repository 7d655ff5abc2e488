"""A rewrite told line by line, and any portion of it: what is left out stays as it was."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staycurrent.curated.changes import LineFlag, line_changes, partial_rewrite
from staycurrent.curated.document import Document, parse
from staycurrent.curated.flags import Flag, FlagState, FlagStyle
from staycurrent.curated.rewrite import rewrite

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
    before: bytes, flags: dict[int, Flag], part: str | None = None
) -> tuple[Document, Document]:
    document = parse(before)
    parts = {} if part is None else {"current": part}
    after = rewrite(document, flags=flags, style=FlagStyle(), sections=parts)
    return document, parse(after)


def bare(marks: tuple[LineFlag, ...]) -> tuple[Flag, ...]:
    return tuple(one.flag for one in marks)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_changed_line_is_told_with_its_flags(end: str) -> None:
    raw = LIST.replace("\n", end).encode()
    before, after = rewritten(raw, {0: DEAD, 2: MOVED, 4: DEAD}, PART)
    found = line_changes(before, after)
    told = [
        (
            one.old_line,
            one.new_line,
            bare(one.flags_added),
            bare(one.flags_removed),
            one.generated_section,
        )
        for one in found
    ]
    new = Flag(FlagState.NEW, date(2026, 11, 2))
    old = Flag(FlagState.NEW, date(2026, 11, 1))
    assert told == [
        (3, 3, (DEAD,), (), None),
        (4, 4, (MOVED,), (), None),
        (12, 12, (DEAD,), (), None),
        (8, None, (), (old,), "current"),
        (None, 8, (new,), (), "current"),
    ]
    assert found[0].after == "- [A](https://a.example) (💀<!--stay:dead:2026-11-01-->) - a."


def test_a_flag_that_becomes_another_is_one_change() -> None:
    flagged = rewritten(LIST.encode(), {0: DEAD})[1].raw
    (change,) = line_changes(*rewritten(flagged, {0: MOVED}))
    assert (bare(change.flags_added), bare(change.flags_removed)) == ((MOVED,), (DEAD,))


def test_a_flag_that_goes_from_one_link_to_another_of_its_line_is_told_as_both() -> None:
    flagged = rewritten(LIST.encode(), {1: DEAD})[1].raw
    (change,) = line_changes(*rewritten(flagged, {2: DEAD}))
    assert (bare(change.flags_added), bare(change.flags_removed)) == ((DEAD,), (DEAD,))
    assert change.flags_added[0].column > change.flags_removed[0].column


FLAGS = st.dictionaries(st.sampled_from([0, 1, 2, 4]), st.sampled_from([DEAD, MOVED]))


@given(FLAGS, FLAGS, st.sampled_from([None, PART, ""]), st.data())
def test_a_portion_has_exactly_the_changes_that_were_not_left_out(
    first: dict[int, Flag], then: dict[int, Flag], part: str | None, data: st.DataObject
) -> None:
    flagged = rewritten(LIST.encode(), first)[1].raw
    before, after = rewritten(flagged, then, part)
    found = line_changes(before, after)
    own = [one for one in found if one.generated_section is None]
    left_out = set(data.draw(st.lists(st.sampled_from(own)) if own else st.just([])))
    if data.draw(st.booleans()):
        left_out |= {one for one in found if one.generated_section is not None}
    got = line_changes(before, parse(partial_rewrite(before, after, left_out)))
    wanted = [replace(one, new_line=None) for one in found if one not in left_out]
    assert [replace(one, new_line=None) for one in got] == wanted


def test_nothing_left_out_is_the_rewrite_and_all_left_out_is_the_list() -> None:
    before, after = rewritten(LIST.encode(), {0: DEAD, 4: MOVED}, PART)
    assert partial_rewrite(before, after, ()) == after.raw
    assert partial_rewrite(before, after, line_changes(before, after)) == before.raw
