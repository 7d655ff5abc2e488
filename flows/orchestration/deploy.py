"""Prefect's server told what to run, by whom, and what to tell when it did not."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

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
from prefect.settings import PREFECT_API_URL

from staycurrent.flows.deployments import HEARTBEAT_S, MISSED, NIGHTLY, TAG, Deployment, Pool
from staycurrent.flows.errors import UsageError
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
        made = register(client, wanted, schedule, pool=pool)
        for title in made:
            voice.info(f"deployment {title}: up to date")
        for title in _others(client, made):
            voice.info(
                f"deployment {title}: is not asked for any more; "
                f"`prefect deployment delete {title}` ends it"
            )


def register(
    client: SyncPrefectClient,
    wanted: Sequence[Deployment],
    schedule: PrefectSettings,
    *,
    pool: Pool | None = None,
) -> dict[str, UUID]:
    """Make the deployments and the watch over the nights; ids by title."""
    client.upsert_global_concurrency_limit_by_name(TURN, 1)
    made = {one.title: _made(runner(one, pool)) for one in wanted}
    _watch_runs()
    for one in wanted:
        if one.flow == NIGHTLY:
            within = timedelta(hours=schedule.missed_after_h)
            _watch(one, made[one.title], made[MISSED], within)
    return made


def _pool(client: SyncPrefectClient, name: str, voice: Reporter) -> Pool:
    """The work pool of that name, as it is; made for processes where there is none."""
    try:
        pool = Pool(name, client.read_work_pool(name).type)
    except ObjectNotFound:
        pool = Pool(name)
        client.create_work_pool(WorkPoolCreate(name=pool.name, type=pool.type))
        voice.info(f"work pool {name}: made, type {pool.type}")
        return pool
    wants = "" if pool.is_of_processes else "; its image must hold staycurrent: docs/prefect.md"
    voice.info(f"work pool {name}: is there, type {pool.type}{wants}")
    return pool


def _made(runner: RunnerDeployment) -> UUID:
    made: Any = runner.apply()
    return UUID(str(made))


def runner(one: Deployment, pool: Pool | None = None) -> RunnerDeployment:
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
