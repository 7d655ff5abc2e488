"""Whether a page is still itself: redesigns, rewrites and walls are, casinos are not."""

from datetime import UTC, date, datetime, timedelta

import pytest

from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.page.analysis import has_drifted
from staycurrent.links.page.fingerprint import Baseline, Fingerprint, baseline_from, fingerprint
from staycurrent.links.page.scanner import ScannedPage, scan_response
from staycurrent.links.page.subject import shows_spam_trade
from staycurrent.links.settings import Rules
from tests.support.values import URL, html, other_prose, page_response, prose

NOW = datetime(2026, 11, 1, tzinfo=UTC)
OLD = html("Notes on backpropagation", prose(120))
CASINO = html("SLOT777 online", other_prose(100) + " jackpot casino")


def of(body: bytes) -> ScannedPage:
    found = scan_response(page_response(body))
    assert found is not None
    return found


def print_of(body: bytes) -> Fingerprint:
    return fingerprint(of(body), URL)


def drift_between(body: bytes, *before: bytes) -> bool:
    found = of(body)
    return has_drifted(found, fingerprint(found, URL), Baseline(tuple(map(print_of, before))))


@pytest.mark.parametrize(
    ("now", "gone"),
    [
        (CASINO, True),
        (html("SLOT777", prose(120)), False),  # the text is still there
        (html("Backpropagation, second edition", other_prose(120)), False),  # the name is
        (html("A new title", f"{other_prose(120)} notes on backpropagation"), False),
        (html("A new title", f"{other_prose(120)} notes"), True),  # half of the name is not most
        (html("", other_prose(120)), False),
        (b"<title>A new title</title><div id=root></div><script src=a.js></script>", False),
        (b"%PDF-1.7", False),
    ],
)
def test_drift_takes_title_text_and_name(now: bytes, *, gone: bool) -> None:
    assert drift_between(now, OLD, OLD) is gone


def test_two_successful_checks_must_agree() -> None:
    assert not drift_between(CASINO)
    assert not drift_between(CASINO, OLD)
    assert drift_between(CASINO, OLD, OLD)
    assert not drift_between(CASINO, html("Something else", other_prose(90)), OLD)
    assert drift_between(CASINO, html("Notes", " ".join(reversed(prose(90).split()))), OLD)
    assert drift_between(CASINO, html("Something else", prose(120)), OLD)


def test_a_site_that_opens_at_last_has_not_drifted() -> None:
    closed = html("Coming soon", "We are building something. Leave us your address.")
    assert not drift_between(OLD, closed, closed)
    assert drift_between(CASINO, *2 * (html("Motorcycle maintenance", prose(120)),))


@pytest.mark.parametrize(
    ("now", "gone"),
    [
        (html("机器之眼官方网站", other_prose(120)), False),  # the name is in the title
        (html("首页", f"{other_prose(120)} 这里收录机器之眼"), False),  # and here in the text
        (html("巧克力礼盒", other_prose(120)), True),
        (html("巧克力礼盒官网 首页", other_prose(120)), True),  # what many titles have
    ],
)
def test_a_title_without_blanks_has_words_too(now: bytes, *, gone: bool) -> None:
    before = html("机器之眼官网 首页", prose(120))
    assert drift_between(now, before, before) is gone


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (CASINO, True),
        (html("Best online casino", prose(50)), True),
        (html("Daily news", f"{prose(80)} casino and jackpot"), True),
        (html("Daily news", f"{prose(80)} casino"), False),
        (html("Daily news", f"{prose(80)} casino, Casino"), False),
        (html("Notes", prose(80)), False),
    ],
)
def test_another_trade_is_named_or_spoken_of_twice(body: bytes, *, found: bool) -> None:
    assert shows_spam_trade(of(body), print_of(OLD)) is found


def test_who_always_traded_in_it_has_not_changed() -> None:
    assert not shows_spam_trade(
        of(CASINO), print_of(html("The mathematics of roulette", prose(50)))
    )


def observed(night: int, outcome: Outcome, print_: str | None, asked: str = "page") -> Observation:
    day = date(2026, 11, 1) + timedelta(night)
    return Observation(URL, day, NOW, outcome, asked, fingerprint=print_)


def test_the_baseline_has_the_last_two_successful_checks_and_whether_the_link_fails() -> None:
    one, two, three = (str(print_of(html(title, prose(50)))) for title in ("a1", "b1", "c1"))
    history = [
        observed(1, Outcome.OK, one),
        observed(2, Outcome.REDIRECTED, two),
        observed(3, Outcome.OK, None),
        observed(4, Outcome.OK, str(print_of(CASINO)), asked="github"),
        observed(5, Outcome.TAKEN_OVER, str(print_of(CASINO))),
        observed(6, Outcome.BLOCKED, None),
    ]
    found = baseline_from(history, Rules())
    assert [one.title for one in found.fingerprints] == ["a1", "b1"]
    assert (found.last_success, found.failing) == (date(2026, 11, 4), False)
    assert baseline_from(history[:5], Rules()).failing
    assert [
        one.title
        for one in baseline_from([*history, observed(7, Outcome.OK, three)], Rules()).fingerprints
    ] == [
        "b1",
        "c1",
    ]
    assert baseline_from([], Rules()) == Baseline()
