"""GitHub asked for what changed: a 304 is the answer that we had, and everything else is new."""

from dataclasses import replace
from datetime import datetime

import pytest

from staycurrent.links.observation import Freshness, Outcome
from staycurrent.links.providers.base import ProviderReport
from staycurrent.links.providers.github import check as github
from staycurrent.links.providers.github.rest import CachedRepository, ConditionalFetcher
from staycurrent.links.settings import GitHubSettings as Settings
from staycurrent.web.response import Failure, Response
from tests.support.values import (
    API_DATE,
    API_NOW,
    Question,
    Replay,
    api_response,
    failed,
    pushed,
    rest_body,
    to,
)

API = "https://api.github.com"
REQUESTS = f"{API}/repos/psf/requests"
SETTINGS = Settings()
QUOTA = {"x-ratelimit-limit": "60", "x-ratelimit-remaining": "50"}


class GitHub:
    """One repository under a tag; who names the tag gets a 304."""

    def __init__(self, **changes: object) -> None:
        self.etag = 'W/"1"'
        self.changes = changes
        self.moved_to = ""

    def __call__(self, question: Question) -> Response:
        same = question.headers.get("if-none-match") == self.etag
        body = b"" if same else rest_body("psf/requests", **self.changes)
        headers = QUOTA | {"etag": self.etag}
        return api_response(
            question.url, 304 if same else 200, body, headers=headers, to=self.moved_to
        )


class Memory:
    """What nights remember for each other."""

    def __init__(self, replay: Replay) -> None:
        self.replay = replay
        self.known: dict[str, CachedRepository] = {}

    async def night(self, *names: str, now: datetime = API_NOW) -> ProviderReport:
        kept: list[CachedRepository] = []
        ask = ConditionalFetcher(
            self.replay, API, API_DATE, known=dict(self.known), keep=kept.append
        )
        links = [to(f"https://github.com/{name}") for name in names or ("psf/requests",)]
        report = await github.PROVIDER.check(
            links, settings=SETTINGS, ask=ask, now=now, run_date=API_DATE
        )
        self.known |= {one.requested_name: one for one in kept}
        return report


@pytest.fixture
def memory(replay: Replay) -> Memory:
    return Memory(replay)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"archived": True},
        {"disabled": True},
        {"private": True},
        {"pushed_at": None},
        {"pushed_at": pushed(800)},
        {"full_name": "psf/renamed"},
        {"node_id": None},
        {"id": None},
    ],
)
async def test_what_has_not_changed_is_observed_as_it_was(
    memory: Memory, changes: dict[str, object]
) -> None:
    memory.replay.at(REQUESTS, GitHub(**changes))
    first = await memory.night()
    second = await memory.night()
    assert second.observations == first.observations
    assert "if-none-match" not in memory.replay.asked[0].headers
    assert memory.replay.asked[1].headers["if-none-match"] == 'W/"1"'
    assert memory.replay.asked[1].headers["accept"] == "application/vnd.github+json"


async def test_what_changed_is_read_anew_and_cached_anew(memory: Memory) -> None:
    hub = GitHub()
    memory.replay.at(REQUESTS, hub)
    await memory.night()
    hub.etag, hub.changes = '"2"', {"archived": True}
    for _ in range(2):
        (seen,) = (await memory.night()).observations
        assert seen.freshness is Freshness.ARCHIVED
    assert memory.known["psf/requests"].etag == '"2"'


@pytest.mark.parametrize("identity", [None, "7", "7 R_psf/requests"])
async def test_what_was_cached_without_its_owner_gets_one_with_the_next_change(
    memory: Memory, identity: str | None
) -> None:
    hub = GitHub()
    memory.replay.at(REQUESTS, hub)
    (first,) = (await memory.night()).observations
    (cached,) = memory.known.values()
    before = replace(cached.repository, identity=identity)
    memory.known["psf/requests"] = replace(cached, repository=before)
    assert [one.identity for one in (await memory.night()).observations] == [identity]
    hub.etag = '"2"'
    for _ in range(2):
        assert (await memory.night()).observations == (first,)


async def test_a_repository_grows_idle_without_a_change(memory: Memory) -> None:
    memory.replay.at(REQUESTS, GitHub())
    await memory.night()
    (seen,) = (await memory.night(now=API_NOW.replace(year=API_NOW.year + 3))).observations
    assert seen.freshness is Freshness.IDLE


async def test_an_old_name_is_known_under_itself(memory: Memory) -> None:
    hub = GitHub()
    hub.moved_to = f"{API}/repositories/1"
    memory.replay.at(f"{API}/repos/old/name", hub)
    for _ in range(2):
        (seen,) = (await memory.night("old/name")).observations
        assert seen.final_url == "https://github.com/psf/requests"
    assert list(memory.known) == ["old/name"]


@pytest.mark.parametrize(
    "later",
    [
        api_response(REQUESTS, 404),
        api_response(REQUESTS, 500),
        api_response(REQUESTS, 403),
        api_response(REQUESTS, 304, to="https://evil.example/repositories/1"),
        failed(REQUESTS, Failure.TIMEOUT),
    ],
)
async def test_memory_never_stands_in_for_another_answer(memory: Memory, later: Response) -> None:
    memory.replay.at(REQUESTS, GitHub(), later)
    await memory.night()
    assert Outcome.OK not in [seen.outcome for seen in (await memory.night()).observations]


@pytest.mark.parametrize("etag", ["", "1", '"a\r\nb"', '"' + "x" * 999 + '"', '"\u00e9"'])
async def test_a_tag_that_is_none_is_not_kept(memory: Memory, etag: str) -> None:
    hub = GitHub()
    hub.etag = etag
    memory.replay.at(REQUESTS, hub)
    assert len((await memory.night()).observations) == 1
    assert memory.known == {}


async def test_a_304_that_nobody_asked_for_is_no_verdict(memory: Memory) -> None:
    memory.replay.at(REQUESTS, api_response(REQUESTS, 304, headers=QUOTA))
    assert (await memory.night()).observations == ()


async def test_the_end_of_the_quota_is_seen_in_a_304_too(memory: Memory) -> None:
    hub = GitHub()
    memory.replay.at(REQUESTS, hub)
    await memory.night()
    spent = api_response(REQUESTS, 304, headers=QUOTA | {"x-ratelimit-remaining": "3"})
    memory.replay.at(REQUESTS, spent)
    report = await memory.night("psf/requests", "other/one")
    assert ([one.outcome for one in report.observations], len(report.deferred)) == ([Outcome.OK], 1)
