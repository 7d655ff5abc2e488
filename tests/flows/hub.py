"""A played GitHub: what it answers, as its OpenAPI description has it, over a real git."""

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

TOKEN = "ghs_CANARY_pull_requests_2026"
READER = "ghs_may_only_read"
STRANGER = "ghs_of_another_repository"
WRITER = "ghs_may_write_contents_only"
LOGIN = {TOKEN: "our-bot", READER: "reader", STRANGER: "stranger", WRITER: "writer"}
MAY_PUSH = (TOKEN, WRITER)
REPOSITORY = "keeper/list"
BASE = f"/api/v3/repos/{REPOSITORY}/"
_DOCS = "https://docs.github.com/rest"
_NOW = "2026-11-0{}T12:00:00Z"


class Reply(NamedTuple):
    """What is answered."""

    status: int
    body: Any
    headers: dict[str, str] = {}  # noqa: RUF012 -- never written to


def refusal(status: int, message: str, *errors: dict[str, str]) -> Reply:
    """An error as GitHub's are: docs.github.com/rest, "Troubleshooting the REST API"."""
    told = {"documentation_url": _DOCS, "status": str(status)}
    return Reply(status, {"message": message} | ({"errors": list(errors)} if errors else {}) | told)


@dataclass(slots=True)
class Fault:
    """One answer that goes wrong, for one request."""

    method: str
    path: str
    status: int = 0
    """0: the connection is cut."""
    message: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    done: bool = False
    """Whether what was asked is done before the answer goes wrong."""
    times: int = 1


@dataclass(slots=True)
class Hub:
    """The state: one repository, its pull requests and issues."""

    bare: Path
    day: int = 3
    pulls: dict[int, dict[str, Any]] = field(default_factory=dict)
    issues: dict[int, dict[str, Any]] = field(default_factory=dict)
    comments: list[tuple[int, str]] = field(default_factory=list)
    labels: dict[int, list[str]] = field(default_factory=dict)
    edits: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    """Versions of each body, the newest first."""
    has_issues: bool = True
    faults: list[Fault] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    meanwhile: list[Callable[[], object]] = field(default_factory=list)
    """What people do while the next question is on its way."""
    port: int = 0

    @property
    def site(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def git(self, *argv: str, **more: Any) -> str:
        command = ["git", "-C", str(self.bare), *argv]
        ended = subprocess.run(command, check=False, capture_output=True, **more)
        return str(ended.stdout.decode()).strip()

    def head(self, branch: str) -> str:
        return self.git("rev-parse", "--verify", "--quiet", f"refs/heads/{branch}")

    @property
    def opened(self) -> list[dict[str, Any]]:
        return [one for one in self.pulls.values() if one["state"] == "open"]

    def only(self) -> dict[str, Any]:
        """The one open pull request."""
        (one,) = self.opened
        return self.shown(one)

    def close(self, number: int, who: str = "maintainer") -> None:
        """As a person does, without merging."""
        self._follow(self.pulls[number])
        closed = {"state": "closed", "closed_at": self.now(), "closed_by": {"login": who}}
        self.pulls[number].update(closed)

    def merge(self, number: int, *, squash: bool = False) -> None:
        """As the button does: a merge commit upon the base, or a commit without the branch's."""
        pull = self.shown(self.pulls[number])
        base, head = self.head(pull["base"]["ref"]), pull["head"]["sha"]
        tree = self.git("merge-tree", "--write-tree", base, head)
        by = {**os.environ, **dict.fromkeys(["GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"], "m")}
        by |= dict.fromkeys(["GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"], "m@example.org")
        parents = ("-p", base) if squash else ("-p", base, "-p", head)
        made = self.git("commit-tree", tree, *parents, "-m", "Merge", env=by)
        self.git("update-ref", f"refs/heads/{pull['base']['ref']}", made)
        merged = {"state": "closed", "merged_at": self.now(), "closed_at": self.now()}
        self.pulls[number].update(merged)

    def now(self) -> str:
        return _NOW.format(self.day)

    def shown(self, pull: dict[str, Any]) -> dict[str, Any]:
        """With the head as the branch is now, as long as it is open."""
        if pull["state"] == "open" and not self._follow(pull):
            self.close(pull["number"], "github")  # its branch was deleted
        head = self.git("rev-parse", f"refs/pull/{pull['number']}/head")
        return {**pull, "head": {**pull["head"], "sha": head}}

    def _follow(self, pull: dict[str, Any]) -> bool:
        """Let its head be what the branch is now; False where there is no branch."""
        now = self.head(pull["head"]["ref"])
        if now:
            self.git("update-ref", f"refs/pull/{pull['number']}/head", now)
        return bool(now)

    def edit(self, number: int, body: str, who: str) -> None:
        """As a person does in the browser."""
        self.pulls[number].update(body=body, updated_at=self.now())
        self._note(number, who)

    def comment(self, number: int, text: str) -> None:
        """Which moves a pull request's `updated_at` as well."""
        self.comments.append((number, text))
        if number in self.pulls:
            self.pulls[number]["updated_at"] = self.now()

    def _note(self, number: int, who: str) -> None:
        edit = {
            "editedAt": self.now(),
            "diff": self.pulls[number]["body"],
            "editor": {"login": who},
        }
        self.edits.setdefault(number, []).insert(0, edit)

    def answer(self, method: str, path: str, body: Any, token: str) -> Reply:
        if token not in LOGIN:
            return refusal(401, "Bad credentials")
        if path == "/api/graphql":
            return self._of_graphql(body["variables"])
        if not path.startswith(BASE) or token == STRANGER:
            return refusal(404, "Not Found")
        if method != "GET" and token in (READER, WRITER):
            return refusal(403, "Resource not accessible by personal access token")
        parts = urlsplit(path.removeprefix(BASE))
        kind, *rest = parts.path.split("/")
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if kind == "pulls":
            return self._of_pulls(method, [int(one) for one in rest], query, body or {})
        return self._of_issues(method, rest, query, body or {})

    def _of_graphql(self, asked: dict[str, Any]) -> Reply:
        """A question that is refused is a 200 as well."""
        if asked["number"] not in self.pulls:
            errors = [{"type": "NOT_FOUND", "message": "Could not resolve to a PullRequest"}]
            return Reply(200, {"data": {"repository": {"pullRequest": None}}, "errors": errors})
        edits = {"nodes": self.edits.get(asked["number"], [])[:20]}
        return Reply(200, {"data": {"repository": {"pullRequest": {"userContentEdits": edits}}}})

    def _paged(self, found: list[dict[str, Any]], query: dict[str, str]) -> Reply:
        """A page, and where the next one is."""
        size, page = int(query.get("per_page", 30)), int(query.get("page", 1))
        shown = found[(page - 1) * size : page * size]
        if page * size >= len(found):
            return Reply(200, shown)
        there = f"{self.site}/api/v3/repositories/1/pulls?page={page + 1}"
        return Reply(200, shown, {"link": f'<{there}>; rel="next", <{there}>; rel="last"'})

    def _of_pulls(
        self, method: str, rest: list[int], query: dict[str, str], body: dict[str, Any]
    ) -> Reply:
        if method == "POST":
            return self._open(body)
        if method == "GET":
            newest = [self.shown(one) for one in reversed(self.pulls.values())]
            wanted = [one for one in newest if query["head"] == one["head"]["label"]]
            states = ("open", "closed") if query["state"] == "all" else (query["state"],)
            return self._paged([one for one in wanted if one["state"] in states], query)
        pull = self.pulls[rest[0]]
        base = body.pop("base", None)
        if base:
            pull["base"] = {"ref": base}
        if body.get("state") == "closed":
            pull.update(closed_at=self.now(), closed_by={"login": LOGIN[TOKEN]})
        pull.update(body, updated_at=self.now())
        if "body" in body:
            self._note(rest[0], LOGIN[TOKEN])
        return Reply(200, self.shown(pull))

    def _open(self, body: dict[str, Any]) -> Reply:
        owner, head = REPOSITORY.partition("/")[0], str(body["head"])
        if any((one["head"]["ref"], one["base"]["ref"]) == (head, body["base"])
               for one in self.opened):  # fmt: skip
            return _invalid("custom", message=f"A pull request already exists for {owner}:{head}.")
        for name in ("head", "base"):
            if not self.head(body[name]):
                return _invalid("invalid", field=name)
        if self.git("rev-list", "--count", f"{body['base']}..{head}") == "0":
            return _invalid("custom", message=f"No commits between {body['base']} and {head}")
        if len(body["body"]) > 65_536:
            message = "body is too long (maximum is 65536 characters)"
            return _invalid("custom", field="body", message=message)
        number = len(self.pulls) + len(self.issues) + 1
        self.pulls[number] = {
            **body,
            "number": number,
            "html_url": f"{self.site}/{REPOSITORY}/pull/{number}",
            "state": "open",
            "head": {"ref": head, "label": f"{owner}:{head}", "repo": {"full_name": REPOSITORY}},
            "base": {"ref": body["base"]},
            "updated_at": self.now(),
            "closed_at": None,
            "merged_at": None,
        }
        self._note(number, LOGIN[TOKEN])
        return Reply(201, self.shown(self.pulls[number]))

    def _of_issues(
        self, method: str, rest: list[str], query: dict[str, str], body: dict[str, Any]
    ) -> Reply:
        if not rest and method == "GET":  # answers where there are no issues too
            named = self.issues.values()
            return self._paged([one for one in named if query["labels"] in one["labels"]], query)
        if not self.has_issues and (not rest or int(rest[0]) in self.issues):
            return refusal(410, "Issues has been disabled in this repository.")
        if not rest:
            number = len(self.pulls) + len(self.issues) + 1
            self.issues[number] = {**body, "number": number, "state": "open"}
            return Reply(201, self.issues[number])
        number = int(rest[0])
        if rest[1:] == ["comments"]:
            self.comment(number, body["body"])
            return Reply(201, {})
        if rest[1:] == ["labels"]:
            self.labels[number] = body["labels"]
            return Reply(200, [])
        known = self.issues.get(number) or self.pulls[number]
        if method == "PATCH":
            known.update(body)
        return Reply(200, known)


def _invalid(code: str, **more: str) -> Reply:
    return refusal(422, "Validation Failed", {"resource": "PullRequest", "code": code} | more)
