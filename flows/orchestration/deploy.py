"""`deploy` and `serve`: creates the deployments on Prefect's server, or runs them from here."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterTags
from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError, TerminationSignal
from prefect.runner import Runner
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
    temporary_settings,
)

from staycurrent.flows.context import RunContext
from staycurrent.flows.errors import UsageError
from staycurrent.flows.orchestration.deployments import (
    HEARTBEAT_S,
    NIGHTLY,
    TAG,
    Deployment,
    WorkPool,
)
from staycurrent.flows.orchestration.local_server import local_server
from staycurrent.flows.orchestration.registration import (
    is_of_folder,
    register_deployments,
    runner_deployment,
)


def deploy(ctx: RunContext, deployments: Sequence[Deployment], *, take_over: bool) -> None:
    """Create or update the work pool, the deployments and the automations of the folder.

    Raises UsageError if no server is configured or it does not answer, or if deployments of these
    names belong to another folder.
    """
    if not PREFECT_API_URL.value():
        raise UsageError(
            "PREFECT_API_URL is not set: start a server by `prefect server start`, then "
            "`export PREFECT_API_URL=http://127.0.0.1:4200/api`; `staycurrent serve` needs neither"
        )
    with _server() as client:
        pool = _find_or_create_pool(client, ctx)
        ids = register_deployments(client, ctx, deployments, pool=pool, take_over=take_over)
        ours = DeploymentFilter(tags=DeploymentFilterTags(all_=[TAG]))
        for other in client.read_deployments(deployment_filter=ours):
            if other.id not in ids.values() and is_of_folder(client, other.id, ctx.folder):
                flow = client.read_flow(other.flow_id).name
                title = f"{flow}/{other.name}"
                how = f"`prefect deployment delete {title}` removes it"
                if flow == NIGHTLY:
                    how += f", `prefect automation delete '{title} was missed'` its automation"
                ctx.reporter.info(f"deployment {title}: no longer in the settings; {how}")
    if pool.has_processes:
        ctx.reporter.info(f"next, in this folder: `prefect worker start --pool {pool.name}`")


def serve(
    ctx: RunContext,
    deployments: Sequence[Deployment],
    *,
    environment: Mapping[str, str],
    home: Path,
    take_over: bool,
) -> None:
    """Schedule and run the jobs in this process until it is interrupted.

    Starts a server with its data in `home` if none is configured. Raises UsageError as `deploy`.
    """
    is_configured = bool(PREFECT_API_URL.value())
    if is_configured:
        ctx.reporter.info(f"serve: uses the server at {PREFECT_API_URL.value()}")
    with nullcontext() if is_configured else local_server(ctx.reporter, environment, home):
        with _server() as client:
            ids = register_deployments(client, ctx, deployments, take_over=take_over)
        with (
            suppress(KeyboardInterrupt, TerminationSignal),
            temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: HEARTBEAT_S}),
        ):
            # Not `prefect.serve`: it writes each deployment again, and pauses the schedules at the
            # end, after which nobody knows whether a person did.
            runner = Runner(pause_on_shutdown=False)
            for deployment in deployments:
                runner.add_deployment(
                    runner_deployment(deployment, existing_id=ids[deployment.title])
                )
                ctx.reporter.info(f"serving {deployment.title}: {deployment.cron or 'on request'}")
            asyncio.run(runner.start())


@contextmanager
def _server() -> Iterator[SyncPrefectClient]:
    """A client of the configured server; raises UsageError if it does not answer, or refuses us."""
    url = PREFECT_API_URL.value()
    with get_client(sync_client=True) as client:
        if (error := client.api_healthcheck()) is not None:
            hint = "" if url.rstrip("/").endswith("/api") else "; its address ends in /api"
            raise UsageError(f"no Prefect server answers at {url}{hint}: {error}")
        try:
            yield client
        except PrefectHTTPStatusError as refused:
            if refused.response.status_code not in (401, 403):
                raise
            hint = "set PREFECT_API_AUTH_STRING, or PREFECT_API_KEY"
            raise UsageError(f"the Prefect server at {url} wants a password: {hint}") from None


def _find_or_create_pool(client: SyncPrefectClient, ctx: RunContext) -> WorkPool:
    """The work pool of the settings as it is; a new one is for processes."""
    name = ctx.settings.prefect.pool_name
    try:
        pool = WorkPool(name, client.read_work_pool(name).type)
    except ObjectNotFound:
        pool = WorkPool(name)
        client.create_work_pool(WorkPoolCreate(name=pool.name, type=pool.type))
        ctx.reporter.info(f"work pool {name}: created, type {pool.type}")
        return pool
    needs = "" if pool.has_processes else "; its image must contain staycurrent: docs/prefect.md"
    ctx.reporter.info(f"work pool {name}: exists, type {pool.type}{needs}")
    return pool
