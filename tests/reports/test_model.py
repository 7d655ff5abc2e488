"""Selections from the status: by verdict and host, what commands fail on, duplicate links."""

from dataclasses import replace

import pytest

from staycurrent.curated.lint import FindingKind
from staycurrent.links.verdict import VerdictState
from staycurrent.reports.model import (
    DuplicateLink,
    FindingRow,
    LinkRow,
    MaintenanceItem,
    MaintenanceKind,
    MaintenanceSubject,
    Reversals,
    Status,
    SubjectRow,
    duplicate_links,
    failing_links,
    findings_beyond_links,
    selected,
)
from staycurrent.warehouse.overrides import Override
from tests.support.values import MOMENT, STATUS_DATE, row, status


def test_links_fail_by_verdict_or_flag_unless_they_are_kept() -> None:
    rows = (
        row(VerdictState.DEAD, flag="dead"),
        row(VerdictState.DEAD, kept=True),
        row(VerdictState.STALE, flag="archived"),
        row(VerdictState.ALIVE),
    )
    shown = status(*rows)
    assert failing_links(shown, ["dead"]) == (rows[0],)
    assert failing_links(shown, ["archived", "moved"]) == (rows[2],)
    assert failing_links(shown, ["stale"]) == (rows[2],)
    assert failing_links(shown, []) == ()


def on(host: str, line: int, state: VerdictState = VerdictState.DEAD) -> LinkRow:
    return row(state, host.title(), line, url=f"https://{host}.test/x")


def finding(line: int, subject: str = "") -> FindingRow:
    return FindingRow("curated.md", line, 3, FindingKind.PLAIN_HTTP, subject, "", None)


def maintenance(text: str, line: int | None = None) -> MaintenanceItem:
    subject = MaintenanceSubject.COMMENT if line else MaintenanceSubject.OVERRIDE
    name = "curated.md" if line else None
    return MaintenanceItem(subject, MaintenanceKind.EXPIRED, "", text, name, line)


def everything() -> Status:
    """Two hosts, and something of each kind that concerns one of them or neither."""
    rows = (on("a", 1), on("b", 2, VerdictState.MOVED), on("b", 3))
    (candidate,) = status().candidates
    override = Override("https://b.test/x", "keep", "dead", None, "", MOMENT)
    return replace(
        status(*rows),
        candidates=(candidate, replace(candidate, url="https://b.test/new")),
        aged_out=(candidate,),
        findings=(finding(1), finding(2), finding(3), finding(9, "[unclosed")),
        maintenance=(maintenance("x", 1), maintenance("y", 2), maintenance("https://b.test/x"),
                     maintenance("https://gone.test/")),
        overrides=(override, replace(override, url="https://a.test/x")),
        reversals=Reversals(4, 1),
        duplicates=(DuplicateLink("https://b.test/x", "curated.md", ((2, "B"), (3, "C"))),),
        next_checks=dict.fromkeys(("https://a.test/x", "https://b.test/x"), STATUS_DATE),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("verdicts", "host", "lines", "candidates", "others"),
    [
        ((), "b.test", (2, 3), ["https://b.test/new"], (2, 1, 1)),
        (("dead",), None, (1, 3), [], (2, 2, 1)),
        (("dead",), "b.test", (3,), [], (1, 1, 1)),
        (("moved", "stale"), None, (2,), [], (2, 1, 1)),
        (("blocked",), None, (), [], (0, 0, 0)),
        ((), "nowhere.test", (), [], (0, 0, 0)),
    ],
)
def test_what_is_selected_is_all_that_is_shown(
    verdicts: tuple[str, ...],
    host: str | None,
    lines: tuple[int, ...],
    candidates: list[str],
    others: tuple[int, int, int],
) -> None:
    shown = selected(everything(), verdicts, host)
    assert tuple(one.line for one in shown.links) == lines
    assert tuple(one.line for one in shown.findings) == lines
    assert [one.url for one in shown.candidates] == candidates
    found = len(shown.maintenance), len(shown.overrides), len(shown.duplicates)
    assert found == others
    assert (shown.sources, shown.aged_out, shown.reversals.shown) == ((), (), 0)
    assert {*shown.next_checks} == {one.url for one in shown.links}


def test_nothing_selected_is_everything() -> None:
    assert selected(everything(), (), None) == everything()


@pytest.mark.parametrize(
    ("shown", "reverted", "words"),
    [
        (1, 0, "0 of 1 reviewed flag was"),
        (1, 1, "1 of 1 reviewed flag was"),
        (9, 1, "1 of 9 reviewed flags was"),
        (9, 0, "0 of 9 reviewed flags were"),
        (9, 2, "2 of 9 reviewed flags were"),
    ],
)
def test_reversals_are_a_sentence(shown: int, reverted: int, words: str) -> None:
    assert Reversals(shown, reverted).sentence == f"{words} reverted by people"


@pytest.mark.parametrize(
    ("state", "reason", "shown"),
    [
        (VerdictState.ALIVE, "ok", 1),
        (VerdictState.MOVED, "redirected", 1),
        (VerdictState.BLOCKED, "blocked", 1),
        (VerdictState.MOVED, "upgraded", 0),
        (VerdictState.DEAD, "missing", 0),
        (VerdictState.REFUSED, "refused_by_policy", 0),
    ],
)
def test_whether_https_works_is_no_question_where_it_is_known(
    state: VerdictState, reason: str, shown: int
) -> None:
    listed = replace(status(row(state, line=7, reason=reason)), findings=(finding(7), finding(8)))
    assert len(findings_beyond_links(listed)) == 1 + shown


def test_duplicates_differ_by_more_than_case_within_one_list() -> None:
    rows = [row(title=title, line=line) for line, title in enumerate(["One", "one", "Two"], 1)]
    (found,) = duplicate_links(rows)
    assert found.occurrences == ((1, "One"), (2, "one"), (3, "Two"))
    assert duplicate_links(rows[:2]) == ()
    assert duplicate_links([rows[0], row(title=rows[0].url, line=2)]) == ()


BETTER = "to say it better, set about = [...] under [candidates]"
WRITE = "say what it is about in staycurrent.toml, [candidates] about = "


@pytest.mark.parametrize(
    ("subject", "sentence", "advice"),
    [
        (SubjectRow(("Bees",), is_set=False), '"Bees" (title)', BETTER),
        (SubjectRow(("honey", "wax"), is_set=True), '"honey", "wax" (candidates.about)', ""),
        (SubjectRow((), is_set=False), "the list has no title", WRITE + '["..."]'),
        (SubjectRow(("Bees",), is_set=False, names=("honey bees",), pulled=True),
         '"Bees" (title); its entries name it as "honey bees"', BETTER),
        (SubjectRow((), is_set=False, names=("honey bees", "wax", "queens"), pulled=True),
         'the list has no title; its entries name it as "honey bees", "wax", "queens"',
         WRITE + '["honey bees", "wax"]'),
        (SubjectRow(("Bees",), is_set=False, pulled=True, problem="nothing can be offered"),
         '"Bees" (title); no phrase is in a tenth of its entries', "nothing can be offered"),
    ],
)  # fmt: skip
def test_the_subject_says_where_it_comes_from_and_what_to_write(
    subject: SubjectRow, sentence: str, advice: str
) -> None:
    assert (subject.sentence, subject.advice) == (sentence, advice)
