"""A Prefect of one's own on loopback: server, work pool, deployment and worker, as processes."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from websockets.sync.client import connect
from websockets.sync.connection import Connection

from tests.support.folder import Folder

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "hf_0123456789canary0123456789canary"
"""A secret in the environment of server and worker."""
HOOK = "hook-0123456789canary"
"""A secret part of a webhook's address."""
ENDED = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")
_RUNS = "flow_runs/filter"


@dataclass(frozen=True, slots=True)
class Installation:
    """A server and a worker of one's own, and the command line aimed at them."""

    home: Path
    port: int
    env: Mapping[str, str]
    scheduled: list[str] = field(default_factory=list)
    """When the schedule would have started a run, before it was paused; ISO 8601."""

    def prefect(self, *argv: str, wanted: int = 0) -> str:
        """What a command of Prefect's printed; it must end with the wanted code."""
        return self.command("-m", "prefect", *argv, wanted=wanted)

    def command(self, *argv: str, wanted: int = 0, cwd: Path = ROOT) -> str:
        """What a command of Python's printed; it must end with the wanted code."""
        ended = subprocess.run(
            [sys.executable, *argv],
            cwd=cwd,
            env=self.env,
            timeout=400,
            check=False,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert ended.returncode == wanted, ended.stdout
        return ended.stdout

    def api(self, path: str, body: object = None, method: str | None = None) -> Any:
        """The answer of the server, read; a body is posted unless a method is given."""
        data = None if body is None else json.dumps(body).encode()
        url = f"http://127.0.0.1:{self.port}/api/{path}"
        request = Request(url, data, {"content-type": "application/json"}, method=method)
        for wait_s in (0.5, 1.0, 2.0, 4.0, None):
            try:
                with urlopen(request, timeout=120) as answer:  # noqa: S310
                    return json.loads(answer.read() or b"null")
            except HTTPError as error:
                # Its SQLite is locked for a while: https://github.com/PrefectHQ/prefect/issues/18934
                if error.code != 503 or wait_s is None:
                    raise
                time.sleep(wait_s)
        return None

    def deployment(self, title: str = "nightly/nightly") -> str:
        """A deployment's id."""
        return str(self.api(f"deployments/name/{title}")["id"])

    def next_starts(self) -> list[str]:
        """When the scheduler starts runs; empty where it made none in half a minute."""
        wanted = {"flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}}
        until = time.monotonic() + 30
        while True:
            found = sorted(one["expected_start_time"] for one in self.api(_RUNS, wanted))
            if found or time.monotonic() > until:
                return found
            time.sleep(0.5)

    def runs(self, *parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The flow runs of the deployment with these parameters, made at once, as they ended."""
        path = f"deployments/{self.deployment()}/create_flow_run"
        wanted = [{"parameters": one, "state": {"type": "SCHEDULED"}} for one in parameters]
        made = [self.api(path, one)["id"] for one in wanted]
        return [self.ended(one) for one in made]

    def artifact(self, run: Mapping[str, Any], key: str) -> Any:
        """The data of the one artifact that a flow run left under a key."""
        wanted = {"artifacts": {"flow_run_id": {"any_": [run["id"]]}, "key": {"any_": [key]}}}
        (found,) = self.api("artifacts/filter", wanted)
        data = found["data"]
        return json.loads(data) if found["type"] == "table" and isinstance(data, str) else data

    def states(self, run: Mapping[str, Any]) -> dict[str, tuple[str, str | None]]:
        """Name and message of each task's state."""
        wanted = {"flow_runs": {"id": {"any_": [run["id"]]}}}
        return {
            one["name"]: (one["state"]["name"], one["state"]["message"])
            for one in self.api("task_runs/filter", wanted)
        }

    def logged(self, run: Mapping[str, Any], words: str) -> str:
        """The line with these words of a flow run's log, which arrives later than its state."""
        wanted = {"logs": {"flow_run_id": {"any_": [run["id"]]}}}
        until = time.monotonic() + 120
        while True:
            lines = [str(one["message"]) for one in self.api("logs/filter", wanted)]
            found = [line for line in lines if words in line]
            if found:
                return found[0]
            assert time.monotonic() < until, lines
            time.sleep(0.5)

    def ended(self, run: str) -> dict[str, Any]:
        """A flow run when it has come to its end."""
        found: dict[str, Any] = {}
        until = time.monotonic() + 400
        while found.get("state_type") not in ENDED:
            assert time.monotonic() < until, found
            time.sleep(0.5)
            found = self.api(f"flow_runs/{run}")
        return found


@contextmanager
def server(home: Path) -> Iterator[Installation]:
    """A server on loopback; it is gone afterwards, with all that ran against it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    here = Installation(home, port, _environment(home, port))
    with ExitStack() as stack:
        stack.callback(_kill_all, f"PREFECT_HOME={home}".encode())
        where = ("--host=127.0.0.1", f"--port={port}")
        stack.enter_context(_running(here, "server", "start", *where, "--no-ui"))
        _wait_for(here)
        yield here


@contextmanager
def installation(home: Path) -> Iterator[Installation]:
    """Server, work pool, deployment and worker on loopback; all are gone afterwards."""
    with server(home) as here:
        here.prefect("work-pool", "create", "staycurrent", "--type", "process")
        here.prefect("--no-prompt", "deploy", "--all")
        here.scheduled.extend(here.next_starts())
        # Before there is a worker: at 02:17 UTC it would rewrite this very project's list.
        here.api(f"deployments/{here.deployment()}/pause_deployment", {})
        with worker(here, "staycurrent", ROOT):
            yield here


@contextmanager
def worker(here: Installation, pool: str, cwd: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A worker of a pool, started in the folder that its runs are to take place in."""
    with _running(here, "worker", "start", "--pool", pool, cwd=cwd) as process:
        yield process


@contextmanager
def webhook() -> Iterator[tuple[int, list[dict[str, str]]]]:
    """The port of an endpoint on loopback, and what `/in/HOOK` received; `/out/` fails."""
    received: list[dict[str, str]] = []

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.path == f"/in/{HOOK}":
                received.append(json.loads(body))
            self.send_response(200 if self.path.startswith("/in/") else 500)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Endpoint) as endpoint:
        thread = Thread(target=endpoint.serve_forever)
        thread.start()
        try:
            yield endpoint.server_port, received
        finally:
            endpoint.shutdown()
            thread.join()


def _environment(home: Path, port: int) -> dict[str, str]:
    # With a token GitHub is asked by another API, which the recording does not play.
    strange = ("PREFECT_", "STAYCURRENT_", "GITHUB_TOKEN")
    return {
        **{key: value for key, value in os.environ.items() if not key.startswith(strange)},
        "DO_NOT_TRACK": "1",
        "HF_TOKEN": TOKEN,
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_HOME": str(home),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_WORKER_QUERY_SECONDS": "1",
        "PYTHONWARNINGS": "ignore",
    }


@contextmanager
def _running(here: Installation, *argv: str, cwd: Path = ROOT) -> Iterator[subprocess.Popen[bytes]]:
    with (here.home / f"{argv[0]}.log").open("ab") as log:
        command = [sys.executable, "-m", "prefect", *argv]
        process = subprocess.Popen(
            command, cwd=cwd, env=here.env, stdout=log, stderr=log, start_new_session=True
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _kill_all(marker: bytes) -> None:
    """Whatever still lives of this installation: flow runs have process groups of their own."""
    for one in Path("/proc").glob("[0-9]*/environ"):
        try:
            if marker in one.read_bytes().split(b"\0"):
                os.kill(int(one.parent.name), signal.SIGKILL)
        except (FileNotFoundError, PermissionError, ProcessLookupError):
            continue  # it ended by itself, or is not ours


def _wait_for(here: Installation) -> None:
    until = time.monotonic() + 300
    while True:
        try:
            here.api("health")
        except (URLError, ConnectionError, TimeoutError):
            assert time.monotonic() < until, (here.home / "server.log").read_text()
            time.sleep(0.3)
        else:
            return


_KEYS = {"Tab": (9, ""), "Enter": (13, "\r"), " ": (32, " "), "Escape": (27, "")}
_ARGV = ("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0")


@dataclass(frozen=True, slots=True)
class Tab:
    """One page of it."""

    socket: Connection
    numbers: Iterator[int]

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command of https://chromedevtools.github.io/devtools-protocol/, and its answer."""
        number = next(self.numbers)
        said = {"id": number, "method": method, "params": parameters}
        self.socket.send(json.dumps(said))
        while True:
            answer = json.loads(self.socket.recv(timeout=60))
            if answer.get("id") == number:
                return dict(answer["result"])

    def says(self, expression: str) -> Any:
        """The value of an expression of the page."""
        asked = {"expression": expression, "returnByValue": True, "awaitPromise": True}
        return self.ask("Runtime.evaluate", **asked)["result"].get("value")

    def opens(self, page: Path) -> None:
        """Load a file, whole."""
        self.ask("Page.navigate", url=page.as_uri())
        waits = "new Promise(r => document.readyState === 'complete' ? r(1) : onload = () => r(1))"
        self.says(waits)

    def press(self, key: str) -> None:
        """One key, down and up."""
        code, text = _KEYS[key]
        named = {"key": key, "code": key.strip() or "Space", "windowsVirtualKeyCode": code}
        kind = "keyDown" if text else "rawKeyDown"
        self.ask("Input.dispatchKeyEvent", type=kind, text=text, **named)
        self.ask("Input.dispatchKeyEvent", type="keyUp", **named)

    def tab_to(self, selector: str) -> None:
        """Press Tab until this has the focus, as somebody without a mouse does."""
        for _ in range(60):
            if self.says(f"document.activeElement.matches({json.dumps(selector)})"):
                return
            self.press("Tab")
        raise AssertionError(f"no Tab leads to {selector}")

    def types(self, text: str) -> None:
        self.ask("Input.insertText", text=text)


@contextmanager
def browser() -> Iterator[Tab]:
    """A browser of its own, which knows nobody and is ended afterwards."""
    # What it started may write for a moment longer than it lives itself.
    with TemporaryDirectory(ignore_cleanup_errors=True) as home:
        argv = [*_ARGV, f"--user-data-dir={home}", "about:blank"]
        surroundings = {"HOME": home, "PATH": "/usr/bin:/bin"}
        with subprocess.Popen(argv, stderr=subprocess.PIPE, text=True, env=surroundings) as process:
            try:
                assert process.stderr is not None
                found = (re.search(r"ws://(127\.0\.0\.1:\d+)/", line) for line in process.stderr)
                where = next(one.group(1) for one in found if one)
                with urlopen(f"http://{where}/json/list") as answer:
                    (page, *_) = [one for one in json.load(answer) if one["type"] == "page"]
                with connect(page["webSocketDebuggerUrl"], max_size=None) as socket:
                    yield Tab(socket, count(1))
            finally:
                process.kill()


NIGHT = 3
FREE = (0, 4096, 16384)
"""KiB that are left to a night."""
_BLOCK = 4096


def run_on_full_disk(morning: Path, expected: Path, disk: Path) -> None:
    """Run a night with so much room, then again with enough; a line for each, or an assertion."""
    before, after = Folder(morning).text, Folder(expected).text
    assert before != after
    for number, free in enumerate(FREE):
        folder = Folder(disk / str(number))
        shutil.copytree(morning, folder.path)
        ballast = disk / "ballast"
        _fill(ballast, disk, free)
        ended = folder.staycurrent("run", night=NIGHT)
        assert ended.code in (0, 2, 75), (free, ended)
        assert folder.text in (before, after), free
        assert folder.text == after or ended.code, (free, ended)
        ballast.unlink()
        again = folder.staycurrent("run", night=NIGHT)
        assert (again.code, folder.text) == (0, after), (free, ended, again)
        print(f"{free} KiB: exit {ended.code}, {_last_line(ended.err)}")  # noqa: T201
        shutil.rmtree(folder.path)


def _fill(ballast: Path, disk: Path, free: int) -> None:
    blocks = (shutil.disk_usage(disk).free - free * 1024) // _BLOCK
    with ballast.open("wb") as file:
        for _ in range(blocks):
            file.write(b"\0" * _BLOCK)


def _last_line(text: str) -> str:
    return text.splitlines()[-1] if text else ""


if __name__ == "__main__":
    run_on_full_disk(*map(Path, sys.argv[1:]))
