"""Prefect's server told what to run, by whom, and what to tell when it did not."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import prefect
from prefect.automations import Automation
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterTags
from prefect.client.schemas.objects import (
    ConcurrencyLimitConfig,
    ConcurrencyLimitStrategy,
    StateType,
)
from prefect.deployments.runner import RunnerDeployment
from prefect.events.actions import ChangeFlowRunState, RunDeployment
from prefect.events.schemas.automations import EventTrigger, Posture
from prefect.exceptions import ObjectNotFound
from prefect.schedules import Schedule
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
    PREFECT_HOME,
    temporary_settings,
)

from staycurrent.flows.errors import UsageError
from staycurrent.flows.orchestration.deployments import (
    HEARTBEAT_S,
    MISSED,
    NIGHTLY,
    TAG,
    Deployment,
    WorkPool,
)
from staycurrent.flows.pipeline import TURN
from staycurrent.flows.reporter import Reporter
from staycurrent.flows.settings.sections import PrefectSettings

_START_S = 120.0

_GRACE_S = 60
"""How long a run that never began holds its deployment's place; the least that Prefect takes."""


def deploy(wanted: Sequence[Deployment], schedule: PrefectSettings, voice: Reporter) -> None:
    """Make the work pool, the deployments and the watch over the nights, or bring them up to date.

    Raises BadUsage where no server is named or none answers.
    """
    if not PREFECT_API_URL.value():
        raise UsageError(
            "PREFECT_API_URL names no server; `prefect server start` starts one, and "
            "`staycurrent serve` needs none"
        )
    with get_client(sync_client=True) as client:
        trouble = client.api_healthcheck()
        if trouble is not None:
            raise UsageError(f"no Prefect server answers at {PREFECT_API_URL.value()}: {trouble}")
        pool = _pool(client, schedule.pool, voice)
        made = register_deployments(client, wanted, schedule, pool=pool)
        for title in made:
            voice.info(f"deployment {title}: up to date")
        for title in _others(client, made):
            voice.info(
                f"deployment {title}: is not asked for any more; "
                f"`prefect deployment delete {title}` ends it"
            )


def register_deployments(
    client: SyncPrefectClient,
    wanted: Sequence[Deployment],
    schedule: PrefectSettings,
    *,
    pool: WorkPool | None = None,
) -> dict[str, UUID]:
    """Make the deployments and the watch over the nights; ids by title."""
    client.upsert_global_concurrency_limit_by_name(TURN, 1)
    made = {one.title: _made(runner_deployment(one, pool)) for one in wanted}
    _watch_runs()
    for one in wanted:
        if one.flow == NIGHTLY:
            within = timedelta(hours=schedule.missed_after_h)
            _watch(one, made[one.title], made[MISSED], within)
    return made


def _pool(client: SyncPrefectClient, name: str, voice: Reporter) -> WorkPool:
    """The work pool of that name, as it is; made for processes where there is none."""
    try:
        pool = WorkPool(name, client.read_work_pool(name).type)
    except ObjectNotFound:
        pool = WorkPool(name)
        client.create_work_pool(WorkPoolCreate(name=pool.name, type=pool.type))
        voice.info(f"work pool {name}: made, type {pool.type}")
        return pool
    wants = "" if pool.is_of_processes else "; its image must hold staycurrent: docs/prefect.md"
    voice.info(f"work pool {name}: is there, type {pool.type}{wants}")
    return pool


def _made(runner: RunnerDeployment) -> UUID:
    made: Any = runner.apply()
    return UUID(str(made))


def runner_deployment(one: Deployment, pool: WorkPool | None = None) -> RunnerDeployment:
    """A deployment in Prefect's own shape; without a pool it is served."""
    found: Any = RunnerDeployment.from_entrypoint(
        one.entrypoint,
        name=one.name,
        flow_name=one.flow,
        schedules=[Schedule(cron=one.cron, timezone=one.timezone)] if one.cron else [],
        concurrency_limit=ConcurrencyLimitConfig(
            limit=1,
            collision_strategy=ConcurrencyLimitStrategy(one.collision),
            grace_period_seconds=_GRACE_S,
        ),
        parameters=dict(one.parameters),
        description=one.description,
        tags=[TAG],
        work_pool_name=pool.name if pool else None,
        job_variables=pool.job_variables if pool else None,
    )
    # Else it is this folder, and Prefect 3.8 copies all of it over that of the worker, list and
    # memory included, before each run: also where, as here, there is no code to bring.
    found._path = "."  # noqa: SLF001
    return found  # type: ignore[no-any-return]


def _watch_runs() -> None:
    """Have a run whose process died without a word told as Crashed, which frees its place.

    As https://docs.prefect.io/v3/advanced/detect-zombie-flows; the heartbeat is HEARTBEAT_S.
    """
    ends = ("Completed", "NotJudged", "Failed", "Cancelled", "Crashed")
    beat = "prefect.flow-run.heartbeat"
    _kept(
        Automation(
            name=f"{TAG}: a run died",
            description="Its heartbeat stopped before it came to an end.",
            trigger=EventTrigger(
                posture=Posture.Proactive,
                after={beat, "prefect.flow-run.Running"},  # it may die before its first beat
                expect={beat, *(f"prefect.flow-run.{name}" for name in ends)},
                match={"prefect.resource.id": "prefect.flow-run.*"},
                match_related={"prefect.resource.id": f"prefect.tag.{TAG}"},
                for_each={"prefect.resource.id"},
                threshold=1,
                within=timedelta(seconds=3 * HEARTBEAT_S),
            ),
            actions=[
                ChangeFlowRunState(
                    state=StateType.CRASHED,
                    name=None,
                    message="its process died; the next run resumes the night",
                    force=False,
                )
            ],
        )
    )


def _watch(night: Deployment, its: UUID, missed: UUID, within: timedelta) -> None:
    """Have `missed-night` run where no night of a deployment came to an end for so long."""
    ended = {f"prefect.flow-run.{name}" for name in ("Completed", "NotJudged")}
    asked = {"night": night.title, "hours": int(within.total_seconds() // 3600)}
    automation = Automation(
        name=f"{night.title} did not happen",
        description=f"No run of {night.title} completed for {within}.",
        trigger=EventTrigger(
            posture=Posture.Proactive,
            expect=ended,
            match_related={"prefect.resource.id": f"prefect.deployment.{its}"},
            threshold=1,
            within=within,
        ),
        actions=[RunDeployment.model_validate({"deployment_id": missed, "parameters": asked})],
    )
    _kept(automation)


def _kept(automation: Automation) -> None:
    """Make it, or bring it up to date; its name says which one it is."""
    try:
        there: Any = Automation.read(name=automation.name)
    except ValueError:
        automation.create()
        return
    automation.id = there.id
    automation.update()


def _others(client: SyncPrefectClient, made: Mapping[str, UUID]) -> list[str]:
    """Deployments of ours that these settings do not ask for."""
    tagged = DeploymentFilter(tags=DeploymentFilterTags(all_=[TAG]))
    found = client.read_deployments(deployment_filter=tagged)
    flows = {one.flow_id: client.read_flow(one.flow_id).name for one in found}
    return sorted(
        f"{flows[one.flow_id]}/{one.name}" for one in found if one.id not in made.values()
    )


_SERVER_START_S = 120.0


def serve(
    wanted: Sequence[Deployment],
    schedule: PrefectSettings,
    voice: Reporter,
    *,
    environment: Mapping[str, str],
    home: Path,
) -> None:
    """Run schedule and jobs from here until interrupted; starts a server where none is named."""
    with _server(voice, environment, home):
        with get_client(sync_client=True) as client:
            register_deployments(client, wanted, schedule)
        for one in wanted:
            voice.info(f"serving {one.title}: {one.cron or 'when asked'}")
        with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: HEARTBEAT_S}):
            prefect.serve(*(runner_deployment(one) for one in wanted), print_starting_message=False)


@contextmanager
def _server(voice: Reporter, environment: Mapping[str, str], home: Path) -> Iterator[None]:
    """The server that is named, or one of our own on loopback, gone afterwards."""
    if PREFECT_API_URL.value():
        voice.info(f"serve: the server at {PREFECT_API_URL.value()}")
        yield
        return
    port = _free_port()
    url = f"http://127.0.0.1:{port}/api"
    home.mkdir(parents=True, exist_ok=True)
    own = {**environment, "PREFECT_HOME": str(home), "PREFECT_SERVER_UI_API_URL": url}
    command = [sys.executable, "-m", "prefect", "server", "start"]
    where = ["--host", "127.0.0.1", "--port", str(port)]
    with (home / "server.log").open("wb") as log:
        child = subprocess.Popen([*command, *where], env=own, stdout=log, stderr=log)  # noqa: S603
    try:
        with temporary_settings({PREFECT_API_URL: url, PREFECT_HOME: home}):
            _await_server(child, home / "server.log")
            voice.info(f"serve: a server of our own, with its pages at http://127.0.0.1:{port}")
            yield
    finally:
        child.terminate()
        try:
            child.wait(15)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _await_server(child: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _SERVER_START_S
    with get_client(sync_client=True) as client:
        while client.api_healthcheck() is not None:
            if child.poll() is not None or time.monotonic() > until:
                raise UsageError(f"Prefect's server did not start; {log} says why")
            time.sleep(0.5)


def _free_port() -> int:
    """Prefect's usual port if nobody has it, else any."""
    for wanted in (4200, 0):
        with socket.socket() as free:
            free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                free.bind(("127.0.0.1", wanted))
            except OSError:
                continue
            return int(free.getsockname()[1])
    raise UsageError("no port of 127.0.0.1 is free")
