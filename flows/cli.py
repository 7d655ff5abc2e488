"""The command line: arguments to plain functions, results to stdout, endings to exit codes."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from flows.arguments import parser
from flows.exits import DONE, FINDINGS, BadUsage

if TYPE_CHECKING:
    from flows.night import Night
    from flows.voice import Voice


def entry() -> None:
    """The `staycurrent` command."""
    sys.exit(main(sys.argv[1:]))


def main(argv: Sequence[str]) -> int:
    """Run one verb; every ending is an exit code, every expected one a sentence on stderr."""
    arguments = parser().parse_args(argv)
    try:
        return _VERBS[arguments.verb](arguments)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except KeyboardInterrupt:
        _tell("interrupted: what was looked at is kept, the list is as it was")
        return 130
    except Exception as error:  # noqa: BLE001 -- the one place where everything ends
        from flows.endings import ending

        code, sentence = ending(error)
        _tell(sentence)
        return code


def _run(arguments: argparse.Namespace) -> int:
    from flows.run import run

    night = _night(arguments)
    outcome = run(night)
    for rendering in outcome.renderings:
        _out(rendering.diff)
    changed = sum(one.changed for one in outcome.renderings)
    night.voice.say(f"run: {outcome.check.changed} verdicts and {changed} lists changed")
    return DONE


def _check(arguments: argparse.Namespace) -> int:
    from flows.check import Scope, check

    check(_night(arguments), Scope(arguments.all, arguments.host, arguments.limit))
    return DONE


def _pull(arguments: argparse.Namespace) -> int:
    from flows.pull import pull

    pull(_night(arguments), arguments.source)
    return DONE


def _render(arguments: argparse.Namespace) -> int:
    from flows.render import render, write

    night = _night(arguments)
    renderings = render(night, create=arguments.create)
    if arguments.diff:
        _out("".join(one.diff for one in renderings))
    elif not arguments.check:
        night.voice.say(f"render: {write(renderings)} lists written")
    changed = any(one.changed for one in renderings)
    return FINDINGS if arguments.check and changed else DONE


def _status(arguments: argparse.Namespace) -> int:
    from flows.status import status
    from links.verdict import State
    from reports.as_json import as_json
    from reports.as_markdown import as_markdown
    from reports.as_text import as_text
    from reports.status import failures

    wanted = [word.strip() for word in (arguments.fail_on or "").split(",") if word.strip()]
    known = [*State, "archived", "idle", "withdrawn", "malformed"]
    strange = [word for word in wanted if word not in known]
    if strange:
        raise BadUsage(f"--fail-on {','.join(strange)}: there are {', '.join(known)}")
    current = status(_night(arguments))
    told = {"json": as_json, "markdown": as_markdown, "text": as_text}[arguments.format]
    _out(told(current))
    return FINDINGS if failures(current, wanted) else DONE


def _explain(arguments: argparse.Namespace) -> int:
    from flows.explain import explain
    from reports.story import as_text

    _out(as_text(explain(_night(arguments), arguments.url)))
    return DONE


def _keep(arguments: argparse.Namespace) -> int:
    from flows.keep import Wish, keep, undo

    night = _night(arguments)
    if arguments.undo:
        night.voice.say(f"keep: {undo(night, arguments.urls)} decisions undone")
        return DONE
    wish = Wish(arguments.verdict, arguments.until, arguments.reason)
    for decision in keep(night, arguments.urls, wish):
        night.voice.say(f"{decision.kind}: {decision.url}")
    return DONE


def _demo(arguments: argparse.Namespace) -> int:
    from flows.demo import demo

    _out(demo(_voice(arguments)))
    return DONE


def _night(arguments: argparse.Namespace) -> "Night":
    """The surroundings of one run, from arguments, settings file and environment."""
    from flows import settings
    from flows.night import night_of, running

    return night_of(
        arguments.settings or settings.find(Path.cwd()),
        running(arguments.as_of or datetime.now(UTC)),
        _voice(arguments),
        environment=settings.environment(),
        lists=arguments.list or (),
        warehouse=arguments.warehouse,
    )


def _voice(arguments: argparse.Namespace) -> "Voice":
    from flows.voice import Bar, Lines, Silence

    if arguments.quiet:
        return Silence()
    return Bar(sys.stderr) if sys.stderr.isatty() else Lines(sys.stderr)


_VERBS: dict[str, Callable[[argparse.Namespace], int]] = {
    "run": _run,
    "check": _check,
    "pull": _pull,
    "render": _render,
    "status": _status,
    "explain": _explain,
    "keep": _keep,
    "demo": _demo,
}


def _out(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _tell(sentence: str) -> None:
    print(f"staycurrent: {sentence}", file=sys.stderr)  # noqa: T201
