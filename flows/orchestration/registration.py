"""Deployments on Prefect's server: created once, then changed only where the settings changed.

What `staycurrent deploy` or `serve` made last is noted on the server, in a variable for each
deployment. A field is updated if the settings ask for something other than what was made last;
whatever a person set in the meantime (a paused schedule, a second one, parameters, tags, a work
queue, a limit, a disabled automation) stays. docs/prefect.md says so.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from prefect.automations import Automation
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas import objects
from prefect.client.schemas.actions import DeploymentScheduleCreate, DeploymentUpdate
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.schedules import CronSchedule
from prefect.deployments.runner import RunnerDeployment
from prefect.events.actions import (
    ActionTypes,
    ChangeFlowRunState,
    RunDeployment,
    SendNotification,
)
from prefect.events.schemas.automations import EventTrigger, Posture
from prefect.exceptions import ObjectNotFound
from prefect.schedules import Schedule
from prefect.variables import Variable

from staycurrent.flows import pipeline
from staycurrent.flows.context import RunContext
from staycurrent.flows.errors import UsageError
from staycurrent.flows.orchestration.blocks import find_mistakes, notification_block_id
from staycurrent.flows.orchestration.deployments import (
    GRACE_S,
    HEARTBEAT_S,
    MISSED_RUN,
    NIGHTLY,
    SCHEDULE,
    TAG,
    Deployment,
    WorkPool,
)
from staycurrent.flows.orchestration.notification import missed_sentence

_Values = dict[str, Any]
_NOTE = "staycurrent_"
"""A variable has the deployment's id behind this."""
_PLAIN = ("description", "entrypoint", "job_variables", "parameters", "tags", "work_pool_name")
"""What Prefect takes as `_wanted` has it."""


class ExistingDeployment(RunnerDeployment):
    """A deployment that a runner executes as it is, without writing it to the server again."""

    existing_id: UUID | None = None

    async def aapply(self, *_: Any, **__: Any) -> UUID:
        """The id; `Runner.add_deployment` awaits it."""
        assert self.existing_id is not None  # noqa: S101 -- set by `runner_deployment`
        return self.existing_id


def register_deployments(
    client: SyncPrefectClient,
    ctx: RunContext,
    deployments: Sequence[Deployment],
    *,
    pool: WorkPool | None = None,
    take_over: bool,
) -> dict[str, UUID]:
    """Create or update the deployments of the folder and their automations; ids by title.

    Raises UsageError if some were deployed from another folder, unless `take_over`; nothing is
    changed then.
    """
    settings, owner = ctx.settings.prefect, _digest(ctx.folder)
    existing: dict[str, DeploymentResponse] = {}
    for deployment in deployments:
        with suppress(ObjectNotFound):
            existing[deployment.title] = client.read_deployment_by_name(deployment.title)
    notes = {title: _read_note(client, found.id) for title, found in existing.items()}
    foreign = [title for title, note in notes.items() if note.get("folder") != owner]
    if foreign and not take_over:
        raise UsageError(
            f"{', '.join(foreign)}: on this server, but not deployed from this folder; set "
            "prefect.project to give this list names of its own, or use --take-over"
        )
    try:
        client.read_global_concurrency_limit_by_name(settings.limit_name)
    except ObjectNotFound:
        client.upsert_global_concurrency_limit_by_name(settings.limit_name, 1)
    for mistake in find_mistakes(client, settings):
        ctx.reporter.info(mistake)
    block = notification_block_id(client, settings.notify)
    automatic = {"missed_after_h": settings.missed_after_h, "notify": block}
    ids: dict[str, UUID] = {}
    for deployment in deployments:
        title, wanted = deployment.title, _wanted(deployment, pool)
        found = existing.get(title)
        if found is None:
            ids[title] = UUID(str(runner_deployment(deployment, pool).apply()))
            made, what = wanted, "created"
        else:
            ids[title] = found.id
            made = notes[title].get("made", {})
            changed = _update(client, found, made, wanted, deployment)
            made = {**made, **wanted}
            if deployment.flow == NIGHTLY:
                changed += [key for key, value in automatic.items() if made.get(key) != value]
            what = f"updated ({', '.join(changed)})" if changed else "unchanged"
            if title in foreign:
                what = f"taken over, {what}"
            if found.paused or any(not one.active for one in found.schedules):
                what += "; a schedule of it is paused, and stays so"
        notes[title] = {"folder": owner, "made": made}
        _write_note(ids[title], notes[title])
        ctx.reporter.info(f"deployment {title}: {what}")
    _save_automations(client, deployments, ids, notes, automatic)
    return ids


def is_of_folder(client: SyncPrefectClient, deployment: UUID, folder: Path) -> bool:
    """Whether a deployment was made from a folder."""
    return bool(_read_note(client, deployment).get("folder") == _digest(folder))


def _digest(folder: Path) -> str:
    """A folder without its path, which the server has no need of."""
    return sha256(str(folder.resolve()).encode()).hexdigest()[:16]


def _read_note(client: SyncPrefectClient, deployment: UUID) -> _Values:
    """The folder, and what was made last; empty if it was not made by staycurrent's commands."""
    variable = client.read_variable_by_name(f"{_NOTE}{deployment.hex}")
    return variable.value if variable and isinstance(variable.value, dict) else {}


def _write_note(deployment: UUID, value: _Values) -> None:
    Variable.set(f"{_NOTE}{deployment.hex}", value, overwrite=True)


def _wanted(deployment: Deployment, pool: WorkPool | None) -> _Values:
    """What the settings ask for, as JSON."""
    schedule = {"cron": deployment.cron, "timezone": deployment.timezone}
    return {
        "description": deployment.description,
        "entrypoint": deployment.entrypoint,
        "parameters": dict(deployment.parameters),
        "tags": list(deployment.tags),
        "work_pool_name": pool.name if pool else None,
        "job_variables": pool.job_variables if pool else {},
        "concurrency_limit": 1,
        "collision": deployment.collision,
        "schedule": schedule if deployment.cron else None,
    }


def _update(
    client: SyncPrefectClient,
    current: DeploymentResponse,
    made: _Values,
    wanted: _Values,
    deployment: Deployment,
) -> list[str]:
    """Change what the settings changed since it was made last; the names of these fields."""
    if current.work_pool_name is None:  # also where somebody deleted its pool
        made = {**made, "work_pool_name": None}
    changed = [key for key, value in wanted.items() if key not in made or made[key] != value]
    values: _Values = {}
    for key in changed:
        match key:
            case "parameters" | "job_variables":
                values[key] = _merge(made.get(key, {}), wanted[key], getattr(current, key))
            case "tags":
                gone = {*made.get(key, ())} - {*wanted[key]}
                kept = [tag for tag in current.tags if tag not in gone]
                values[key] = [*dict.fromkeys([*kept, *wanted[key]])]
            case "collision":
                strategy = objects.ConcurrencyLimitStrategy(wanted[key])
                values["concurrency_options"] = objects.ConcurrencyOptions(
                    collision_strategy=strategy, grace_period_seconds=GRACE_S
                )
            case "schedule":
                _update_schedule(client, current, wanted[key])
            case _:
                values[key] = wanted[key]
    schema = getattr(pipeline, deployment.entrypoint.rpartition(".")[2]).parameters
    if schema.model_dump(mode="json", exclude_unset=True) != current.parameter_openapi_schema:
        values["parameter_openapi_schema"] = schema
    if values:
        client.update_deployment(current.id, DeploymentUpdate(**values))
    return changed


def _merge(made: _Values, wanted: _Values, current: Mapping[str, Any]) -> _Values:
    """The current values, with those keys changed that are wanted otherwise than they were made."""
    merged = dict(current)
    for key in {**made, **wanted}:
        if key not in wanted:
            merged.pop(key, None)
        elif key not in made or made[key] != wanted[key]:
            merged[key] = wanted[key]
    return merged


def _update_schedule(
    client: SyncPrefectClient, current: DeploymentResponse, wanted: Mapping[str, str] | None
) -> None:
    """Change our schedule, but not whether it is active; a person's schedules are others."""
    own = next((one for one in current.schedules if one.slug == SCHEDULE), None)
    schedule = CronSchedule(cron=wanted["cron"], timezone=wanted["timezone"]) if wanted else None
    if own is None and schedule is not None:
        created = DeploymentScheduleCreate(schedule=schedule, slug=SCHEDULE)
        client.create_deployment_schedules(current.id, [created])
    elif own is not None and schedule is None:
        client.delete_deployment_schedule(current.id, own.id)
    elif own is not None:
        client.update_deployment_schedule(current.id, own.id, schedule=schedule)


def runner_deployment(
    deployment: Deployment, pool: WorkPool | None = None, existing_id: UUID | None = None
) -> RunnerDeployment:
    """A deployment as Prefect's object; without a pool it is served by this process."""
    cron, timezone, wanted = deployment.cron, deployment.timezone, _wanted(deployment, pool)
    schedule = Schedule(cron=cron, timezone=timezone, slug=SCHEDULE) if cron else None
    kind = ExistingDeployment if existing_id else RunnerDeployment
    runner: Any = kind.from_entrypoint(
        name=deployment.name,
        flow_name=deployment.flow,
        schedules=[schedule] if schedule else [],
        concurrency_limit=objects.ConcurrencyLimitConfig(
            limit=1,
            collision_strategy=objects.ConcurrencyLimitStrategy(deployment.collision),
            grace_period_seconds=GRACE_S,
        ),
        **{key: wanted[key] for key in _PLAIN},
    )
    if existing_id:
        runner.existing_id = existing_id
    # The default is this folder, and Prefect 3.8 copies all of it over the worker's folder, list
    # and warehouse included, before each run, even if there is no code in it.
    runner._path = "."  # noqa: SLF001
    return runner  # type: ignore[no-any-return]


def _save_automations(
    client: SyncPrefectClient,
    deployments: Sequence[Deployment],
    ids: Mapping[str, UUID],
    notes: Mapping[str, _Values],
    automatic: _Values,
) -> None:
    """Create the automations of new deployments; change those whose setting changed.

    One that a person disabled stays disabled, one that a person deleted stays deleted. They are
    noted after they are saved: where that fails, they are saved when it is deployed again.
    """
    missed = next(ids[one.title] for one in deployments if one.flow == MISSED_RUN)
    wanted = {**automatic, "missed_run": str(missed)}
    for deployment in deployments:
        own, made = ids[deployment.title], notes[deployment.title]["made"]
        if deployment.flow != NIGHTLY or made.items() >= wanted.items():
            continue
        crash = _crash_automation()
        is_new = made.keys().isdisjoint(wanted)
        if is_new and not client.read_automations_by_name(crash.name):
            crash.create()
        automation = _missed_run_automation(deployment.title, own, wanted)
        before = client.read_automations_by_name(automation.name)
        if before:
            automation.id, automation.enabled = before[0].id, before[0].enabled
            automation.update()
        else:
            automation.create()
        _write_note(own, {**notes[deployment.title], "made": {**made, **wanted}})


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
                state=objects.StateType.CRASHED,
                name=None,
                message="its process died; the next run continues where it stopped",
                force=False,
            )
        ],
    )


def _missed_run_automation(title: str, own: UUID, wanted: _Values) -> Automation:
    """Runs the deployment `missed_run` if no run of a nightly deployment completed for so long.

    The notification is sent by the server itself, because the worker may be what failed.
    """
    hours, block = wanted["missed_after_h"], wanted["notify"]
    parameters = {"deployment": title, "hours": hours}
    run = {"deployment_id": wanted["missed_run"], "parameters": parameters}
    actions: list[ActionTypes] = [RunDeployment.model_validate(run)]
    if block:
        subject, body = f"staycurrent: {title} was missed", missed_sentence(title, hours)
        actions.append(SendNotification(block_document_id=UUID(block), subject=subject, body=body))
    return Automation(
        name=f"{title} was missed",
        description=f"No run of {title} completed for {hours} hours.",
        trigger=EventTrigger(
            posture=Posture.Proactive,
            expect={"prefect.flow-run.Completed", "prefect.flow-run.NotJudged"},
            match_related={"prefect.resource.id": f"prefect.deployment.{own}"},
            threshold=1,
            within=timedelta(hours=hours),
        ),
        actions=actions,
    )
