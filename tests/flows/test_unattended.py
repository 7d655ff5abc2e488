"""Nights without a hand: deployed, fired by the schedule, killed, resumed, missed, and served."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree
from typing import Any, TypeVar

import pytest

from staycurrent.flows.commands.demo import context_in
from staycurrent.flows.commands.run import run
from tests.support.folder import CANARIES, FEEDS_OFF, FIRST, SETTINGS, Folder, with_database
from tests.support.processes import ENDED, HOOK, Installation, server, webhook, worker

T = TypeVar("T")

LIST = """# Short

- [A](https://a.example/) - Well.
- [B](https://b.example/) - Gone.
- [S](https://slow.example/1) - Well, and in no hurry.
- [S](https://slow.example/2) - Well, and in no hurry.
- [S](https://slow.example/3) - Well, and in no hurry.
"""
PAUSE_S = 4.0
WEB = f"""{CANARIES}
[[page]]
url = "https://a.example/"
title = "A"
[[page]]
url = "https://b.example/"
status = 410
[[page]]
url = "https://slow.example/*"
title = "S"
"""
SOON = timedelta(minutes=2)  # what is due sooner is missed by the scheduler, which looks ahead
COMMAND = "from staycurrent.flows.cli import entry; entry()"
# Where the tests are a shell's job in the background, all that they start is deaf to Ctrl-C.
HEARING = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
BLOCK = f"""
import sys
from prefect.blocks.notifications import CustomWebhookNotificationBlock
CustomWebhookNotificationBlock(
    name="missed",
    url=f"http://127.0.0.1:{{sys.argv[1]}}/in/{HOOK}",
    json_data={{"subject": "{{{{subject}}}}", "body": "{{{{body}}}}"}},
).save("missed")
"""
SHORTEN = """
import sys
from datetime import timedelta
from prefect.automations import Automation
found = Automation.read(name=sys.argv[1])
found.trigger.within = timedelta(seconds=10)
found.update()
"""

pytestmark = [pytest.mark.prefect, pytest.mark.timeout(1200)]


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with server(tmp_path_factory.mktemp("prefect")) as started:
        yield started


def laid_out(path: Path, *, cron: str = "17 2 * * *") -> Folder:
    """A folder with a list, a web and a pool of its own."""
    path.mkdir()
    schedule = f'[prefect]\npool = "{path.name}"\ncron = "{cron}"\njitter_s = 0\n'
    (path / "curated.md").write_text(LIST, encoding="utf-8")
    (path / "web.toml").write_text(WEB, encoding="utf-8")
    slow = SETTINGS.replace("slow_hosts = []", f'slow_hosts = ["slow.example={PAUSE_S}"]')
    (path / "staycurrent.toml").write_text(slow + FEEDS_OFF + schedule, encoding="utf-8")
    return Folder(path)


def deployed(here: Installation, folder: Folder) -> dict[str, str]:
    """The ids of the deployments that `staycurrent deploy` names, by title."""
    said = here.command("-c", COMMAND, "deploy", "--take-over", cwd=folder.path)
    titles = re.findall(
        r"^deployment (\S+): (?:created|unchanged|updated|taken)", said, re.MULTILINE
    )
    return {title: here.deployment(title) for title in titles}


def waited(seconds: float, look: Callable[[], T | None]) -> T:
    """What `look` finds at last."""
    until = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < until, "nothing came"
        time.sleep(0.5)


def runs_of(here: Installation, deployment: str) -> list[dict[str, Any]]:
    wanted = {"deployments": {"id": {"any_": [deployment]}}}
    return list(here.api("flow_runs/filter", wanted))


def night_two(folder: Folder) -> dict[str, str]:
    return {"settings": "staycurrent.toml", "as_of": (FIRST + timedelta(days=1)).isoformat()}


def start(here: Installation, deployment: str, parameters: dict[str, str]) -> str:
    asked = {"parameters": parameters, "state": {"type": "SCHEDULED"}}
    return str(here.api(f"deployments/{deployment}/create_flow_run", asked)["id"])


def kill_all_in(folder: Folder) -> int:
    """Every process whose working directory is the folder, at once; how many they were."""
    killed = 0
    for one in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if one.readlink() == folder.path:
                os.kill(int(one.parent.name), signal.SIGKILL)
                killed += 1
        except (FileNotFoundError, PermissionError, ProcessLookupError):
            continue  # it ended by itself, or is not ours
    return killed


def test_what_is_deployed_twice_is_there_once_and_runs_when_its_time_comes(
    here: Installation, tmp_path: Path
) -> None:
    soon = datetime.now(UTC) + SOON
    folder = laid_out(tmp_path / "scheduled", cron=f"{soon.minute} {soon.hour} * * *")
    made = deployed(here, folder)
    assert set(made) == {
        "nightly/nightly",
        "check-links/check-links",
        "pull-feeds/pull-feeds",
        "regenerate/regenerate",
        "pull-request/pull-request",
        "weekly-report/weekly-report",
        "missed-run/missed-run",
    }
    assert deployed(here, folder) == made
    names = [one["name"] for one in here.api("automations/filter", {})]
    assert sorted(names) == ["nightly/nightly was missed", "staycurrent: a run died"]
    with worker(here, folder.path.name, folder.path):
        (ran,) = waited(
            240,
            lambda: [
                one
                for one in runs_of(here, made["nightly/nightly"])
                if one["auto_scheduled"] and one["state_type"] in ENDED
            ],
        )
    assert (ran["state_type"], ran["name"]) == ("COMPLETED", f"curated.md {soon.date()}")
    assert ran["state"]["message"].startswith("5 of 5 links checked, ")
    assert folder.warehouse.exists()


def test_killed_with_its_worker_a_night_is_resumed_and_ends_as_an_undisturbed_one(
    here: Installation, tmp_path: Path
) -> None:
    folder, twin = laid_out(tmp_path / "killed"), Folder(tmp_path / "twin")
    with_database(run, context_in(folder.path, FIRST))
    copytree(folder.path, twin.path)
    with_database(run, context_in(twin.path, FIRST + timedelta(days=1)))
    assert "stay:dead:2026-11-01" in twin.text
    before = folder.text
    night = deployed(here, folder)["nightly/nightly"]
    with worker(here, folder.path.name, folder.path):
        first = start(here, night, night_two(folder))
        waited(300, lambda: here.api(f"flow_runs/{first}")["state_type"] == "RUNNING")
        time.sleep(PAUSE_S / 2)
        assert kill_all_in(folder) >= 2, "the worker, and the run"
    assert folder.text == before

    def completed() -> dict[str, Any] | None:
        again = here.ended(start(here, night, night_two(folder)))
        return again if again["state"]["name"] == "Completed" else None

    with worker(here, folder.path.name, folder.path):
        dead = waited(240, lambda: here.api(f"flow_runs/{first}")["state_type"] == "CRASHED")
        waited(120, completed)
    assert dead
    assert folder.text == twin.text
    settings = (folder.path / "staycurrent.toml").read_text(encoding="utf-8")
    assert 'pool = "killed"' in settings, "nothing is brought from where it was deployed before"


def test_two_lists_have_a_night_each_and_one_memory(here: Installation, tmp_path: Path) -> None:
    """Begun together, they wait for each other; each says what it says where it runs alone."""
    folder, twin = laid_out(tmp_path / "two"), Folder(tmp_path / "alone")
    with (folder.path / "staycurrent.toml").open("a", encoding="utf-8") as settings:
        settings.write('[list]\npaths = ["curated.md", "other.md"]\n')
    (folder.path / "other.md").write_text(LIST.replace("Gone", "Gone too"), encoding="utf-8")
    with_database(run, context_in(folder.path, FIRST))
    copytree(folder.path, twin.path)
    with_database(run, context_in(twin.path, FIRST + timedelta(days=1)))
    made = deployed(here, folder)
    nights = [made["nightly/curated.md"], made["nightly/other.md"]]
    with worker(here, folder.path.name, folder.path):
        begun = [start(here, night, night_two(folder)) for night in nights]
        ended = [here.ended(one) for one in begun]
    assert [one["state"]["name"] for one in ended] == ["Completed", "Completed"]
    assert sorted(one["name"] for one in ended) == ["curated.md 2026-11-02", "other.md 2026-11-02"]
    for name in ("curated.md", "other.md"):
        said = (folder.path / name).read_text(encoding="utf-8")
        assert "stay:dead:2026-11-01" in said
        assert said == (twin.path / name).read_text(encoding="utf-8")


def test_a_night_that_does_not_happen_is_reported(here: Installation, tmp_path: Path) -> None:
    folder = laid_out(tmp_path / "missed")
    with webhook() as (port, received):
        here.command("-c", BLOCK, str(port))
        with (folder.path / "staycurrent.toml").open("a", encoding="utf-8") as settings:
            settings.write('notify = "custom-webhook/missed"\n')
        made = deployed(here, folder)
        here.command("-c", SHORTEN, "nightly/nightly was missed")
        waited(300, lambda: received)
    sentence = "no run of nightly/nightly completed for 26 hours: "
    assert received[0]["subject"] == "staycurrent: nightly/nightly was missed"
    assert received[0]["body"].startswith(sentence)
    with worker(here, folder.path.name, folder.path):
        reported = waited(
            300,
            lambda: [
                one
                for one in runs_of(here, made["missed-run/missed-run"])
                if one["state_type"] == "FAILED"  # the automation fires again while it is told
            ],
        )[0]
    assert reported["state"]["message"].startswith(sentence)


@contextmanager
def serving(here: Installation, folder: Folder) -> Iterator[Installation]:
    """`staycurrent serve` with nothing else running; it ends as a person would end it."""
    env = {key: value for key, value in here.env.items() if not key.startswith("PREFECT_")}
    said = (folder.path / "said").open("wb")
    command = [sys.executable, "-c", HEARING + COMMAND, "serve"]
    process = subprocess.Popen(command, cwd=folder.path, env=env, stdout=said, stderr=said)
    try:
        port = waited(
            400, lambda: re.search(rb"http://127.0.0.1:(\d+)", (folder.path / "said").read_bytes())
        )
        waited(200, lambda: b"serving missed-run" in (folder.path / "said").read_bytes())
        yield Installation(folder.path, int(port[1]), env)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    finally:
        said.close()
        kill_all_in(folder)


def test_served_alone_schedule_and_job_need_nothing_else(
    here: Installation, tmp_path: Path
) -> None:
    folder, twin = laid_out(tmp_path / "served"), laid_out(tmp_path / "plain")
    for one in (0, 1):
        with_database(run, context_in(twin.path, FIRST + timedelta(days=one)))
    with serving(here, folder) as own:
        assert {one[11:16] for one in own.next_starts()} >= {"02:17"}
        night = own.deployment()
        for one in (0, 1):
            as_of = (FIRST + timedelta(days=one)).isoformat()
            came = own.ended(start(own, night, {"settings": "staycurrent.toml", "as_of": as_of}))
            assert came["state_type"] == "COMPLETED", came["state"]
    assert folder.text == twin.text
    assert (folder.path / ".staycurrent" / "prefect" / "prefect.db").exists()
    assert kill_all_in(folder) == 0, "nothing may live on"
