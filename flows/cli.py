"""The command line: parses the arguments, calls a command, and ends with its exit status."""

import argparse
import gc
import re
import resource
import signal
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from functools import cache, partial
from operator import methodcaller
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from staycurrent.flows.errors import (
    DONE,
    INTERRUPTED,
    UsageError,
    exit_status,
    parse_choices,
    require_utf_8,
)
from staycurrent.flows.reporter import prepare_standard_streams, reporter_for, write_output
from staycurrent.reports.text import (
    FAIL_ON_TERMS,
    FILTER_TERMS,
    KEEP_TERMS,
    LINT_TERMS,
    sanitise_lines,
)

if TYPE_CHECKING:
    from staycurrent.flows.context import RunContext

_EXIT_STATUS = (
    "exit status: 0 done, 1 findings, 2 bad usage or settings, 75 skipped (try again later), "
    "130 interrupted, 70 a bug"
)
_ADDRESS_SPACE = 1 << 30
"""Bytes. A run reserves 0.87 GB and uses 0.12 of them; with less, DuckDB fails or crashes."""
_FILES = {
    "bash": "_shtab_compgen_files",
    "zsh": "_files",
    "tcsh": "f",
    "fish": "(__fish_complete_path (commandline -ct))",
}
"""How each shell completes a path: `shtab.FILE`, which is not imported."""
_LIST_AS_ARGUMENT = re.compile(r"^unrecognized arguments: .*\.(?:md|markdown)\b")


def entry() -> None:
    """The `staycurrent` command."""
    gc.set_threshold(100_000)  # a short command needs most of what it allocates until it ends
    prepare_standard_streams()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main(sys.argv[1:]))


def main(argv: Sequence[str]) -> int:
    """Run one command; an expected error is a sentence on stderr and an exit status."""
    try:
        require_utf_8(*argv)
        return _execute(argv)
    except KeyboardInterrupt:
        code, sentence = INTERRUPTED, "interrupted: the steps that ended are kept; run it again"
    except Exception as error:  # noqa: BLE001 -- every exception ends here
        code, sentence = exit_status(error)
    print(f"staycurrent: {sanitise_lines(sentence)}", file=sys.stderr)  # noqa: T201
    return code


def _execute(argv: Sequence[str]) -> int:
    """Call the command; its module is imported only now, so that `--help` starts at once."""
    if argv and argv[0].startswith("-") and argv[0] not in ("-h", "--help", "--version"):
        raise UsageError(f"{argv[0]}: options come after the command; see `staycurrent --help`")
    arguments = parser().parse_args(argv)
    space, _ = resource.getrlimit(resource.RLIMIT_AS)
    if space != resource.RLIM_INFINITY and space < _ADDRESS_SPACE:
        raise UsageError(
            f"`ulimit -v` allows {space >> 20} MB of address space, and {_ADDRESS_SPACE >> 20} MB "
            "are needed: raise it (most of them are reserved only)"
        )
    if arguments.command == "demo":
        from staycurrent.flows.commands.demo import demo

        write_output(demo(reporter_for(arguments.quiet)))
        return DONE
    return _command(arguments.command)(context_for(arguments), arguments)


def context_for(arguments: argparse.Namespace) -> "RunContext":
    """The run that the arguments, the settings file and the environment describe."""
    from staycurrent.flows.context import load_context, running_clock, system_clock
    from staycurrent.flows.settings.sections import environment, find_settings

    try:
        here = Path.cwd()
    except FileNotFoundError:
        raise UsageError("the current folder was removed: change to another one") from None
    path = arguments.settings or find_settings(here)
    if arguments.command == "init" and path is not None and not path.exists():
        path = None  # it is about to be written
    ctx = load_context(
        path,
        running_clock(arguments.as_of) if arguments.as_of else system_clock(datetime.now(UTC)),
        reporter_for(arguments.quiet),
        environment=environment(),
        lists=(*(arguments.list or ()), *getattr(arguments, "lists", ())),
        warehouse=arguments.warehouse,
    )
    for line in ctx.describe(path) if arguments.verbose else ():
        ctx.reporter.info(line)
    return ctx


def _command(name: str) -> Callable[["RunContext", argparse.Namespace], int]:  # noqa: C901 -- a table
    match name.split():
        case ["init"]:
            from staycurrent.flows.commands.init import execute
        case ["run"]:
            from staycurrent.flows.commands.run import execute
        case ["check"]:
            from staycurrent.flows.commands.check import execute
        case ["pull"]:
            from staycurrent.flows.commands.pull import execute
        case ["render"]:
            from staycurrent.flows.commands.render import execute
        case ["status"]:
            from staycurrent.flows.commands.status import execute
        case ["explain"]:
            from staycurrent.flows.commands.explain import execute
        case ["keep" | "decline"]:
            from staycurrent.flows.commands.keep import execute
        case ["report"]:
            from staycurrent.flows.commands.report import execute
        case ["lint"]:
            from staycurrent.flows.commands.lint import execute
        case ["pr"]:
            from staycurrent.flows.commands.pr import execute
        case ["history", _] | ["restore"]:
            from staycurrent.flows.commands.history import execute
        case ["deploy" | "serve"]:
            from staycurrent.flows.commands.deploy import execute
    return execute


class _Parser(argparse.ArgumentParser):
    """Raises UsageError with one sentence, without the usage of the command."""

    def _print_message(self, message: str, file: object = None) -> None:  # noqa: ARG002 -- argparse's
        write_output(message)  # argparse itself does not report a full disk

    def error(self, message: str) -> NoReturn:
        hint = "use --list to name a list; " if _LIST_AS_ARGUMENT.search(message) else ""
        text = message.removeprefix("argument ")
        raise UsageError(f"{text}; {hint}see `{self.prog} --help`")


class _Version(argparse.Action):
    def __call__(self, *_: object) -> NoReturn:
        from importlib.metadata import version  # slow to import

        write_output(f"staycurrent {version('staycurrent')}\n")
        sys.exit(DONE)


@cache
def parser() -> argparse.ArgumentParser:
    """The whole command line; `command` is the chosen one. Parsing raises UsageError."""
    top = _Parser(
        prog="staycurrent",
        description="Keeps a curated markdown list honest and current.",
        epilog=_EXIT_STATUS,
        allow_abbrev=False,
    )
    top.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    commands = top.add_subparsers(title="commands", required=True, metavar="COMMAND")
    groups = {"": commands}
    for command, (summary, *options) in _COMMANDS.items():
        group, _, name = command.rpartition(" ")
        if group not in groups:  # `history`, the only one
            parent = commands.add_parser(
                group, help=_HISTORY, description=f"{_HISTORY[0].upper()}{_HISTORY[1:]}."
            )
            groups[group] = parent.add_subparsers(required=True, metavar="ACTION")
        added = groups[group].add_parser(
            name,
            help=summary,
            description=f"{summary[0].upper()}{summary[1:]}.",
            epilog=_EXIT_STATUS,
            allow_abbrev=False,
        )
        added.set_defaults(command=command)
        common = added.add_argument_group("common options")
        actions = [option(added) for option in options]
        actions += [option(common) for option in _COMMON_OPTIONS]
        for action in actions:
            if action.type is Path:
                action.complete = _FILES  # type: ignore[attr-defined]
    return top


def _parse_time(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a valid ISO 8601 time; write it like 2026-12-03T02:00:00+00:00"
        ) from None
    if moment.tzinfo is None:
        full = text if "T" in text.upper() or " " in text else f"{text}T00:00"
        raise argparse.ArgumentTypeError(f"{text!r} has no offset; write {full}+00:00 for UTC")
    if not 1970 < moment.year < 3000:  # far from the ends of the calendar
        raise argparse.ArgumentTypeError(f"{text!r} is not of the years 1971 to 2999")
    return moment.astimezone(UTC)


def _parse_date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date; write YYYY-MM-DD") from None


def _parse_count(text: str) -> int:
    if not re.fullmatch("0*[1-9][0-9]{0,17}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 up")
    return int(text)


def _parse_vantage(text: str) -> str:
    from staycurrent.links.observation import VANTAGE

    if not re.fullmatch(VANTAGE, text):
        raise argparse.ArgumentTypeError(
            f"{text!r} cannot name a machine: use up to 32 small letters, digits and hyphens"
        )
    return text


_Option = Callable[[Any], argparse.Action]
"""Adds an option to a parser or to a group of its options."""


def _option(*names: str, **settings: Any) -> _Option:
    return methodcaller("add_argument", *names, **settings)


def _path(*names: str, metavar: str = "PATH", **settings: Any) -> _Option:
    return _option(*names, type=Path, metavar=metavar, **settings)


def _date(name: str, help: str) -> _Option:  # noqa: A002 -- argparse's name
    return _option(name, type=_parse_date, metavar="DATE", help=help)


def _flag(*names: str, help: str) -> _Option:  # noqa: A002 -- argparse's name
    return _option(*names, action="store_true", help=help)


_LIST = "a list; repeatable (default: list.paths; else README.md if it holds our markers or flags, "
_COMMON_OPTIONS = (
    _path("--list", action="append", help=f"{_LIST}else curated.md, else README.md)"),
    _path("--warehouse", help="default: .staycurrent/warehouse.duckdb next to the settings"),
    _path("--settings", help="default: staycurrent.toml, searched upwards"),
    _option(
        "--as-of",
        type=_parse_time,
        metavar="TIME",
        help="time of the run, ISO 8601 with offset (default: now)",
    ),
    _flag("-q", "--quiet", help="no progress on stderr"),
    _flag("-v", "--verbose", help="also show the paths that are used, and the speed"),
)
_COLD_START = _flag(
    "--cold-start", help="the history is lost for good: remove its flags, start again"
)
_HOST = _option("--host", help="only links of this host")
_OVERRIDE_OPTIONS = (
    _date("--until", help="the last day it applies"),
    _option("--reason", default="", metavar="TEXT", help="shown by status"),
    _flag("--undo", help="take it back"),
)
_BRANCH = _option("--branch", metavar="NAME", help="default: warehouse.branch")
_FOLDER = _path("folder", metavar="DIR", help="folder of the exported history")
_NEW_FOLDER = _path("folder", metavar="DIR", help="new folder for the history")
_TAKE_OVER = _flag("--take-over", help="also change deployments that another folder made")
_FAIL = "exit 1 for any of these, separated by commas"
_HISTORY = "the whole history as Parquet files, and on a branch"


def _terms(name: str, terms: Sequence[str], what: str) -> _Option:
    """An option whose value is some of these terms; refused before a command is imported."""
    parse = partial(parse_choices, name, choices=terms)
    listed = f"{what}: {', '.join(terms)}"
    return _option(name, type=parse, default=(), metavar="VALUE,...", help=listed)


def _format(*choices: str) -> _Option:
    return _option("--format", choices=choices, default=choices[0], help=f"default: {choices[0]}")


_COMMANDS: dict[str, tuple[str, *tuple[_Option, ...]]] = {
    "init": (
        "write the settings file of a list; nothing that exists is changed",
        _flag("--markers", help="also append the markers of the generated section"),
        _flag("--workflow", help="also write the nightly workflow of GitHub"),
        _flag("--reference", help="print every setting with its default and its reason"),
    ),
    "run": ("the nightly job once, now: check, pull, render", _COLD_START),
    "check": (
        "check the links that are due",
        _flag("--all", help="every link, due or not"),
        _HOST,
        _option("--limit", type=_parse_count, metavar="N", help="at most this many links"),
        _option(
            "--witness",
            nargs="?",
            const="witness",
            type=_parse_vantage,
            metavar="NAME",
            help="only what is about to be flagged; NAME is this machine (default: witness)",
        ),
    ),
    "pull": (
        "pull the feeds",
        _option("--source", metavar="NAME", help="only this feed, as in [sources.NAME]"),
        _date("--replay", help="parse the stored responses of that date again"),
    ),
    "render": (
        "rewrite the list from what the warehouse knows",
        _COLD_START,
        _flag("--check", help="exit 1 if it would change; write nothing"),
        _flag("--diff", help="print the change; write nothing"),
        _flag("--create", help="append the generated section if it is missing"),
        _flag("--release", help="apply what the anomaly guard holds back"),
        _flag("--fix-encoding", help="also repair text that was decoded wrongly"),
    ),
    "status": (
        "the state of every link",
        _path("lists", nargs="*", metavar="LIST", help="the same as --list LIST"),
        _format("text", "json", "markdown", "junit", "sarif", "atom"),
        _terms("--verdict", FILTER_TERMS, "only with these verdicts, flags or reasons"),
        _HOST,
        _terms("--fail-on", FAIL_ON_TERMS, _FAIL),
    ),
    "explain": (
        "one link: every observation, the rule, and what would change its verdict",
        _option(
            "url", help="as it is written in the list, or part of it; or FILE:LINE", metavar="URL"
        ),
    ),
    "keep": (
        "accept links as they are, and do not report them again",
        _option("urls", nargs="+", help="a link as it is written in the list", metavar="URL"),
        _option(
            "--verdict",
            metavar="VALUE",
            help=f"only with this verdict, flag or reason: {', '.join(KEEP_TERMS)}",
        ),
        *_OVERRIDE_OPTIONS,
    ),
    "decline": (
        "do not propose candidates again",
        _option("urls", nargs="+", help="a candidate as status shows it", metavar="URL"),
        *_OVERRIDE_OPTIONS,
    ),
    "lint": (
        "check once what a change adds; never a verdict",
        _option(
            "--base", default="HEAD", metavar="REF", help="what to compare with (default: HEAD)"
        ),
        _flag("--offline", help="send no request: use the text and the history only"),
        _format("text", "github", "sarif", "markdown"),
        _terms("--fail-on", LINT_TERMS, _FAIL),
    ),
    "pr": (
        "open or refresh the one standing pull request",
        _flag("--dry-run", help="print its body and the diff; change nothing"),
        _flag("--initial", help="label it as the first one of this list"),
        _flag(
            "--feedback-first",
            help="if people decided something in it, record that and end with exit code 1, "
            "before anything is changed on GitHub: save the history, then run again",
        ),
    ),
    "report": (
        "write one self-contained HTML page",
        _path(
            "--out",
            metavar="FILE",
            default=Path("report.html"),
            help="default: report.html; `-` is stdout",
        ),
    ),
    "history export": ("write the whole history as Parquet files", _FOLDER),
    "history import": (
        "rebuild the warehouse from an exported history, or add a witness's checks to it",
        _FOLDER,
        _flag("--replace", help="move an existing warehouse aside"),
    ),
    "history save": (
        "save an exported history to its branch",
        _FOLDER,
        _BRANCH,
        _option(
            "--upon",
            metavar="COMMIT",
            help="commit that it was made from (default: the one restored last)",
        ),
    ),
    "history restore": ("restore the latest history from its branch", _NEW_FOLDER, _BRANCH),
    "restore": (
        "replace a damaged or lost warehouse with its newest good backup",
        _option(
            "--from", dest="source", metavar="DATE|PATH", help="another backup: its date or file"
        ),
    ),
    "deploy": ("create or update the Prefect deployments; needs staycurrent[prefect]", _TAKE_OVER),
    "serve": ("schedule and run the jobs in one process; needs staycurrent[prefect]", _TAKE_OVER),
    "demo": ("seven nights against a small recorded web; no network",),
}
"""Each command with its summary and its own options, in the order of `--help`."""
