"""Selections from the status: what commands fail on, and duplicate links."""

from staycurrent.links.verdict import VerdictState
from staycurrent.reports.model import duplicate_links, failing_links
from tests.support.values import row, status


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


def test_duplicates_differ_by_more_than_case_within_one_list() -> None:
    rows = [row(title=title, line=line) for line, title in enumerate(["One", "one", "Two"], 1)]
    (found,) = duplicate_links(rows)
    assert found.occurrences == ((1, "One"), (2, "one"), (3, "Two"))
    assert duplicate_links(rows[:2]) == ()
