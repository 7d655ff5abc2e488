"""Writes prefect.yaml from the deployments of the default settings.

python scripts/write_prefect_yaml.py
"""

from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from staycurrent.flows.orchestration.deployments import (
    GRACE_S,
    SCHEDULE,
    WorkPool,
    deployments,
)
from staycurrent.flows.settings.sections import Settings

_HEADER = """\
# Written by scripts/write_prefect_yaml.py from flows/orchestration/deployments.py; a test compares.
#
# For Prefect's own `prefect --no-prompt deploy --all`. `staycurrent deploy` makes the same
# deployments from staycurrent.toml, in any folder, also for docker and kubernetes pools, where the
# flows are modules of the image: docs/prefect.md.
"""


def prefect_yaml() -> str:
    """The file for Prefect's own command, with one entry for each deployment."""
    settings = Settings()
    pool = WorkPool(settings.prefect.pool_name)
    entries: list[dict[str, Any]] = []
    for deployment in deployments(settings):
        module, _, function = deployment.entrypoint.rpartition(".")
        entry: dict[str, Any] = {
            "name": deployment.name,
            "description": deployment.description,
            "entrypoint": f"{module.replace('.', '/')}.py:{function}",
            "tags": list(deployment.tags),
            "parameters": dict(deployment.parameters),
            "concurrency_limit": {
                "limit": 1,
                "collision_strategy": deployment.collision,
                "grace_period_seconds": GRACE_S,
            },
            "work_pool": {"name": pool.name, "job_variables": pool.job_variables},
        }
        if deployment.cron:
            entry["schedules"] = [
                {"cron": deployment.cron, "timezone": deployment.timezone, "slug": SCHEDULE}
            ]
        entries.append(entry)
    # Runs take place in the worker's folder; Prefect would copy the code otherwise.
    pull = [{"prefect.deployments.steps.set_working_directory": {"directory": "."}}]
    data = {"name": "staycurrent", "pull": pull, "deployments": entries}
    text: str = yaml.safe_dump(data, sort_keys=False, width=100)
    return _HEADER + text


if __name__ == "__main__":
    Path(__file__).parent.with_name("prefect.yaml").write_text(prefect_yaml(), encoding="utf-8")
