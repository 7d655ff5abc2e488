"""The endpoints of GitHub's REST API that a standing pull request needs."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote

from staycurrent.flows.errors import ExternalError
from staycurrent.reports.text import sanitise
from staycurrent.web.github_api import GitHubClient, is_rate_limited
from staycurrent.web.response import Failure, Response, json_object

_MAX_BYTES = 16_000_000
"""Of a response: a page of pull requests whose bodies have 65,536 characters each, as escapes."""
_MAX_REASON = 300
"""Characters that are shown of what GitHub says is wrong."""
_PER_PAGE = 20
_MAX_PAGES = 15
_BODY_EDITS = """\
query($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      userContentEdits(first: 20) { nodes { editedAt diff editor { login __typename } } }
    }
  }
}"""
T = TypeVar("T")


_WRITERS = ("OWNER", "MEMBER", "COLLABORATOR")
"""https://docs.github.com/graphql/reference/enums#commentauthorassociation"""
_NOT_PEOPLE = ("", "ghost", "github", "github-actions", "web-flow")


@dataclass(frozen=True, slots=True)
class Account:
    """Who did something."""

    login: str
    """Empty if the account is gone."""
    kind: str = "User"

    @classmethod
    def from_json(cls, row: Any) -> "Account":
        """From REST or GraphQL; raises AttributeError for another shape."""
        row = row or {}
        kind = row.get("type") or row.get("__typename") or "User"
        return cls(str(row.get("login") or ""), str(kind))

    @property
    def is_bot(self) -> bool:
        """Whether a program acts under this name; GraphQL leaves out the `[bot]`."""
        return self.kind == "Bot" or self.login.endswith("[bot]")

    @property
    def is_person(self) -> bool:
        """Whether it is neither a bot nor GitHub itself."""
        is_named = self.login.lower() not in _NOT_PEOPLE
        return is_named and self.kind == "User" and not self.is_bot


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request from our branch."""

    number: int
    url: str
    title: str
    body: str
    head: str
    """The last commit, or what was the last one when it was closed."""
    base: str
    is_open: bool
    is_merged: bool
    updated_at: datetime
    closed_at: datetime | None
    author: Account
    is_by_writer: bool
    labels: frozenset[str]
    """In lower case: GitHub does not distinguish."""

    @classmethod
    def from_json(cls, row: Any) -> "PullRequest":
        """Raises KeyError, TypeError or ValueError if a field is missing or of another type."""
        return cls(
            number=int(row["number"]),
            url=str(row["html_url"]),
            title=str(row["title"]),
            body=str(row["body"] or ""),
            head=str(row["head"]["sha"]),
            base=str(row["base"]["ref"]),
            is_open=row["state"] == "open",
            is_merged=row.get("merged_at") is not None,
            updated_at=datetime.fromisoformat(row["updated_at"]),
            closed_at=datetime.fromisoformat(row["closed_at"]) if row.get("closed_at") else None,
            author=Account.from_json(row.get("user")),
            is_by_writer=_is_by_writer(row),
            labels=frozenset(str(one["name"]).lower() for one in row.get("labels") or ()),
        )


@dataclass(frozen=True, slots=True)
class BodyEdit:
    """One version of a pull request's body."""

    who: Account
    at: datetime
    body: str
    """The whole body after the edit."""


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue."""

    number: int
    body: str
    is_open: bool
    is_by_writer: bool

    @classmethod
    def from_json(cls, row: Any) -> "Issue":
        """Raises KeyError, TypeError or ValueError if a field is missing or of another type."""
        return cls(
            number=int(row["number"]),
            body=str(row["body"] or ""),
            is_open=row["state"] == "open",
            is_by_writer=_is_by_writer(row),
        )


def _is_by_writer(row: Any) -> bool:
    """Whether its author may write to the repository, as we and installed bots may.

    Where the server does not say what the author is to the repository, it may be.
    """
    association = row.get("author_association")
    return Account.from_json(row.get("user")).is_bot or association in (*_WRITERS, None)


@dataclass(frozen=True, slots=True)
class RepositoryApi:
    """One repository on GitHub.

    A method raises ExternalError if GitHub refuses or cannot be reached.
    """

    client: GitHubClient
    name: str
    """`owner/name`."""

    async def find_pull_requests(self, branch: str) -> tuple[PullRequest, ...]:
        """The latest pull requests from a branch of this repository, with the open one.

        The open one may be an old one that was opened again: it is looked for if it is not among
        the latest.
        """
        latest = await self._list_pull_requests(branch, "all")
        if len(latest) < _PER_PAGE or any(pull.is_open and pull.is_by_writer for pull in latest):
            return latest
        return (*await self._list_pull_requests(branch, "open"), *latest)

    async def _list_pull_requests(self, branch: str, state: str) -> tuple[PullRequest, ...]:
        def read(rows: Any) -> tuple[PullRequest, ...]:
            # A branch of a fork may have the same name.
            return tuple(
                PullRequest.from_json(row)
                for row in rows
                if row["head"]["ref"] == branch
                and row["head"].get("repo")
                and row["head"]["repo"]["full_name"].lower() == self.name.lower()
            )

        head = quote(f"{self.name.partition('/')[0]}:{branch}", safe="")
        path = f"pulls?state={state}&head={head}&sort=created&direction=desc&per_page={_PER_PAGE}"
        return await self._call("GET", path, read)

    async def open_pull_request(
        self, title: str, body: str, branch: str, base: str, *, is_draft: bool
    ) -> PullRequest:
        """Open a pull request."""
        payload = {"title": title, "body": body, "head": branch, "base": base, "draft": is_draft}
        return await self._call("POST", "pulls", PullRequest.from_json, payload)

    async def edit_pull_request(self, pull: PullRequest, changes: Mapping[str, str]) -> PullRequest:
        """Change the `title`, `body`, `base` or `state` of a pull request.

        Not if somebody has edited it since it was read, because that would be overwritten. GitHub
        has no way to change a body only if it is unchanged.
        """
        path = f"pulls/{pull.number}"
        now = await self._call("GET", path, PullRequest.from_json)
        if (now.title, now.body, now.is_open) != (pull.title, pull.body, pull.is_open):
            sentence = f"somebody edited {pull.url} meanwhile: nothing was overwritten, run again"
            raise ExternalError(sentence, is_temporary=True)
        return await self._call("PATCH", path, PullRequest.from_json, changes)

    async def add_comment(self, number: int, text: str) -> None:
        """Comment on a pull request or an issue."""
        await self._call("POST", f"issues/{number}/comments", lambda _: None, {"body": text})

    async def add_labels(self, pull: PullRequest, labels: Sequence[str], *, is_new: bool) -> None:
        """Add the labels that a pull request never had; GitHub creates unknown ones.

        One that somebody removed is not added again. Of a new one GitHub is not asked for that,
        because a token may label a pull request without the right to read issues.
        """
        wanted = [label for label in labels if label.lower() not in pull.labels]
        if wanted and not is_new:
            events = await self._events(pull.number)
            had = [label.lower() for event, _, label in events if event == "labeled"]
            wanted = [label for label in wanted if label.lower() not in had]
        if wanted:
            path = f"issues/{pull.number}/labels"
            await self._call("POST", path, lambda _: None, {"labels": wanted})

    async def closed_by(self, number: int) -> Account:
        """Who closed it."""
        return await self._call(
            "GET", f"issues/{number}", lambda row: Account.from_json(row["closed_by"])
        )

    async def lost_a_branch(self, number: int) -> bool:
        """Whether it was closed because its branch or its base was deleted, and not before.

        https://docs.github.com/rest/using-the-rest-api/issue-event-types#head_ref_deleted
        """
        events = await self._events(number)
        closed, anew = (
            max((at for event, at, _ in events if event in names), default="")
            for names in (("closed",), ("head_ref_restored", "reopened"))
        )
        return any(
            event in ("head_ref_deleted", "base_ref_deleted") and anew <= at <= closed
            for event, at, _ in events
        )

    async def _events(self, number: int) -> list[tuple[str, str, str]]:
        """What happened to a pull request: the event, its time, and the label that it is about."""

        def read(rows: Any) -> list[tuple[str, str, str]]:
            labels = (row.get("label") or {"name": ""} for row in rows)
            return [
                (str(row["event"]), str(row["created_at"]), str(label["name"]))
                for row, label in zip(rows, labels, strict=True)
            ]

        return await self._list(f"issues/{number}/events?per_page=100", read)

    async def may_write(self, login: str) -> bool:
        """Whether somebody may write to the repository."""
        path = f"collaborators/{quote(login, safe='')}/permission"
        return await self._call("GET", path, lambda row: row["permission"] not in ("read", "none"))

    async def body_edits(self, number: int) -> tuple[BodyEdit, ...]:
        """The versions of a pull request's body, the latest first; only GraphQL has them.

        https://docs.github.com/graphql/reference/objects#usercontentedit
        """

        def read(answer: Any) -> tuple[BodyEdit, ...]:
            edits = answer["data"]["repository"]["pullRequest"]["userContentEdits"]["nodes"]
            versions = [
                BodyEdit(
                    who=Account.from_json(edit["editor"]),
                    at=datetime.fromisoformat(edit["editedAt"]),
                    body=str(edit["diff"] or ""),
                )
                for edit in edits
            ]
            return tuple(sorted(versions, key=lambda edit: edit.at, reverse=True))

        owner, _, name = self.name.partition("/")
        variables = {"owner": owner, "name": name, "number": number}
        response = await self.client.graphql(_BODY_EDITS, variables, body_bytes=_MAX_BYTES)
        return self._read(response, read, "POST graphql")

    async def list_issues(self, query: str) -> list[Issue]:
        """Issues, open or not, without pull requests; `query` says which, and in which order.

        https://docs.github.com/rest/issues/issues#list-repository-issues
        """

        def read(rows: Any) -> list[Issue]:
            return [Issue.from_json(row) for row in rows if "pull_request" not in row]

        return await self._list(f"issues?state=all&{query}&per_page={_PER_PAGE}", read)

    async def open_issue(self, title: str, body: str, label: str) -> Issue:
        """Open an issue."""
        payload = {"title": title, "body": body, "labels": [label]}
        return await self._call("POST", "issues", Issue.from_json, payload)

    async def edit_issue(self, number: int, changes: Mapping[str, str]) -> Issue:
        """Change the `title`, `body` or `state` of an issue."""
        return await self._call("PATCH", f"issues/{number}", Issue.from_json, changes)

    def _read(self, response: Response, read: Callable[[Any], T], operation: str) -> T:
        """The parsed response; raises ExternalError if it cannot be used."""
        if response.failure is Failure.REFUSED_BY_POLICY:
            raise ExternalError(
                f"GitHub's API may not be reached ({response.detail}): if pull_request.api is in "
                "your own network, allow it with web.allow_networks"
            )
        if response.failure is not None:
            sentence = f"GitHub could not be reached ({response.failure.words}): run again"
            raise ExternalError(sentence, is_temporary=True)
        status, reason = response.status, _reason(response, self.client.token)
        is_limited = is_rate_limited(response)
        is_temporary = is_limited or status >= 500 or status in _TEMPORARY
        if is_limited:
            template = "GitHub's limit is reached ({status}): run again later"
        elif is_temporary:
            template = "GitHub has a problem ({status}): run again later"
        elif not 200 <= status < 300:
            template = _HTTP_ERRORS.get(status, "{operation}: {status}")
        else:
            try:
                return read(json.loads(response.body))
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
                sentence = "GitHub's response is malformed: run again"
                raise ExternalError(sentence, is_temporary=True) from error
        sentence = template.format(operation=operation, status=status)
        said = f" (GitHub says: {reason})" if reason else ""
        raise ExternalError(sentence + said, is_temporary=is_temporary)

    async def _call(
        self, method: str, path: str, read: Callable[[Any], T], payload: object = None
    ) -> T:
        response = await self._send(method, path, payload)
        return self._read(response, read, f"{method} {path.partition('?')[0]}")

    async def _list(self, path: str, read: Callable[[Any], list[T]]) -> list[T]:
        """What is read of all pages, up to `_MAX_PAGES`."""
        found: list[T] = []
        for page in range(1, _MAX_PAGES + 1):
            response = await self._send("GET", f"{path}&page={page}")
            found += self._read(response, read, f"GET {path.partition('?')[0]}")
            # The URL of the next page is not followed: the token is for the configured one.
            if 'rel="next"' not in response.headers.get("link", ""):
                break
        return found

    async def _send(self, method: str, path: str, payload: object = None) -> Response:
        return await self.client.request(
            method, f"repos/{self.name}/{path}", payload, body_bytes=_MAX_BYTES
        )


def _reason(response: Response, token: str) -> str:
    """What GitHub says is wrong, in one safe line; empty if it says nothing.

    https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api#validation-failed
    """
    body = json_object(response) or {}
    errors = body.get("errors")
    words = [body.get("message")]
    for error in errors if isinstance(errors, list) else ():
        if isinstance(error, dict):
            field_and_code = f"{error.get('field', '')} {error.get('code', '')}".strip()
            words.append(error.get("message") or field_and_code)
        else:
            words.append(error)
    text = "; ".join(word for word in words if isinstance(word, str) and word)
    if token:
        text = text.replace(token, "...")
    return sanitise(text)[:_MAX_REASON]


_MOVED = "the repository moved ({operation}: {status}): update the URL of the remote"
_HTTP_ERRORS = {
    **dict.fromkeys((301, 302, 307, 308), _MOVED),
    401: "GitHub refused the token (401): GITHUB_TOKEN is mistyped, expired or revoked",
    403: "the token may not do this ({operation}: 403): GITHUB_TOKEN needs write access to "
    "contents, pull requests and issues; in Actions also `Allow GitHub Actions to create pull "
    "requests`",
    404: "the repository does not exist or is hidden from this token ({operation}: 404): "
    "GITHUB_TOKEN needs access to it, with pull requests",
    410: "issues are disabled in this repository (410): set pull_request.dashboard = false",
    422: "GitHub refused the request ({operation}: 422)",
}
_TEMPORARY = (408, 425)
"""Statuses below 500 after which the same request may succeed."""
