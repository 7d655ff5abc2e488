"""Sources that are led by the list's own entries: what they ask for, and their drifts."""

import json
from datetime import date, timedelta

import pytest

from staycurrent.sources.adapters import arxiv, github_search, huggingface
from staycurrent.sources.item import FeedDrift, FeedReading
from staycurrent.sources.settings import (
    ArxivListingsSettings,
    GithubTopicsSettings,
    HuggingFaceHubSettings,
    OfList,
)
from tests.support.values import FEED_DATE, RecordedFetch, json_value, read_body

ATOM, JSON = "application/atom+xml", "application/json; charset=utf-8"
API = "https://export.arxiv.org/api/query"
PAPERS = OfList(
    ArxivListingsSettings(limit=2), tuple(f"paper:arxiv:2601.0000{n}" for n in range(5))
)
OWN = f"{API}?id_list={','.join(f'2601.0000{n}' for n in range(5))}&max_results=50"
NEWEST = "sortBy=submittedDate&sortOrder=descending&max_results=2"


def entry(number: int, *categories: str, day: date = FEED_DATE) -> str:
    tags = "".join(f'<category term="{one}"/>' for one in categories)
    return (
        f"<entry><id>http://arxiv.org/abs/2608.{number:05}v1</id><title>Lamp {number}</title>"
        f'<link href="https://arxiv.org/abs/2608.{number:05}v1" rel="alternate" type="text/html"/>'
        f"<summary>We light\n it.</summary>{tags}<published>{day}T17:59:46Z</published></entry>"
    )


def atom(*entries: str) -> bytes:
    head = '<feed xmlns="http://www.w3.org/2005/Atom"><title>arXiv Query</title>'
    return f"{head}{''.join(entries)}</feed>".encode()


async def test_arxiv_lists_the_categories_of_the_lists_papers() -> None:
    own = [entry(n, *one) for n, one in enumerate([("cs.RO", "cs.AI"), ("cs.RO",), ("cs.CV",)])]
    asked = f"{API}?search_query=cat:cs.RO&{NEWEST}"
    fetch = RecordedFetch().add(OWN, atom(*own), ATOM)
    fetch.add(asked, atom(entry(8, "cs.AI", "cs.RO"), entry(9, "cs.RO"), entry(7, "cs.RO")), ATOM)
    reading = await arxiv.read_newest(PAPERS, fetch, FEED_DATE)
    assert isinstance(reading, FeedReading)
    assert [(one.rank, one.identity, one.title, one.summary) for one in reading.items] == [
        (1, "paper:arxiv:2608.00008", "Lamp 8", "We light it."),
        (2, "paper:arxiv:2608.00009", "Lamp 9", "We light it."),
    ]
    assert reading.note == "the newest in cs.RO"
    assert fetch.requested == [OWN, asked]


async def test_arxivs_feed_of_these_categories_stands_in() -> None:
    own = atom(*(entry(n, "cs.RO" if n < 3 else "cs.CV") for n in range(5)))
    fetch = RecordedFetch().add(OWN, own, ATOM)
    found = await arxiv.read_feed_of_list(PAPERS, fetch, FEED_DATE)
    assert isinstance(found, FeedDrift)
    assert fetch.requested == [OWN, "https://rss.arxiv.org/rss/cs.RO+cs.CV"]


async def test_categories_of_the_settings_need_no_request_for_the_list() -> None:
    fetch = RecordedFetch()
    chosen = OfList(ArxivListingsSettings(categories=("stat.ML",)), PAPERS.own)
    await arxiv.read_newest(chosen, fetch, FEED_DATE)
    assert [url.partition("&")[0] for url in fetch.requested] == [f"{API}?search_query=cat:stat.ML"]


@pytest.mark.parametrize("own", [b"<html>", atom(), atom(entry(1)), atom(entry(1, "no one's"))])
async def test_without_a_category_nothing_is_listed(own: bytes) -> None:
    found = await arxiv.read_newest(PAPERS, RecordedFetch().add(OWN, own, ATOM), FEED_DATE)
    assert isinstance(found, FeedDrift)


ERROR = "<entry><id>https://arxiv.org/api/errors#x</id><title>Error</title></entry>"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{}", "body is not a feed"),
        (atom(), "feed has no entries"),
        (atom(ERROR), "only 0 of 1 entries are papers on arXiv"),
        (atom(entry(1, "cs.CL")), "1 of 1 papers are in other categories"),
        (
            atom(entry(1, "cs.RO", day=FEED_DATE - timedelta(days=8))),
            "newest paper is of 2026-08-1",
        ),
        (atom(entry(1, "cs.RO"))[:-20], "feed is damaged"),
    ],
)
async def test_listings_drift(body: bytes, reason: str) -> None:
    found = await read_body(arxiv.parse_newest, body, ["cs.RO"], FEED_DATE, 100)
    assert isinstance(found, FeedDrift)
    assert found.reason.startswith(reason)


HUB = "https://huggingface.co/api"
MODEL = {
    "_id": "6a15", "id": "Quiet/Pond-1B", "likes": 288, "trendingScore": 36, "private": False,
    "pipeline_tag": "text-generation", "createdAt": "2026-08-20T09:12:25.000Z",
    "tags": ["transformers", "safetensors", "pond", "text-generation", "en", "license:mit"],
}  # fmt: skip
DATASET = {
    "_id": "6a16", "id": "Quiet/Ripples", "trendingScore": 9, "private": False,
    "description": "Ripples,\n\t<b>seen</b> from above.",
    "tags": ["task_categories:image-segmentation", "language:en", "size_categories:1K<n<10K"],
}  # fmt: skip


def rows(*found: object) -> bytes:
    return json.dumps(found).encode()


async def test_the_hub_shows_the_kinds_that_the_list_has_in_turn() -> None:
    models = rows(MODEL, {**MODEL, "id": "Quiet/Pond-2B", "trendingScore": 30})
    fetch = RecordedFetch().add(f"{HUB}/models?sort=trendingScore&limit=50", models, JSON)
    fetch.add(f"{HUB}/datasets?sort=trendingScore&limit=50", rows(DATASET), JSON)
    both = OfList(HuggingFaceHubSettings(), ("dataset:huggingface:a/b", "model:huggingface:a/b"))
    reading = await huggingface.read_hub(both, fetch, FEED_DATE)
    assert isinstance(reading, FeedReading)
    pond, ripples, _ = reading.items
    assert [one.title for one in reading.items] == [
        "Quiet/Pond-1B",
        "Quiet/Ripples",
        "Quiet/Pond-2B",
    ]
    assert (pond.identity, pond.kind) == ("model:huggingface:quiet/pond-1b", "model")
    assert (pond.url, pond.summary) == (
        "https://huggingface.co/Quiet/Pond-1B",
        "A model for text generation",
    )
    assert pond.keywords == ("text generation", "pond")
    assert (ripples.identity, ripples.kind) == ("dataset:huggingface:quiet/ripples", "dataset")
    assert (ripples.summary, ripples.keywords) == (
        "Ripples, seen from above.",
        ("image segmentation",),
    )
    fetch.requested.clear()
    only = OfList(HuggingFaceHubSettings(), ("dataset:huggingface:a/b",))
    assert isinstance(await huggingface.read_hub(only, fetch, FEED_DATE), FeedReading)
    assert fetch.requested == [f"{HUB}/datasets?sort=trendingScore&limit=50"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (rows(), "body is not a list of rows"),
        (b'{"error": "Invalid sort parameter"}', "body is not a list of rows"),
        (rows({"id": "a/b"}), "rows have no trending score"),
        (rows({**MODEL, "trendingScore": 0}), "rows have no trending score"),
        (rows(MODEL, {**MODEL, "trendingScore": 99}), "rows are not in the order"),
        (rows({**MODEL, "id": None}), "only 0 of 1 rows name a model"),
        (rows({**MODEL, "id": "gpt2"}), "only 0 of 1 rows name a model"),
        (rows({**MODEL, "private": True}), "only 0 of 1 rows name a model"),
    ],
)
def test_the_hub_drifts(body: bytes, reason: str) -> None:
    found = huggingface.parse_hub(json_value(body), "model")
    assert isinstance(found, FeedDrift)
    assert found.reason.startswith(reason)


SEARCH = "https://api.github.com/search/repositories"
LED = OfList(GithubTopicsSettings(max_topics=2), ("repository:github:a/b", "repository:github:c/d"))
LISTED = f"{SEARCH}?q=repo:a/b+repo:c/d&per_page=100"


def repository(name: str, *topics: str, created: str = "2026-08-01T10:00:00Z") -> dict[str, object]:
    return {
        "id": 7, "full_name": name, "html_url": f"https://github.com/{name}", "language": "Rust",
        "stargazers_count": 310, "created_at": created, "topics": topics,
    }  # fmt: skip


def results(*found: object) -> bytes:
    body = {"total_count": len(found), "incomplete_results": False, "items": found}
    return json.dumps(body).encode()


def topic(name: str) -> str:
    qualifiers = f"topic:{name}+created:%3E%3D2026-05-24+stars:%3E100"
    return f"{SEARCH}?q={qualifiers}&sort=stars&order=desc&per_page=50"


async def test_topics_of_several_of_the_lists_repositories_are_searched_for() -> None:
    own = [repository("a/b", "bees", "wax", "UP er"), repository("c/d", "bees", "wax", "trains")]
    fetch = RecordedFetch().add(LISTED, results(*own), JSON)
    fetch.add(topic("bees"), results(repository("young/hive", "bees")), JSON)
    fetch.add(topic("wax"), results(), JSON)  # nothing new on a narrow topic is no drift
    reading = await github_search.read_topics(LED, fetch, FEED_DATE)
    assert isinstance(reading, FeedReading)
    assert [(one.title, one.keywords) for one in reading.items] == [
        ("young/hive", ("Rust", "bees"))
    ]
    assert reading.note == "topics bees, wax"
    assert fetch.requested == [LISTED, topic("bees"), topic("wax")]


async def test_the_lists_repositories_are_asked_for_alone_where_the_search_refuses() -> None:
    fetch = RecordedFetch()
    assert isinstance(await github_search.read_topics(LED, fetch, FEED_DATE), FeedDrift)
    for name in ("a/b", "c/d"):
        body = json.dumps(repository(name, "bees")).encode()
        fetch.add(f"https://api.github.com/repos/{name}", body, JSON)
    fetch.add(topic("bees"), results(repository("young/hive")), JSON)
    reading = await github_search.read_topics_by_repository(LED, fetch, FEED_DATE)
    assert isinstance(reading, FeedReading)
    assert [one.title for one in reading.items] == ["young/hive"]


async def test_without_a_common_topic_nothing_is_searched() -> None:
    own = [repository("a/b", "bees"), repository("c/d", "wax")]
    fetch = RecordedFetch().add(LISTED, results(*own), JSON)
    found = await github_search.read_topics(LED, fetch, FEED_DATE)
    assert found == FeedReading((), "2 repositories of the list have no topic in common")
    assert fetch.requested == [LISTED]


@pytest.mark.parametrize("own", [results(), results({"id": 7}), b"[]", b'{"message": "Not Found"}'])
async def test_repositories_that_cannot_be_read_are_drift(own: bytes) -> None:
    found = await github_search.read_topics(LED, RecordedFetch().add(LISTED, own, JSON), FEED_DATE)
    assert isinstance(found, FeedDrift)


async def test_a_search_for_the_lists_repositories_stays_short_and_few() -> None:
    own = tuple(f"repository:github:{'o' * 20}/{n:030}" for n in range(100))
    fetch = RecordedFetch()
    for chosen in (OfList(GithubTopicsSettings(), own),):
        assert len(chosen.sample(20)) == 20
        await github_search.read_topics(chosen, fetch, FEED_DATE)
    assert len(fetch.requested) == 1  # the first one failed
    assert fetch.requested[0].count("repo:") == 3
