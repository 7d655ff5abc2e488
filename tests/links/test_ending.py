"""What is about to end: which registrations, certificates and announcements count."""

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest

from staycurrent.links.attempts import page_observation
from staycurrent.links.classification import Classification
from staycurrent.links.ending import NOTED, noted_endings, registration_ending
from staycurrent.links.link import Entry
from staycurrent.links.observation import PERHAPS_USURPED, Observation, Outcome
from staycurrent.links.page.analysis import analyse_page
from staycurrent.links.page.fingerprint import Baseline, baseline_from
from staycurrent.links.rdap import Registration, RegistrationState
from staycurrent.links.settings import Rules
from staycurrent.web.response import Response
from tests.support.values import FIRST_NOW, html, page_response, prose, sent, to

TODAY = date(2026, 12, 1)


@pytest.mark.parametrize(
    ("asked", "ends", "expected"),
    [
        (0, 30, "ends on 2026-12-31"),
        (0, 31, None),
        (0, 0, "ends on 2026-12-01"),
        (-20, 5, "ends on 2026-12-06"),
        (-20, -5, None),  # it may have been renewed since
        (-20, -21, "ended on 2026-11-10"),
        (-31, -40, None),  # asked too long ago
        (0, None, None),
    ],
)
def test_a_registration_that_ends_within_a_month_is_reported(
    asked: int, ends: int | None, expected: str | None
) -> None:
    until = None if ends is None else TODAY + timedelta(days=ends)
    asked_on = TODAY + timedelta(days=asked)
    said = Registration(
        "example.org", asked_on, RegistrationState.REGISTERED, date(2001, 1, 1), until
    )
    found = registration_ending(said, TODAY)
    shown = found and found.evidence
    words = f"the registration of example.org {expected} (asked on {asked_on})"
    assert shown == (words if expected else None)


LAST = TODAY + timedelta(days=5)
ANNOUNCES = html("Lists", "This service will be discontinued on 2026-12-20. " + prose(60))
ENTRY = Entry("Tasklist")
NOTE = (
    "; the page announces its end on 2026-12-20: "
    '"Lists This service will be discontinued on 2026-12-20"'
)


def observed(
    response: Response,
    run_date: date,
    *,
    baseline: Baseline | None = None,
    outcome: Outcome | None = None,
    evidence: str | None = None,
) -> Observation:
    """The observation of a response, or of what its context makes of it."""
    known = baseline or Baseline()
    analysis = analyse_page(response, known, "", ENTRY, run_date)
    said = analysis.classification
    result = Classification(
        outcome or said.outcome, said.evidence if evidence is None else evidence
    )
    return page_observation(to(response.url), analysis, result, (run_date, FIRST_NOW), 1)


def ends_of(seen: Observation, run_date: date) -> list[tuple[str, date | None]]:
    return [(str(one.kind), one.ends_on) for one in noted_endings(seen.evidence, run_date)]


@pytest.mark.parametrize(
    ("first", "last", "is_near"),
    [
        (-83, 7, True),
        (-82, 8, False),  # of 90 days, of which programs leave 30
        (-90, 0, True),
        (-3, 3, False),  # of six days: it is renewed every two or three
        (-6, 0, True),
        (-42, 5, True),  # of 47 days
    ],
)
def test_a_certificate_that_ends_in_days_is_noted(first: int, last: int, *, is_near: bool) -> None:
    dates = TODAY + timedelta(days=first), TODAY + timedelta(days=last)
    seen = observed(replace(page_response(), certificate_dates=dates), TODAY)
    expected = [("certificate", dates[1])] if is_near else []
    assert ends_of(seen, TODAY) == expected
    assert seen.evidence.startswith("200")


def test_a_certificate_that_has_ended_is_noted_by_the_failure_itself() -> None:
    words = "the certificate expired on 2026-11-28, twice"
    assert [(one.ends_on, one.evidence) for one in noted_endings(words, TODAY)] == [
        (date(2026, 11, 28), "the certificate ended on 2026-11-28")
    ]


@pytest.mark.parametrize(
    ("words", "kinds"),
    [
        ("the certificate expired on 2026-02-30, twice", []),
        ("200; the certificate of a.example ends on 2027-02-30", []),
        ('200; the page announces its end on 2027-13-01: "We close"', ["announcement"]),
    ],
)
def test_a_date_that_does_not_exist_is_not_reported(words: str, kinds: list[str]) -> None:
    """An imported history may have one."""
    assert [(str(one.kind), one.ends_on) for one in noted_endings(words, TODAY)] == [
        (kind, None) for kind in kinds
    ]


def test_what_has_passed_since_the_check_is_not_reported() -> None:
    page = replace(page_response(ANNOUNCES), certificate_dates=(TODAY - timedelta(85), LAST))
    seen = observed(page, TODAY)
    both = [("certificate", LAST), ("announcement", date(2026, 12, 20))]
    assert ends_of(seen, TODAY) == both
    assert ends_of(seen, LAST + timedelta(days=1)) == both[1:]
    assert ends_of(seen, date(2026, 12, 21)) == []
    assert re.search(NOTED, seen.evidence)


def test_an_announcement_is_repeated_until_the_page_changes() -> None:
    first = observed(page_response(ANNOUNCES), TODAY)
    assert first.evidence == f"200{NOTE}"
    baseline = baseline_from([first], Rules())
    again = observed(page_response(ANNOUNCES), LAST, baseline=baseline)
    assert again.evidence == f"200{NOTE}"
    unchanged = replace(page_response(b"", 304), detail="unchanged since 2026-12-01")
    assert observed(unchanged, LAST, baseline=baseline).evidence.endswith(NOTE)
    changed = page_response(html("Lists", "We stay. " + prose(80)))
    assert observed(changed, LAST, baseline=baseline).evidence == "200"


def test_a_redirect_to_a_page_that_is_called_discontinued_is_an_announcement() -> None:
    seen = observed(sent("https://e.example/page/discontinued", html("Lists", prose(80))), TODAY)
    assert seen.evidence.endswith('; the page announces its end: "/page/discontinued"')
    assert seen.outcome is Outcome.REDIRECTED


def test_a_page_that_has_not_changed_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    first = observed(page_response(html("Lists", prose(80))), TODAY)
    baseline = baseline_from([first], Rules())
    read: list[str] = []
    monkeypatch.setattr(
        "staycurrent.links.page.analysis.announcement", lambda *_: read.append("read")
    )
    observed(page_response(html("Lists", prose(80))), LAST, baseline=baseline)
    assert read == []
    observed(page_response(html("Lists", prose(90))), LAST, baseline=baseline)
    assert read == ["read"]


def test_nothing_is_noted_of_a_page_that_may_be_another_partys() -> None:
    page = replace(page_response(ANNOUNCES), certificate_dates=(TODAY - timedelta(85), LAST))
    doubtful = observed(page, TODAY, evidence=f"200, odd{PERHAPS_USURPED}")
    assert doubtful.is_doubtful
    parked = observed(page, TODAY, outcome=Outcome.PARKED)
    assert not [*noted_endings(doubtful.evidence + parked.evidence, TODAY)]
