"""Made-up addresses: which, what their answers say, and how long that is believed."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from staycurrent.links.page.fingerprint import Baseline, parse_fingerprint
from staycurrent.links.soft_404 import (
    ControlPage,
    control_page_from,
    folder_of,
    is_usable,
    random_url,
)
from staycurrent.web.response import Failure, Response
from tests.support.values import html, page_response, sent

NIGHT = date(2026, 11, 22)
FOLDER = "https://example.org/papers/"
PRINT = parse_fingerprint("html 5 0123456789abcdef Title")
OTHER = parse_fingerprint("html 5 fedcba9876543210 Another")


@pytest.mark.parametrize(
    ("url", "folder"),
    [
        ("https://example.org/", "https://example.org/"),
        ("https://example.org/a", "https://example.org/"),
        ("https://example.org/a/b.html?c=d", "https://example.org/a/"),
        ("https://example.org:8443/a/b/", "https://example.org:8443/a/b/"),
        ("https://example.org/questions/12/how-to", "https://example.org/questions/"),
        ("https://example.org/2015/11/02/post", "https://example.org/"),
        ("https://example.org/papers/12", "https://example.org/papers/"),
    ],
)
def test_the_folder_of_an_address(url: str, folder: str) -> None:
    assert folder_of(url) == folder


def test_a_made_up_address_is_the_same_all_night_and_another_one_elsewhere() -> None:
    address = random_url(FOLDER, NIGHT)
    assert address == random_url(FOLDER, NIGHT)
    assert address.startswith(FOLDER)
    name = address.removeprefix(FOLDER)
    assert (len(name), name.isalpha(), name.islower()) == (25, True, True)
    tomorrow = random_url(FOLDER, NIGHT + timedelta(1))
    assert len({address, tomorrow, random_url("https://example.org/", NIGHT)}) == 3


@pytest.mark.parametrize("status", [404, 410])
def test_an_honest_folder(status: int) -> None:
    found = control_page_from(FOLDER, NIGHT, page_response(html("Not found"), status))
    assert found == ControlPage(FOLDER, NIGHT, status)
    assert found.reports_missing


def test_a_folder_that_answers_everything() -> None:
    found = control_page_from(FOLDER, NIGHT, page_response(html("Page not found", "Sorry.")))
    assert found is not None
    assert (found.status, found.says_missing, found.parked) == (200, True, False)
    assert found.fingerprint is not None
    assert found.fingerprint.endswith(" Page not found")
    assert not found.reports_missing


def test_a_folder_that_sends_everybody_home_or_to_a_seller() -> None:
    found = control_page_from(FOLDER, NIGHT, sent("https://example.org/"))
    assert found is not None
    assert found.final_url == "https://example.org/"
    parked = control_page_from(FOLDER, NIGHT, page_response(html("x", "This domain is for sale")))
    assert parked is not None
    assert parked.parked


@pytest.mark.parametrize(
    "silent",
    [
        page_response(status=500),
        page_response(status=403),
        page_response(status=429),
        page_response(html("Just a moment...")),
        page_response(html("Just a moment..."), 404),
        Response("u", "u", (), 0.0, Failure.TIMEOUT),
        sent("https://example.org/login"),
    ],
)
def test_walls_and_faults_say_nothing(silent: Response) -> None:
    assert control_page_from(FOLDER, NIGHT, silent) is None


@pytest.mark.parametrize("status", [403, 500, 200])
def test_a_redirect_to_another_host_says_so_whatever_that_one_answers(status: int) -> None:
    to = "https://search.example/?q=unknown"
    page = control_page_from(FOLDER, NIGHT, replace(sent(to), status=status))
    assert page is not None
    assert (page.status, page.final_url, page.reports_missing) == (status, to, False)
    refused = replace(sent(to), failure=Failure.ROBOTS, status=0)
    assert control_page_from(FOLDER, NIGHT, refused) == ControlPage(FOLDER, NIGHT, 0, to)
    own = replace(sent("https://www.example.org/x"), status=403)
    assert control_page_from(FOLDER, NIGHT, own) is None


def test_an_empty_answer_is_one() -> None:
    assert control_page_from(FOLDER, NIGHT, page_response(b"")) == ControlPage(FOLDER, NIGHT, 200)


def known(nights_ago: int) -> ControlPage:
    return ControlPage(FOLDER, NIGHT - timedelta(nights_ago), 404)


def well(nights_ago: int) -> Baseline:
    assert PRINT is not None
    return Baseline((PRINT,), NIGHT - timedelta(nights_ago))


@pytest.mark.parametrize(
    ("asked", "past", "now", "holds"),
    [
        (0, Baseline(), PRINT, True),
        (20, Baseline(), PRINT, True),
        (21, Baseline(), PRINT, False),
        (-1, Baseline(), PRINT, False),
        (5, well(1), PRINT, True),  # the page is what it was
        (5, well(1), OTHER, False),  # it changed after the folder was asked
        (5, well(5), OTHER, False),  # that night all was well
        (5, well(6), OTHER, True),
        (5, well(1), None, False),
        (5, Baseline((), NIGHT), PRINT, False),
    ],
)
def test_an_answer_holds_for_three_weeks_and_not_for_later_changes(
    asked: int, past: Baseline, now: object, *, holds: bool
) -> None:
    assert is_usable(known(asked), NIGHT, past, now) is holds  # type: ignore[arg-type]
