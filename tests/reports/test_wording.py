"""Every member of a closed set has words for people."""

from dataclasses import replace

import pytest

from staycurrent.curated.lint import FindingKind
from staycurrent.links.observation import (
    ELSEWHERE,
    PERHAPS_USURPED,
    Freshness,
    Observation,
    Outcome,
)
from staycurrent.links.verdict import FlagState, Verdict, VerdictState
from staycurrent.reports.text import (
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
    evidence_text,
    failure_detail,
    freshness_detail,
    link_groups,
    verdict_counts,
    verdict_reason,
)
from staycurrent.web.response import Failure
from tests.support.values import MOMENT, SINCE, row, status


def test_every_verdict_reason_and_finding_has_words() -> None:
    assert set(VERDICT_WORDING) == set(VerdictState)
    assert set(REASONS) == {
        *map(str, Outcome),
        *map(str, Freshness),
        *("renamed", "upgraded", "elsewhere"),
    }
    assert set(FINDING_HEADINGS) == set(FindingKind)


def test_the_terms_of_the_command_line_are_those_of_the_closed_sets() -> None:
    verdicts, others = FILTER_TERMS[: len(VerdictState)], FILTER_TERMS[len(VerdictState) :]
    assert verdicts == tuple(VerdictState)
    assert set(others) <= set(FlagState) | set(REASONS)
    assert {*FAIL_ON_TERMS} - {*FILTER_TERMS, ANY_FINDING} == {*FindingKind} - {*FILTER_TERMS}
    assert set(KEEP_TERMS) >= set(FlagState)
    for terms in (FILTER_TERMS, KEEP_TERMS, FAIL_ON_TERMS, LINT_TERMS):
        assert len({*terms}) == len(terms)


@pytest.mark.parametrize("reason", [*Outcome, *Freshness])
def test_reasons_are_plain_english(reason: str) -> None:
    assert "_" not in REASONS[reason]


@pytest.mark.parametrize("failure", Failure)
def test_failures_are_plain_english(failure: Failure) -> None:
    assert " " in failure.words
    assert "_" not in failure.words


def test_refused_is_only_what_a_server_does_to_a_connection() -> None:
    both = status(row(VerdictState.REFUSED, reason="refused_by_policy"), row(reason="refused"))
    assert verdict_counts(both) == "2 links: 1 dead, 1 not requested"
    with_word = [text for text in REASONS.values() if "refused" in text]
    assert with_word == ["connection refused"]
    shown = (*VERDICT_WORDING.values(),)
    assert not [one for one in shown if "refused" in f"{one.heading} {one.description}".lower()]


@pytest.mark.parametrize(
    ("freshness", "evidence", "detail"),
    [
        (Freshness.IDLE, "last push 2021-03-04", "last push 2021-03-04"),
        (Freshness.ARCHIVED, "archived", ""),
    ],
)
def test_what_the_provider_says_beyond_the_fact_is_shown(
    freshness: Freshness, evidence: str, detail: str
) -> None:
    seen = Observation(
        "u", SINCE, MOMENT, Outcome.OK, "github", freshness=freshness, evidence=evidence
    )
    failed = replace(seen, freshness=None, evidence="502", outcome=Outcome.SERVER_ERROR)
    verdict = Verdict("u", VerdictState.STALE, str(freshness), SINCE, 1, SINCE)
    assert freshness_detail(verdict, [seen, failed]) == detail
    assert evidence_text(verdict, [seen]).endswith(
        f"{REASONS[freshness]}{f', {detail}' if detail else ''}; 1 check, since 2026-12-01"
    )


@pytest.mark.parametrize(
    ("outcome", "status", "evidence", "shown"),
    [
        (
            Outcome.TAKEN_OVER,
            200,
            "200, the page speaks of gambling",
            "200, the page speaks of gambling",
        ),
        (Outcome.TLS, None, "TLS: the certificate has expired", "the certificate has expired"),
        (Outcome.MISSING, 404, "404", ""),
        (Outcome.TIMEOUT, None, "no answer in time", ""),
    ],
)
def test_what_the_last_check_saw_is_shown_where_it_adds_to_the_outcome(
    outcome: Outcome, status: int | None, evidence: str, shown: str
) -> None:
    seen = Observation(
        "u", SINCE, MOMENT, outcome, "page", status=status, evidence=f"{evidence}, twice"
    )
    walled = replace(seen, outcome=Outcome.BLOCKED, evidence="403, a firewall's answer to robots")
    verdict = Verdict("u", VerdictState.DEAD, str(outcome), SINCE, 2, SINCE)
    for history, which in (([walled, seen], "last"), ([seen, walled], "an earlier")):
        _, _, last = evidence_text(verdict, history).partition(f"; {which} check: ")
        assert last == shown


@pytest.mark.parametrize(
    ("outcome", "reason", "ending"),
    [(Outcome.OK, "taken_over", PERHAPS_USURPED), (Outcome.REDIRECTED, "elsewhere", ELSEWHERE)],
)
def test_what_makes_a_page_suspect_is_shown_though_it_came(
    outcome: Outcome, reason: str, ending: str
) -> None:
    seen = Observation("u", SINCE, MOMENT, outcome, "page", status=200, evidence=f"seen{ending}")
    suspect = Verdict("u", VerdictState.SUSPECT, reason, SINCE, 1, SINCE)
    assert failure_detail(suspect, [seen]) == f"seen{ending}"
    assert failure_detail(replace(suspect, reason="missing"), [seen]) == ""


def test_what_a_check_saw_is_short_wherever_a_server_redirects_to() -> None:
    evidence = f"302 to https://b.example/{'long/' * 400}, a home page"
    seen = Observation("u", SINCE, MOMENT, Outcome.HOME_REDIRECT, "page", evidence=evidence)
    verdict = Verdict("u", VerdictState.DEAD, "home_redirect", SINCE, 1, SINCE)
    assert len(failure_detail(verdict, [seen])) <= 200


def test_what_leads_from_https_to_http_is_not_said_to_have_a_bad_certificate() -> None:
    evidence = "302 to http://a.example/, without encryption"
    seen = Observation("u", SINCE, MOMENT, Outcome.TLS, "page", status=200, evidence=evidence)
    verdict = Verdict("u", VerdictState.INSECURE, "tls", SINCE, 1, SINCE)
    assert "certificate" not in evidence_text(verdict, [seen])


def test_a_malformed_url_is_shown_with_what_is_wrong() -> None:
    seen = Observation("u", SINCE, MOMENT, Outcome.MALFORMED, "nobody", evidence="htps: is odd")
    verdict = Verdict("u", VerdictState.REFUSED, "malformed", SINCE, 1, SINCE)
    assert evidence_text(verdict, [seen]) == "malformed URL: htps: is odd"


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
        (Verdict("u", VerdictState.DEAD, "\x1b[31m_red"), "[31m red"),
    ],
)
def test_a_verdict_has_a_reason_a_date_and_a_number_of_checks(
    verdict: Verdict, expected: str
) -> None:
    assert verdict_reason(verdict) == expected
