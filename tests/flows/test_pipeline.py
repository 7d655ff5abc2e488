"""The walk's seam for an orchestrator, and Prefect itself: server, worker, deployment, runs."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from shutil import copyfile
from typing import Any, ParamSpec, TypeVar
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from flows.demo import RECORDED, night_in
from flows.night import NotJudged
from flows.run import run
from tests.flows.played import FIRST, Folder

P = ParamSpec("P")
R = TypeVar("R")

ROOT = Path(__file__).resolve().parents[2]
WEB = '[[page]]\nurl = "https://a.example/"\ntitle = "A"\n'
LISTED = "- [A](https://a.example/) - One.\n"
DEMO = f"""
[web]
recording = {json.dumps(str(RECORDED / "web.toml"))}
pause_s = 0
slow_hosts = []
[links]
second_look_s = 0
[links.pace]
alive_every = 1
settled_every = 1
"""
OFFLINE = """
[web]
canaries = ["http://127.0.0.1:1/"]
[links]
second_look_s = 0
"""
TOKEN = "ghs_0123456789canary0123456789canary0123"
ENDED = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")
one_night_for_real = [pytest.mark.prefect, pytest.mark.timeout(400)]


class Recording:
    """A step that notes each stage and runs it as it is."""

    def __init__(self) -> None:
        self.visited: list[str] = []

    def __call__(self, stage: Callable[P, R]) -> Callable[P, R]:
        self.visited.append(stage.__name__)
        return stage


def test_the_walk_hands_each_stage_to_the_step_in_order(folder: Folder) -> None:
    folder.write(listed=LISTED, web=WEB)
    step = Recording()
    run(night_in(folder.path, FIRST), step=step)
    assert step.visited == ["check", "archive", "pull", "render", "write"]


def test_a_night_that_is_not_judged_ends_at_the_first_stage(folder: Folder) -> None:
    folder.write(listed=LISTED)
    (folder.path / "web.toml").write_text("first_night = 2026-11-01\n", encoding="utf-8")
    step = Recording()
    with pytest.raises(NotJudged, match="offline"):
        run(night_in(folder.path, FIRST), step=step)
    assert step.visited == ["check"]


def test_the_command_line_runs_without_prefect(folder: Folder) -> None:
    folder.write(listed=LISTED, web=WEB)
    program = (
        "import sys; from flows.cli import main; assert main(sys.argv[1:]) == 0; "
        "assert not [one for one in sys.modules if one.split('.')[0] == 'prefect']"
    )
    for verb in ("run", "status"):
        argv = [sys.executable, "-c", program, verb, "--as-of", FIRST.isoformat()]
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        ended = subprocess.run(argv, cwd=folder.path, env=env, capture_output=True, text=True)
        assert ended.returncode == 0, ended.stderr


@dataclass(frozen=True, slots=True)
class Installation:
    """A server and a worker of one's own, and the command line aimed at them."""

    home: Path
    port: int
    env: Mapping[str, str]

    def prefect(self, *argv: str, wanted: int = 0) -> str:
        """What a command printed; it must end with the wanted code."""
        command = [sys.executable, "-m", "prefect", *argv]
        ended = subprocess.run(
            command,
            cwd=ROOT,
            env=self.env,
            timeout=150,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert ended.returncode == wanted, ended.stdout
        return ended.stdout

    def api(self, path: str, body: object = None) -> Any:
        """The answer of the server, read; a body is posted."""
        data = None if body is None else json.dumps(body).encode()
        url = f"http://127.0.0.1:{self.port}/api/{path}"
        request = Request(url, data, {"content-type": "application/json"})  # noqa: S310
        with urlopen(request, timeout=30) as answer:  # noqa: S310
            return json.load(answer)

    def runs(self, *parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The flow runs of the deployment with these parameters, made at once, as they ended."""
        deployment = self.api("deployments/name/nightly/nightly")["id"]
        path = f"deployments/{deployment}/create_flow_run"
        made = [self.api(path, {"parameters": one, "state": {"type": "SCHEDULED"}})["id"]
                for one in parameters]  # fmt: skip
        return [self._ended(one) for one in made]

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
            one["name"].rsplit("-", 1)[0]: (one["state"]["name"], one["state"]["message"])
            for one in self.api("task_runs/filter", wanted)
        }

    def _ended(self, run: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        until = time.monotonic() + 150
        while found.get("state_type") not in ENDED:
            assert time.monotonic() < until, found
            time.sleep(0.5)
            found = self.api(f"flow_runs/{run}")
        return found


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Server, work pool, deployment and worker on loopback; all are gone afterwards."""
    home = tmp_path_factory.mktemp("prefect")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    here = Installation(home, port, _environment(home, port))
    with ExitStack() as stack:
        stack.callback(_kill_all, f"PREFECT_HOME={home}".encode())
        # Without the scheduler: a test that runs at 02:17 UTC must not rewrite this very list.
        stack.enter_context(
            _running(here, "server", "start", "--host=127.0.0.1", f"--port={port}",
                     "--no-scheduler", "--no-ui")
        )  # fmt: skip
        _wait_for(here)
        here.prefect("work-pool", "create", "staycurrent", "--type", "process")
        stack.enter_context(_running(here, "worker", "start", "--pool", "staycurrent"))
        here.prefect("--no-prompt", "deploy", "--all")
        yield here


def _environment(home: Path, port: int) -> dict[str, str]:
    strange = ("PREFECT_", "STAYCURRENT_")
    return {
        **{key: value for key, value in os.environ.items() if not key.startswith(strange)},
        "DO_NOT_TRACK": "1",
        "GITHUB_TOKEN": TOKEN,
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_HOME": str(home),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_WORKER_QUERY_SECONDS": "1",
        "PYTHONWARNINGS": "ignore",
    }


@contextmanager
def _running(here: Installation, *argv: str) -> Iterator[None]:
    with (here.home / f"{argv[0]}.log").open("wb") as log:
        command = [sys.executable, "-m", "prefect", *argv]
        process = subprocess.Popen(
            command, cwd=ROOT, env=here.env, stdout=log, stderr=log, start_new_session=True
        )
        try:
            yield
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
    until = time.monotonic() + 120
    while True:
        try:
            here.api("health")
        except (URLError, ConnectionError, TimeoutError):
            assert time.monotonic() < until, (here.home / "server.log").read_text()
            time.sleep(0.3)
        else:
            return


def _folder(path: Path, settings: str) -> Folder:
    path.mkdir()
    copyfile(RECORDED / "curated.md", path / "curated.md")
    (path / "staycurrent.toml").write_text(settings, encoding="utf-8")
    return Folder(path)


def _asked(folder: Folder, night: int) -> dict[str, Any]:
    as_of = FIRST + timedelta(days=night - 1)
    return {"settings": str(folder.path / "staycurrent.toml"), "as_of": as_of.isoformat()}


class TestPrefect:
    pytestmark = one_night_for_real

    def test_a_night_under_prefect_leaves_the_bytes_of_a_plain_one(
        self, installed: Installation, tmp_path: Path
    ) -> None:
        folder, twin = _folder(tmp_path / "a", DEMO), _folder(tmp_path / "b", DEMO)
        asked = [f"--param={key}={value}" for key, value in _asked(folder, 1).items()]
        told = installed.prefect("deployment", "run", "nightly/nightly", "--watch", *asked)
        assert "Completed" in told
        run(night_in(twin.path, FIRST))
        assert "stay:withdrawn:2026-11-01" in folder.text
        assert folder.text == twin.text

        (second,) = installed.runs(_asked(folder, 2))
        run(night_in(twin.path, FIRST + timedelta(days=1)))
        assert folder.text == twin.text
        assert second["name"] == "2026-11-02"
        assert second["state"]["message"].startswith("25 of 25 links looked at, ")
        stages = ["archive", "check", "pull", "render", "tell", "write"]
        assert sorted(installed.states(second)) == stages
        assert "# The night of 2026-11-02" in installed.artifact(second, "night")
        (change,) = installed.artifact(second, "changes")
        assert (change["link"], change["was"], change["now"], change["why"]) == (
            "mini-gpt in the browser", "", "dead", "gone",
        )  # fmt: skip

    def test_without_a_network_a_run_completes_as_not_judged(
        self, installed: Installation, tmp_path: Path
    ) -> None:
        folder = _folder(tmp_path / "a", OFFLINE)
        before = folder.text
        told, second = installed.runs(_asked(folder, 1), _asked(folder, 1))
        if told["state_type"] == "CANCELLED":
            told, second = second, told
        assert second["state_type"] == "CANCELLED", "two runs may not write at once"
        assert (told["state_type"], told["state"]["name"]) == ("COMPLETED", "NotJudged")
        assert "this machine seems to be offline" in told["state"]["message"]
        assert installed.states(told) == {"check": ("NotJudged", told["state"]["message"])}
        assert "seems to be offline" in installed.artifact(told, "night")
        assert folder.text == before

    def test_bad_settings_fail_the_run_with_every_mistake(
        self, installed: Installation, tmp_path: Path
    ) -> None:
        folder = _folder(tmp_path / "a", "[web]\ntimeout = 1\n[listing]\n")
        (told,) = installed.runs(_asked(folder, 1))
        assert (told["state_type"], told["state"]["name"]) == ("FAILED", "Failed")
        assert "web.timeout: is not a setting; did you mean timeout_s?" in told["state"]["message"]
        assert "listing: is not a setting" in told["state"]["message"]
        assert installed.states(told) == {}

    def test_the_server_refuses_a_time_without_an_offset(self, installed: Installation) -> None:
        argv = ("deployment", "run", "nightly/nightly", "--param=as_of=2026-11-01T02:00:00")
        assert "Validation failed for field 'as_of'" in installed.prefect(*argv, wanted=1)

    def test_the_deployment_runs_nightly_and_alone(self, installed: Installation) -> None:
        made = installed.api("deployments/name/nightly/nightly")
        (schedule,) = made["schedules"]
        assert schedule["schedule"]["cron"] == "17 2 * * *"
        assert schedule["schedule"]["timezone"] == "UTC"
        assert made["global_concurrency_limit"]["limit"] == 1
        assert made["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"
        assert sorted(made["parameter_openapi_schema"]["properties"]) == [
            "as_of", "lists", "settings",
        ]  # fmt: skip
        assert str(ROOT) not in json.dumps(made)

    def test_no_secret_lies_in_what_prefect_keeps(self, installed: Installation) -> None:
        kept = [one for one in installed.home.rglob("*") if one.is_file()]
        assert any(one.name == "prefect.db" for one in kept)
        assert not [one for one in kept if TOKEN.encode() in one.read_bytes()]
