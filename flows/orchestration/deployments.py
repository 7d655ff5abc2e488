"""The Prefect deployments, described once: flows with their schedules and parameters.

`staycurrent deploy` and `staycurrent serve` make them, and `scripts/write_prefect_yaml.py` writes
them into `prefect.yaml`. This module does not need Prefect.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, Literal

from staycurrent.flows.settings.sections import FILE_NAME, Settings

TAG = "staycurrent"
"""On each of our deployments, so that those which are no longer wanted are found."""
NIGHTLY = "nightly"
"""The flow of the nightly run."""
MISSED_RUN = "missed-run"
"""The flow that reports a missed run; an automation starts it."""
SCHEDULE = "staycurrent"
"""The slug of our schedule of a deployment; others were added by a person."""
GRACE_S = 60
"""How long a run that never started holds its deployment's place; the least that Prefect allows."""
HEARTBEAT_S = 30
"""How often a run reports that it is alive."""


@dataclass(frozen=True, slots=True)
class WorkPool:
    """A work pool of Prefect."""

    name: str
    type: str = "process"

    @property
    def has_processes(self) -> bool:
        """Whether runs are processes in the worker's own folder, instead of containers."""
        return self.type == "process"

    @property
    def job_variables(self) -> dict[str, Any]:
        """What a run needs; image and volumes are configured in the pool itself."""
        env = {"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": str(HEARTBEAT_S)}
        return {"working_dir": ".", "env": env} if self.has_processes else {"env": env}


@dataclass(frozen=True, slots=True)
class Deployment:
    """One deployment, in Prefect's terms."""

    flow: str
    """The flow's name; its function in `flows.pipeline` is the same with underscores."""
    name: str
    description: str
    cron: str | None = None
    """None: it runs on request only."""
    timezone: str = "UTC"
    parameters: Mapping[str, object] = field(default_factory=dict)
    tags: tuple[str, ...] = (TAG,)
    """Runs have them too; Prefect's pages filter by them."""
    collision: Literal["CANCEL_NEW", "ENQUEUE"] = "CANCEL_NEW"
    """What happens to a run that starts while another one of this deployment is running."""

    @property
    def entrypoint(self) -> str:
        """The flow's function, as a name to import from any folder."""
        return f"staycurrent.flows.pipeline.{self.flow.replace('-', '_')}"

    @property
    def title(self) -> str:
        """Flow and name, as `prefect deployment run` takes them."""
        return f"{self.flow}/{self.name}"


_ON_REQUEST = {
    "check-links": "Checks links and concludes verdicts: due ones, all, or those of a host.",
    "pull-feeds": "Pulls the feeds, or one of them, and chooses candidates.",
    "regenerate": "Rewrites the lists from what the warehouse knows, without network.",
    "pull-request": "Opens, refreshes or closes the one standing pull request.",
}
"""Flows that a person starts; such a run waits for its turn."""


def distinct_names(paths: Iterable[str], shorten: Callable[[str], str]) -> dict[str, str]:
    """The short name of each path; with a digest where paths that are alike have the same."""
    names = {path: shorten(path) for path in paths}
    uses = Counter(names.values())
    for path, name in names.items():
        if uses[name] > 1:
            digest = sha256(path.encode(errors="surrogateescape")).hexdigest()[:6]
            names[path] = "-".join(filter(None, (name, digest)))
    return names


def _name_of_list(path: str) -> str:
    """A path as Prefect accepts it in a name: without `/` and `%`."""
    return re.sub(r"[^\w.-]+", "-", path).strip("-")


def deployments(
    settings: Settings, settings_name: str = FILE_NAME, lists: Iterable[str] = ()
) -> tuple[Deployment, ...]:
    """The deployments for these settings; each of several lists has its own nightly run.

    The settings file and the lists (default: those of the settings) are relative to the folder
    that the worker is started in. With `prefect.project` all have that name, or begin with it.
    """
    schedule, project = settings.prefect, settings.prefect.project
    paths = tuple(lists) or settings.list.paths
    own = (TAG, project) if project else (TAG,)
    tags = tuple(dict.fromkeys([*own, *paths]))

    def of_flow(flow: str, description: str, **more: Any) -> Deployment:
        values = {"parameters": {"settings": settings_name}, "tags": tags, **more}
        return Deployment(flow, project or flow, description, **values)

    nightly = of_flow(
        NIGHTLY,
        "Checks the links that are due, pulls the feeds and rewrites the list.",
        cron=schedule.cron,
        timezone=schedule.timezone,
        parameters={"settings": settings_name, "jitter_s": schedule.jitter_s},
    )
    names = distinct_names(paths, _name_of_list)
    by_list = [
        replace(
            nightly,
            name="-".join(filter(None, (project, names[path]))),
            parameters={**nightly.parameters, "lists": [path]},
            tags=(*own, path),
        )
        for path in paths
    ]
    return (
        *(by_list if len(paths) > 1 else [nightly]),
        *(of_flow(*one, collision="ENQUEUE") for one in _ON_REQUEST.items()),
        of_flow(
            "weekly-report",
            "Writes the state of the lists as one HTML page, without network.",
            cron=schedule.report_cron,
            timezone=schedule.timezone,
        ),
        of_flow(
            MISSED_RUN,
            "Reports that a nightly run did not complete; started by an automation.",
            parameters={},
            tags=own,
        ),
    )
