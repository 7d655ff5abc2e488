"""What the command line takes: the verbs, and what is common to all of them."""

import argparse
import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import NoReturn

from staycurrent.flows.errors import UsageError

FORMATS = ("text", "json", "markdown", "junit", "sarif")
_CONTRACT = "exit codes: 0 done, 1 findings, 2 bad usage, 75 not tonight, 70 a bug"
_NAMES_A_LIST = re.compile(r"^unrecognized arguments: .*\.(?:md|markdown)\b")


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, as everything else here does, without the usage."""

    def error(self, message: str) -> NoReturn:
        mend = "a list is named with --list; " if _NAMES_A_LIST.search(message) else ""
        says = message.removeprefix("argument ")
        raise UsageError(f"{says}; {mend}`{self.prog} --help` shows more")


@cache
def parser() -> argparse.ArgumentParser:
    """The whole command line; `verb` holds the chosen one. Parsing raises BadUsage."""
    top = _Parser(
        prog="staycurrent",
        description="Keeps a curated markdown list honest and current.",
        epilog=_CONTRACT,
        allow_abbrev=False,
    )
    verbs = top.add_subparsers(title="verbs", required=True, metavar="VERB")
    for name, (says, add_own) in _VERBS.items():
        description = f"{says[0].upper()}{says[1:]}."
        verb = verbs.add_parser(
            name, help=says, description=description, epilog=_CONTRACT, allow_abbrev=False
        )
        verb.set_defaults(verb=name)
        _add_common(verb)
        add_own(verb)
    return top


def _add_nothing(_verb: argparse.ArgumentParser) -> None:
    """For a verb that has no arguments of its own."""


def _add_scope(check: argparse.ArgumentParser) -> None:
    check.add_argument("--all", action="store_true", help="every link, due or not")
    check.add_argument("--host", help="only links of this host")
    check.add_argument("--limit", type=_count, metavar="N", help="at most so many links")


def _add_feeds(pull: argparse.ArgumentParser) -> None:
    pull.add_argument("--source", metavar="NAME", help="only this feed")
    pull.add_argument(
        "--replay", type=_day, metavar="DATE", help="read that night's kept pages again; no network"
    )


def _add_rendering(render: argparse.ArgumentParser) -> None:
    _add_cold_start(render)
    how = render.add_mutually_exclusive_group()
    how.add_argument("--check", action="store_true", help="exit 1 if it would change")
    how.add_argument("--diff", action="store_true", help="print the change, write nothing")
    render.add_argument(
        "--create", action="store_true", help="append the generated part if it is missing"
    )
    render.add_argument(
        "--release", action="store_true", help="flag at once what the brake holds for a night"
    )
    render.add_argument(
        "--mend", action="store_true", help="also repair text that was read as a wrong code page"
    )


def _add_format(status: argparse.ArgumentParser) -> None:
    status.add_argument("--format", choices=FORMATS, default="text", help="default: text")
    status.add_argument(
        "--fail-on",
        metavar="WORD,...",
        help="exit 1 if a link that is not kept has this verdict, or a list such a finding",
    )


def _add_address(explain: argparse.ArgumentParser) -> None:
    explain.add_argument("url", metavar="URL", help="as it stands in the list")


def _add_page(report: argparse.ArgumentParser) -> None:
    report.add_argument(
        "--out", type=Path, metavar="FILE", default=Path("report.html"), help="default: report.html"
    )


def _add_decision(keep: argparse.ArgumentParser) -> None:
    keep.add_argument("urls", metavar="URL", nargs="+", help="of a link or a candidate")
    keep.add_argument(
        "--verdict", metavar="VERDICT", help="only while this is the verdict or the flag"
    )
    keep.add_argument("--until", type=_day, metavar="DATE", help="last day on which it holds")
    keep.add_argument("--reason", default="", metavar="TEXT", help="shown by explain")
    keep.add_argument("--undo", action="store_true", help="take the decision back")


def _add_pull_request(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--dry-run", action="store_true", help="print its body and the diff, touch nothing"
    )
    parser.add_argument(
        "--baseline", action="store_true", help="tell it as the first one of this list"
    )


def _add_backup(restore: argparse.ArgumentParser) -> None:
    restore.add_argument(
        "--from", dest="source", metavar="NIGHT|PATH", help="that night's backup, or that file"
    )


def _add_export(export: argparse.ArgumentParser) -> None:
    export.add_argument("--out", type=Path, metavar="DIR", required=True, help="the folder")


def _add_import(imported: argparse.ArgumentParser) -> None:
    imported.add_argument("source", type=Path, metavar="DIR", help="what export wrote")
    imported.add_argument(
        "--replace", action="store_true", help="move the warehouse that is there aside"
    )


def _add_change(lint: argparse.ArgumentParser) -> None:
    lint.add_argument(
        "--base", default="HEAD", metavar="REF", help="what it is added to (default: HEAD)"
    )
    lint.add_argument(
        "--format", choices=("text", "github", "sarif"), default="text", help="default: text"
    )
    lint.add_argument("--fail-on", metavar="KIND,...", help="exit 1 if one of these was found")


def _add_history(memory: argparse.ArgumentParser) -> None:
    memory.add_argument("action", choices=("restore", "save"), help="from the branch, or onto it")
    memory.add_argument("folder", type=Path, metavar="DIR", help="of the exported history")
    memory.add_argument("--branch", metavar="NAME", help="default: warehouse.branch")
    memory.add_argument(
        "--upon", metavar="COMMIT", help="save: what it was made from (default: restored last)"
    )


def _add_cold_start(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--cold-start",
        action="store_true",
        help="the memory is lost for good: take its flags off and begin anew",
    )


def _add_common(parser: argparse.ArgumentParser) -> None:
    common = parser.add_argument_group("everywhere")
    common.add_argument(
        "--list",
        action="append",
        type=Path,
        metavar="PATH",
        help="a list; may be repeated (default: list.paths, else curated.md)",
    )
    common.add_argument(
        "--warehouse", type=Path, metavar="PATH", help="the DuckDB file (default: .staycurrent/)"
    )
    common.add_argument(
        "--settings", type=Path, metavar="PATH", help="default: staycurrent.toml, here or above"
    )
    common.add_argument(
        "--as-of", type=_moment, metavar="TIME", help="the clock of the run, ISO 8601 with offset"
    )
    common.add_argument("-q", "--quiet", action="store_true", help="no progress on stderr")
    common.add_argument(
        "-v",
        "--verbose",
        action="store_true",
        help="say what is read, where it is kept, and the pace",
    )


def parse_choices(text: str | None, known: Sequence[str]) -> list[str]:
    """The words of `--fail-on`; raises BadUsage for one that nobody knows, and for none."""
    wanted = [word.strip() for word in (text or "").split(",") if word.strip()]
    strange = [word for word in wanted if word not in known]
    if strange or (text is not None and not wanted):
        raise UsageError(f"--fail-on {','.join(strange)}: there are {', '.join(known)}")
    return wanted


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no ISO 8601 time; write it like 2026-12-03T02:00:00+00:00"
        ) from None
    if moment.tzinfo is None:
        whole = text if "T" in text.upper() or " " in text else f"{text}T00:00"
        raise argparse.ArgumentTypeError(f"{text!r} has no offset; write {whole}+00:00 for UTC")
    return moment.astimezone(UTC)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date; write YYYY-MM-DD") from None


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 up")
    return int(text)


_VERBS: dict[str, tuple[str, Callable[[argparse.ArgumentParser], None]]] = {
    "run": ("the nightly job once, now: check, pull, render", _add_cold_start),
    "check": ("look at the links that are due tonight", _add_scope),
    "pull": ("pull the feeds", _add_feeds),
    "render": ("rewrite the list from what the warehouse knows", _add_rendering),
    "status": ("what stands tonight", _add_format),
    "explain": ("one link: every look, the rule, and what would change it", _add_address),
    "keep": ("it is fine, do not ask again; declines candidates the same way", _add_decision),
    "report": ("one self-contained HTML page of everything that is known", _add_page),
    "pr": ("open or refresh the one standing pull request", _add_pull_request),
    "restore": ("put the newest good backup in the place of a damaged warehouse", _add_backup),
    "export": ("write the whole memory as Parquet files", _add_export),
    "import": ("rebuild the whole memory from what export wrote", _add_import),
    "lint": ("look once at the links that a change adds", _add_change),
    "memory": ("keep the exported history on a branch of the list's repository", _add_history),
    "deploy": ("make or bring up to date the deployments on a Prefect server", _add_nothing),
    "serve": (
        "schedule and jobs in one place, with a Prefect server of its own if need be",
        _add_nothing,
    ),
    "demo": ("seven nights against a small recorded web; no network", _add_nothing),
}
"""Each verb with what it does and its own arguments, in the order of `--help`."""
