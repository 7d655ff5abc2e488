"""The table of soft deaths: what a sight and its surroundings amount to."""

from dataclasses import replace
from datetime import date

import pytest

from staycurrent.links.fingerprint import Fingerprint
from staycurrent.links.observation import Outcome
from staycurrent.links.page import Kind
from staycurrent.links.past import Past
from staycurrent.links.sibling import Sibling
from staycurrent.links.sight import Sight, Signs, sight
from staycurrent.links.soft import Around, decided, is_open, must_wait
from tests.support.values import URL, html, other_prose, page_response, prose, sent

NIGHT = date(2026, 11, 22)
FOLDER = "https://example.org/papers/"
ELSEWHERE = "https://other.example/welcome"
HONEST = Sibling(FOLDER, NIGHT, 404)
NOT_FOUND = html("Page not found", "Sorry, there is nothing here.")
ARTICLE = html("404: page not found, and how to say it", prose(55))
SHELL = b"<!doctype html><title>App</title><div id=root></div><script src=a.js></script>"
CASINO = html("SLOT777", f"{other_prose(100)} jackpot casino")
KNIVES = html("Best kitchen knives", other_prose(100))
FOR_SALE = html("x", "This domain is for sale")
PARKED = html("x", "This domain is for sale", '<script src="//www.sedoparking.com/p.js"></script>')
MARKED = html("x", prose(90), '<script src="//www.sedoparking.com/p.js"></script>')
NOTES = html("Notes on backpropagation", prose(120))
PDF = "https://example.org/papers/attention.pdf"


def of(body: bytes, *before: bytes) -> Sight:
    """The sight of a page that was like `before` on two nights."""
    earlier = tuple(found.print for found in map(of, before) if found.print is not None)
    return sight(page_response(body), Past(earlier, NIGHT if earlier else None))


def at(body: bytes, to: str | None = None, status: int = 200) -> Sibling:
    """A made-up address that answers so."""
    seen = sight(page_response(body, status), Past())
    signs = seen.signs
    parked = signs.for_sale or signs.parking_mark
    return Sibling(FOLDER, NIGHT, status, to, str(seen.print), signs.says_missing, parked)


OK, MISSING, PARKED_, TAKEN = (
    Outcome.OK,
    Outcome.SOFT_MISSING,
    Outcome.PARKED,
    Outcome.TAKEN_OVER,
)


@pytest.mark.parametrize(
    ("body", "sibling", "outcome"),
    [
        (NOT_FOUND, at(NOT_FOUND), MISSING),
        (NOT_FOUND, HONEST, OK),
        (NOT_FOUND, None, OK),
        (NOT_FOUND, at(html("Page not found", "Sorry, nothing here. Try the search.")), MISSING),
        (NOT_FOUND, at(html("Page not found", prose(90))), MISSING),
        (html("Blog", "Oops: nothing here. Sorry."), at(html("Blog", prose(90))), OK),
        (NOT_FOUND, at(html("Not found either", "Quite another page.")), OK),
        (NOT_FOUND, at(html("Welcome", "Sorry, there is something.")), OK),
        (NOT_FOUND, at(NOT_FOUND, to=URL), OK),  # it was put right to the very page
        (ARTICLE, HONEST, OK),
        (ARTICLE, at(NOT_FOUND), OK),
        (ARTICLE, at(ARTICLE), MISSING),
        (SHELL, at(SHELL), OK),
        (html("404", ""), at(html("404", "")), MISSING),
        (NOTES, at(NOTES), OK),
        (FOR_SALE, at(FOR_SALE), PARKED_),
        (FOR_SALE, at(MARKED), PARKED_),
        (FOR_SALE, HONEST, OK),
        (FOR_SALE, None, OK),
        (FOR_SALE, at(NOTES), OK),
        (FOR_SALE, Sibling(FOLDER, NIGHT, 200), OK),  # empty
        (MARKED, at(FOR_SALE), PARKED_),
        (MARKED, at(MARKED), PARKED_),
        (MARKED, HONEST, OK),
        (PARKED, HONEST, PARKED_),  # two signs of different kinds
        (PARKED, None, PARKED_),
    ],
)
def test_a_page_and_its_sibling(body: bytes, sibling: Sibling | None, outcome: Outcome) -> None:
    assert decided(of(body), Around(sibling)).outcome is outcome


@pytest.mark.parametrize(
    ("body", "around", "outcome"),
    [
        (CASINO, Around(), TAKEN),
        (CASINO, Around(HONEST), TAKEN),
        (KNIVES, Around(), OK),
        (KNIVES, Around(HONEST), OK),
        (KNIVES, Around(at(KNIVES)), TAKEN),
        (KNIVES, Around(at(NOTES)), OK),
        (KNIVES, Around(others_drifted=True), TAKEN),
        (html("Backpropagation today", other_prose(90)), Around(others_drifted=True), OK),
        (html("Backpropagation casino", other_prose(90)), Around(others_drifted=True), OK),
        (html("Something else", prose(120)), Around(others_drifted=True), OK),
        (html("One moment", "Wait", "<script>x()</script>"), Around(others_drifted=True), None),
    ],
)
def test_a_page_and_its_past(body: bytes, around: Around, outcome: Outcome | None) -> None:
    assert decided(of(body, NOTES, NOTES), around).outcome is (outcome or Outcome.BLOCKED)


@pytest.mark.parametrize(
    ("bits", "size", "outcome"),
    [(18, 5, MISSING), (19, 5, OK), (18, 6, MISSING), (18, 7, OK), (9, 0, OK)],
)
def test_two_pages_that_say_so_in_much_the_same_words(
    bits: int, size: int, outcome: Outcome
) -> None:
    ours = Fingerprint(Kind.HTML, 5, 0, "Oops")
    theirs = Fingerprint(Kind.HTML, size, (1 << bits) - 1, "Sorry")
    seen = replace(of(NOT_FOUND), print=ours)
    made_up = Sibling(FOLDER, NIGHT, 200, None, str(theirs), says_missing=True)
    assert decided(seen, Around(made_up)).outcome is outcome
    silent = replace(made_up, says_missing=False)
    assert decided(seen, Around(silent)).outcome is OK


def test_without_two_good_looks_nobody_took_anything_over() -> None:
    assert decided(of(CASINO), Around(at(CASINO), others_drifted=True)).outcome is OK
    assert decided(of(CASINO, NOTES), Around(at(CASINO), others_drifted=True)).outcome is OK


REDIRECTED, HOME = Outcome.REDIRECTED, Outcome.HOME_REDIRECT


@pytest.mark.parametrize(
    ("to", "around", "outcome"),
    [
        (ELSEWHERE, Around(HONEST), REDIRECTED),
        (ELSEWHERE, Around(), REDIRECTED),
        (ELSEWHERE, Around(at(NOTES, to=ELSEWHERE)), MISSING),
        (f"{ELSEWHERE}?from=a", Around(at(NOTES, to=f"{ELSEWHERE}?from=b")), MISSING),
        (ELSEWHERE, Around(at(NOTES, to=f"{ELSEWHERE}/2")), REDIRECTED),
        (ELSEWHERE, Around(crowded=True), HOME),
        ("https://other.example/attention", Around(crowded=True), REDIRECTED),
        ("https://other.example/", Around(), HOME),
        ("https://other.example/", Around(at(NOTES, to="https://other.example/")), HOME),
        ("https://other.example/", Around(HONEST), REDIRECTED),
        ("https://other.example/", Around(at(NOTES)), HOME),
        ("https://example.org/", Around(HONEST), HOME),
        ("https://www.example.org/", Around(HONEST), HOME),
        ("https://www.hugedomains.com/x", Around(HONEST), Outcome.PARKED),
        ("https://example.org/404.html", Around(HONEST), MISSING),
    ],
)
def test_a_redirect_and_what_is_around_it(to: str, around: Around, outcome: Outcome) -> None:
    assert decided(sight(sent(to, NOTES), Past()), around).outcome is outcome


def test_a_redirect_of_all_to_what_only_a_browser_can_read_is_no_death() -> None:
    wall = sight(sent(ELSEWHERE, SHELL), Past())
    assert decided(wall, Around(at(SHELL, to=ELSEWHERE))).outcome is REDIRECTED


def test_a_broken_promise() -> None:
    page = sight(page_response(html("Catalogue", "Search here"), url=PDF), Past())
    assert decided(page, Around(HONEST)).outcome is MISSING
    assert decided(page, Around(everywhere=True)).outcome is OK
    script = sight(page_response(SHELL, url=PDF), Past())
    assert decided(script, Around()).outcome is Outcome.BLOCKED


@pytest.mark.parametrize("status", [404, 410, 500, 403])
def test_what_failed_by_itself_is_left_as_it_is(status: int) -> None:
    seen = replace(of(NOT_FOUND), reading=sight(page_response(NOT_FOUND, status), Past()).reading)
    assert decided(seen, Around(at(NOT_FOUND), crowded=True)) == seen.reading
    assert not is_open(seen)


@pytest.mark.parametrize(
    ("seen", "open_", "waits"),
    [
        (of(NOTES), False, False),
        (of(SHELL), False, False),
        (of(NOT_FOUND), True, True),
        (of(FOR_SALE), True, True),
        (of(MARKED), True, True),
        (of(PARKED), False, False),
        (of(KNIVES, NOTES, NOTES), True, True),
        (of(CASINO, NOTES, NOTES), False, True),
        (sight(page_response(html("x", "y"), url=PDF), Past()), False, True),
        (sight(sent(ELSEWHERE), Past()), True, True),
        (sight(sent("https://example.org/v2/attention"), Past()), False, True),
        (sight(sent("https://example.org/"), Past()), False, False),
        (sight(sent("https://other.example/"), Past()), True, True),
        (sight(sent("https://www.hugedomains.com/x"), Past()), False, True),
    ],
)
def test_a_sibling_is_asked_only_where_it_decides(seen: Sight, *, open_: bool, waits: bool) -> None:
    assert is_open(seen) is open_
    assert must_wait(seen) is waits


@pytest.mark.parametrize("sign", ["says_missing", "for_sale", "parking_mark", "drifted", "trades"])
def test_no_sign_alone_is_a_verdict(sign: str) -> None:
    seen = replace(of(NOTES), signs=replace(Signs(), **{sign: True}))
    assert decided(seen, Around()).outcome is OK
    assert decided(seen, Around(HONEST)).outcome is OK


def test_the_evidence_says_what_convinced() -> None:
    found = decided(of(NOT_FOUND), Around(at(NOT_FOUND)))
    assert found.evidence == "200, it says that it is missing, as a made-up address there does"
