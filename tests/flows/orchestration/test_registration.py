"""Deployed again: what a person set on the server is kept, what the settings changed is updated."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from staycurrent.flows.reporter import Reporter
from tests.support.folder import LIST, Folder
from tests.support.processes import ROOT, Installation, server

COMMAND = ("-c", "from staycurrent.flows.cli import entry; entry()")

pytestmark = [pytest.mark.prefect, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with server(tmp_path_factory.mktemp("prefect")) as started:
        yield started


def laid_out(path: Path, settings: str) -> Folder:
    path.mkdir()
    folder = Folder(path)
    folder.list.write_text(LIST, encoding="utf-8")
    (path / "staycurrent.toml").write_text(settings, encoding="utf-8")
    return folder


def deploy(here: Installation, folder: Folder, *options: str, wanted: int = 0) -> str:
    return here.command(*COMMAND, "deploy", *options, cwd=folder.path, wanted=wanted)


def patch(here: Installation, path: str, body: object) -> None:
    here.api(path, body, "PATCH")


def delete(here: Installation, path: str) -> None:
    here.api(path, method="DELETE")


def automation(here: Installation, name: str) -> dict[str, Any]:
    (found,) = [one for one in here.api("automations/filter", {}) if one["name"] == name]
    return dict(found)


def shown(deployment: dict[str, Any]) -> dict[str, Any]:
    """A deployment without what the server changes by itself."""
    return {
        key: value
        for key, value in deployment.items()
        if key not in ("updated", "last_polled", "status")
    }


def test_what_a_person_set_is_kept(here: Installation, tmp_path: Path) -> None:
    folder = laid_out(tmp_path / "kept", '[prefect]\nproject = "kept"\n')
    assert "deployment nightly/kept: created\n" in deploy(here, folder)
    title = "deployments/name/nightly/kept"
    made = here.api(title)
    (own,) = made["schedules"]
    path = f"deployments/{made['id']}"
    patch(here, f"{path}/schedules/{own['id']}", {"active": False})
    second = {"cron": "5 5 * * *", "timezone": "Europe/Lisbon"}
    here.api(f"{path}/schedules", [{"schedule": second, "active": True}])
    here.api("work_pools/kept/queues", {"name": "urgent"})
    changed = {
        "parameters": {**made["parameters"], "lists": ["other.md"]},
        "tags": ["staycurrent", "mine"],
        "concurrency_limit": 3,
        "work_pool_name": "kept",
        "work_queue_name": "urgent",
        "description": "mine",
    }
    patch(here, path, changed)
    missed = automation(here, "nightly/kept was missed")
    patch(here, f"automations/{missed['id']}", {"enabled": False})
    before = here.api(title)
    assert before["work_queue_name"] == "urgent"

    said = deploy(here, folder)
    sentence = "deployment nightly/kept: unchanged; a schedule of it is paused, and stays so\n"
    assert sentence in said
    assert "deployment regenerate/kept: unchanged\n" in said
    assert shown(here.api(title)) == shown(before)

    text = '[prefect]\nproject = "kept"\ncron = "3 3 * * *"\njitter_s = 5\nmissed_after_h = 30\n'
    (folder.path / "staycurrent.toml").write_text(text, encoding="utf-8")
    assert "deployment nightly/kept: updated (parameters, schedule, missed_after_h)" in deploy(
        here, folder
    )
    after = here.api(title)
    assert after["parameters"] == {**before["parameters"], "jitter_s": 5}
    schedules = {one["schedule"]["cron"]: one["active"] for one in after["schedules"]}
    assert schedules == {"3 3 * * *": False, "5 5 * * *": True}
    for key in ("tags", "description", "work_queue_name", "global_concurrency_limit"):
        assert after[key] == before[key], key
    again = automation(here, "nightly/kept was missed")
    assert (again["id"], again["enabled"]) == (missed["id"], False)
    assert again["trigger"]["within"] == 30 * 3600


BLOCKS = """
from prefect.blocks.notifications import SlackWebhook
from prefect.blocks.system import Secret
SlackWebhook(url="https://hooks.slack.example/services/CANARY").save("ours")
Secret(value="CANARY").save("ours")
"""


def test_what_the_settings_name_on_the_server_is_checked(
    here: Installation, tmp_path: Path
) -> None:
    names = '[prefect]\nproject = "named"\nnotify = "{}"\ngithub_token_block = "ours"\n'
    folder = laid_out(tmp_path / "named", names.format("slack-webhook/ours"))
    said = deploy(here, folder)
    assert "prefect.notify: there is no block slack-webhook/ours on this server" in said
    assert "prefect.github_token_block: there is no block secret/ours on this server" in said
    assert "deployment nightly/named: created\n" in said
    actions = automation(here, "nightly/named was missed")["actions"]
    assert [one["type"] for one in actions] == ["run-deployment"]

    here.command("-c", BLOCKS)
    said = deploy(here, folder)
    assert "there is no block" not in said
    assert "deployment nightly/named: updated (notify)\n" in said
    actions = automation(here, "nightly/named was missed")["actions"]
    assert [one["type"] for one in actions] == ["run-deployment", "send-notification"]
    assert actions[1]["subject"] == "staycurrent: nightly/named was missed"
    assert "deployment nightly/named: unchanged\n" in deploy(here, folder)

    text = names.format("secret/ours") + 'variable = "nothing"\n'
    (folder.path / "staycurrent.toml").write_text(text, encoding="utf-8")
    said = deploy(here, folder)
    assert "prefect.notify: the block secret/ours cannot send notifications" in said
    assert "prefect.variable: there is no variable nothing on this server" in said
    actions = automation(here, "nightly/named was missed")["actions"]
    assert [one["type"] for one in actions] == ["run-deployment"]


FAILS = "from prefect.automations import Automation; Automation.create = None"


def test_automations_that_could_not_be_saved_are_saved_when_it_is_deployed_again(
    here: Installation, tmp_path: Path
) -> None:
    folder = laid_out(tmp_path / "broken", '[prefect]\nproject = "broken"\n')
    for crash in [one for one in here.api("automations/filter", {}) if "died" in one["name"]]:
        delete(here, f"automations/{crash['id']}")
    here.command("-c", f"{FAILS}\n{COMMAND[1]}", "deploy", cwd=folder.path, wanted=70)
    assert here.api("deployments/name/missed-run/broken")
    said = deploy(here, folder)
    assert "deployment nightly/broken: updated (missed_after_h)\n" in said

    delete(here, f"deployments/{here.api('deployments/name/missed-run/broken')['id']}")
    assert "deployment missed-run/broken: created\n" in deploy(here, folder)
    (action,) = automation(here, "nightly/broken was missed")["actions"]
    again = here.api("deployments/name/missed-run/broken")
    assert action["deployment_id"] == again["id"]

    for name in ("nightly/broken was missed", "staycurrent: a run died"):
        delete(here, f"automations/{automation(here, name)['id']}")
    assert "deployment nightly/broken: unchanged\n" in deploy(here, folder)
    assert "broken" not in str([one["name"] for one in here.api("automations/filter", {})])


def test_a_work_pool_that_was_deleted_is_made_again_with_its_deployments(
    here: Installation, tmp_path: Path
) -> None:
    folder = laid_out(tmp_path / "pooled", '[prefect]\nproject = "pooled"\n')
    deploy(here, folder)
    delete(here, "work_pools/pooled")
    said = deploy(here, folder)
    assert "work pool pooled: created" in said
    assert "deployment nightly/pooled: updated (work_pool_name)\n" in said
    made = here.api("deployments/name/nightly/pooled")
    assert (made["work_pool_name"], made["work_queue_name"]) == ("pooled", "default")


def test_tags_follow_the_project_and_the_lists(here: Installation, tmp_path: Path) -> None:
    settings = '[prefect]\nproject = "tagged"\n[list]\npaths = ["{}"]\n'
    folder = laid_out(tmp_path / "tagged", settings.format("curated.md"))
    deploy(here, folder)
    made = here.api("deployments/name/nightly/tagged")
    assert sorted(made["tags"]) == ["curated.md", "staycurrent", "tagged"]
    missed = here.api("deployments/name/missed-run/tagged")
    assert sorted(missed["tags"]) == ["staycurrent", "tagged"]
    patch(here, f"deployments/{made['id']}", {"tags": [*made["tags"], "mine"]})
    folder.list.rename(folder.path / "other.md")
    (folder.path / "staycurrent.toml").write_text(settings.format("other.md"), encoding="utf-8")
    assert "deployment nightly/tagged: updated (tags)\n" in deploy(here, folder)
    after = here.api("deployments/name/nightly/tagged")
    assert sorted(after["tags"]) == ["mine", "other.md", "staycurrent", "tagged"]


def test_a_second_folder_takes_nothing_over_unless_it_is_asked_to(
    here: Installation, tmp_path: Path
) -> None:
    first, second = laid_out(tmp_path / "one", ""), laid_out(tmp_path / "two", "")
    assert "deployment nightly/nightly: created\n" in deploy(here, first)
    assert "deployment nightly/nightly: unchanged\n" in deploy(here, first)
    before = shown(here.api("deployments/name/nightly/nightly"))
    said = deploy(here, second, wanted=2)
    assert "nightly/nightly, check-links/check-links" in said
    assert "not deployed from this folder; set prefect.project" in said
    assert shown(here.api("deployments/name/nightly/nightly")) == before
    settings = second.path / "staycurrent.toml"
    settings.write_text('[prefect]\nproject = "two"\n', encoding="utf-8")
    said = deploy(here, second)
    assert "work pool two: created" in said
    assert said.endswith("next, in this folder: `prefect worker start --pool two`\n")
    assert "deployment nightly/two: created\n" in said
    assert "no longer in the settings" not in said
    settings.write_text('[prefect]\ncron = "9 9 * * *"\n', encoding="utf-8")
    said = deploy(here, second, "--take-over")
    assert "deployment nightly/nightly: taken over, updated (schedule)\n" in said
    assert "deployment regenerate/regenerate: taken over, unchanged\n" in said
    also = "removes it, `prefect automation delete 'nightly/two was missed'` its automation\n"
    gone = "nightly/two: no longer in the settings; `prefect deployment delete nightly/two`"
    assert f"{gone} {also}" in said
    assert "`prefect deployment delete regenerate/two` removes it\n" in said
    assert automation(here, "nightly/two was missed")
    assert "not deployed from this folder" in deploy(here, first, wanted=2)


def test_an_address_without_a_server_is_refused_in_a_sentence(
    here: Installation, tmp_path: Path
) -> None:
    folder = laid_out(tmp_path / "nowhere", "")

    def deploy_to(url: str) -> str:
        elsewhere = replace(here, env={**here.env, "PREFECT_API_URL": url})
        return deploy(elsewhere, folder, wanted=2)

    assert "PREFECT_API_URL is not set: start a server by" in deploy_to("")
    without = f"http://127.0.0.1:{here.port}"
    assert f"no Prefect server answers at {without}; its address ends in /api: " in (
        deploy_to(without)
    )
    down = replace(here, env={**here.env, "PREFECT_API_URL": "http://127.0.0.1:9/api"})
    said = down.command(*COMMAND, "serve", cwd=folder.path, wanted=2)
    assert "no Prefect server answers at http://127.0.0.1:9/api: " in said


class Locked(BaseHTTPRequestHandler):
    """A server with a password, which only the check of its health does without."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/api/health" else 401)
        self.end_headers()


def test_a_server_that_wants_a_password_is_named_in_a_sentence(
    here: Installation, tmp_path: Path
) -> None:
    folder = laid_out(tmp_path / "locked", "")
    with HTTPServer(("127.0.0.1", 0), Locked) as locked:
        thread = Thread(target=locked.serve_forever)
        thread.start()
        url = f"http://127.0.0.1:{locked.server_port}/api"
        there = replace(here, env={**here.env, "PREFECT_API_URL": url})
        said = deploy(there, folder, wanted=2)
        locked.shutdown()
        thread.join()
    assert "wants a password: set PREFECT_API_AUTH_STRING, or PREFECT_API_KEY\n" in said


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="needs root")
def test_a_user_without_a_home_can_deploy(here: Installation, tmp_path: Path) -> None:
    folder = laid_out(tmp_path / "homeless", '[prefect]\nproject = "homeless"\n')
    for one in (folder.path, *folder.path.iterdir()):
        os.chown(one, 54321, 54321)
    for parent in folder.path.parents[:4]:
        parent.chmod(parent.stat().st_mode | 0o055)
    ended = subprocess.run(
        ["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups", sys.executable, *COMMAND,
         "deploy"],
        cwd=folder.path,
        env={"PATH": "/usr/bin:/bin", "PREFECT_API_URL": here.env["PREFECT_API_URL"],
             "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert "deployment nightly/homeless: created" in ended.stderr


def waited(process: "subprocess.Popen[bytes]", log: Path, pattern: str) -> "re.Match[str]":
    until = time.monotonic() + 300
    while True:
        found = re.search(pattern, log.read_text(encoding="utf-8"))
        if found:
            return found
        assert process.poll() is None and time.monotonic() < until, log.read_text()  # noqa: PT018
        time.sleep(0.5)


def answers(port: str) -> bool:
    try:
        urlopen(f"http://127.0.0.1:{port}/api/health", timeout=10).close()
    except (URLError, ConnectionError, TimeoutError):
        return False
    return True


def test_a_server_that_a_killed_serve_left_is_ended(here: Installation, tmp_path: Path) -> None:
    folder = laid_out(tmp_path / "served", "")
    env = {key: value for key, value in here.env.items() if not key.startswith("PREFECT_")}
    started: list[subprocess.Popen[bytes]] = []

    def serve(name: str) -> tuple["subprocess.Popen[bytes]", Path]:
        log = folder.path / name
        with log.open("wb") as out:
            argv = [sys.executable, *COMMAND, "serve"]
            process = subprocess.Popen(argv, cwd=folder.path, env=env, stdout=out, stderr=out)
        started.append(process)
        return process, log

    try:
        first, log = serve("first")
        port = waited(first, log, r"at http://127.0.0.1:(\d+)")[1]
        waited(first, log, "serving missed-run")
        second, log = serve("second")
        assert second.wait(60) == 2
        assert f"is running here (process {first.pid})" in log.read_text(encoding="utf-8")
        first.kill()
        first.wait()
        assert answers(port)
        third, log = serve("third")
        left = int(waited(third, log, r"that was killed \(process (\d+)\)")[1])
        waited(third, log, "serving missed-run")
        assert "deployment nightly/nightly: unchanged\n" in log.read_text(encoding="utf-8")
        assert not Path(f"/proc/{left}").exists()
        third.send_signal(signal.SIGTERM)
        assert third.wait(60) == 0, log.read_text(encoding="utf-8")
        assert not answers(waited(third, log, r"at http://127.0.0.1:(\d+)")[1])
    finally:
        for process in started:
            process.kill()
            process.wait()
        kill_server(folder.path / ".staycurrent" / "prefect" / "server.lock")


def test_a_server_whose_port_another_one_took_is_started_at_another(
    here: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two `serve` that start at once find the same port free."""
    from prefect.settings import PREFECT_API_URL

    from staycurrent.flows.orchestration import local_server

    free_port = local_server._free_port
    monkeypatch.setattr(
        local_server, "_free_port", lambda wanted: here.port if wanted else free_port(0)
    )
    env = {key: value for key, value in here.env.items() if not key.startswith("PREFECT_")}
    home = tmp_path / ".staycurrent" / "prefect"
    with local_server.local_server(Reporter(), env, home):  # noqa: SIM117
        with urlopen(f"{PREFECT_API_URL.value()}/admin/settings") as answer:  # noqa: S310
            assert json.load(answer)["home"] == str(home)


def kill_server(lock: Path) -> None:
    """End what this test started, if it failed."""
    if lock.exists() and lock.read_text().isdigit() and Path(f"/proc/{lock.read_text()}").exists():
        os.killpg(int(lock.read_text()), signal.SIGKILL)
