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

from staycurrent.flows.arguments import parser, words
from staycurrent.flows.exits import DONE, FINDINGS, NOT_TONIGHT
from staycurrent.flows.voice import spoken
from staycurrent.reports.counting import plural
from staycurrent.reports.terminal import for_eyes, lines

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from staycurrent.flows.night import Night


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
        from staycurrent.flows.endings import ending

        code, sentence = ending(error)
        _tell(sentence)
        return code


def _run(arguments: argparse.Namespace) -> int:
    from staycurrent.flows.hinting import hinting
    from staycurrent.flows.pull import warning
    from staycurrent.flows.run import run

    with _night_to_look(arguments) as night, hinting(night, is_quiet=arguments.quiet):
        outcome = run(night, cold_start=arguments.cold_start)
    if arguments.verbose:
        night.voice.say(f"check: {outcome.check.pace}")
    _out(for_eyes("".join(one.diff for one in outcome.renderings), sys.stdout))
    lists = plural(sum(one.changed for one in outcome.renderings), "list")
    changed = f"{plural(outcome.check.changed, 'verdict')} and {lists} changed; "
    night.voice.say(f"run: {changed}`staycurrent status` tells what stands{warning(outcome.pulls)}")
    return DONE


def _check(arguments: argparse.Namespace) -> int:
    from staycurrent.flows.check import Scope, check
    from staycurrent.flows.hinting import hinting
    from staycurrent.flows.keeping import back_up, fold

    scope = Scope(arguments.all, arguments.host, arguments.limit)
    with _night_to_look(arguments) as night, hinting(night, is_quiet=arguments.quiet):
        report = check(night, scope)
        fold(night)
        back_up(night)
    if arguments.verbose:
        night.voice.say(f"check: {report.pace}")
    return DONE


def _pull(arguments: argparse.Namespace) -> int:
    from staycurrent.flows.pull import pull
    from staycurrent.flows.replay import replay

    if arguments.replay is not None:
        replay(_night(arguments), arguments.replay, arguments.source)
    else:
        with _night_to_look(arguments) as night:
            pull(night, arguments.source)
    return DONE


def _render(arguments: argparse.Namespace) -> int:
    from staycurrent.flows.lessons import learn
    from staycurrent.flows.listing import each_list
    from staycurrent.flows.memory import at_hand
    from staycurrent.flows.ready import refuse_forgetting
    from staycurrent.flows.render import mending, render
    from staycurrent.flows.shown import write

    is_shown_only = arguments.check or arguments.diff
    with at_hand(_night(arguments)) as night:
        refuse_forgetting(night, each_list(night), cold_start=arguments.cold_start)
        if not is_shown_only:
            learn(night)
        renderings = render(
            night, create=arguments.create, mend=arguments.mend, release=arguments.release
        )
        if not is_shown_only:
            write(night, renderings)
    changed = [one.name for one in renderings if one.changed]
    if arguments.diff:
        _out(for_eyes("".join(one.diff for one in renderings), sys.stdout))
    for sentence in (line for one in renderings for line in mending(one)):
        night.voice.say(sentence)
    did = "would change" if is_shown_only else "written"
    night.voice.say(f"render: {', '.join(changed) or 'nothing'} {did}")
    return FINDINGS if arguments.check and changed else DONE


def _status(arguments: argparse.Namespace) -> int:
    from staycurrent.flows.formats import told
    from staycurrent.flows.hinting import hinted
    from staycurrent.flows.memory import at_hand
    from staycurrent.flows.screen import screen_of
    from staycurrent.flows.settings import environment
    from staycurrent.flows.status import status
    from staycurrent.reports.status import FAIL_WORDS, failing_findings, failures

    wanted = words(arguments.fail_on, FAIL_WORDS)
    with at_hand(_night(arguments)) as night:
        current = status(night)
        hints = hinted(night) if arguments.format == "markdown" else ()
    _out(told(current, arguments.format, hints, screen_of(sys.stdout, environment())))
    failed = failures(current, wanted) or failing_findings(current, wanted)
    return FINDINGS if failed else DONE


def _explain(arguments: argparse.Namespace) -> int:
    from staycurrent.flows.explain import explain
    from staycurrent.reports.story import as_text

    _out(as_text(explain(_night(arguments), arguments.url)))
    return DONE


def _keep(arguments: argparse.Namespace) -> int:
    from staycurrent.flows.keep import Wish, keep, undo

    night = _night(arguments)
    if arguments.undo:
        for decision in undo(night, arguments.urls):
            night.voice.say(f"undone: {decision.kind} {decision.url}")
        return DONE
    wish = Wish(arguments.verdict, arguments.until, arguments.reason)
    for decision in keep(night, arguments.urls, wish):
        night.voice.say(f"{decision.kind}: {decision.url}")
    return DONE


def _pr(arguments: argparse.Namespace) -> int:
    from staycurrent.flows.pr import pr, show

    act, end = (show, "") if arguments.dry_run else (pr, "\n")
    said = act(_night(arguments), baseline=arguments.baseline)
    _out(for_eyes(f"{said}{end}", sys.stdout))
    return DONE


def _report(arguments: argparse.Namespace) -> int:
    from staycurrent.flows.report import write_report

    night = _night(arguments)
    write_report(night, arguments.out)
    night.voice.say(f"report: written to {arguments.out}")
    return DONE


def _exchange(arguments: argparse.Namespace) -> int:
    from staycurrent.flows.exchange import act

    _out(act(_night(arguments), arguments))
    return DONE


def _lint(arguments: argparse.Namespace) -> int:
    from staycurrent.flows.lint import lint
    from staycurrent.reports.added import KINDS
    from staycurrent.reports.added_as_sarif import as_sarif
    from staycurrent.reports.as_annotations import as_annotations, as_lines

    wanted = words(arguments.fail_on, KINDS)
    night = _night(arguments)
    linted = lint(night, arguments.base)
    told = {"text": as_lines, "github": as_annotations, "sarif": as_sarif}[arguments.format]
    _out(told(linted.findings))
    night.voice.say(f"lint: {linted.summary}")
    if any(one.kind in wanted for one in linted.findings):
        return FINDINGS
    return NOT_TONIGHT if linted.why_not else DONE


def _memory(arguments: argparse.Namespace) -> int:
    from staycurrent.flows.data_branch import restored, save

    night = _night(arguments)
    if arguments.action == "restore":
        _out(restored(night, arguments.folder, arguments.branch))
    else:
        save(night, arguments.folder, arguments.branch, arguments.upon)
    return DONE


def _demo(arguments: argparse.Namespace) -> int:
    from staycurrent.flows.demo import demo

    _out(demo(spoken(arguments.quiet)))
    return DONE


def _deploy(arguments: argparse.Namespace) -> int:
    from staycurrent.flows.deployments import asked_for
    from staycurrent.flows.settings import without_telemetry

    without_telemetry()
    from staycurrent.flows.orchestration.deploy import deploy

    night = _night(arguments)
    deploy(asked_for(night, arguments), night.settings.schedule, night.voice)
    return DONE


def _serve(arguments: argparse.Namespace) -> int:
    from staycurrent.flows.deployments import asked_for
    from staycurrent.flows.settings import environment, without_telemetry

    without_telemetry()
    from staycurrent.flows.orchestration.serve import serve

    night = _night(arguments)
    wanted, home = asked_for(night, arguments), night.warehouse.parent / "prefect"
    serve(wanted, night.settings.schedule, night.voice, environment=environment(), home=home)
    return DONE


def _night(arguments: argparse.Namespace) -> "Night":
    """The surroundings of one run, from arguments, settings file and environment."""
    from staycurrent.flows import settings
    from staycurrent.flows.night import night_of, real, running

    path = arguments.settings or settings.find(Path.cwd())
    night = night_of(
        path,
        running(arguments.as_of) if arguments.as_of else real(datetime.now(UTC)),
        spoken(arguments.quiet),
        environment=settings.environment(),
        lists=arguments.list or (),
        warehouse=arguments.warehouse,
    )
    for line in night.surroundings(path) if arguments.verbose else ():
        night.voice.say(line)
    return night


def _night_to_look(arguments: argparse.Namespace) -> "AbstractContextManager[Night]":
    """As `_night`, for the verbs that append: a clock that was set may not be set back."""
    from staycurrent.flows.looks.past import onward

    return onward(_night(arguments))


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
    print(f"staycurrent: {lines(sentence)}", file=sys.stderr)  # noqa: T201
