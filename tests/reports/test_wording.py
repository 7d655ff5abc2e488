"""Every member of a closed set has words for people."""

import pytest

from staycurrent.curated.lint import FindingKind
from staycurrent.links.flags import FlagState
from staycurrent.links.observation import Freshness, Outcome
from staycurrent.links.verdict import Verdict, VerdictState
from staycurrent.reports.lint_report import LINT_DESCRIPTIONS, LINT_KINDS
from staycurrent.reports.terms import (
    ANY_FINDING,
    FAIL_ON_TERMS,
    FILTER_TERMS,
    KEEP_TERMS,
    LINT_TERMS,
)
from staycurrent.reports.wording import (
    FINDING_HEADINGS,
    NO_ACTION,
    REASONS,
    VERDICT_WORDING,
    link_groups,
    verdict_reason,
)
from tests.support.values import SINCE, row, status


def test_every_verdict_reason_and_finding_has_words() -> None:
    assert set(VERDICT_WORDING) == set(VerdictState)
    assert set(REASONS) == {*map(str, Outcome), *map(str, Freshness), "renamed", "upgraded"}
    assert set(FINDING_HEADINGS) == set(FindingKind)
    assert set(LINT_DESCRIPTIONS) == set(LINT_KINDS)


def test_the_terms_of_the_command_line_are_those_of_the_closed_sets() -> None:
    verdicts, others = FILTER_TERMS[: len(VerdictState)], FILTER_TERMS[len(VerdictState) :]
    assert verdicts == tuple(VerdictState)
    assert set(others) <= set(FlagState) | set(REASONS)
    assert {*FAIL_ON_TERMS} - {*FILTER_TERMS, ANY_FINDING} == {*FindingKind} - {*FILTER_TERMS}
    assert set(KEEP_TERMS) >= set(FlagState)
    assert tuple(LINT_KINDS) == LINT_TERMS
    for terms in (FILTER_TERMS, KEEP_TERMS, FAIL_ON_TERMS, LINT_TERMS):
        assert len({*terms}) == len(terms)


@pytest.mark.parametrize("reason", [*Outcome, *Freshness])
def test_reasons_are_plain_english(reason: str) -> None:
    assert "_" not in REASONS[reason]


def test_each_link_that_needs_attention_is_in_one_group() -> None:
    rows = [*map(row, VerdictState), row(VerdictState.MOVED, reason="upgraded")]
    grouped = [one for _, _, found in link_groups(status(*rows)) for one in found]
    needing = [one for one in rows if one.verdict.state not in NO_ACTION]
    assert sorted(map(id, grouped)) == sorted(map(id, needing))


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        (
            Verdict("u", VerdictState.DEAD, "dns", SINCE, 1),
            "the name does not exist (since 2026-12-01, 1 check)",
        ),
        (
            Verdict("u", VerdictState.STALE, "archived", SINCE, 2),
            "archived (since 2026-12-01, 2 checks)",
        ),
        (Verdict("u", VerdictState.UNCHECKED), "unchecked"),
    ],
)
def test_a_verdict_has_a_reason_a_date_and_a_number_of_checks(
    verdict: Verdict, expected: str
) -> None:
    assert verdict_reason(verdict) == expected
