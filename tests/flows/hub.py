"""A played GitHub on loopback: its REST API as its OpenAPI description has it, over a real git."""

import json
import os
import subprocess
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "ghs_CANARY_pull_requests_2026"
READER = "ghs_may_only_read"
LOGIN = {TOKEN: "our-bot", READER: "reader"}
REPOSITORY = "keeper/list"
_BASE = f"/api/v3/repos/{REPOSITORY}/"
_NOW = "2026-11-0{}T12:00:00Z"


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

    def merge(self, number: int) -> None:
        """As the button does: a merge commit upon the base."""
        pull = self.shown(self.pulls[number])
        base, head = self.head(pull["base"]["ref"]), pull["head"]["sha"]
        tree = self.git("merge-tree", "--write-tree", base, head)
        by = {**os.environ, **dict.fromkeys(["GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"], "m")}
        by |= dict.fromkeys(["GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"], "m@example.org")
        made = self.git("commit-tree", tree, "-p", base, "-p", head, "-m", "Merge", env=by)
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

    def answer(self, method: str, path: str, body: Any, token: str) -> tuple[int, Any]:
        if token not in LOGIN:
            return 401, {"message": "Bad credentials"}
        if not path.startswith(_BASE):
            return 404, {"message": "Not Found"}
        if method != "GET" and token == READER:
            return 403, {"message": "Resource not accessible by personal access token"}
        parts = urlsplit(path.removeprefix(_BASE))
        kind, *rest = parts.path.split("/")
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if kind == "pulls":
            return self._of_pulls(method, [int(one) for one in rest], query, body or {})
        return self._of_issues(method, rest, query, body or {})

    def _of_pulls(
        self, method: str, rest: list[int], query: dict[str, str], body: dict[str, Any]
    ) -> tuple[int, Any]:
        if method == "POST":
            return self._open(body)
        if method == "GET":
            newest = [self.shown(one) for one in reversed(self.pulls.values())]
            return 200, [one for one in newest if query["head"] == one["head"]["label"]]
        pull = self.pulls[rest[0]]
        base = body.pop("base", None)
        if base:
            pull["base"] = {"ref": base}
        if body.get("state") == "closed":
            pull.update(closed_at=self.now(), closed_by={"login": LOGIN[TOKEN]})
        pull.update(body, updated_at=self.now())
        return 200, self.shown(pull)

    def _open(self, body: dict[str, Any]) -> tuple[int, Any]:
        same = [one for one in self.opened if one["head"]["ref"] == body["head"]]
        if same or not self.head(body["head"]):
            errors = [{"message": f"A pull request already exists for {body['head']}."}]
            return 422, {"message": "Validation Failed", "errors": errors}
        if len(body["body"]) > 65_536:
            return 422, {"message": "body is too long (maximum is 65536 characters)"}
        number = len(self.pulls) + len(self.issues) + 1
        owner = REPOSITORY.partition("/")[0]
        head = {"ref": body["head"], "label": f"{owner}:{body['head']}"}
        self.pulls[number] = {
            **body,
            "number": number,
            "html_url": f"{self.site}/{REPOSITORY}/pull/{number}",
            "state": "open",
            "head": {**head, "repo": {"full_name": REPOSITORY}},
            "base": {"ref": body["base"]},
            "updated_at": self.now(),
            "closed_at": None,
            "merged_at": None,
        }
        return 201, self.shown(self.pulls[number])

    def _of_issues(
        self, method: str, rest: list[str], query: dict[str, str], body: dict[str, Any]
    ) -> tuple[int, Any]:
        if not rest and method == "GET":
            named = self.issues.values()
            return 200, [one for one in named if query["labels"] in one["labels"]]
        if not rest:
            number = len(self.pulls) + len(self.issues) + 1
            self.issues[number] = {**body, "number": number, "state": "open"}
            return 201, self.issues[number]
        number = int(rest[0])
        if rest[1:] == ["comments"]:
            self.comments.append((number, body["body"]))
            return 201, {}
        if rest[1:] == ["labels"]:
            self.labels[number] = body["labels"]
            return 200, []
        known = self.issues.get(number) or self.pulls[number]
        if method == "PATCH":
            known.update(body)
        return 200, known


class _Handler(BaseHTTPRequestHandler):
    hub: Hub

    def do_GET(self) -> None:
        self._all()

    def do_POST(self) -> None:
        self._all()

    def do_PATCH(self) -> None:
        self._all()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def _all(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length", 0)))
        if not self.path.startswith("/api/"):
            self._git(raw)
            return
        hub, shown = self.hub, self.path.removeprefix(_BASE).partition("?")[0]
        hub.asked.append((self.command, shown))
        if hub.meanwhile:
            hub.meanwhile.pop()()
        token = self.headers.get("authorization", "").removeprefix("Bearer ")
        fault = next((f for f in hub.faults if (f.method, f.path) == (self.command, shown)), None)
        if fault is None or fault.done:
            status, body = hub.answer(self.command, self.path, json.loads(raw or b"null"), token)
        if fault is not None:
            fault.times -= 1
            if not fault.times:
                hub.faults.remove(fault)
            if not fault.status:
                self.close_connection = True
                return
            status, body = fault.status, {"message": fault.message}
        self._send(status, json.dumps(body).encode(), fault.headers if fault else {})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "content-length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _git(self, raw: bytes) -> None:
        """Git's own server program; to push takes the token, as GitHub has it."""
        path, _, query = self.path.partition("?")
        shown = self.headers.get("authorization", "").removeprefix("Basic ")
        may_push = b64decode(shown).decode() == f"x-access-token:{TOKEN}"
        if "receive-pack" in self.path and not may_push:
            refused = {"www-authenticate": 'Basic realm="GitHub"'}
            self._send(403 if shown else 401, b"Write access to repository not granted.", refused)
            return
        surroundings = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.hub.bare.parent.parent),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "REMOTE_USER": "keeper",
            "CONTENT_TYPE": self.headers.get("content-type", ""),
            "CONTENT_LENGTH": str(len(raw)),
            "HTTP_CONTENT_ENCODING": self.headers.get("content-encoding", ""),
            "GIT_PROTOCOL": self.headers.get("git-protocol", ""),
        }
        command = ["git", "http-backend"]
        ended = subprocess.run(
            command, input=raw, env=surroundings, capture_output=True, check=False
        )
        head, _, body = ended.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        self._send(int(headers.pop("Status", "200").split()[0]), body, headers)


@contextmanager
def playing(folder: Path) -> Iterator[Hub]:
    """A hub with an empty repository, on a port of its own."""
    bare = folder / f"{REPOSITORY}.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(bare)], check=True)
    hub = Hub(bare)
    handler = type("Handler", (_Handler,), {"hub": hub})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        hub.port = server.server_port
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield hub
        finally:
            server.shutdown()
            thread.join()
