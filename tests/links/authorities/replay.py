"""A web of answers fixed in advance, and small GitHubs that answer as the real one does."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Unpack

from staycurrent.links.link import Link, link
from staycurrent.web.answer import Answer, Failure, Hop, How

NOW = datetime(2026, 12, 3, 2, 0, tzinfo=UTC)
NIGHT = date(2026, 12, 3)


@dataclass(frozen=True, slots=True)
class Question:
    """One request as it was asked."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    follow: bool = True


Respond = Callable[[Question], Answer]


def answer(
    url: str,
    status: int = 200,
    body: object = b"",
    *,
    headers: Mapping[str, str] | None = None,
    to: str = "",
) -> Answer:
    """An answer as `web` gives it; `to` is where a redirect ended."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    hops = (Hop(url, 301, to),) if to else ()
    return Answer(url, to or url, hops, 0.01, status=status, headers=dict(headers or {}), body=raw)


def failed(url: str, failure: Failure) -> Answer:
    return Answer(url, url, (), 0.01, failure=failure, detail="as the test has it")


class Replay:
    """Replays answers by address, in turn, the last one for ever; nobody listens elsewhere."""

    def __init__(self) -> None:
        self.asked: list[Question] = []
        self._turns: dict[str, list[Respond]] = {}

    def at(self, url: str, *turns: Answer | Respond) -> None:
        """Say what comes at an address (without query), each time that it is asked."""
        self._turns[url] = [turn if callable(turn) else _always(turn) for turn in turns]

    @property
    def urls(self) -> list[str]:
        return [question.url for question in self.asked]

    async def __call__(self, url: str, **how: Unpack[How]) -> Answer:
        question = Question(
            url,
            how.get("method", "GET"),
            dict(how.get("headers") or {}),
            how.get("content", b""),
            how.get("follow", True),
        )
        self.asked.append(question)
        turns = self._turns.get(url.partition("?")[0])
        if not turns:
            return failed(url, Failure.REFUSED)
        return (turns.pop(0) if len(turns) > 1 else turns[0])(question)


def _always(fixed: Answer) -> Respond:
    return lambda _: fixed


def pushed(days_ago: int) -> str:
    return f"{NOW - timedelta(days=days_ago):%Y-%m-%dT%H:%M:%SZ}"


def rest_body(name: str, **changes: object) -> dict[str, object]:
    """What GitHub's REST API says of a living repository, as far as it matters, and some more."""
    return {
        "id": 1,
        "node_id": f"R_{name.lower()}",
        "full_name": name,
        "private": False,
        "html_url": f"https://github.com/{name}",
        "archived": False,
        "disabled": False,
        "pushed_at": pushed(10),
        "updated_at": pushed(0),
    } | changes


def node(name: str, **changes: object) -> dict[str, object]:
    """What GitHub's GraphQL API says of a living repository."""
    return {
        "id": f"R_{name.lower()}",
        "nameWithOwner": name,
        "isArchived": False,
        "isDisabled": False,
        "isPrivate": False,
        "pushedAt": pushed(10),
    } | changes


class GraphQL:
    """GitHub's GraphQL endpoint over a few repositories, with its limits."""

    def __init__(self, nodes: Mapping[str, dict[str, object]]) -> None:
        self.nodes = {name.lower(): told for name, told in nodes.items()}
        self.most = 1000
        """Aliases that it can answer in ten seconds; beyond that comes `overload`."""
        self.overload: Respond = lambda question: answer(question.url, 502, b"<html>Bad Gateway")
        self.forbidden: set[str] = set()
        self.remaining = 4000
        self.sizes: list[int] = []
        """How many repositories each query asked for."""

    def __call__(self, question: Question) -> Answer:
        wanted = names_in(question)
        self.sizes.append(len(wanted))
        if len(wanted) > self.most:
            return self.overload(question)
        self.remaining -= 1
        data = {alias: self.nodes.get(name.lower()) for alias, name in wanted.items()}
        errors = [self._error(a, n) for a, n in wanted.items() if data[a] is None]
        headers = {"x-ratelimit-limit": "5000", "x-ratelimit-remaining": str(self.remaining)}
        body = {"data": data} | ({"errors": errors} if errors else {})
        return answer(question.url, 200, body, headers=headers)

    def _error(self, alias: str, name: str) -> dict[str, object]:
        kind = "FORBIDDEN" if name.lower() in self.forbidden else "NOT_FOUND"
        message = f"Could not resolve to a Repository with the name '{name}'."
        return {"type": kind, "path": [alias], "message": message}


def names_in(question: Question) -> dict[str, str]:
    """The repositories that a GraphQL query asks for, by alias."""
    query: Any = json.loads(question.content)["query"]
    found = re.findall(r'(\w+): repository\(owner:"([^"]*)",name:"([^"]*)"', query)
    return {alias: f"{owner}/{name}" for alias, owner, name in found}


def to(url: str) -> Link:
    made = link(url)
    assert isinstance(made, Link), url
    return made
