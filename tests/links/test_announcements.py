"""Announcements of an end: those of the page's own service, in the words of many languages."""

import tomllib
from datetime import date
from pathlib import Path

import msgspec
import pytest

from staycurrent.links.link import Entry
from staycurrent.links.page.announcements import PHRASES, announced_by_redirect, announcement
from staycurrent.links.page.scanner import scan_response
from tests.support.values import html, page_response, prose

TODAY = date(2026, 12, 1)
URL, ENTRY = "https://tasklist.example/", "Tasklist"


class Page(msgspec.Struct, frozen=True):
    text: str
    title: str = "Lists for teams"
    url: str = URL
    entry: str = ENTRY
    ends: str | None = None


TABLE = (Path(__file__).parent / "announcements.toml").read_text(encoding="utf-8")
PAGES = msgspec.convert(tomllib.loads(TABLE)["page"], list[Page])


def ends(page: Page, before: str = "") -> str | None:
    """The date of what a page announces; empty without a date, None if it announces nothing."""
    scanned = scan_response(page_response(html(page.title, f"{before} {page.text}")))
    assert scanned is not None
    found = announcement(scanned, page.url, Entry(page.entry), TODAY)
    return None if found is None else str(found[0] or "")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.text[:40])
def test_an_end_is_the_sites_own(page: Page) -> None:
    assert ends(page) == page.ends


def test_there_are_enough_neighbours_and_languages() -> None:
    assert sum(page.ends is None for page in PAGES) >= 40
    assert len(PHRASES) >= 13


def test_deep_in_a_long_page_only_a_date_counts() -> None:
    dated = Page("This service will be discontinued on 2027-01-20.")
    assert ends(dated, prose(280)) == "2027-01-20"
    assert ends(Page("This service will be discontinued."), prose(280)) is None


def test_an_article_needs_a_date() -> None:
    url = "https://tasklist.example/blog/goodbye"
    assert ends(Page("This service will be discontinued.", url=url)) is None
    dated = Page("This service will be discontinued on 2027-01-20.", url=url)
    assert ends(dated) == "2027-01-20"


def test_the_quote_is_one_line_of_the_page() -> None:
    text = f"{'Welcome ' * 40}to Tasklist. This service will be discontinued on 2027-01-20."
    scanned = scan_response(page_response(html("Lists", text)))
    assert scanned is not None
    found = announcement(scanned, URL, Entry(ENTRY), TODAY)
    assert found is not None
    assert found[1] == "This service will be discontinued on 2027-01-20"


@pytest.mark.parametrize(
    ("url", "ended", "entry", "found"),
    [
        (URL, f"{URL}discontinued", ENTRY, True),
        (f"{URL}pro", f"{URL}pro/end-of-life.html", ENTRY, True),
        (f"{URL}pro", f"{URL}sunset/", ENTRY, True),
        (URL, f"{URL}sunset/photos", ENTRY, False),
        (URL, f"{URL}sunset", "Sunset photos", False),
        (f"{URL}photos/sunset", f"{URL}gallery/sunset", ENTRY, False),
        (f"{URL}7", f"{URL}blog/7/retired", ENTRY, False),
        (URL, f"{URL}pricing", ENTRY, False),
        (URL, URL, ENTRY, False),
    ],
)
def test_a_redirect_may_say_so_by_its_url(url: str, ended: str, entry: str, *, found: bool) -> None:
    assert (announced_by_redirect(url, ended, Entry(entry)) is not None) is found
