"""A list's repository as a host keeps it: a bare repository, and runners that check it out."""

import atexit
import json
import os
import re
import subprocess
import sys
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import copyfile, copytree, rmtree
from tempfile import mkdtemp
from threading import Thread
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from tests.support.folder import FEEDS_OFF, FIRST, LIST, Ended, Folder, Walk

DATA_BRANCH = "staycurrent-data"


def git(folder: Path, *argv: str) -> str:
    """A person's git, on the third day; what it printed."""
    who = ("-c", "user.name=A Person", "-c", "user.email=person@example.org")
    dates = dict.fromkeys(["GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"], "2026-11-03T10:00:00Z")
    ended = subprocess.run(
        ["git", *who, *argv],
        cwd=folder,
        check=True,
        capture_output=True,
        env={**os.environ, **dates, "GIT_CONFIG_NOSYSTEM": "1"},
    )
    return ended.stdout.decode().strip()


@dataclass(frozen=True, slots=True)
class Hosted:
    """The bare repository, with a list on its branch `main`."""

    path: Path
    address: str = ""
    """Where runners clone it from; empty: from the disk."""

    @classmethod
    def of(cls, path: Path, listed: str = "# List\n") -> "Hosted":
        bare = path / "hosted.git"
        git(path, "init", "--quiet", "--bare", "--initial-branch=main", str(bare))
        return cls.at(bare, listed)

    @classmethod
    def at(cls, bare: Path, listed: str, address: str = "") -> "Hosted":
        """A bare repository that is there, with a first commit."""
        first = bare.parent / "first"
        first.mkdir()
        git(first, "init", "--quiet", "--initial-branch=main")
        (first / "curated.md").write_text(listed, encoding="utf-8")
        git(first, "add", ".")
        git(first, "commit", "--quiet", "-m", "Begin the list")
        git(first, "push", "--quiet", str(bare), "main")
        return cls(bare, address)

    def runner(self, name: str, *, depth: int | None = 1) -> "Runner":
        """A fresh checkout, shallow as a runner's is."""
        folder = self.path.parent / name
        depth_of = (f"--depth={depth}",) if depth else ()
        where = self.address or self.path.as_uri()
        git(self.path.parent, "clone", "--quiet", *depth_of, where, str(folder))
        return Runner(Folder(folder))

    def commits(self, branch: str = DATA_BRANCH) -> int:
        """How many commits the branch has."""
        return int(git(self.path, "rev-list", "--count", branch))

    def file(self, path: str, branch: str = DATA_BRANCH) -> str:
        return git(self.path, "show", f"{branch}:{path}")

    def has(self, branch: str = DATA_BRANCH) -> bool:
        return bool(git(self.path, "branch", "--list", branch))


@dataclass(frozen=True, slots=True)
class Runner:
    """A machine that lasts one night."""

    folder: Folder

    @property
    def path(self) -> Path:
        return self.folder.path

    def restore(self, into: str = "in") -> Ended:
        return self.folder.staycurrent("history", "restore", str(self.aside(into)))

    def save(self, out: str = "out", *more: str, night: int = 1) -> Ended:
        return self.folder.staycurrent("history", "save", str(self.aside(out)), *more, night=night)

    def aside(self, name: str) -> Path:
        """A folder next to the checkout."""
        return self.path.parent / f"{self.path.name}-{name}"

    def exported(self, *observations: str, out: str = "out") -> None:
        """What `staycurrent history export` would leave, in the same shape."""
        folder = self.aside(out)
        folder.mkdir(exist_ok=True)
        content = "\n".join(observations)
        (folder / "observations.parquet").write_text(content, encoding="utf-8")
        file = {"table": "observations", "file": "observations.parquet", "rows": len(observations)}
        migration = {"number": 1, "name": "schema", "sha256": "", "applied_by": "0.1.0"}
        manifest = {
            "migrations": [migration],
            "tables": ["observations"],
            "files": [{**file, "sha256": sha256(content.encode()).hexdigest()}],
        }
        (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


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


_CLIENTS_OWN = ("GIT_DIR", "GIT_EXTERNAL_DIFF", "GIT_ICASE_PATHSPECS", "GIT_PAGER")


class Reply(NamedTuple):
    """What is answered."""

    status: int
    body: Any
    headers: dict[str, str] = {}  # noqa: RUF012 -- never written to


def refusal(status: int, message: str, *errors: dict[str, str]) -> Reply:
    """An error as GitHub's are: docs.github.com/rest, "Troubleshooting the REST API"."""
    documentation = {"documentation_url": _DOCS, "status": str(status)}
    return Reply(
        status, {"message": message} | ({"errors": list(errors)} if errors else {}) | documentation
    )


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
    events: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    """What happened to each pull request, the oldest first."""
    readers: set[str] = field(default_factory=set)
    """People who may not write."""
    comments: list[tuple[int, str]] = field(default_factory=list)
    labels: dict[int, list[str]] = field(default_factory=dict)
    edits: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    """Versions of each body, the newest first."""
    has_issues: bool = True
    faults: list[Fault] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    meanwhile: list[Callable[[], object]] = field(default_factory=list)
    """What people do while the next question is on its way."""
    moved_to: str = ""
    """Where git is sent instead, with a 301; empty: nowhere."""
    sent_to_git: list[str] = field(default_factory=list)
    """The `Authorization` of each request of git's."""
    port: int = 0

    @property
    def site(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def git(self, *argv: str, **more: Any) -> str:
        command = ["git", "-C", str(self.bare), *argv]
        # A server of its own: the variables and settings of who runs the tests are not there.
        env = {k: v for k, v in more.pop("env", os.environ).items() if k not in _CLIENTS_OWN}
        env["GIT_CONFIG_GLOBAL"] = os.devnull
        ended = subprocess.run(command, check=False, capture_output=True, env=env, **more)
        return str(ended.stdout.decode()).strip()

    def head(self, branch: str) -> str:
        return self._commit(f"refs/heads/{branch}")

    def _commit(self, ref: str) -> str:
        """What a ref names; it has a file of its own, unless git has packed it."""
        file = self.bare / ref
        if file.is_file():
            return file.read_text(encoding="ascii").strip()
        return self.git("rev-parse", "--verify", "--quiet", ref)

    @property
    def opened(self) -> list[dict[str, Any]]:
        return [one for one in self.pulls.values() if one["state"] == "open"]

    def only(self) -> dict[str, Any]:
        """The one open pull request."""
        (one,) = self.opened
        return self.shown(one)

    def close(self, number: int, who: str = "maintainer", kind: str = "User") -> None:
        """As a person does, without merging."""
        self._follow(self.pulls[number])
        by = {"login": who, "type": kind}
        self.pulls[number].update(state="closed", closed_at=self.now(), closed_by=by)
        self._happens(number, "closed")

    def delete_branch(self, branch: str, who: str = "maintainer") -> None:
        """As a person does; GitHub closes what is open from or to it, in that person's name."""
        for number, pull in self.pulls.items():
            for end in ("head", "base"):
                if pull[end]["ref"] == branch:
                    if pull["state"] == "open":
                        self.close(number, who)
                    self._happens(number, f"{end}_ref_deleted")
        self.git("update-ref", "-d", f"refs/heads/{branch}")

    def _happens(self, number: int, event: str, **more: Any) -> None:
        row = {"event": event, "created_at": self.now(), **more}
        self.events.setdefault(number, []).append(row)

    def opened_by(self, who: str, base: str, body: str = "", association: str = "NONE") -> int:
        """A pull request from our branch that somebody else opens; its number."""
        if association in ("NONE", "CONTRIBUTOR", "FIRST_TIMER"):
            self.readers.add(who)
        number = len(self.pulls) + len(self.issues) + 1
        first = self.pulls[min(self.pulls)]
        self.pulls[number] = {
            **first, "number": number, "title": "Mine", "body": body, "state": "open",
            "closed_at": None, "merged_at": None, "base": {"ref": base},
            "html_url": f"{self.site}/{REPOSITORY}/pull/{number}",
            "user": {"login": who, "type": "User"}, "author_association": association,
        }  # fmt: skip
        return number

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
            self.delete_branch(pull["head"]["ref"])
        head = self._commit(f"refs/pull/{pull['number']}/head")
        labels = [{"name": name} for name in self.labels.get(pull["number"], ())]
        return {**pull, "head": {**pull["head"], "sha": head}, "labels": labels}

    def _follow(self, pull: dict[str, Any]) -> bool:
        """Let its head be what the branch is now; False where there is no branch."""
        now = self.head(pull["head"]["ref"])
        followed = f"refs/pull/{pull['number']}/head"
        if now and now != self._commit(followed):
            self.git("update-ref", followed, now)
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
        kind = "Bot" if who.endswith("[bot]") else "User"
        edit = {
            "editedAt": self.now(),
            "diff": self.pulls[number]["body"],
            "editor": {"login": who.removesuffix("[bot]"), "__typename": kind},
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
        if kind == "collaborators":
            level = "read" if unquote(rest[0]) in self.readers else "write"
            return Reply(200, {"permission": level, "role_name": level})
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
        if method == "GET" and rest:
            return Reply(200, self.shown(self.pulls[rest[0]]))
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
            pull.update(closed_at=self.now(), closed_by={"login": LOGIN[TOKEN], "type": "User"})
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
            "user": {"login": LOGIN[TOKEN], "type": "User"},
            "author_association": "COLLABORATOR",
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
            label = query.get("labels")
            return self._paged([one for one in named if label in (None, *one["labels"])], query)
        if not self.has_issues and (not rest or int(rest[0]) in self.issues):
            return refusal(410, "Issues has been disabled in this repository.")
        if not rest:
            number = len(self.pulls) + len(self.issues) + 1
            by = {"user": {"login": LOGIN[TOKEN], "type": "User"}, "author_association": "MEMBER"}
            self.issues[number] = {**body, **by, "number": number, "state": "open"}
            return Reply(201, self.issues[number])
        number = int(rest[0])
        if rest[1:] == ["events"]:
            return self._paged(self.events.get(number, []), query)
        if rest[1:] == ["comments"]:
            self.comment(number, body["body"])
            return Reply(201, {})
        if rest[1:] == ["labels"]:
            self.labels.setdefault(number, []).extend(body["labels"])
            for label in body["labels"]:
                self._happens(number, "labeled", label={"name": label})
            return Reply(200, [])
        known = self.issues.get(number) or self.pulls[number]
        if method == "PATCH":
            known.update(body)
        return Reply(200, known)


def _invalid(code: str, **more: str) -> Reply:
    return refusal(422, "Validation Failed", {"resource": "PullRequest", "code": code} | more)


_UNDER = BASE.removeprefix("/api/")
# What every answer carries; a limit that is not reached is no reason for anything.
_QUOTA = {"x-ratelimit-limit": "5000", "x-ratelimit-remaining": "4987", "x-ratelimit-used": "13"}


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
        hub, shown = self.hub, self.path.removeprefix("/api/").removeprefix(_UNDER)
        shown = shown.partition("?")[0]
        hub.asked.append((self.command, shown))
        if hub.meanwhile:
            hub.meanwhile.pop()()
        token = self.headers.get("authorization", "").removeprefix("Bearer ")
        fault = next((f for f in hub.faults if (f.method, f.path) == (self.command, shown)), None)
        if fault is None or fault.done:
            reply = hub.answer(self.command, self.path, json.loads(raw or b"null"), token)
        if fault is not None:
            fault.times -= 1
            if not fault.times:
                hub.faults.remove(fault)
            if not fault.status:
                self.close_connection = True
                return
            reply = refusal(fault.status, fault.message)._replace(headers=fault.headers)
        self._send(reply.status, json.dumps(reply.body).encode(), _QUOTA | reply.headers)

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "content-length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _git(self, raw: bytes) -> None:
        """Git's own server program; to push takes the token, as GitHub has it."""
        path, _, query = self.path.partition("?")
        self.hub.sent_to_git.append(self.headers.get("authorization", ""))
        if self.hub.moved_to:
            self._send(301, b"", {"location": f"{self.hub.moved_to}{self.path}"})
            return
        shown = self.hub.sent_to_git[-1].removeprefix("Basic ")
        may_push = b64decode(shown).decode().removeprefix("x-access-token:") in MAY_PUSH
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
        # By protocol 2 the first answer is what git can do, and nothing of the repository.
        is_first = (query, surroundings["GIT_PROTOCOL"]) == ("service=git-upload-pack", "version=2")
        printed = _offered.get(path, b"") if is_first else b""
        if not printed:
            backend = [_backend()]
            printed = subprocess.run(
                backend, input=raw, env=surroundings, capture_output=True, check=False
            ).stdout
        if is_first:
            _offered[path] = printed
        head, _, body = printed.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        self._send(int(headers.pop("Status", "200").split()[0]), body, headers)


_offered: dict[str, bytes] = {}
"""What git's server program offers to clients that fetch, by path."""


@cache
def _backend() -> Path:
    """Git's server program itself: `git http-backend` would be two processes for each request."""
    asked = ["git", "--exec-path"]
    ended = subprocess.run(asked, check=True, capture_output=True, text=True)
    return Path(ended.stdout.strip()) / "git-http-backend"


class Host:
    """A port at which a hub answers; another hub may take the place of the first."""

    def __init__(self) -> None:
        self._handler: type[_Handler] = type("Handler", (_Handler,), {})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def serve(self, hub: Hub) -> None:
        """Let this one answer from now on."""
        hub.port = self._server.server_port
        self._handler.hub = hub

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@contextmanager
def playing(folder: Path) -> Iterator[Hub]:
    """A hub with an empty repository, on a port of its own."""
    bare = folder / f"{REPOSITORY}.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(bare)], check=True)
    hub = Hub(bare)
    with closing(Host()) as host:
        host.serve(hub)
        yield hub


UPDATE_BRANCH = "staycurrent/update"
_SETTINGS = """
[web]
allow_networks = ["127.0.0.0/8"]
pause_s = 0
timeout_s = 5
[pull_request]
api = "{api}"
"""


@dataclass(frozen=True, slots=True)
class Keeper:
    """Who keeps the list: a checkout, and the hub that it is pushed to."""

    folder: Folder
    walk: Walk
    hub: Hub

    def pr(self, *argv: str, night: int = 3, token: str = TOKEN) -> Ended:
        """The verb, on the morning after a night."""
        self.folder.warehouse.parent.mkdir(exist_ok=True)
        before = self.folder.warehouse
        if not before.exists():
            copyfile(self.walk.morning(night).warehouse, before)
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("GITHUB_TOKEN", token)
            return self.folder.staycurrent("pr", *argv, night=night)

    def later(self, night: int, *argv: str) -> Ended:
        """As `pr`, with what a later night knows; decisions of before are lost with the rest."""
        copyfile(self.walk.morning(night).warehouse, self.folder.warehouse)
        return self.pr(*argv, night=night)

    def git(self, *argv: str, folder: Path | None = None) -> str:
        """A person's git, on the third day."""
        who = ("-c", "user.name=A Person", "-c", "user.email=person@example.org")
        command = ["git", "-C", str(folder or self.folder.path), *who, *argv]
        dates = dict.fromkeys(["GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"], "2026-11-03T10:00:00Z")
        ended = subprocess.run(
            command, check=True, capture_output=True, env={**os.environ, **dates}
        )
        return ended.stdout.decode().strip()

    def listed(self, ref: str = UPDATE_BRANCH) -> str:
        """The list as a branch of the hub has it."""
        return self.hub.git("show", f"refs/heads/{ref}:curated.md")

    def edits(
        self, was: str, now: str, branch: str = UPDATE_BRANCH, author: str = "A Person"
    ) -> str:
        """A person commits to a branch of the hub, by another checkout; the commit."""
        other = self.folder.path.parent / "other"
        if not other.exists():
            self.git("clone", "-q", str(self.hub.bare), str(other))
        self.git("fetch", "-q", folder=other)
        self.git("checkout", "-q", "-B", "mine", f"origin/{branch}", folder=other)
        path = other / "curated.md"
        text = path.read_text(encoding="utf-8")
        assert was in text
        path.write_text(text.replace(was, now), encoding="utf-8")
        who = f"--author={author} <person@example.org>"
        self.git("commit", "-qam", "As I like it", who, folder=other)
        self.git("push", "-q", "origin", f"mine:{branch}", folder=other)
        return self.git("rev-parse", "HEAD", folder=other)

    def update_branch(self, base: str = "main") -> str:
        """As GitHub's button does: merge the base into the branch; the merge."""
        other = self.folder.path.parent / "other"
        if not other.exists():
            self.git("clone", "-q", str(self.hub.bare), str(other))
        self.git("fetch", "-q", folder=other)
        self.git("checkout", "-q", "-B", "mine", f"origin/{UPDATE_BRANCH}", folder=other)
        self.git("merge", "-q", "--no-edit", f"origin/{base}", folder=other)
        self.git("push", "-q", "origin", f"mine:{UPDATE_BRANCH}", folder=other)
        return self.git("rev-parse", "HEAD", folder=other)

    def rebase_branch(self, *options: str) -> None:
        """As GitHub's "Update with rebase" does: we remain the author of our commit."""
        other = self.folder.path.parent / "other"
        self.git("fetch", "-q", folder=other)
        self.git("checkout", "-q", "-B", "mine", f"origin/{UPDATE_BRANCH}", folder=other)
        self.git("rebase", "-q", *options, "origin/main", folder=other)
        self.git("push", "-qf", "origin", f"mine:{UPDATE_BRANCH}", folder=other)

    def kept(self) -> dict[str, bool]:
        """Whether each link is kept, by its title."""
        return {row["title"]: row["kept"] for row in self.folder.status(3)["links"]}


@contextmanager
def keeping(path: Path, walk: Walk, settings: str = "") -> Iterator[Keeper]:
    """A list of every kind of link, committed and pushed, before anything is flagged in it."""
    with playing(path) as hub:
        yield _keeper(path, walk, hub, settings)


def _keeper(path: Path, walk: Walk, hub: Hub, settings: str = "") -> Keeper:
    folder = Folder(path / "checkout")
    folder.path.mkdir()
    folder.list.write_text(LIST, encoding="utf-8")
    written = _SETTINGS.format(api=f"{hub.site}/api/v3") + settings + FEEDS_OFF
    (folder.path / "staycurrent.toml").write_text(written, encoding="utf-8")
    keeper = Keeper(folder, walk, hub)
    keeper.git("init", "-q", "-b", "main")
    keeper.git("add", "curated.md")
    keeper.git("commit", "-qm", "A list")
    # Fetched as a file, and pushed through the hub: most tests are about neither, and fetching by
    # HTTP takes three processes each time. Those of the action and of git's settings do so.
    keeper.git("remote", "add", "origin", f"file://{hub.bare}")
    keeper.git("config", f"url.{hub.site}/.pushInsteadOf", f"file://{path}/")
    keeper.git("push", "-q", str(hub.bare), "main")
    return keeper


@dataclass(frozen=True, slots=True)
class Proposed:
    """A keeper whose first pull request is open, and the host on which each copy of it is served.

    It is proposed once: that is forty processes.
    """

    keeper: Keeper
    host: Host

    @classmethod
    @contextmanager
    def by(cls, path: Path, walk: Walk) -> Iterator["Proposed"]:
        with closing(Host()) as host:
            hub = Hub(path / f"{REPOSITORY}.git")
            subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(hub.bare)], check=True)
            host.serve(hub)
            keeper = _keeper(path, walk, hub)
            assert keeper.pr().code == 0
            yield cls(keeper, host)

    def copy(self, to: Path) -> Keeper:
        """A keeper of one's own, which is served from now on."""
        copytree(self.keeper.folder.path.parent, to, dirs_exist_ok=True)
        hub = replace(deepcopy(self.keeper.hub), bare=to / f"{REPOSITORY}.git")
        self.host.serve(hub)
        config = to / "checkout" / ".git" / "config"
        was = self.keeper.folder.path.parent
        config.write_text(config.read_text().replace(f"{was}/", f"{to}/"))
        return Keeper(Folder(to / "checkout"), self.keeper.walk, hub)


ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "action" / "run"
# A night of the action is a dozen commands, and a command imports for longer than it works: a
# process that has imported everything forks for each of them. That saves 17 of 53 s of CPU: `make
# test` takes more than five minutes without it.
_SERVER = """
import json, os, select, signal, socket, sys
from importlib import import_module
sys.path.insert(0, "{root}")
from staycurrent.flows.cli import entry
for name in ("history", "lint", "pr", "render", "report", "run", "status"):
    import_module(f"staycurrent.flows.commands.{{name}}")
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
listener = socket.socket(socket.AF_UNIX)
listener.bind("{socket}")
listener.listen()
print("ready", flush=True)
while sys.stdin not in select.select([listener, sys.stdin], [], [])[0]:
    client, _ = listener.accept()
    if os.fork():
        client.close()
        continue
    listener.close()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    said, streams, _, _ = socket.recv_fds(client, 1 << 20, 3)
    while not said.endswith(b"\\n"):
        said += client.recv(1 << 20)
    arguments, folder, environment = json.loads(said)
    if child := os.fork():
        for stream in streams:
            os.close(stream)
        client.send(b"%d" % os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        os._exit(0)
    client.close()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    # The real verbs, with the clock of a played night. The web of its links is a recording, GitHub
    # is not: `pr` asks the hub. (`lint` clears the recording, for its settings are a stranger's.)
    if arguments[0] == "pr":
        os.environ["STAYCURRENT_WEB__RECORDING"] = ""
    elif arguments[0] == "lint":
        assert os.environ.pop("STAYCURRENT_WEB__RECORDING") == ""
    sys.argv[1:] = [*arguments, "--as-of", os.environ["PLAYED_AS_OF"]]
    entry()
"""
_PROGRAM = """#!{python} -IS
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as server:
    server.connect("{socket}")
    said = [sys.argv[1:], os.getcwd(), dict(os.environ)]
    socket.send_fds(server, [json.dumps(said).encode() + b"\\n"], [0, 1, 2])
    sys.exit(int(server.recv(9)))
"""


@cache
def _serving() -> str:
    """The address of the server of this process, which ends with it."""
    folder = mkdtemp()
    address = f"{folder}/socket"
    text = _SERVER.format(root=ROOT, socket=address)
    argv = [sys.executable, "-P", "-c", text]
    pipe = subprocess.PIPE  # as a runner's streams are
    server = subprocess.Popen(argv, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT)
    assert server.stdout is not None
    assert server.stdout.readline() == b"ready\n"

    def end() -> None:
        server.communicate()
        rmtree(folder)

    atexit.register(end)
    return address


@dataclass(frozen=True, slots=True)
class Step:
    """How the script ended, as the runner understood what it printed."""

    code: int
    log: str
    outputs: Mapping[str, str]
    commands: tuple[str, ...]
    """Lines that the runner obeyed; what stands between `stop-commands` and its token is none."""
    files: Path
    """The runner's folder for this step."""


def step(
    mode: str,
    checkout: Path,
    inputs: Mapping[str, str] | None = None,
    *,
    night: int = 1,
    event: str = "schedule",
    token: str = "",
    summary: bool = False,
    program: str = _PROGRAM,
) -> Step:
    """Run the script in a checkout with these inputs, on a runner that has nothing else.

    `program` is the text of `staycurrent` there.
    """
    files = checkout.parent / f"{checkout.name}-step"
    files.mkdir(exist_ok=True)
    installed = files / "bin" / "staycurrent"
    installed.parent.mkdir(exist_ok=True)
    played = program.format(python=sys.executable, socket=_serving())
    installed.write_text(played, encoding="utf-8")
    installed.chmod(0o755)
    ended = subprocess.run(
        [str(SCRIPT)],
        cwd=checkout,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(files),
            "RUNNER_TEMP": str(files),
            "GITHUB_OUTPUT": str(files / "outputs"),
            "GITHUB_EVENT_NAME": event,
            "GITHUB_TOKEN": token,
            "GITHUB_STEP_SUMMARY": str(files / "summary.md") if summary else "",
            "PLAYED_AS_OF": (FIRST + timedelta(days=night - 1)).isoformat(),
            "STAY_BIN": str(installed.parent),
            "STAY_BRANCH": "staycurrent-data",
            "STAY_MODE": mode,
            **{f"STAY_{name.upper()}": value for name, value in (inputs or {}).items()},
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    log = ended.stdout.decode()
    written = files / "outputs"
    lines = written.read_text().splitlines() if written.exists() else []
    outputs = dict(line.split("=", 1) for line in lines)
    return Step(ended.returncode, log, outputs, tuple(_obeyed(log)), files)


def _obeyed(log: str) -> list[str]:
    """As the runner's ActionCommand.cs and ActionCommandManager.cs read a log."""
    obeyed, stopped = [], None
    for line in log.splitlines():
        begun = line.lstrip()
        if stopped is not None:
            stopped = None if begun == f"::{stopped}::" else stopped
            continue
        stopping = re.match(r"::stop-commands::(\w{16,})$", begun)
        if stopping:
            stopped = stopping.group(1)
        elif begun.startswith("::") or "##[" in line:
            obeyed.append(line)
    assert stopped is None
    return obeyed
