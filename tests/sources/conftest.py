"""Feeds are parsed in this process: a child of its own imports the parser for each of them."""

import asyncio
import json
import warnings

import pytest

from staycurrent.sources.feed_parser_process import parse_body


class ParsedHere:
    """A child process that has ended well."""

    returncode = 0

    def __init__(self, url: str) -> None:
        self._url = url

    async def communicate(self, body: bytes) -> tuple[bytes, None]:
        """What the child would print."""
        with warnings.catch_warnings(action="ignore"):  # as in the child
            return json.dumps(parse_body(body, self._url)).encode(), None


@pytest.fixture(autouse=True)
def parsed_here(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not where the child is the subject."""

    async def exec_here(
        _python: str, _isolated: str, _child: str, url: str, **_: int
    ) -> ParsedHere:
        return ParsedHere(url)

    if request.node.path.stem != "test_feed_parser":
        monkeypatch.setattr(asyncio, "create_subprocess_exec", exec_here)
