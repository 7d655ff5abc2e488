"""Asking YouTube: a video is missing where both its card and its picture are."""

import pytest

from staycurrent.links.observation import Outcome
from staycurrent.links.providers import youtube
from staycurrent.links.providers.base import ProviderReport
from staycurrent.links.settings import YouTubeSettings
from staycurrent.web.response import Failure, Response
from tests.support.values import (
    API_DATE,
    Question,
    Replay,
    api_response,
    as_api,
    failed,
    to,
)

OEMBED = "https://www.youtube.com/oembed"
PICTURE = "https://img.youtube.com/vi/kCc8FmEb1nY/0.jpg"


async def ask(replay: Replay, *videos: str) -> ProviderReport:
    links = [to(f"https://youtu.be/{video}") for video in videos or ["kCc8FmEb1nY"]]
    settings = YouTubeSettings()
    return await youtube.PROVIDER.check(links, as_api(settings, replay), API_DATE)


@pytest.mark.parametrize(
    ("response", "picture", "outcome", "checks"),
    [
        (api_response(OEMBED, 200, {"title": "x", "author_name": "y"}), 200, Outcome.OK, 1),
        (api_response(OEMBED, 401, b"Unauthorized"), 200, Outcome.OK, 1),
        (api_response(OEMBED, 401, b"Unauthorized"), 404, Outcome.OK, 1),
        (api_response(OEMBED, 403, b"Forbidden"), 200, Outcome.BLOCKED, 1),
        (api_response(OEMBED, 404, b"Not Found"), 404, Outcome.MISSING, 2),
        (api_response(OEMBED, 400, b"Bad Request"), 404, Outcome.MISSING, 2),
        (api_response(OEMBED, 404, b"Not Found"), 503, Outcome.MISSING, 2),
        (api_response(OEMBED, 404, b"Not Found"), 200, None, 0),
        (api_response(OEMBED, 200, b"Forbidden"), 200, None, 0),
        (api_response(OEMBED, 200, {"error": "x"}), 200, None, 0),
        (
            api_response(OEMBED, 200, {"title": "x"}, to="https://consent.youtube.com/m"),
            200,
            None,
            0,
        ),
        (api_response(OEMBED, 404, b"", to="https://consent.youtube.com/m"), 404, None, 0),
        (api_response(OEMBED, 429, b""), 404, None, 0),
        (api_response(OEMBED, 500, b""), 404, None, 0),
        (failed(OEMBED, Failure.TIMEOUT), 404, None, 0),
    ],
)
async def test_a_video_is_judged_by_its_card_and_its_picture(
    replay: Replay, response: Response, picture: int, outcome: Outcome | None, checks: int
) -> None:
    replay.at(OEMBED, response)
    replay.at(PICTURE, api_response(PICTURE, picture))

    report = await ask(replay)

    expected = [] if outcome is None else [(outcome, checks, "youtube")]
    assert [(s.outcome, s.checks, s.checked_by) for s in report.observations] == expected
    assert len(report.deferred) == 1 - len(expected)


async def test_a_video_found_by_the_second_check_is_alive(replay: Replay) -> None:
    replay.at(OEMBED, api_response(OEMBED, 404), api_response(OEMBED, 200, {"title": "x"}))

    report = await ask(replay)

    assert [seen.outcome for seen in report.observations] == [Outcome.OK]


async def test_the_video_is_named_by_its_secure_page(replay: Replay) -> None:
    await ask(replay)

    assert replay.urls == [
        f"{OEMBED}?format=json&url=https%3A%2F%2Fwww.youtube.com%2Fwatch%3Fv%3DkCc8FmEb1nY"
    ]


async def test_videos_without_an_answer_keep_no_other_from_its_own(replay: Replay) -> None:
    def card(question: Question) -> Response:
        if "v%3Dremoved" in question.url:
            return api_response(question.url, 404)
        return api_response(question.url, 200, {"title": "x"})

    replay.at(OEMBED, card)
    removed = [f"removed{number:04}" for number in range(10)]
    for video in removed:
        url = f"{YouTubeSettings().thumbnails}/{video}/0.jpg"
        replay.at(url, api_response(url, 200))
    well = [f"welllll{number:04}" for number in range(10)]

    report = await ask(replay, *removed, *well)

    assert [seen.link[-11:] for seen in report.observations] == well
    assert len(report.deferred) == len(removed)


async def test_a_youtube_that_is_down_is_given_up_soon(replay: Replay) -> None:
    report = await ask(replay, *(f"welllll{number:04}" for number in range(10)))

    assert (report.observations, len(report.deferred)) == ((), 10)
    assert len(replay.asked) == YouTubeSettings().patience
    assert "given up" in report.note
