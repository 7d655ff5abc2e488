"""Asking the DOI system whether a name is registered."""

import pytest

from staycurrent.links.observation import Outcome
from staycurrent.links.providers import doi
from staycurrent.links.settings import DoiSettings
from staycurrent.web.response import Failure, Response
from tests.support.values import API_DATE, Replay, api_response, as_api, failed, to

API = "https://doi.org/api/handles/10.1000/182"


@pytest.mark.parametrize(
    ("response", "outcome", "checks"),
    [
        (api_response(API, 200, {"responseCode": 1, "handle": "10.1000/182"}), Outcome.OK, 1),
        (
            api_response(API, 404, {"responseCode": 100, "handle": "10.1000/182"}),
            Outcome.MISSING,
            2,
        ),
        (api_response(API, 200, {"responseCode": 200}), None, 0),
        (api_response(API, 500, {"responseCode": 2}), None, 0),
        (api_response(API, 404, b"<html>"), None, 0),
        (api_response(API, 429, b""), None, 0),
        (api_response(API, 200, {"responseCode": 1}, to="https://evil.example/"), None, 0),
        (failed(API, Failure.DNS_TROUBLE), None, 0),
    ],
)
async def test_a_name_is_registered_or_not(
    replay: Replay, response: Response, outcome: Outcome | None, checks: int
) -> None:
    replay.at(API, response)
    links = [to("https://doi.org/10.1000/182")]

    report = await doi.PROVIDER.check(links, as_api(DoiSettings(), replay), API_DATE)

    expected = [] if outcome is None else [(outcome, checks, "doi")]
    assert [(s.outcome, s.checks, s.checked_by) for s in report.observations] == expected
    assert len(report.deferred) == 1 - len(expected)
