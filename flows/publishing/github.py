"""GitHub's REST API as far as one standing pull request needs it; its refusals are values."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar
from urllib.parse import quote

from staycurrent.flows.errors import ExternalProblem
from staycurrent.web.response import Failure, Fetch, Response

HEADERS: Final = {
    "accept": "application/vnd.github+json",
    "content-type": "application/json",
    "x-github-api-version": "2022-11-28",
}
_LARGEST = 4_000_000
"""Bytes of an answer: a page of pull requests with bodies of 60,000 characters."""
_PAGE = 20
_PAGES = 15
_EDITS = """\
query($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      userContentEdits(first: 20) { nodes { editedAt diff editor { login } } }
    }
  }
}"""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request of ours."""

    number: int
    url: str
    title: str
    body: str
    head: str
    """The commit that it ends with, or ended with when it was closed."""
    base: str
    is_open: bool
    is_merged: bool
    updated_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class BodyEdit:
    """One version of a pull request's body."""

    who: str
    """Login; empty where the account is gone."""
    at: datetime
    body: str
    """The whole of it as it was then."""


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue of ours."""

    number: int
    title: str
    body: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class RepositoryApi:
    """One repository on GitHub, and the right by which it is spoken to."""

    ask: Fetch
    api: str
    repository: str
    token: str

    async def pulls(
        self, branch: str, state: str = "all"
    ) -> tuple[PullRequest, ...] | ExternalProblem:
        """The pull requests from a branch of this very repository, the newest first."""
        owner = self.repository.partition("/")[0]
        head = quote(f"{owner}:{branch}", safe="")
        path = f"pulls?state={state}&head={head}&sort=created&direction=desc&per_page={_PAGE}"
        return await self._said("GET", path, lambda found: _pulls(found, branch, self.repository))

    async def standing(self, branch: str) -> tuple[PullRequest, ...] | ExternalProblem:
        """The newest from a branch, and the open one, which may be an old one opened again."""
        newest = await self.pulls(branch)
        if isinstance(newest, ExternalProblem) or len(newest) < _PAGE or any(map(_is_open, newest)):
            return newest
        again = await self.pulls(branch, "open")
        return again if isinstance(again, ExternalProblem) else (*again, *newest)

    async def open(
        self, title: str, body: str, branch: str, base: str, *, draft: bool
    ) -> PullRequest | ExternalProblem:
        """Open a pull request."""
        wanted = {"title": title, "body": body, "head": branch, "base": base, "draft": draft}
        return await self._said("POST", "pulls", _pull, wanted)

    async def edit(self, number: int, wanted: Mapping[str, str]) -> PullRequest | ExternalProblem:
        """Give a pull request another `title`, `body`, `base` or `state`."""
        return await self._said("PATCH", f"pulls/{number}", _pull, wanted)

    async def comment(self, number: int, text: str) -> ExternalProblem | None:
        """Comment on a pull request or an issue."""
        path = f"issues/{number}/comments"
        said = await self._said("POST", path, lambda _: True, {"body": text})
        return said if isinstance(said, ExternalProblem) else None

    async def label(self, number: int, labels: Sequence[str]) -> ExternalProblem | None:
        """Add labels; those that the repository does not have are made by GitHub."""
        path = f"issues/{number}/labels"
        said = await self._said("POST", path, lambda _: True, {"labels": list(labels)})
        return said if isinstance(said, ExternalProblem) else None

    async def closed_by(self, number: int) -> str | ExternalProblem:
        """Login of who closed it; empty where GitHub does not say."""
        return await self._said("GET", f"issues/{number}", _closer)

    async def edits(self, number: int) -> tuple[BodyEdit, ...] | ExternalProblem:
        """The versions of a pull request's body, the newest first; only GraphQL tells them.

        https://docs.github.com/graphql/reference/objects#usercontentedit
        """
        owner, _, name = self.repository.partition("/")
        asked = {"owner": owner, "name": name, "number": number}
        url = f"{self.api.rstrip('/').removesuffix('/v3')}/graphql"
        answer = await self._answer("POST", url, {"query": _EDITS, "variables": asked})
        return _read(answer, _edits, "POST", "graphql")

    async def issues(self, label: str) -> tuple[Issue, ...] | ExternalProblem:
        """Issues with a label, the oldest first; pull requests are none."""
        path = f"issues?state=all&labels={quote(label)}&sort=created&direction=asc&per_page={_PAGE}"
        found: list[Issue] = []
        for page in range(1, _PAGES + 1):
            answer = await self._answer("GET", self._url(f"{path}&page={page}"))
            read = _read(answer, _issues, "GET", "issues")
            if isinstance(read, ExternalProblem):
                return read
            found += read
            # its addresses are not followed: the token is for the one that is set
            if 'rel="next"' not in answer.headers.get("link", ""):
                break
        return tuple(found)

    async def open_issue(self, title: str, body: str, label: str) -> Issue | ExternalProblem:
        """Open an issue."""
        wanted = {"title": title, "body": body, "labels": [label]}
        return await self._said("POST", "issues", _issue, wanted)

    async def edit_issue(self, number: int, wanted: Mapping[str, str]) -> Issue | ExternalProblem:
        """Give an issue another `title`, `body` or `state`."""
        return await self._said("PATCH", f"issues/{number}", _issue, wanted)

    async def _said(
        self, method: str, path: str, read: Callable[[Any], T], wanted: object = None
    ) -> T | ExternalProblem:
        answer = await self._answer(method, self._url(path), wanted)
        return _read(answer, read, method, path.partition("?")[0])

    def _url(self, path: str) -> str:
        return f"{self.api.rstrip('/')}/repos/{self.repository}/{path}"

    async def _answer(self, method: str, url: str, wanted: object = None) -> Response:
        return await self.ask(
            url,
            method=method,
            headers={**HEADERS, "authorization": f"Bearer {self.token}"},
            content=b"" if wanted is None else json.dumps(wanted).encode(),
            follow_redirects=False,  # a repository that moved: the token is for this one
            body_bytes=_LARGEST,
        )


def _read(
    answer: Response, read: Callable[[Any], T], method: str, path: str
) -> T | ExternalProblem:
    """What an answer says, or why it says nothing."""
    refused = response_problem(answer, method, path)
    if refused is not None:
        return refused
    try:
        return read(json.loads(answer.body))
    except (ValueError, KeyError, TypeError, AttributeError):
        return ExternalProblem(
            "GitHub sent an answer that cannot be read: run again", is_temporary=True
        )


def response_problem(answer: Response, method: str, path: str) -> ExternalProblem | None:
    """What is wrong with an answer, in a sentence; None where it is well. Quotes no stranger."""
    does = f"{method} {path}"
    if answer.failure is Failure.REFUSED_BY_POLICY:
        mend = "if pull_request.api is in your own network, open it with web.allow_networks"
        return ExternalProblem(f"GitHub's API may not be reached ({answer.detail}): {mend}")
    if answer.failure is not None:
        return ExternalProblem(
            f"GitHub could not be reached ({answer.failure}): run again", is_temporary=True
        )
    if 200 <= answer.status < 300:
        return None
    if _is_limit(answer):
        why = f"GitHub's limit is reached ({answer.status}): run again later"
        return ExternalProblem(why, is_temporary=True, status=answer.status)
    if answer.status >= 500:
        why = f"GitHub is in trouble ({answer.status}): run again later"
        return ExternalProblem(why, is_temporary=True, status=answer.status)
    return ExternalProblem(
        _REFUSALS.get(answer.status, "{does}: {status}").format(does=does, status=answer.status),
        status=answer.status,
    )


_REFUSALS = {
    301: "the repository moved ({does}: 301): set the remote's address anew",
    307: "the repository moved ({does}: 307): set the remote's address anew",
    401: "GitHub refused the token (401): GITHUB_TOKEN is mistyped, expired or revoked",
    403: "the token may not do this ({does}: 403): GITHUB_TOKEN needs write access to contents, "
    "pull requests and issues; in Actions also `Allow GitHub Actions to create pull requests`",
    404: "GitHub knows no such repository, or hides it from this token ({does}: 404): "
    "GITHUB_TOKEN needs access to it, with pull requests",
    410: "issues are switched off in this repository (410): set pull_request.dashboard = false",
    422: "GitHub refused what was asked ({does}: 422): the branch, the base or a label cannot be",
}


def _is_limit(answer: Response) -> bool:
    """The hour's quota, or a secondary limit, which is a 403 as a rule (and has a header or not).

    https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
    """
    if answer.status == 429:
        return True
    spent = answer.headers.get("x-ratelimit-remaining") == "0" or "retry-after" in answer.headers
    return answer.status == 403 and (spent or "rate limit" in answer.text.lower())


def _pulls(found: Any, branch: str, repository: str) -> tuple[PullRequest, ...]:
    """Those from this branch of this repository: a fork's branch may have the same name."""
    own = (one for one in found if one["head"]["ref"] == branch)
    same = (one for one in own if _repository(one).lower() == repository.lower())
    return tuple(map(_pull, same))


def _is_open(pull: PullRequest) -> bool:
    return pull.is_open


def _repository(pull: Any) -> str:
    repository = pull["head"].get("repo")
    return str(repository["full_name"]) if repository else ""


def _pull(one: Any) -> PullRequest:
    return PullRequest(
        number=int(one["number"]),
        url=str(one["html_url"]),
        title=str(one["title"]),
        body=str(one["body"] or ""),
        head=str(one["head"]["sha"]),
        base=str(one["base"]["ref"]),
        is_open=one["state"] == "open",
        is_merged=one.get("merged_at") is not None,
        updated_at=datetime.fromisoformat(one["updated_at"]),
        closed_at=datetime.fromisoformat(one["closed_at"]) if one.get("closed_at") else None,
    )


def _edits(found: Any) -> tuple[BodyEdit, ...]:
    nodes = found["data"]["repository"]["pullRequest"]["userContentEdits"]["nodes"]
    edits = (
        BodyEdit(
            who=str(one["editor"]["login"]) if one["editor"] else "",
            at=datetime.fromisoformat(one["editedAt"]),
            body=str(one["diff"] or ""),
        )
        for one in nodes
    )
    return tuple(sorted(edits, key=lambda one: one.at, reverse=True))


def _issues(found: Any) -> tuple[Issue, ...]:
    return tuple(_issue(one) for one in found if "pull_request" not in one)


def _issue(one: Any) -> Issue:
    is_open = one["state"] == "open"
    return Issue(int(one["number"]), str(one["title"]), str(one["body"] or ""), is_open)


def _closer(one: Any) -> str:
    closer = one.get("closed_by")
    return str(closer["login"]) if closer else ""
