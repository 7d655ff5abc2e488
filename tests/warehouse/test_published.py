"""What became of our lines: the last word on each stands, and what people took back is counted."""

from dataclasses import replace
from datetime import date

from staycurrent.warehouse import decisions, published
from staycurrent.warehouse.open import Warehouse
from staycurrent.warehouse.published import Event, Line
from tests.support.values import CODE, PAPER, at, decision, night


def flag(link: str, since: date, name: str = "curated.md") -> Line:
    return Line(name, "flag", link, f"{link}#part", "dead", since, "link")


CANDIDATE = Line(
    "curated.md", "candidate", "paper:arxiv:1", "https://arxiv.org/abs/1", "new", night(2)
)


def test_a_line_stands_from_its_writing_until_it_ends(w: Warehouse) -> None:
    one, other = flag(PAPER, night(1)), flag(CODE, night(2))
    assert not published.ever(w)
    published.note(w, night(2), [(one, Event.WRITTEN), (other, Event.WRITTEN)])
    published.note(w, night(3), [(one, Event.SEEN), (CANDIDATE, Event.WRITTEN)])
    published.note(w, night(4), [(other, Event.WITHDRAWN)])
    assert published.ever(w)
    assert [
        (row.line, row.written_on, row.seen_on) for row in published.standing(w, "curated.md")
    ] == [
        (one, night(2), night(3)),
        (CANDIDATE, night(3), None),
    ]
    assert published.standing(w, "other.md") == ()


def test_a_line_written_anew_begins_anew(w: Warehouse) -> None:
    one = flag(PAPER, night(1))
    published.note(w, night(2), [(one, Event.WRITTEN), (one, Event.SEEN)])
    published.note(w, night(3), [(one, Event.TAKEN_BACK)])
    assert published.taken_back(w, "curated.md") == (one,)
    published.note(w, night(5), [(one, Event.WRITTEN)])
    assert published.taken_back(w, "curated.md") == ()
    (row,) = published.standing(w, "curated.md")
    assert (row.written_on, row.seen_on) == (night(5), None)


def test_false_alarms_are_flags_that_people_took_back_and_did_not_want_again(w: Warehouse) -> None:
    assert published.tally(w) == (0, 0)
    one, later, elsewhere = (
        flag(PAPER, night(1)),
        flag(PAPER, night(5)),
        flag(PAPER, night(1), "other.md"),
    )
    for line in (one, later, elsewhere, CANDIDATE):
        published.note(w, night(5), [(line, Event.WRITTEN)])
    published.note(w, night(6), [(one, Event.TAKEN_BACK), (CANDIDATE, Event.TAKEN_BACK)])
    published.note(w, night(6), [(elsewhere, Event.TAKEN_BACK)])
    assert published.tally(w) == (2, 2)  # nobody saw the later one yet
    published.note(w, night(6), [(later, Event.SEEN)])
    published.note(w, night(7), [(elsewhere, Event.WRITTEN), (later, Event.GONE)])
    assert published.tally(w) == (3, 1)
    assert w.select("FROM false_alarms") == [("dead", 3, 1)]


def test_flags_that_nobody_merged_are_no_proof_that_none_is_false(w: Warehouse) -> None:
    waits = flag(PAPER, night(1))
    published.note(w, night(1), [(waits, Event.WRITTEN)])
    assert published.tally(w) == (0, 0)
    published.note(w, night(2), [(waits, Event.WITHDRAWN)])
    assert published.tally(w) == (0, 0)


def test_a_decision_remembers_who_and_how_and_may_be_taken_back_alone(w: Warehouse) -> None:
    by_edit = replace(decision(PAPER, 1, verdict="dead"), who="A Writer", origin="edit")
    by_keep = decision(PAPER, 2, verdict="moved")
    for one in (by_edit, by_keep):
        decisions.add(w, one)
    assert decisions.standing(w, night(3)) == (by_edit, by_keep)
    decisions.take_back(w, by_edit, at(3))
    assert decisions.standing(w, night(3)) == (by_keep,)
    (undone,) = (one for one in decisions.last_words(w) if one.origin == "edit")
    assert (undone.who, undone.origin, undone.undone) == ("A Writer", "edit", True)


def test_what_ran_out_is_known_until_it_is_undone(w: Warehouse) -> None:
    short = decision(PAPER, 1, until=2)
    decisions.add(w, short)
    assert decisions.expired(w, night(2)) == ()
    assert decisions.expired(w, night(3)) == (short,)
    decisions.undo(w, PAPER, at(3))
    assert decisions.expired(w, night(3)) == ()
