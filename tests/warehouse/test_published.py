"""What became of our lines: the last word on each stands, and what people took back is counted."""

from dataclasses import replace
from datetime import date

from staycurrent.warehouse import overrides, published
from staycurrent.warehouse.open import Warehouse
from staycurrent.warehouse.published import CurrentLine, LineEvent, PublishedLine
from tests.support.values import CODE, PAPER, at, decision, night


def flag(link: str, since: date, name: str = "curated.md") -> PublishedLine:
    return PublishedLine(name, "flag", link, f"{link}#part", "dead", since, "link")


CANDIDATE = PublishedLine(
    "curated.md", "candidate", "paper:arxiv:1", "https://arxiv.org/abs/1", "new", night(2)
)


def test_a_line_stands_from_its_writing_until_it_ends(w: Warehouse) -> None:
    one, other = flag(PAPER, night(1)), flag(CODE, night(2))
    assert not published.has_any(w)
    published.add(w, night(2), [(one, LineEvent.WRITTEN), (other, LineEvent.WRITTEN)])
    published.add(w, night(3), [(one, LineEvent.SEEN), (CANDIDATE, LineEvent.WRITTEN)])
    published.add(w, night(4), [(other, LineEvent.WITHDRAWN)])
    assert published.has_any(w)
    assert [
        (row.line, row.written_on, row.seen_on)
        for row in published.lines_of(w, "curated.md").current
    ] == [
        (one, night(2), night(3)),
        (CANDIDATE, night(3), None),
    ]
    assert published.lines_of(w, "other.md").current == ()


def test_a_line_written_anew_begins_anew(w: Warehouse) -> None:
    one = flag(PAPER, night(1))
    published.add(w, night(2), [(one, LineEvent.WRITTEN), (one, LineEvent.SEEN)])
    published.add(w, night(3), [(one, LineEvent.REVERTED)])
    assert published.lines_of(w, "curated.md").reverted == (one,)
    published.add(w, night(5), [(one, LineEvent.WRITTEN)])
    assert published.lines_of(w, "curated.md").reverted == ()
    (row,) = published.lines_of(w, "curated.md").current
    assert (row.written_on, row.seen_on) == (night(5), None)


def test_a_seen_line_that_is_written_in_another_place_is_known_until_it_ends(w: Warehouse) -> None:
    one = flag(PAPER, night(1))
    moved = replace(one, position="end")
    published.add(w, night(1), [(one, LineEvent.WRITTEN)])
    published.add(w, night(2), [(one, LineEvent.WRITTEN)])
    published.add(w, night(3), [(one, LineEvent.SEEN)])
    published.add(w, night(4), [(moved, LineEvent.WRITTEN)])
    assert published.lines_of(w, "curated.md").current == (
        CurrentLine(moved, night(4), None, moved_since=night(1)),
    )
    published.add(w, night(5), [(moved, LineEvent.SEEN)])
    assert published.lines_of(w, "curated.md").current == (CurrentLine(moved, night(4), night(5)),)
    published.add(w, night(6), [(moved, LineEvent.WITHDRAWN)])
    published.add(w, night(7), [(moved, LineEvent.WRITTEN)])
    assert published.lines_of(w, "curated.md").current == (
        CurrentLine(moved, night(7), None, has_ended=True),
    )


def test_false_alarms_are_flags_that_people_took_back_and_did_not_want_again(w: Warehouse) -> None:
    assert published.false_alarms(w) == (0, 0)
    one, later, elsewhere = (
        flag(PAPER, night(1)),
        flag(PAPER, night(5)),
        flag(PAPER, night(1), "other.md"),
    )
    for line in (one, later, elsewhere, CANDIDATE):
        published.add(w, night(5), [(line, LineEvent.WRITTEN)])
    published.add(w, night(6), [(one, LineEvent.REVERTED), (CANDIDATE, LineEvent.REVERTED)])
    published.add(w, night(6), [(elsewhere, LineEvent.REVERTED)])
    assert published.false_alarms(w) == (2, 2)  # nobody saw the later one yet
    published.add(w, night(6), [(later, LineEvent.SEEN)])
    published.add(w, night(7), [(elsewhere, LineEvent.WRITTEN), (later, LineEvent.GONE)])
    assert published.false_alarms(w) == (3, 1)
    assert w.select("FROM false_alarms") == [("dead", 3, 1)]


def test_flags_that_nobody_merged_are_no_proof_that_none_is_false(w: Warehouse) -> None:
    waits = flag(PAPER, night(1))
    published.add(w, night(1), [(waits, LineEvent.WRITTEN)])
    assert published.false_alarms(w) == (0, 0)
    published.add(w, night(2), [(waits, LineEvent.WITHDRAWN)])
    assert published.false_alarms(w) == (0, 0)


def test_a_decision_remembers_who_and_how_and_may_be_taken_back_alone(w: Warehouse) -> None:
    by_edit = replace(decision(PAPER, 1, verdict="dead"), author="A Writer", origin="edit")
    by_keep = decision(PAPER, 2, verdict="moved")
    for one in (by_edit, by_keep):
        overrides.add(w, one)
    assert overrides.active(w, night(3)) == (by_edit, by_keep)
    overrides.revoke(w, by_edit, at(3))
    assert overrides.active(w, night(3)) == (by_keep,)
    (undone,) = (one for one in overrides.latest(w) if one.origin == "edit")
    assert (undone.author, undone.origin, undone.undone) == ("A Writer", "edit", True)


def test_what_ran_out_is_known_until_it_is_undone(w: Warehouse) -> None:
    short = decision(PAPER, 1, until=2)
    overrides.add(w, short)
    assert overrides.expired(overrides.latest(w), night(2)) == ()
    assert overrides.expired(overrides.latest(w), night(3)) == (short,)
    overrides.revoke(w, short, at(3))
    assert overrides.expired(overrides.latest(w), night(3)) == ()
