"""Conditional questions: their headers are about one address, and go to no other."""

from staycurrent.web.replay.scenario import HostRule, PageRule, ReplayResponse, Scenario
from tests.support.web_server import played

URL = "https://site.test/a"
ASKED = {"if-none-match": '"one"', "if-modified-since": "Sun, 01 Nov 2026 02:00:00 GMT"}
SAME = PageRule(URL, ReplayResponse(304), needs=(("if-none-match", '"one"'),))


async def looked(*pages: PageRule) -> tuple[int, list[tuple[str, bool]]]:
    """The status, and of each request its address and whether it was conditional."""
    scenario = Scenario((HostRule("site.test"), HostRule("other.test")), pages)
    with played(scenario) as it:
        answer = await it.web().request(URL, conditions=ASKED)
        sent = [(one.url, "if-none-match" in one.headers) for one in it.server.requests]
        return answer.status, sent


async def test_a_page_that_did_not_change_is_not_sent() -> None:
    assert await looked(SAME, PageRule(URL, ReplayResponse(200))) == (304, [(URL, True)])


async def test_where_it_leads_nothing_is_said_of_what_was_there() -> None:
    for end in ("https://site.test/b", "https://other.test/"):
        moved = PageRule(URL, ReplayResponse(301, (("location", end),)))
        there = PageRule(end, ReplayResponse(200, body=b"<title>New</title>"))
        assert await looked(moved, there) == (200, [(URL, True), (end, False)])


async def test_without_a_condition_none_is_sent() -> None:
    with played(
        Scenario((HostRule("site.test"),), (SAME, PageRule(URL, ReplayResponse(200))))
    ) as it:
        answer = await it.web().request(URL)
        assert answer.status == 200
        assert not {"if-none-match", "if-modified-since"} & set(it.server.requests[0].headers)
