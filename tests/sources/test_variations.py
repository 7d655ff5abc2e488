"""Bodies that differ from the recorded ones in what means nothing are read all the same."""

import json
from datetime import date

import pytest

from staycurrent.sources.adapters import (
    github_trending,
    huggingface,
    papers_with_code,
)
from staycurrent.sources.item import FeedDrift, Item
from staycurrent.sources.settings import GithubTrendingSettings
from tests.support.values import FEED_DATE, RECORDED, Shelf, daily_row, fixture, weekly_rss

LINK = 'href="/Lantern-Labs/lantern" class="Link"'
PLAIN = github_trending.parse_page(fixture("trending.html"))
SAME_PAGE = [
    (LINK, "class='Link' href='/Lantern-Labs/lantern'"),
    (LINK, "HREF=/Lantern-Labs/lantern CLASS=Link"),
    ('href="/Lantern-Labs/lantern" class', 'href="https://github.com/Lantern-Labs/lantern" class'),
    ('href="/Lantern-Labs/lantern" class', 'href=" /Lantern-Labs/lantern\n" class'),
    ('class="h3 lh-condensed"', 'id="x" data-view-component="true" class="tmp-h3"'),
    ('<h2 class="h3 lh-condensed">', '<div><div><h2 class="h3 lh-condensed"><span>'),
    ("h2", "h1"),
    ("h2", "h3"),
    ('<article class="Box-row">', '<div><article data-x="1" class="tmp Box-row d-flex">'),
    ('class="col-9 color-fg-muted my-1 tmp-pr-4"', ""),
    ("1,295 stars today", "1,295&nbsp;stars\n today"),
    ("1,295 stars today", "1295 STARS TODAY"),
    (">12,416<", "><svg></svg>\n      12,416\n    <"),
    ("/lantern/stargazers", "/lantern/stargazers.lantern"),
    ("Trending  repositories", "Trending repositories"),
    ("· GitHub</title>", "</title>"),
]


def varied(old: str, new: str) -> bytes:
    text = fixture("trending.html").decode()
    assert old in text
    return text.replace(old, new).encode()


@pytest.mark.parametrize(("old", "new"), SAME_PAGE)
def test_a_page_that_says_the_same_reads_the_same(old: str, new: str) -> None:
    assert github_trending.parse_page(varied(old, new)) == PLAIN


@pytest.mark.parametrize(
    ("shown", "stars"), [("12.4k", 12_400), ("1.2m", 1_200_000), ("9", 9), ("1,234,567", 1_234_567)]
)
def test_counters_are_read_in_every_spelling(shown: str, stars: int) -> None:
    found = github_trending.parse_page(varied("12,416", shown).replace(b"1,295", shown.encode()))
    assert not isinstance(found, FeedDrift)
    assert (found[0].stars, found[0].stars_today) == (stars, stars)


LANGUAGES = [
    ("c++", "C++", "/c++"),
    ("c%23", "C#", "/c%23"),
    ("C#", "C#", "/c%23"),
    ("jupyter-notebook", "Jupyter Notebook", "/jupyter-notebook"),
    ("Jupyter Notebook", "Jupyter Notebook", "/jupyter-notebook"),
    ("1c-enterprise", "1C Enterprise", "/1c-enterprise"),
    ("objective-c++", "Objective-C++", "/objective-c++"),
]


@pytest.mark.parametrize(("slug", "name", "path"), LANGUAGES)
async def test_a_language_is_asked_for_and_recognised_however_it_is_spelt(
    slug: str, name: str, path: str
) -> None:
    body = fixture("trending_python.html").replace(b"Python", name.encode())
    settings = GithubTrendingSettings(languages=(slug,))
    shelf = Shelf().put(settings.url, fixture("trending.html"), "text/html")
    shelf.put(settings.url + path, body, "text/html")
    found = await github_trending.read_page(settings, shelf, FEED_DATE)
    assert not isinstance(found, FeedDrift)
    assert (found.note, len(found.items)) == ("", 4)


def pwc(**changes: object) -> tuple[Item, ...] | FeedDrift:
    rows = [{**row, **changes} for row in json.loads(fixture("pwc.json"))]
    return papers_with_code.parse(json.dumps(rows).encode(), FEED_DATE)


PWC_CHANGES: list[dict[str, object]] = [
    {"abstract": None, "authors": None, "tasks": None},
    {"trending": {"stars_gained_24h": None, "velocity": 0.4, "note": "x"}},
    {"trending": 12.5},
    {"repository": None, "repositories": [{"url": "https://github.com/a/b", "is_official": True}]},
    {"repository": "https://github.com/a/b"},
    {"date_published": None},
    {"date_published": "2026-08-18T10:00:00Z", "new_field": {"deep": [1, {"er": None}]}},
    {"paper_id": None},
    {"arxiv_id": "arXiv:2608.01001"},
    {"arxiv_id": None, "url_abs": "https://arxiv.org/abs/2608.01003v1", "source_url": None},
]


@pytest.mark.parametrize("changes", PWC_CHANGES)
def test_rows_with_missing_and_unknown_fields_are_read(changes: dict[str, object]) -> None:
    found = pwc(**changes)
    assert not isinstance(found, FeedDrift)
    assert found[0].title == "Sparse Lanterns: Serving Models"


def test_a_page_object_and_a_byte_order_mark_are_read_as_the_array() -> None:
    body = fixture("pwc.json")
    plain = papers_with_code.parse(body, FEED_DATE)
    assert papers_with_code.parse(b'{"count": 3, "results": ' + body + b"}", FEED_DATE) == plain
    assert papers_with_code.parse(b"\xef\xbb\xbf" + body, FEED_DATE) == plain


HF_CHANGES: list[dict[str, object]] = [
    {"githubRepo": None, "githubStars": None, "ai_summary": None},
    {"authors": None, "organization": {"name": "x"}, "mediaUrls": []},
    {"upvotes": None},
    {"summary": None},
    {"publishedAt": None},
    {"githubRepo": "github.com/a/b"},
    {"githubRepo": 7, "githubStars": "many"},
]


@pytest.mark.parametrize("changes", HF_CHANGES)
def test_daily_papers_with_missing_fields_are_read(changes: dict[str, object]) -> None:
    row = daily_row(1, date(2026, 8, 20))
    paper = {**row["paper"], **changes}  # type: ignore[dict-item]
    read = huggingface.parse_papers(json.dumps([{**row, "paper": paper}]).encode())
    assert not isinstance(read, FeedDrift)
    assert read[0].item.identity == "paper:arxiv:2608.00001"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"&lt;b&gt;Upvotes:&lt;/b&gt; ", b"Upvotes: "),
        (b"&lt;b&gt;Upvotes:&lt;/b&gt; ", b"&lt;strong&gt;Upvotes&lt;/strong&gt;: "),
        (b"&lt;b&gt;Upvotes:&lt;/b&gt; ", b"&lt;em&gt;Upvote&lt;/em&gt;&amp;nbsp;"),
    ],
)
async def test_upvotes_are_read_whatever_marks_them(old: bytes, new: bytes) -> None:
    body = weekly_rss(range(1, 41), "Mon, 17 Aug 2026 00:30:00 +0000")
    assert old in body
    found = await huggingface.parse_archive(body.replace(old, new), FEED_DATE)
    assert not isinstance(found, FeedDrift)
    assert [item.upvotes for item in found] == list(range(1, 41))


async def test_upvotes_are_found_behind_the_names_of_hundreds_of_authors() -> None:
    body = weekly_rss(range(1, 41), "Mon, 17 Aug 2026 00:30:00 +0000")
    found = await huggingface.parse_archive(body.replace(b"A. Moth", b"A. Moth, " * 600), FEED_DATE)
    assert not isinstance(found, FeedDrift)
    assert [item.upvotes for item in found] == list(range(1, 41))


@pytest.mark.shared
async def test_recorded_daily_feeds_are_read_with_their_upvotes() -> None:
    paths = sorted((RECORDED / "history" / "hf_daily").glob("*.xml"))
    if not paths:
        pytest.skip("../shared is absent")
    for path in paths:
        night = date.fromisoformat(path.name[:10])
        found = await huggingface.parse_archive(path.read_bytes(), night, least=1)
        assert not isinstance(found, FeedDrift), found
        assert all(item.upvotes is not None and item.summary for item in found)
