"""A played GitHub on loopback: real HTTP for its API, and git's own server for its repository."""

import json
import os
import subprocess
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from tests.flows.hub import BASE, MAY_PUSH, REPOSITORY, Hub, refusal

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
        shown = self.headers.get("authorization", "").removeprefix("Basic ")
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
        ended = subprocess.run(
            [_backend()], input=raw, env=surroundings, capture_output=True, check=False
        )
        head, _, body = ended.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        self._send(int(headers.pop("Status", "200").split()[0]), body, headers)


@cache
def _backend() -> Path:
    """Git's server program itself: `git http-backend` would be two processes for each request."""
    asked = ["git", "--exec-path"]
    ended = subprocess.run(asked, check=True, capture_output=True, text=True)
    return Path(ended.stdout.strip()) / "git-http-backend"


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
