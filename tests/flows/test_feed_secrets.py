"""Tokens and feeds: shown to two APIs, and in no page that is kept, whatever an API says back."""

import json
import zlib
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.flows.test_secrets import (
    GITHUB,
    HUGGING_FACE,
    Wiretap,
    kept,
    leaks,
    logged,
    rows,
    tapped,
)
from tests.support.folder import SETTINGS
from tests.support.values import daily_row

DAILY = "https://huggingface.co/api/daily_papers*"
SEARCH = "https://api.github.com/search/repositories*"


def said_back(token: str) -> str:
    """Papers whose titles, abstracts and addresses repeat what the API was sent."""
    from datetime import date

    days = [date(2026, 10, 19 + n % 5) for n in range(40)]
    papers = [daily_row(number, day) for number, day in enumerate(days, 1)]
    return json.dumps([{**one, "title": f"Bearer {token}", "summary": token} for one in papers])


def found_back(token: str) -> str:
    row = {
        "html_url": "https://github.com/young/star",
        "description": f"authorization: Bearer {token}",
        "stargazers_count": 900,
        "created_at": "2026-10-30T00:00:00Z",
    }
    return json.dumps({"incomplete_results": False, "items": [row]})


WEB = f"""
[[page]]
url = "{DAILY}"
nights = "2"
needs = {{ authorization = "Bearer" }}
status = 401
headers = {{ www-authenticate = "Bearer {HUGGING_FACE}" }}
body = "not for Bearer {HUGGING_FACE}"
[[page]]
url = "{DAILY}"
nights = "3"
status = 302
location = "https://elsewhere.example/api/?was={HUGGING_FACE}"
[[page]]
url = "{DAILY}"
headers = {{ content-type = "application/json", etag = '"{HUGGING_FACE}"' }}
body = {json.dumps(said_back(HUGGING_FACE))}
[[page]]
url = "{SEARCH}"
nights = "3"
status = 302
location = "https://elsewhere.example/?was={GITHUB}"
[[page]]
url = "{SEARCH}"
headers = {{ content-type = "application/json" }}
body = {json.dumps(found_back(GITHUB))}
[[page]]
url = "https://elsewhere.example/*"
headers = {{ content-type = "application/json" }}
body = "[]"
"""
NIGHTS = 4


@pytest.fixture(scope="module")
def pulled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Wiretap, str]]:
    """Four nights of feeds with both tokens, and everything that was said and logged."""
    with tapped(tmp_path_factory.mktemp("feeds")) as tap, logged() as log:
        tap.folder.write(listed="# A list\n", web=WEB, settings="")
        (tap.folder.path / "staycurrent.toml").write_text(SETTINGS, encoding="utf-8")
        said = []
        for night in range(1, NIGHTS + 1):
            ended = tap.folder.staycurrent("pull", "-v", night=night)
            status = tap.folder.staycurrent("status", "--format", "json", night=night)
            said += [ended.out, ended.err, status.out, status.err]
            assert ended.code == 0, ended.err
        yield tap, "".join(said) + log.getvalue()


def unpacked(warehouse: Path) -> bytes:
    """Every page that is kept."""
    with duckdb.connect(str(warehouse), read_only=True) as own:
        found = own.sql("SELECT compressed FROM response_bodies").fetchall()
    return b"".join(zlib.decompress(packed) for (packed,) in found)


def test_each_token_is_shown_to_its_own_api_and_to_nobody_else(
    pulled: tuple[Wiretap, str],
) -> None:
    tap, _ = pulled
    assert tap.contacted_hosts(HUGGING_FACE) == {"huggingface.co"}
    assert tap.contacted_hosts(GITHUB) == {"api.github.com"}
    requested = {
        one.extensions["target"].decode().partition("?")[0]
        for one in tap.sent
        if "authorization" in one.headers
    }
    assert requested == {"/api/daily_papers", "/search/repositories"}


def test_no_token_is_in_a_row_or_a_kept_page(pulled: tuple[Wiretap, str]) -> None:
    tap, said = pulled
    pages = unpacked(tap.folder.warehouse)
    assert b"[token]" in pages
    assert leaks(pages) == set()
    assert leaks(rows(tap.folder.warehouse)) == set()
    assert {name for name, data in kept(tap.folder) if leaks(data)} == set()
    assert leaks(said) == set()


def test_a_refused_token_does_not_close_what_is_open_to_everybody(
    pulled: tuple[Wiretap, str],
) -> None:
    tap, said = pulled
    assert "weekly_papers ok" in said
    assert any(
        "authorization" not in one.headers for one in tap.sent if one.url.host == "huggingface.co"
    )
