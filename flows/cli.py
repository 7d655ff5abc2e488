"""The command line: arguments to plain functions, results to stdout, endings to exit codes."""

import argparse
import gc
import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

from staycurrent.flows.arguments import parse_choices, parser
from staycurrent.flows.errors import DONE, FINDINGS, SKIPPED
from staycurrent.flows.reporter import reporter_for
from staycurrent.reports.text import plural, sanitise_for, sanitise_lines

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from staycurrent.flows.context import RunContext


def entry() -> None:
    """The `staycurrent` command."""
    gc.set_threshold(100_000)  # what a short command makes, it needs to its end
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal without emoji is no bug
    sys.exit(main(sys.argv[1:]))


def main(argv: Sequence[str]) -> int:
    """Run one verb; every ending is an exit code, every expected one a sentence on stderr."""
    try:
        arguments = parser().parse_args(argv)
        return _VERBS[arguments.verb](arguments)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except KeyboardInterrupt:
        _tell("interrupted: what was looked at is kept, the list is as it was")
        return 130
    except Exception as error:  # noqa: BLE001 -- the one place where everything ends
        from staycurrent.flows.exit_status import exit_status

        code, sentence = exit_status(error)
        _tell(sentence)
        return code


def _run(arguments: argparse.Namespace) -> int:
    from staycurrent.flows.commands.pull import feeds_warning
    from staycurrent.flows.commands.run import run
    from staycurrent.flows.hints import hints_afterwards

    with _night_to_look(arguments) as night, hints_afterwards(night, is_quiet=arguments.quiet):
        outcome = run(night, cold_start=arguments.cold_start)
    if arguments.verbose:
        night.reporter.info(f"check: {outcome.check.pace}")
    _out(sanitise_for("".join(one.diff for one in outcome.renderings), sys.stdout))
    lists = plural(sum(one.changed for one in outcome.renderings), "list")
    changed = f"{plural(outcome.check.changed, 'verdict')} and {lists} changed; "
    night.reporter.info(
        f"run: {changed}`staycurrent status` tells what stands{feeds_warning(outcome.pulls)}"
    )
    return DONE


def _check(arguments: argparse.Namespace) -> int:
    from staycurrent.flows.checking.targets import CheckScope
    from staycurrent.flows.commands.check import check
    from staycurrent.flows.hints import hints_afterwards
    from staycurrent.flows.upkeep import back_up, compact

    scope = CheckScope(arguments.all, arguments.host, arguments.limit)
    with _night_to_look(arguments) as night, hints_afterwards(night, is_quiet=arguments.quiet):
        report = check(night, scope)
        compact(night)
        back_up(night)
    if arguments.verbose:
        night.reporter.info(f"check: {report.pace}")
    return DONE


def _pull(arguments: argparse.Namespace) -> int:
    from staycurrent.flows.commands.pull import pull, replay

    if arguments.replay is not None:
        replay(_night(arguments), arguments.replay, arguments.source)
    else:
        with _night_to_look(arguments) as night:
            pull(night, arguments.source)
    return DONE


def _render(arguments: argparse.Namespace) -> int:
    from staycurrent.flows.database import shared_session
    from staycurrent.flows.feedback.publication import write_lists
    from staycurrent.flows.lessons import learn
    from staycurrent.flows.lists import iter_lists
    from staycurrent.flows.preflight import refuse_forgetting
    from staycurrent.flows.rendering import mending, render

    is_shown_only = arguments.check or arguments.diff
    with shared_session(_night(arguments)) as night:
        refuse_forgetting(night, iter_lists(night), cold_start=arguments.cold_start)
        if not is_shown_only:
            learn(night)
        renderings = render(
            night, create=arguments.create, mend=arguments.mend, release=arguments.release
        )
        if not is_shown_only:
            write_lists(night, renderings)
    changed = [one.name for one in renderings if one.changed]
    if arguments.diff:
        _out(sanitise_for("".join(one.diff for one in renderings), sys.stdout))
    for sentence in (line for one in renderings for line in mending(one)):
        night.reporter.info(sentence)
    did = "would change" if is_shown_only else "written"
    night.reporter.info(f"render: {', '.join(changed) or 'nothing'} {did}")
    return FINDINGS if arguments.check and changed else DONE


def _status(arguments: argparse.Namespace) -> int:
    from staycurrent.flows.commands.status import format_status, status
    from staycurrent.flows.database import shared_session
    from staycurrent.flows.hints import current_hints
    from staycurrent.flows.reporter import screen_of
    from staycurrent.flows.settings import environment
    from staycurrent.reports.model import FAIL_ON_TERMS, failing_findings, failing_links

    wanted = parse_choices(arguments.fail_on, FAIL_ON_TERMS)
    with shared_session(_night(arguments)) as night:
        current = status(night)
        hints = current_hints(night) if arguments.format == "markdown" else ()
    _out(format_status(current, arguments.format, hints, screen_of(sys.stdout, environment())))
    failed = failing_links(current, wanted) or failing_findings(current, wanted)
    return FINDINGS if failed else DONE


def _explain(arguments: argparse.Namespace) -> int:
    from staycurrent.flows.commands.explain import explain
    from staycurrent.reports.link_report import link_report_text

    _out(link_report_text(explain(_night(arguments), arguments.url)))
    return DONE


def _keep(arguments: argparse.Namespace) -> int:
    from staycurrent.flows.commands.keep import OverrideRequest, keep, undo_overrides

    night = _night(arguments)
    if arguments.undo:
        for decision in undo_overrides(night, arguments.urls):
            night.reporter.info(f"undone: {decision.kind} {decision.url}")
        return DONE
    wish = OverrideRequest(arguments.verdict, arguments.until, arguments.reason)
    for decision in keep(night, arguments.urls, wish):
        night.reporter.info(f"{decision.kind}: {decision.url}")
    return DONE


def _pr(arguments: argparse.Namespace) -> int:
    from staycurrent.flows.pr import pr, show

    act, end = (show, "") if arguments.dry_run else (pr, "\n")
    said = act(_night(arguments), baseline=arguments.baseline)
    _out(sanitise_for(f"{said}{end}", sys.stdout))
    return DONE


def _report(arguments: argparse.Namespace) -> int:
    from staycurrent.flows.commands.report import write_report

    night = _night(arguments)
    write_report(night, arguments.out)
    night.reporter.info(f"report: written to {arguments.out}")
    return DONE


def _exchange(arguments: argparse.Namespace) -> int:
    from staycurrent.flows.commands.history import act

    _out(act(_night(arguments), arguments))
    return DONE


def _lint(arguments: argparse.Namespace) -> int:
    from staycurrent.flows.commands.lint import lint
    from staycurrent.reports.lint_report import LINT_KINDS, as_annotations, as_lines
    from staycurrent.reports.sarif_report import lint_as_sarif

    wanted = parse_choices(arguments.fail_on, LINT_KINDS)
    night = _night(arguments)
    linted = lint(night, arguments.base)
    told = {"text": as_lines, "github": as_annotations, "sarif": lint_as_sarif}[arguments.format]
    _out(told(linted.findings))
    night.reporter.info(f"lint: {linted.summary}")
    if any(one.kind in wanted for one in linted.findings):
        return FINDINGS
    return SKIPPED if linted.why_not else DONE


def _memory(arguments: argparse.Namespace) -> int:
    from staycurrent.flows.data_branch import restored, save

    night = _night(arguments)
    if arguments.action == "restore":
        _out(restored(night, arguments.folder, arguments.branch))
    else:
        save(night, arguments.folder, arguments.branch, arguments.upon)
    return DONE


def _demo(arguments: argparse.Namespace) -> int:
    from staycurrent.flows.commands.demo import demo

    _out(demo(reporter_for(arguments.quiet)))
    return DONE


def _deploy(arguments: argparse.Namespace) -> int:
    from staycurrent.flows.deployments import asked_for
    from staycurrent.flows.settings import disable_prefect_telemetry

    disable_prefect_telemetry()
    from staycurrent.flows.orchestration.deploy import deploy

    night = _night(arguments)
    deploy(asked_for(night, arguments), night.settings.schedule, night.reporter)
    return DONE


def _serve(arguments: argparse.Namespace) -> int:
    from staycurrent.flows.deployments import asked_for
    from staycurrent.flows.settings import disable_prefect_telemetry, environment

    disable_prefect_telemetry()
    from staycurrent.flows.orchestration.serve import serve

    night = _night(arguments)
    wanted, home = asked_for(night, arguments), night.warehouse_path.parent / "prefect"
    serve(wanted, night.settings.schedule, night.reporter, environment=environment(), home=home)
    return DONE


def _night(arguments: argparse.Namespace) -> "RunContext":
    """The surroundings of one run, from arguments, settings file and environment."""
    from staycurrent.flows import settings
    from staycurrent.flows.context import load_context, running_clock, system_clock

    path = arguments.settings or settings.find_settings(Path.cwd())
    night = load_context(
        path,
        running_clock(arguments.as_of) if arguments.as_of else system_clock(datetime.now(UTC)),
        reporter_for(arguments.quiet),
        environment=settings.environment(),
        lists=arguments.list or (),
        warehouse=arguments.warehouse,
    )
    for line in night.describe(path) if arguments.verbose else ():
        night.reporter.info(line)
    return night


def _night_to_look(arguments: argparse.Namespace) -> "AbstractContextManager[RunContext]":
    """As `_night`, for the verbs that append: a clock that was set may not be set back."""
    from staycurrent.flows.preflight import ensure_monotonic_date

    return ensure_monotonic_date(_night(arguments))


_VERBS: dict[str, Callable[[argparse.Namespace], int]] = {
    "run": _run,
    "check": _check,
    "pull": _pull,
    "render": _render,
    "status": _status,
    "explain": _explain,
    "keep": _keep,
    "deploy": _deploy,
    "serve": _serve,
    "pr": _pr,
    "report": _report,
    **dict.fromkeys(("restore", "export", "import"), _exchange),
    "lint": _lint,
    "memory": _memory,
    "demo": _demo,
}


def _out(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _tell(sentence: str) -> None:
    print(f"staycurrent: {sanitise_lines(sentence)}", file=sys.stderr)  # noqa: T201
