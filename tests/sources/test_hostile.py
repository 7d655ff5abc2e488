"""Whatever a server says, an adapter answers with a value, and no row carries what is invisible."""

import json
import re
import unicodedata
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from staycurrent.sources.adapters import (
    arxiv,
    dair,
    github_search,
    github_trending,
    huggingface,
    papers_with_code,
)
from staycurrent.sources.item import FeedDrift, Item
from staycurrent.sources.item_names import item_at
from tests.support.values import FEED_DATE, daily_row, fixture

KEYS = st.sampled_from(
    re.findall(
        r"\w+",
        "paper id title arxiv_id trending results repository url upvotes date_published summary"
        " githubRepo submittedOnDailyAt abstract",
    )
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=12,
)
TITLES = st.text(
    st.sampled_from("<>&;'\"`[](){}!@#|\\/-_*~:.a1 \n\r\t\0\x1b\u200b\u202e\u0301\ue000\U000e0041"),
    min_size=1,
    max_size=60,
)


def clean(items: tuple[Item, ...]) -> bool:
    text = "".join(f"{item.title}{item.summary}{item.url}{item.identity}" for item in items)
    return not {unicodedata.category(one) for one in text} & {"Cc", "Cf", "Cs", "Co", "Cn"}


@given(JSON)
def test_any_json_is_read_or_drifts(value: object) -> None:
    body = json.dumps(value).encode()
    assert isinstance(papers_with_code.parse(body, FEED_DATE), tuple | FeedDrift)
    assert isinstance(github_search.parse(body, FEED_DATE), tuple | FeedDrift)
    assert isinstance(huggingface.parse_papers(body), tuple | FeedDrift)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_drift(body: bytes) -> None:
    assert isinstance(papers_with_code.parse(body, FEED_DATE), FeedDrift)
    assert isinstance(github_trending.parse_page(body), FeedDrift)
    assert isinstance(github_search.parse(body, FEED_DATE), FeedDrift)
    assert isinstance(arxiv.parse_listing(body, FEED_DATE), FeedDrift)
    assert isinstance(dair.parse(body.decode("latin-1"), 2026, FEED_DATE), FeedDrift)
    assert isinstance(huggingface.parse_papers(body), FeedDrift | tuple)


@given(TITLES)
@settings(max_examples=300)
def test_a_hostile_title_is_one_clean_line(title: str) -> None:
    row = {**daily_row(1, date(2026, 8, 20)), "title": title, "summary": title}
    found = huggingface.parse_papers(json.dumps([row]).encode())
    if not isinstance(found, FeedDrift):
        assert clean(tuple(one.item for one in found))


@given(TITLES)
@settings(max_examples=200)
def test_a_hostile_row_of_a_table_is_clean_or_left_out(title: str) -> None:
    text = fixture("dair.md").decode().replace("Lanterns", title).replace("https://labs", title)
    found = dair.parse(text, 2026, FEED_DATE)
    if not isinstance(found, FeedDrift):
        assert clean(found[1])
        assert all(item.url.startswith("http") for item in found[1])


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1_500))
def test_a_listing_cut_anywhere_is_read_or_drifts(at: int) -> None:
    assert isinstance(
        arxiv.parse_listing(fixture("arxiv_new.html")[:at], FEED_DATE), tuple | FeedDrift
    )


@pytest.mark.parametrize(
    "path",
    [
        "/a/b/../../c",
        "//evil.test/x",
        "/javascript:alert(1)/x",
        "/a/b?since=weekly",
        "/a b/c",
        "/a",
    ],
)
def test_a_hostile_link_names_no_other_host(path: str) -> None:
    body = fixture("trending.html").replace(b"/Lantern-Labs/lantern", path.encode())
    found = github_trending.parse_page(body)
    rows = () if isinstance(found, FeedDrift) else found
    assert all(item.url.startswith("https://github.com/") for item in rows)


@pytest.mark.parametrize("hidden", ["\u202e", "\u200b", "\x1b", "\ud800", "\u2028", "\u00a0"])
def test_an_address_hides_no_character(hidden: str) -> None:
    found = item_at(f"https://moth.test/a{hidden}b")
    assert found is None or (found.url.isprintable() and found.url.encode())


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 3_000))
def test_a_page_cut_anywhere_is_read_or_drifts(at: int) -> None:
    assert isinstance(github_trending.parse_page(fixture("trending.html")[:at]), tuple | FeedDrift)


def test_a_page_of_nothing_but_openings_is_read_in_time() -> None:
    assert isinstance(github_trending.parse_page(b"<div>" * 200_000), FeedDrift)
    assert isinstance(
        github_trending.parse_page(b"<article class=Box-row><h2>" * 30_000), FeedDrift
    )
    assert isinstance(
        github_trending.parse_page(b"<article class=Box-row></article>" * 30_000), FeedDrift
    )


def test_a_counter_that_nobody_could_have_counted_is_none() -> None:
    nines = b"9" * 5_000
    page = github_trending.parse_page(fixture("trending.html").replace(b"12,416", nines))
    assert not isinstance(page, FeedDrift)
    assert page[0].stars is None
    today = github_trending.parse_page(fixture("trending.html").replace(b"1,295", nines))
    assert isinstance(today, tuple | FeedDrift)
    listing = re.sub(rb"showing (first )?[0-9]+", b"showing " + nines, fixture("arxiv_new.html"))
    assert listing != fixture("arxiv_new.html")
    assert isinstance(arxiv.parse_listing(listing, FEED_DATE), FeedDrift)
