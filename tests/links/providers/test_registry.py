"""Rules that every provider follows for all of its links."""

from typing import Any

import pytest

from staycurrent.links.providers.base import Provider
from staycurrent.links.providers.registry import PROVIDERS
from staycurrent.links.settings import ProviderSettings
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

DEFAULTS = ProviderSettings().by_name()
URLS = {
    "github": ["https://github.com/a/b", "https://github.com/c/d"],
    "gitlab": ["https://gitlab.com/a/b", "https://gitlab.com/c/d/e"],
    "arxiv": ["https://arxiv.org/abs/2401.00001", "https://arxiv.org/abs/2401.00002"],
    "huggingface": ["https://huggingface.co/a/b", "https://huggingface.co/spaces/c/d"],
    "youtube": ["https://youtu.be/kCc8FmEb1nY", "https://youtu.be/kCc8FmEb1nZ"],
    "doi": ["https://doi.org/10.1000/182", "https://doi.org/10.1000/183"],
    "crates": ["https://crates.io/crates/a", "https://crates.io/crates/serde_json"],
    "pypi": ["https://pypi.org/project/a/", "https://pypi.org/project/c.d/"],
    "npm": ["https://www.npmjs.com/package/a", "https://www.npmjs.com/package/@c/d"],
}


class Everywhere(Replay):
    """The same response to every request."""

    def __init__(self, status: int, body: bytes, failure: Failure | None) -> None:
        super().__init__()
        self._fixed = (status, body, failure)

    async def __call__(self, url: str, **asked: Any) -> Response:
        status, body, failure = self._fixed
        self.asked.append(Question(url))
        return failed(url, failure) if failure else api_response(url, status, body)


STATUSES = (200, 204, 206, 301, 302, 304, 402, 418, 429, 500, 503, 999)
BODIES = (b"", b"{}", b"[]", b"null", b"<html>", b"\x00\xff", b"[" * 9999)
INVALID = (
    *((status, body, None) for status in STATUSES for body in BODIES),
    *((0, b"", failure) for failure in Failure),
)


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.name)
async def test_an_invalid_response_gives_no_observation(provider: Provider) -> None:
    links = [to(url) for url in URLS[provider.name]]
    for given in INVALID:
        api = as_api(DEFAULTS[provider.name], Everywhere(*given))
        report = await provider.check(links, api, API_DATE)
        assert report.observations == (), given
        assert report.deferred == tuple(link.key for link in links), given
        assert "2 of 2 links left for another run" in report.note, given


def test_every_provider_is_tested() -> None:
    assert [provider.name for provider in PROVIDERS] == list(URLS)
