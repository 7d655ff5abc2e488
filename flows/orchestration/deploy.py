"""`deploy` and `serve`: creates the deployments on Prefect's server, or runs them from here."""

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
    GRACE_S,
    HEARTBEAT_S,
    MISSED_RUN,
    NIGHTLY,
    TAG,
    Deployment,
    WorkPool,
)
from staycurrent.flows.pipeline import CONCURRENCY_LIMIT
from staycurrent.flows.reporter import Reporter
from staycurrent.flows.settings.sections import PrefectSettings

_SERVER_START_S = 120.0
_USUAL_PORT = 4200


def deploy(
    deployments: Sequence[Deployment], settings: PrefectSettings, reporter: Reporter
) -> None:
    """Create or update the work pool, the deployments and the automations.

    Raises UsageError if no server is configured or it does not answer.
    """
    if not PREFECT_API_URL.value():
        raise UsageError(
            "PREFECT_API_URL is not set; `prefect server start` starts a server, and "
            "`staycurrent serve` needs none"
        )
    with get_client(sync_client=True) as client:
        error = client.api_healthcheck()
        if error is not None:
            raise UsageError(f"no Prefect server answers at {PREFECT_API_URL.value()}: {error}")
        pool = _find_or_create_pool(client, settings.pool, reporter)
        ids = register_deployments(client, deployments, settings, pool=pool)
        for title in ids:
            reporter.info(f"deployment {title}: up to date")
        ours = DeploymentFilter(tags=DeploymentFilterTags(all_=[TAG]))
        for other in client.read_deployments(deployment_filter=ours):
            if other.id not in ids.values():
                title = f"{client.read_flow(other.flow_id).name}/{other.name}"
                reporter.info(
                    f"deployment {title}: no longer in the settings; "
                    f"`prefect deployment delete {title}` removes it"
                )


def serve(
    deployments: Sequence[Deployment],
    settings: PrefectSettings,
    reporter: Reporter,
    *,
    environment: Mapping[str, str],
    home: Path,
) -> None:
    """Schedule and run the jobs in this process until it is interrupted.

    Starts a server with its data in `home` if none is configured.
    """
    with _server(reporter, environment, home):
        with get_client(sync_client=True) as client:
            register_deployments(client, deployments, settings)
        for deployment in deployments:
            reporter.info(f"serving {deployment.title}: {deployment.cron or 'on request'}")
        runners = [runner_deployment(deployment) for deployment in deployments]
        with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: HEARTBEAT_S}):
            prefect.serve(*runners, print_starting_message=False)


def register_deployments(
    client: SyncPrefectClient,
    deployments: Sequence[Deployment],
    settings: PrefectSettings,
    *,
    pool: WorkPool | None = None,
) -> dict[str, UUID]:
    """Create or update the deployments and the automations that watch them; ids by title."""
    client.upsert_global_concurrency_limit_by_name(CONCURRENCY_LIMIT, 1)
    ids: dict[str, UUID] = {}
    for deployment in deployments:
        applied: Any = runner_deployment(deployment, pool).apply()
        ids[deployment.title] = UUID(str(applied))
    _save_automation(_crash_automation())
    for deployment in deployments:
        if deployment.flow == NIGHTLY:
            own, missed = ids[deployment.title], ids[MISSED_RUN]
            _save_automation(_missed_run_automation(deployment, own, missed, settings))
    return ids


def _find_or_create_pool(client: SyncPrefectClient, name: str, reporter: Reporter) -> WorkPool:
    """The work pool of that name as it is; a new one is for processes."""
    try:
        pool = WorkPool(name, client.read_work_pool(name).type)
    except ObjectNotFound:
        pool = WorkPool(name)
        client.create_work_pool(WorkPoolCreate(name=pool.name, type=pool.type))
        reporter.info(f"work pool {name}: created, type {pool.type}")
        return pool
    needs = "" if pool.has_processes else "; its image must contain staycurrent: docs/prefect.md"
    reporter.info(f"work pool {name}: exists, type {pool.type}{needs}")
    return pool


def runner_deployment(deployment: Deployment, pool: WorkPool | None = None) -> RunnerDeployment:
    """A deployment as Prefect's object; without a pool it is served by this process."""
    cron, timezone = deployment.cron, deployment.timezone
    runner: Any = RunnerDeployment.from_entrypoint(
        deployment.entrypoint,
        name=deployment.name,
        flow_name=deployment.flow,
        schedules=[Schedule(cron=cron, timezone=timezone)] if cron else [],
        concurrency_limit=ConcurrencyLimitConfig(
            limit=1,
            collision_strategy=ConcurrencyLimitStrategy(deployment.collision),
            grace_period_seconds=GRACE_S,
        ),
        parameters=dict(deployment.parameters),
        description=deployment.description,
        tags=[TAG],
        work_pool_name=pool.name if pool else None,
        job_variables=pool.job_variables if pool else None,
    )
    # The default is this folder, and Prefect 3.8 copies all of it over the worker's folder, list
    # and warehouse included, before each run, even if there is no code in it.
    runner._path = "."  # noqa: SLF001
    return runner  # type: ignore[no-any-return]


def _crash_automation() -> Automation:
    """Marks a run as crashed if its process died silently, which frees its place.

    As https://docs.prefect.io/v3/advanced/detect-zombie-flows; the heartbeat is HEARTBEAT_S.
    """
    ends = ("Completed", "NotJudged", "Failed", "Cancelled", "Crashed")
    heartbeat = "prefect.flow-run.heartbeat"
    return Automation(
        name=f"{TAG}: a run died",
        description="Its heartbeat stopped before it ended.",
        trigger=EventTrigger(
            posture=Posture.Proactive,
            after={heartbeat, "prefect.flow-run.Running"},  # it may die before its first heartbeat
            expect={heartbeat, *(f"prefect.flow-run.{name}" for name in ends)},
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
                message="its process died; the next run continues where it stopped",
                force=False,
            )
        ],
    )


def _missed_run_automation(
    deployment: Deployment, own: UUID, missed: UUID, settings: PrefectSettings
) -> Automation:
    """Runs the deployment `missed` if no run of a nightly deployment completed for so long."""
    within = timedelta(hours=settings.missed_after_h)
    parameters = {"deployment": deployment.title, "hours": settings.missed_after_h}
    return Automation(
        name=f"{deployment.title} was missed",
        description=f"No run of {deployment.title} completed for {within}.",
        trigger=EventTrigger(
            posture=Posture.Proactive,
            expect={"prefect.flow-run.Completed", "prefect.flow-run.NotJudged"},
            match_related={"prefect.resource.id": f"prefect.deployment.{own}"},
            threshold=1,
            within=within,
        ),
        actions=[RunDeployment.model_validate({"deployment_id": missed, "parameters": parameters})],
    )


def _save_automation(automation: Automation) -> None:
    """Create an automation, or update the one of the same name."""
    try:
        existing: Any = Automation.read(name=automation.name)
    except ValueError:
        automation.create()
        return
    automation.id = existing.id
    automation.update()


@contextmanager
def _server(reporter: Reporter, environment: Mapping[str, str], home: Path) -> Iterator[None]:
    """The configured server, or a temporary one on the loopback interface."""
    if PREFECT_API_URL.value():
        reporter.info(f"serve: uses the server at {PREFECT_API_URL.value()}")
        yield
        return
    port = _free_port()
    url = f"http://127.0.0.1:{port}/api"
    home.mkdir(parents=True, exist_ok=True)
    log = home / "server.log"
    with log.open("wb") as output:
        server = subprocess.Popen(  # noqa: S603 -- our own arguments
            [
                *(sys.executable, "-m", "prefect", "server", "start"),
                *("--host", "127.0.0.1", "--port", str(port)),
            ],
            env={**environment, "PREFECT_HOME": str(home), "PREFECT_SERVER_UI_API_URL": url},
            stdout=output,
            stderr=output,
        )
    try:
        with temporary_settings({PREFECT_API_URL: url, PREFECT_HOME: home}):
            deadline = time.monotonic() + _SERVER_START_S
            with get_client(sync_client=True) as client:
                while client.api_healthcheck() is not None:
                    if server.poll() is not None or time.monotonic() > deadline:
                        raise UsageError(f"Prefect's server did not start; see {log}")
                    time.sleep(0.5)
            reporter.info(f"serve: started a server; its pages are at http://127.0.0.1:{port}")
            yield
    finally:
        server.terminate()
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _free_port() -> int:
    """Prefect's usual port if it is free, else any free one."""
    for port in (_USUAL_PORT, 0):
        with socket.socket() as free:
            free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                free.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(free.getsockname()[1])
    raise UsageError("no port of 127.0.0.1 is free")
