"""What is deployed under Prefect: flows with their schedules, parameters, and who gives way."""

import os
import re
from argparse import Namespace
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from staycurrent.flows.context import RunContext
from staycurrent.flows.errors import DONE, UsageError
from staycurrent.flows.settings.sections import (
    FILE_NAME,
    Settings,
    disable_prefect_telemetry,
    environment,
)

TAG = "staycurrent"
"""On every deployment of ours, so that those that are no longer wanted are found again."""
NIGHTLY = "nightly"
MISSED = "missed-night/missed-night"
"""What tells of a night that did not happen; an automation runs it."""


HEARTBEAT_S = 30
"""How often a run says that it lives."""


@dataclass(frozen=True, slots=True)
class WorkPool:
    """A work pool of Prefect's."""

    name: str
    type: str = "process"

    @property
    def is_of_processes(self) -> bool:
        """Whether runs take place in the worker's own folder; in a container otherwise."""
        return self.type == "process"

    @property
    def job_variables(self) -> dict[str, Any]:
        """What a run's surroundings need; image and volumes are the pool's own affair."""
        env = {"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": str(HEARTBEAT_S)}
        return {"working_dir": ".", "env": env} if self.is_of_processes else {"env": env}


@dataclass(frozen=True, slots=True)
class Deployment:
    """One deployment, in Prefect's words but without Prefect."""

    flow: str
    """The flow's name; its function in `flows.pipeline` is the same with underscores."""
    name: str
    description: str
    cron: str | None = None
    """When it runs by itself; None: only when it is asked to."""
    timezone: str = "UTC"
    parameters: Mapping[str, object] = field(default_factory=dict)
    collision: Literal["CANCEL_NEW", "ENQUEUE"] = "CANCEL_NEW"
    """What becomes of a run that begins while another of this deployment works."""

    @property
    def entrypoint(self) -> str:
        """Where a worker finds the flow: an import, so that any folder will do."""
        return f"staycurrent.flows.pipeline.{self.flow.replace('-', '_')}"

    @property
    def title(self) -> str:
        """As `prefect deployment run` wants it: flow and name."""
        return f"{self.flow}/{self.name}"


def execute(ctx: RunContext, arguments: Namespace) -> int:
    """Deploy, or serve; raises UsageError where Prefect is not installed."""
    disable_prefect_telemetry()
    wanted = requested_deployments(ctx, arguments)
    try:
        if arguments.command == "deploy":
            from staycurrent.flows.orchestration.deploy import deploy

            deploy(wanted, ctx.settings.prefect, ctx.reporter)
        else:
            from staycurrent.flows.orchestration.deploy import serve

            home = ctx.warehouse_path.parent / "prefect"
            settings = ctx.settings.prefect
            serve(wanted, settings, ctx.reporter, environment=environment(), home=home)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "prefect":
            raise
        raise UsageError(
            f"{arguments.command}: needs Prefect: pip install 'staycurrent[prefect]'"
        ) from None
    return DONE


def requested_deployments(ctx: RunContext, arguments: Namespace) -> tuple[Deployment, ...]:
    """The deployments of a command line; raises BadUsage for what no deployment can carry.

    Paths are told from the folder that the command is given in, where the worker is to start.
    """
    for name in ("warehouse", "as_of"):
        if getattr(arguments, name) is not None:
            raise UsageError(
                f"--{name.replace('_', '-')}: a deployment has its clock and its warehouse from "
                "the schedule and the settings (warehouse.path)"
            )
    path = arguments.settings or ctx.folder / FILE_NAME
    if not path.is_file():
        raise UsageError(f"{path}: is missing, and the worker wants one; an empty file will do")
    return deployments(ctx.settings, os.path.relpath(path), map(os.path.relpath, ctx.list_paths))


def deployments(
    settings: Settings, settings_name: str = FILE_NAME, lists: Iterable[str] = ()
) -> tuple[Deployment, ...]:
    """What these settings ask for; several lists have a night each, one warehouse for all.

    The settings file and the lists (none: those of the settings) are named as from the folder
    that the worker is started in.
    """
    paths = tuple(lists) or settings.list.paths or ("",)
    when = settings.prefect
    given = {"settings": settings_name}
    return (
        *_nights(settings, settings_name, paths),
        Deployment(
            flow="check-links",
            name="check-links",
            description="Looks at links and concludes; due, all, or of one host. Writes no list.",
            parameters=given,
            collision="ENQUEUE",
        ),
        Deployment(
            flow="pull-feeds",
            name="pull-feeds",
            description="Pulls the feeds, or one of them, and chooses candidates.",
            parameters=given,
            collision="ENQUEUE",
        ),
        Deployment(
            flow="regenerate",
            name="regenerate",
            description="Rewrites the lists from what the warehouse knows; asks nobody.",
            parameters=given,
            collision="ENQUEUE",
        ),
        Deployment(
            flow="pull-request",
            name="pull-request",
            description="Opens, refreshes or closes the one standing pull request.",
            parameters=given,
            collision="ENQUEUE",
        ),
        Deployment(
            flow="weekly-report",
            name="weekly-report",
            description="Leaves the state of the lists as one HTML page; asks nobody.",
            cron=when.report_cron,
            timezone=when.timezone,
            parameters=given,
        ),
        Deployment(
            flow="missed-night",
            name="missed-night",
            description="Tells that a night did not happen; run by an automation.",
        ),
    )


def _nights(settings: Settings, settings_name: str, paths: Sequence[str]) -> Iterator[Deployment]:
    when = settings.prefect
    for path in paths:
        several = len(paths) > 1
        yield Deployment(
            flow=NIGHTLY,
            name=_slug(path) if several else NIGHTLY,
            description="Looks at the links that are due, pulls the feeds, and rewrites the list.",
            cron=when.cron,
            timezone=when.timezone,
            parameters={
                "settings": settings_name,
                "jitter_s": when.jitter_s,
                **({"lists": [path]} if several else {}),
            },
        )


def _slug(path: str) -> str:
    """A list's path as a deployment's name: Prefect refuses `/` and `%` in one."""
    return re.sub(r"[^\w.-]+", "-", path).strip("-")
