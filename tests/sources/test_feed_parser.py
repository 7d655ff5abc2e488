"""Feeds are parsed in a child process, and a body is never taken for an address."""

from pathlib import Path

import pytest

from staycurrent.sources import feed_parser
from staycurrent.sources.item import FeedDrift
from tests.support.values import fixture, weekly_rss


def billion_laughs() -> bytes:
    entities = "".join(
        f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' if n else '<!ENTITY l0 "ha">' for n in range(10)
    )
    head = f'<?xml version="1.0"?><!DOCTYPE rss [{entities}]>'
    item = "<item><title>&l9;</title><link>https://bomb.test/</link></item>"
    return f'{head}<rss version="2.0"><channel>{item}</channel></rss>'.encode()


async def test_entries_keep_the_feeds_order_and_dates() -> None:
    found = await feed_parser.parse_feed(fixture("arxiv.xml"))
    assert isinstance(found, feed_parser.ParsedFeed)
    assert [entry.title for entry in found.entries] == [
        "Lanterns for Long Contexts",
        "An Older Pond",
    ]
    assert [entry.announce_type for entry in found.entries] == ["new", "replace"]
    assert str(found.updated) == "2026-08-21"
    assert found.error == ""


async def test_a_billion_laughs_drifts() -> None:
    found = await feed_parser.parse_feed(billion_laughs())
    assert found == FeedDrift("body expands without bound (an XML bomb)")


async def test_a_body_that_is_a_path_is_not_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret.xml"
    secret.write_bytes(fixture("archive.xml"))
    for body in (str(secret), f"file://{secret}", "http://127.0.0.1:9/feed"):
        assert isinstance(await feed_parser.parse_feed(body.encode()), FeedDrift)


async def test_an_external_entity_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("SECRET")
    body = (
        f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file://{tmp_path}/secret">]>'
        '<rss version="2.0"><channel><item><title>&x;</title></item></channel></rss>'
    )
    assert "SECRET" not in str(await feed_parser.parse_feed(body.encode()))


async def test_a_truncated_feed_has_an_error() -> None:
    found = await feed_parser.parse_feed(
        weekly_rss(range(1, 40), "Mon, 17 Aug 2026 00:30:00 +0000")[:-700]
    )
    assert isinstance(found, feed_parser.ParsedFeed)
    assert "SAXParseException" in found.error


async def test_a_parser_that_takes_too_long_is_stopped() -> None:
    found = await feed_parser.parse_feed(fixture("archive.xml"), timeout_s=0.001)
    assert found == FeedDrift("body could not be parsed within 0.001 s")


@pytest.mark.parametrize("body", [b"", b"<html><body>hello</body></html>", b"\x00\xff", b"[]"])
async def test_a_body_that_is_not_a_feed_drifts(body: bytes) -> None:
    assert isinstance(await feed_parser.parse_feed(body), FeedDrift)


async def test_a_character_that_does_not_exist_is_in_the_reason() -> None:
    body = b"<rss version=2.0><channel><item><title>A &#x110000; B</title>"
    found = await feed_parser.parse_feed(body)
    assert isinstance(found, FeedDrift)
    assert "ValueError" in found.reason
