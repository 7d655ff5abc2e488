"""What the command line takes: the verbs, and what is common to all of them."""

import argparse
from datetime import UTC, date, datetime
from pathlib import Path


def parser() -> argparse.ArgumentParser:
    """The whole command line; `verb` holds the chosen one."""
    top = argparse.ArgumentParser(
        prog="staycurrent", description="Keeps a curated markdown list honest and current."
    )
    verbs = top.add_subparsers(title="verbs", required=True, metavar="VERB")

    def verb(name: str, says: str) -> argparse.ArgumentParser:
        found = verbs.add_parser(name, help=says, description=says[0].upper() + says[1:] + ".")
        found.set_defaults(verb=name)
        _add_common(found)
        return found

    verb("run", "the nightly job once, now: check, pull, render")
    check = verb("check", "look at the links that are due tonight")
    check.add_argument("--all", action="store_true", help="every link, due or not")
    check.add_argument("--host", help="only links of this host")
    check.add_argument("--limit", type=_count, metavar="N", help="at most so many links")
    pull = verb("pull", "pull the feeds")
    pull.add_argument("--source", metavar="NAME", help="only this feed")
    render = verb("render", "rewrite the list from what the warehouse knows")
    how = render.add_mutually_exclusive_group()
    how.add_argument("--check", action="store_true", help="exit 1 if it would change")
    how.add_argument("--diff", action="store_true", help="print the change, write nothing")
    render.add_argument("--create", action="store_true", help="append a missing generated part")
    status = verb("status", "what stands tonight")
    status.add_argument("--format", choices=("text", "json", "markdown"), default="text")
    status.add_argument("--fail-on", metavar="VERDICT,...", help="exit 1 if a link has one")
    explain = verb("explain", "one link: every look, the rule, and what would change it")
    explain.add_argument("url", metavar="URL")
    keep = verb("keep", "it is fine, do not ask again; declines candidates the same way")
    keep.add_argument("urls", metavar="URL", nargs="+")
    keep.add_argument("--verdict", help="only while this is the verdict or the flag")
    keep.add_argument("--until", type=_day, metavar="DATE", help="last day on which it holds")
    keep.add_argument("--reason", default="", metavar="TEXT")
    keep.add_argument("--undo", action="store_true", help="take the decision back")
    verb("demo", "seven nights against a small recorded web; no network")
    return top


def _add_common(parser: argparse.ArgumentParser) -> None:
    common = parser.add_argument_group("everywhere")
    common.add_argument(
        "--list", action="append", type=Path, metavar="PATH", help="a list; may be repeated"
    )
    common.add_argument("--warehouse", type=Path, metavar="PATH", help="the DuckDB file")
    common.add_argument("--settings", type=Path, metavar="PATH", help="the settings file")
    common.add_argument(
        "--as-of", type=_moment, metavar="TIME", help="the clock of the run, ISO 8601 with offset"
    )
    common.add_argument("-q", "--quiet", action="store_true", help="no progress")
    common.add_argument("-v", "--verbose", action="store_true", help="say more")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no ISO 8601 time") from None
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} has no offset; write {text}+00:00 if it is UTC")
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
