"""`staycurrent deploy` and `staycurrent serve`: the Prefect deployments, schedule and jobs."""

import os
from argparse import Namespace

from staycurrent.flows.context import RunContext
from staycurrent.flows.errors import DONE, UsageError
from staycurrent.flows.orchestration.deployments import Deployment, deployments
from staycurrent.flows.settings.sections import FILE_NAME, environment, prepare_prefect


def execute(ctx: RunContext, arguments: Namespace) -> int:
    """Deploy, or serve; raises UsageError if Prefect is not installed."""
    home = ctx.warehouse_path.parent / "prefect"
    prepare_prefect(home)
    requested = requested_deployments(ctx, arguments)
    try:
        from staycurrent.flows.orchestration.deploy import deploy, serve
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "prefect":
            raise
        raise UsageError(
            f"{arguments.command}: needs Prefect: pip install 'staycurrent[prefect]'"
        ) from None
    if arguments.command == "deploy":
        deploy(ctx, requested, take_over=arguments.take_over)
    else:
        take_over = arguments.take_over
        serve(ctx, requested, environment=environment(), home=home, take_over=take_over)
    return DONE


def requested_deployments(ctx: RunContext, arguments: Namespace) -> tuple[Deployment, ...]:
    """The deployments for a command line; raises UsageError for options they cannot have.

    Paths are relative to the working directory, in which the worker is to be started.
    """
    for name in ("warehouse", "as_of"):
        if getattr(arguments, name) is not None:
            raise UsageError(
                f"--{name.replace('_', '-')}: a deployment takes its clock from the schedule and "
                "its warehouse from the settings (warehouse.path)"
            )
    path = arguments.settings or ctx.folder / FILE_NAME
    if not path.is_file():
        raise UsageError(f"{path}: does not exist, and the worker needs it: `staycurrent init`")
    return deployments(ctx.settings, os.path.relpath(path), map(os.path.relpath, ctx.list_paths))
