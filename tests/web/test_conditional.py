"""Conditional requests: which validators are stored, and to which URL they are sent."""

import pytest

from staycurrent.web.replay.scenario import HostRule, PageRule, ReplayResponse, Scenario
from staycurrent.web.response import Response, Validators, from_not_modified
from tests.support.web_server import played

URL = "https://site.test/a"
ASKED = {"if-none-match": '"one"', "if-modified-since": "Sun, 01 Nov 2026 02:00:00 GMT"}
SAME = PageRule(URL, ReplayResponse(304), needs=(("if-none-match", '"one"'),))


async def fetch(*pages: PageRule) -> tuple[int, list[tuple[str, bool]]]:
    """The status, and of each request its URL and whether it was conditional."""
    scenario = Scenario((HostRule("site.test"), HostRule("other.test")), pages)
    with played(scenario) as it:
        response = await it.web().request(URL, conditions=ASKED)
        sent = [(one.url, "if-none-match" in one.headers) for one in it.server.requests]
        return response.status, sent


async def test_an_unchanged_page_is_304() -> None:
    assert await fetch(SAME, PageRule(URL, ReplayResponse(200))) == (304, [(URL, True)])


async def test_conditions_are_not_sent_to_the_target_of_a_redirect() -> None:
    for end in ("https://site.test/b", "https://other.test/"):
        moved = PageRule(URL, ReplayResponse(301, (("location", end),)))
        there = PageRule(end, ReplayResponse(200, body=b"<title>New</title>"))
        assert await fetch(moved, there) == (200, [(URL, True), (end, False)])


async def test_without_conditions_none_are_sent() -> None:
    with played(
        Scenario((HostRule("site.test"),), (SAME, PageRule(URL, ReplayResponse(200))))
    ) as it:
        response = await it.web().request(URL)
        assert response.status == 200
        assert not {"if-none-match", "if-modified-since"} & set(it.server.requests[0].headers)


DATE = "Sun, 01 Nov 2026 02:00:00 GMT"


def response(headers: dict[str, str], status: int = 200) -> Response:
    return Response(URL, URL, (), 0.1, status=status, headers=headers, body=b"body")


@pytest.mark.parametrize(
    ("headers", "sent"),
    [
        ({}, {}),
        ({"etag": '"one"'}, {"if-none-match": '"one"'}),
        ({"etag": ' W/"one" '}, {"if-none-match": 'W/"one"'}),
        ({"last-modified": DATE}, {"if-modified-since": DATE}),
        (
            {"etag": '"one"', "last-modified": DATE},
            {"if-none-match": '"one"', "if-modified-since": DATE},
        ),
        ({"etag": "one"}, {}),
        ({"etag": '"o\nne"'}, {}),
        ({"etag": '"' + "x" * 201 + '"'}, {}),
        ({"last-modified": "yesterday"}, {}),
    ],
)
def test_validators_that_are_well_formed_are_sent_back(
    headers: dict[str, str], sent: dict[str, str]
) -> None:
    validators = Validators.of(response(headers))
    assert validators.headers == sent
    assert bool(validators) is bool(sent)


def test_a_304_becomes_the_stored_response_with_its_new_headers() -> None:
    fresh = from_not_modified(response({"etag": '"two"'}, 304), b"stored", "text/html")
    assert (fresh.status, fresh.body) == (200, b"stored")
    assert fresh.headers == {"etag": '"two"', "content-type": "text/html"}
