"""How `run` wraps its stages, and Prefect itself: server, worker, deployment, runs."""

import json
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from shutil import copyfile
from typing import Any, ParamSpec, TypeVar

import pytest

from staycurrent.flows.commands.demo import RECORDED, context_in
from staycurrent.flows.commands.run import run
from staycurrent.flows.errors import NotJudged
from tests.support.folder import FEEDS_OFF, FIRST, Folder, with_database
from tests.support.processes import HOOK, ROOT, TOKEN, Installation, installation, webhook

P = ParamSpec("P")
R = TypeVar("R")

WEB = '[[page]]\nurl = "https://a.example/"\ntitle = "A"\n'
LISTED = "- [A](https://a.example/) - One.\n"
DEMO = f"""
[web]
recording = {json.dumps(str(RECORDED / "web.toml"))}
pause_s = 0
slow_hosts = []
[links]
second_look_s = 0
[links.recheck]
alive_every = 1
settled_every = 1
"""
OFFLINE = """
[web]
canaries = ["http://127.0.0.1:1/"]
[links]
second_look_s = 0
"""


GITHUB = "ghp_0123456789canary0123456789canary"
"""A token that only the Secret block has."""
BLOCKS = f"""
import sys
from prefect.blocks.notifications import CustomWebhookNotificationBlock
from prefect.blocks.system import Secret
from prefect.variables import Variable
message = {{"subject": "{{{{subject}}}}", "body": "{{{{body}}}}"}}
for name, path in (("hook", "/in/"), ("broken-hook", "/out/")):
    address = f"http://127.0.0.1:{{sys.argv[1]}}{{path}}{{{{{{{{key}}}}}}}}"
    secrets = {{"key": "{HOOK}"}}
    CustomWebhookNotificationBlock(
        name=name, url=address, json_data=message, secrets=secrets
    ).save(name)
Secret(value="{GITHUB}").save("token")
Variable.set("words", {{"curated": {{"glyphs": "words"}}}})
Variable.set("lists", [sys.argv[2]])
Variable.set("narrow", {{"list": {{"paths": ["a.md"]}}, "web": {{"timeout": 1}}}})
"""
FROM_VARIABLE = {"__prefect_kind": "workspace_variable", "variable_name": "lists"}
NODE = {
    "id": "R_1", "nameWithOwner": "owner/name", "isArchived": True, "isDisabled": False,
    "isPrivate": False, "pushedAt": "2026-10-01T00:00:00Z",
}  # fmt: skip
GRAPHQL = f"""
[[page]]
url = "https://api.github.com/graphql"
body = {json.dumps(json.dumps({"data": {"r0": NODE}}))}
"""
ON_GITHUB = "# A list\n\n- [Repository](https://github.com/owner/name) - One.\n"


class Recording:
    """A wrapper that records each stage and runs it unchanged."""

    def __init__(self) -> None:
        self.visited: list[str] = []

    def __call__(self, stage: Callable[P, R]) -> Callable[P, R]:
        self.visited.append(stage.__name__)
        return stage


def test_run_wraps_each_stage_in_order(folder: Folder) -> None:
    folder.write(listed=LISTED, web=WEB)
    wrap = Recording()
    with_database(run, context_in(folder.path, FIRST), wrap=wrap)
    assert wrap.visited == [
        "check", "find_snapshots", "pull", "render", "write_lists", "back_up",
    ]  # fmt: skip


def test_a_run_that_is_not_judged_ends_at_the_first_stage(folder: Folder) -> None:
    folder.write(listed=LISTED)
    (folder.path / "web.toml").write_text("first_night = 2026-11-01\n", encoding="utf-8")
    wrap = Recording()
    with pytest.raises(NotJudged, match="offline"):
        with_database(run, context_in(folder.path, FIRST), wrap=wrap)
    assert wrap.visited == ["check"]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One Prefect server for the tests below; starting it takes longer than any of them."""
    with installation(tmp_path_factory.mktemp("prefect")) as here:
        yield here


def _folder(path: Path, settings: str) -> Folder:
    path.mkdir()
    copyfile(RECORDED / "curated.md", path / "curated.md")
    (path / "staycurrent.toml").write_text(settings, encoding="utf-8")
    return Folder(path)


def _asked(folder: Folder, night: int) -> dict[str, Any]:
    as_of = FIRST + timedelta(days=night - 1)
    return {"settings": str(folder.path / "staycurrent.toml"), "as_of": as_of.isoformat()}


@pytest.mark.prefect
class TestFlows:
    """In this process, without a server."""

    def test_time_in_which_a_run_waits_for_others_is_not_taken_from_its_own(self) -> None:
        from prefect import Flow

        from staycurrent.flows import pipeline

        hours = {
            one.name: (one.timeout_seconds - pipeline.WAIT_S) / pipeline.HOUR_S
            for one in vars(pipeline).values()
            if isinstance(one, Flow) and one.timeout_seconds
        }
        quick = ("pull-feeds", "regenerate", "pull-request", "weekly-report")
        assert hours == {"nightly": 8, "check-links": 8, **dict.fromkeys(quick, 1)}

    @pytest.mark.parametrize("name", ["nightly", "check_links", "pull_feeds"])
    def test_a_date_before_the_last_judged_one_is_refused(
        self, folder: Folder, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        from staycurrent.flows import pipeline
        from staycurrent.flows.orchestration import tasks

        folder.write(listed=LISTED, web=WEB)
        with_database(run, context_in(folder.path, FIRST + timedelta(days=4)))
        monkeypatch.setattr(pipeline, "concurrency", lambda *_, **__: nullcontext())
        monkeypatch.setattr(pipeline, "get_run_context", lambda: None)
        monkeypatch.setattr(tasks, "publish_sentences", lambda *_, **__: None)
        monkeypatch.setattr(tasks, "run_link", dict)
        state = getattr(pipeline, name).fn(folder.path / "staycurrent.toml", as_of=FIRST)
        assert (state.name, "2026-11-05 was judged already" in state.message) == ("Failed", True)

    def test_a_timeout_within_a_run_is_not_taken_for_another_run(
        self, folder: Folder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As of a Dask scheduler that is not there."""
        from staycurrent.flows import pipeline
        from staycurrent.flows.orchestration import tasks

        def times_out(*_: object) -> None:
            raise TimeoutError("nobody answers")

        folder.write(listed=LISTED)
        monkeypatch.setattr(pipeline, "concurrency", lambda *_, **__: nullcontext())
        monkeypatch.setattr(pipeline, "status", times_out)
        monkeypatch.setattr(tasks, "run_link", dict)
        monkeypatch.setattr(tasks, "publish_sentences", times_out)
        check_links: Any = pipeline.check_links
        with pytest.raises(TimeoutError, match="nobody answers"):
            check_links.fn(folder.path / "staycurrent.toml")


@pytest.mark.prefect
@pytest.mark.timeout(1200)
class TestPrefect:
    def test_a_run_under_prefect_writes_the_bytes_of_a_plain_one(
        self, installed: Installation, tmp_path: Path
    ) -> None:
        folder, twin = _folder(tmp_path / "a", DEMO), _folder(tmp_path / "b", DEMO)
        asked = [f"--param={key}={value}" for key, value in _asked(folder, 1).items()]
        watched = installed.prefect("deployment", "run", "nightly/nightly", "--watch", *asked)
        assert "Completed" in watched
        with_database(run, context_in(twin.path, FIRST))
        assert "stay:withdrawn:2026-11-01" in folder.text
        assert folder.text == twin.text

        (second,) = installed.runs(_asked(folder, 2))
        plain = with_database(run, context_in(twin.path, FIRST + timedelta(days=1))).check
        assert folder.text == twin.text
        assert second["name"] == "curated.md 2026-11-02"
        summary = f"{plain.checked} of {plain.links} links checked, {plain.requests} requests, "
        assert second["state"]["message"].startswith(summary)
        stages = [
            "back up", "check", "find snapshots", "publish artifacts", "pull", "render",
            "write lists",
        ]  # fmt: skip
        assert sorted(installed.states(second)) == stages
        assert installed.artifact(second, "curated-md-run")
        table = installed.artifact(second, "curated-md-changes")
        changes = [(one["before"], one["now"]) for one in table]
        assert ("", "dead") in changes
        assert all(before != now for before, now in changes)

    def test_without_a_network_a_run_completes_as_not_judged(
        self, installed: Installation, tmp_path: Path
    ) -> None:
        folder = _folder(tmp_path / "a", OFFLINE)
        before = folder.text
        shown, second = installed.runs(_asked(folder, 1), _asked(folder, 1))
        if shown["state_type"] == "CANCELLED":
            shown, second = second, shown
        assert second["state_type"] == "CANCELLED", "two runs must not write at the same time"
        assert (shown["state_type"], shown["state"]["name"]) == ("COMPLETED", "NotJudged")
        assert "this machine seems to be offline" in shown["state"]["message"]
        states = installed.states(shown)  # the last one may be known to the server later
        assert states["check"] == ("NotJudged", shown["state"]["message"])
        assert states.keys() <= {"check", "publish sentences"}
        assert "seems to be offline" in installed.artifact(shown, "curated-md-run")
        assert folder.text == before

    def test_bad_settings_fail_the_run_with_every_mistake(
        self, installed: Installation, tmp_path: Path
    ) -> None:
        folder = _folder(tmp_path / "a", "[web]\ntimeout = 1\n[listing]\n")
        (shown,) = installed.runs(_asked(folder, 1))
        assert (shown["state_type"], shown["state"]["name"]) == ("FAILED", "Failed")
        assert "web.timeout: is not a setting; did you mean timeout_s?" in shown["state"]["message"]
        assert "listing: is not a setting" in shown["state"]["message"]
        assert installed.states(shown).keys() <= {"publish sentences"}

    def test_blocks_and_a_variable_that_the_settings_name_are_used(
        self, installed: Installation, tmp_path: Path
    ) -> None:
        folder = Folder(tmp_path / "a")
        folder.path.mkdir()
        names = 'github_token_block = "token"\nvariable = "words"\nreport_url = "{}"'
        published = names.format("https://pages.example/report")

        def run_with(prefect: str) -> dict[str, Any]:
            folder.write(
                listed=ON_GITHUB, web=GRAPHQL, settings=f"{FEEDS_OFF}[prefect]\n{prefect}\n"
            )
            (shown,) = installed.runs(_asked(folder, 1))
            return shown

        with webhook() as (port, received):
            installed.command("-c", BLOCKS, str(port), str(folder.list))
            shown = run_with(f'notify = "custom-webhook/hook"\n{published}')
            assert shown["state"]["name"] == "Completed", shown["state"]
            assert "(archived<!--stay:archived:" in folder.text
            (message,) = received
            assert message["subject"] == "staycurrent: curated.md: 1 archived"
            assert (
                "- archived: Repository <https://github.com/owner/name>, curated.md:"
                in (message["body"])
            )
            assert "\nWeekly report: https://pages.example/report\nRun: http://" in message["body"]
            assert message["body"].endswith(f"/runs/flow-run/{shown['id']}")
            assert "(https://pages.example/report)" in installed.artifact(shown, "curated-md-run")

            shown = run_with('notify = "custom-webhook/hook"\nvariable = "narrow"')
            sentence = "prefect.variable: narrow cannot set list.*, which is read at deployment"
            assert (shown["state_type"], shown["state"]["message"]) == ("FAILED", sentence)
            message = received[1]
            assert message["subject"] == "staycurrent: curated.md: nightly failed"
            assert message["body"].startswith(f"{sentence}\n\nRun: http://")

            shown = run_with('github_token_block = "none"\nnotify = "custom-webhook/broken-hook"')
            assert "there is no block secret/none on this server" in shown["state"]["message"]
            assert installed.logged(shown, "no notification") == (
                "no notification was sent by custom-webhook/broken-hook: HTTPStatusError 500"
            )
            run_with('notify = "slack-webhook/none"')
            parameters = {**_asked(folder, 2), "lists": FROM_VARIABLE}
            (shown,) = installed.runs(parameters)
            assert shown["state"]["name"] == "Completed", shown["state"]
            assert shown["name"] == "curated.md 2026-11-02"
            assert len(received) == 2

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
        assert set(made["parameter_openapi_schema"]["properties"]) == {
            "as_of",
            "jitter_s",
            "lists",
            "settings",
        }
        assert str(ROOT) not in json.dumps(made)

    def test_the_scheduler_makes_runs_of_the_schedule(self, installed: Installation) -> None:
        """Prefect 3.8 with SQLAlchemy 2.1 creates none, which only the server's log says."""
        starts = [datetime.fromisoformat(one) for one in installed.scheduled]
        assert starts, (installed.home / "server.log").read_text()[-2000:]
        weekly = (6, 47)  # within the days that the scheduler plans, or not
        assert {(one.hour, one.minute) for one in starts} - {weekly} == {(2, 17)}

    def test_prefect_stores_no_secret(self, installed: Installation) -> None:
        kept = [one for one in installed.home.rglob("*") if one.is_file()]
        assert any(one.name == "prefect.db" for one in kept)
        for secret in (TOKEN, GITHUB, HOOK):
            assert not [one for one in kept if secret.encode() in one.read_bytes()]
