"""The API of paperswithcode.co: rows, drift, and fields that may be missing."""

import json
from datetime import date

import pytest

from staycurrent.sources.adapters import papers_with_code
from staycurrent.sources.item import FeedDrift, FeedReading, FeedResult
from staycurrent.sources.parsing import JsonValue
from staycurrent.sources.settings import (
    PapersWithCodeSettings,
)
from tests.support.values import (
    FEED_DATE,
    RECORDED,
    RecordedFetch,
    feed_response,
    fixture,
    json_value,
)

JSON = "application/json; charset=utf-8"
PWC = "https://paperswithcode.co/api/v1/papers/trending?limit=50&max_age_days=30"


async def test_rows_become_items() -> None:
    fetch = RecordedFetch().add(PWC, fixture("pwc.json"), JSON)
    reading = await papers_with_code.read(PapersWithCodeSettings(), fetch, FEED_DATE)
    assert isinstance(reading, FeedReading)
    first, second, third = reading.items
    assert first.identity == "paper:arxiv:2608.01001"
    assert first.title == "Sparse Lanterns: Serving Models"
    assert first.repository == "repository:github:lantern-labs/lantern"
    assert (first.stars, first.stars_today, first.published) == (12416, 412, date(2026, 8, 18))
    assert (second.repository, second.rank) == (None, 2)
    assert third.identity == "paper:openreview:abc123"


def test_a_score_of_any_size_is_a_score() -> None:
    """JSON has whole numbers that no float can hold."""
    read = papers_with_code.parse(
        json_value(rows_with(trending={"stars_gained_24h": 10**400})), FEED_DATE
    )
    assert isinstance(read, FeedReading)
    assert {item.stars_today for item in read.items} == {None}


def rows_with(**changes: object) -> bytes:
    read = json.loads(fixture("pwc.json"))
    return json.dumps([{**row, **changes} for row in read]).encode()


PWC_DRIFTS = [
    (b'{"detail": "moved"}', "body is not a list of papers"),
    (b"[]", "list is empty"),
    (b'{"results": []}', "list is empty"),
    (b"[1, null, []]", "only 0 of 3 rows have an arXiv identifier"),
    (rows_with(arxiv_id="soon"), "only 1 of 3 rows have an arXiv identifier"),
    (rows_with(trending={"stars_gained_24h": 0}), "no row has a trending score"),
    (rows_with(trending=None), "no row has a trending score"),
    (rows_with(date_published="2026-07-01"), "newest paper is of 2026-07-01"),
    (rows_with(title=""), "no row can be read"),
]


@pytest.mark.parametrize(("body", "reason"), PWC_DRIFTS)
def test_a_response_that_has_changed_drifts(body: bytes, reason: str) -> None:
    found = papers_with_code.parse(json_value(body), FEED_DATE)
    assert isinstance(found, FeedDrift)
    assert reason in found.reason


async def test_a_redirect_to_another_host_drifts() -> None:
    moved = feed_response(
        PWC, b"<html>", "text/html", moved_to="https://huggingface.co/papers/trending"
    )
    found = await papers_with_code.read(
        PapersWithCodeSettings(), RecordedFetch({PWC: moved}), FEED_DATE
    )
    assert found == FeedDrift("redirected from paperswithcode.co to huggingface.co")


async def test_html_instead_of_json_drifts() -> None:
    for declared, shown in (("text/html", "text/html"), ("odd\x9b31m/" + "a" * 999, "odd 31m")):
        fetch = RecordedFetch().add(PWC, b"<html></html>", declared)
        found = await papers_with_code.read(PapersWithCodeSettings(), fetch, FEED_DATE)
        assert isinstance(found, FeedDrift)
        assert found.reason.startswith(f"content type is {shown}")
        assert len(found.reason) < 120


def parse_with(**changes: object) -> FeedResult:
    rows = [{**row, **changes} for row in json.loads(fixture("pwc.json"))]
    return papers_with_code.parse(JsonValue(rows), FEED_DATE)


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
    found = parse_with(**changes)
    assert not isinstance(found, FeedDrift)
    assert found.items[0].title == "Sparse Lanterns: Serving Models"


@pytest.mark.parametrize(
    ("repository", "identity"),
    [
        ({"url": "https://github.com/a/b"}, "repository:github:a/b"),
        ("https://github.com/a/b", "repository:github:a/b"),
        ("github.com/A/b", "repository:github:a/b"),
        (" a/b.c ", "repository:github:a/b.c"),
        ("gitlab.com/a/b", None),
        ("soon", None),
        ("to be released on github.com/a", None),
    ],
)
def test_a_repository_is_an_object_or_a_text(repository: object, identity: str | None) -> None:
    """Else the code of every paper would be gone, and nothing would say so."""
    for changes in ({"repository": repository}, {"repository": 1, "repositories": [repository]}):
        found = parse_with(**changes)
        assert isinstance(found, FeedReading)
        assert found.items[0].repository == identity


def test_a_page_object_and_a_byte_order_mark_are_read_as_the_array() -> None:
    body = fixture("pwc.json")
    plain = papers_with_code.parse(json_value(body), FEED_DATE)
    for same in (b'{"count": 3, "results": ' + body + b"}", b"\xef\xbb\xbf" + body):
        assert papers_with_code.parse(json_value(same), FEED_DATE) == plain


@pytest.mark.shared
def test_responses_of_the_former_api_drift() -> None:
    paths = sorted((RECORDED / "papers_with_code").glob("*.json"))
    if not paths:
        pytest.skip("../shared is absent")
    for path in paths:
        assert isinstance(
            papers_with_code.parse(json_value(path.read_bytes()), FEED_DATE), FeedDrift
        )


def test_rows_that_cannot_be_read_are_counted() -> None:
    first, *others = json.loads(fixture("pwc.json"))
    rows = [first, *others, {**first, "title": ""}]
    reading = papers_with_code.parse(JsonValue(rows), FEED_DATE)
    assert isinstance(reading, FeedReading)
    assert reading.note == f"1 of {len(rows)} rows could not be read"


@pytest.mark.parametrize("stars", [3_000_000_000, -1, 1e300])
def test_a_number_that_no_counter_shows_is_left_out(stars: float) -> None:
    changes = {"repository": {"stars": stars}, "trending": {"stars_gained_24h": stars}}
    found = parse_with(**changes)
    assert isinstance(found, FeedReading)
    assert {(item.stars, item.stars_today) for item in found.items} == {(None, None)}
