"""GitHub's API, for all rooms: requests, authorisation, refusals and quota."""

import json
from dataclasses import dataclass, field, replace
from typing import Final

from staycurrent.web.response import Failure, Fetch, Response, json_object

REST_HEADERS: Final = {
    "accept": "application/vnd.github+json",
    "x-github-api-version": "2022-11-28",
}
_RATE_LIMIT_TYPES = frozenset({"RATE_LIMITED", "RATE_LIMIT"})
# both are in use: https://github.com/yanyongyu/githubkit/issues/271


@dataclass(frozen=True, slots=True)
class GitHubClient:
    """One GitHub, and the token that requests to it carry, if any."""

    fetch: Fetch
    api: str
    """`https://api.github.com`, or `https://HOST/api/v3` of an Enterprise server."""
    token: str = field(default="", repr=False)

    async def request(
        self,
        method: str,
        path: str,
        data: object = None,
        *,
        follow_redirects: bool = False,
        body_bytes: int | None = None,
    ) -> Response:
        """Send a REST request; `data` becomes its JSON body.

        With a token, redirects are better not followed: a repository that moved is another one.
        """
        headers = dict(REST_HEADERS)
        if self.token:
            headers["authorization"] = f"Bearer {self.token}"
        if data is not None:
            headers["content-type"] = "application/json"
        return await self.fetch(
            f"{self.api.rstrip('/')}/{path}",
            method=method,
            headers=headers,
            content=b"" if data is None else json.dumps(data).encode(),
            follow_redirects=follow_redirects,
            body_bytes=body_bytes,
        )

    async def graphql(
        self, query: str, variables: object = None, *, body_bytes: int | None = None
    ) -> Response:
        """Send a GraphQL query; GitHub answers these only with a token."""
        data = {"query": query} if variables is None else {"query": query, "variables": variables}
        root = replace(self, api=self.api.rstrip("/").removesuffix("/v3"))
        return await root.request("POST", "graphql", data, body_bytes=body_bytes)


def refusal_reason(response: Response) -> str:
    """Why GitHub should not be asked again in this run; empty if it may.

    A 403 with a `block` is about one repository, not about us.
    """
    if response.failure is Failure.DEFERRED:
        return response.detail or "GitHub asked to come back later"
    if response.status == 401:
        return "GitHub refused the token (401)"
    if response.status == 429 or (response.status == 403 and not is_blocked(response)):
        return f"GitHub's limit is reached ({response.status})"
    return ""


def is_rate_limited(response: Response) -> bool:
    """Whether the hour's quota or a secondary limit is reached.

    The latter is a 403 as a rule, with a header or without; a 422 for many pull requests or
    issues in a row. "Abuse" is what servers of before 2022 call it.
    https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
    """
    if response.status == 429:
        return True
    spent = response.headers.get("x-ratelimit-remaining") == "0"
    text = response.text.lower()
    named = "retry-after" in response.headers or "rate limit" in text or "abuse detection" in text
    is_too_fast = response.status == 422 and "submitted too quickly" in text
    return is_too_fast or (response.status == 403 and (spent or named))


def is_blocked(response: Response) -> bool:
    """Whether GitHub has closed the repository, by law or by its own terms."""
    body = json_object(response)
    return response.status == 451 or (body is not None and "block" in body)


def reports_rate_limit(errors: list[object]) -> bool:
    """Whether the errors of a GraphQL response with status 200 name the rate limit."""
    for error in errors:
        match error:
            case {"type": str(kind)} if kind in _RATE_LIMIT_TYPES:
                return True
            case {"path": list()}:
                continue  # its message quotes a repository's name
            case {"message": str(message)} if "rate limit" in message.lower():
                return True
    return False


def is_quota_low(response: Response, reserve: float) -> bool:
    """Whether at most `reserve` (a share of the hourly quota) is left; False if unknown."""
    limit = response.headers.get("x-ratelimit-limit", "")
    remaining = response.headers.get("x-ratelimit-remaining", "")
    if not (limit.isdecimal() and remaining.isdecimal()):
        return False
    return int(remaining) <= int(limit) * reserve
