"""Whether a page is still itself: redesigns, rewrites and walls are, casinos are not."""

from datetime import UTC, date, datetime, timedelta

import pytest

from staycurrent.links.drift import drifted, trades
from staycurrent.links.fingerprint import Fingerprint, fingerprint
from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.page import Page, page
from staycurrent.links.past import Past, past
from tests.support.values import URL, html, other_prose, page_response, prose

NOW = datetime(2026, 11, 1, tzinfo=UTC)
OLD = html("Notes on backpropagation", prose(120))
CASINO = html("SLOT777 online", other_prose(100) + " jackpot casino")


def of(body: bytes) -> Page:
    found = page(page_response(body))
    assert found is not None
    return found


def print_of(body: bytes) -> Fingerprint:
    return fingerprint(of(body), URL)


def has_drifted(body: bytes, *before: bytes) -> bool:
    found = of(body)
    return drifted(found, fingerprint(found, URL), Past(tuple(map(print_of, before))))


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
    assert has_drifted(now, OLD, OLD) is gone


def test_two_good_looks_that_agree_are_needed() -> None:
    assert not has_drifted(CASINO)
    assert not has_drifted(CASINO, OLD)
    assert has_drifted(CASINO, OLD, OLD)
    assert not has_drifted(CASINO, html("Something else", other_prose(90)), OLD)
    assert has_drifted(CASINO, html("Notes", " ".join(reversed(prose(90).split()))), OLD)
    assert has_drifted(CASINO, html("Something else", prose(120)), OLD)


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
    assert trades(of(body), print_of(OLD)) is found


def test_who_always_traded_in_it_has_not_changed() -> None:
    assert not trades(of(CASINO), print_of(html("The mathematics of roulette", prose(50))))


def observed(night: int, outcome: Outcome, print_: str | None, asked: str = "page") -> Observation:
    day = date(2026, 11, 1) + timedelta(night)
    return Observation(URL, day, NOW, outcome, asked, fingerprint=print_)


def test_the_past_is_the_last_two_good_looks_and_whether_it_fails() -> None:
    one, two, three = (str(print_of(html(title, prose(50)))) for title in ("a1", "b1", "c1"))
    history = [
        observed(1, Outcome.OK, one),
        observed(2, Outcome.REDIRECTED, two),
        observed(3, Outcome.OK, None),
        observed(4, Outcome.OK, str(print_of(CASINO)), asked="github"),
        observed(5, Outcome.TAKEN_OVER, str(print_of(CASINO))),
        observed(6, Outcome.BLOCKED, None),
    ]
    found = past(history)
    assert [one.title for one in found.prints] == ["a1", "b1"]
    assert (found.well_on, found.failing) == (date(2026, 11, 4), False)
    assert past(history[:5]).failing
    assert [one.title for one in past([*history, observed(7, Outcome.OK, three)]).prints] == [
        "b1",
        "c1",
    ]
    assert past([]) == Past()
