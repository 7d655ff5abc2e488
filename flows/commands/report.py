"""`staycurrent report`: one self-contained HTML page."""

import os
from argparse import Namespace
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

from staycurrent.files import write_file
from staycurrent.flows.checking.targets import CheckSchedule
from staycurrent.flows.commands.status import status_and_schedule
from staycurrent.flows.context import RunContext
from staycurrent.flows.database import Database, open_database
from staycurrent.flows.errors import DONE, UsageError
from staycurrent.flows.link_states import iter_conclusions
from staycurrent.flows.reporter import write_output
from staycurrent.flows.settings.sections import FILE_NAME
from staycurrent.links.forecast import forecast
from staycurrent.links.schedule import due_links
from staycurrent.reports.html_report import as_html
from staycurrent.reports.model import Status
from staycurrent.reports.page.elements import HtmlPage
from staycurrent.reports.wording import NO_ACTION
from staycurrent.warehouse import history, items
from staycurrent.warehouse.open import Warehouse

DAYS = 90
"""How many days of history the page shows."""
_UPCOMING_DAYS = 7
_STDOUT = ("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")
_SYSTEM = ("/dev/", "/proc/")


def execute(ctx: RunContext, arguments: Namespace) -> int:
    """Write the page to `--out`."""
    with open_database(ctx) as db:
        write_report(ctx, db, arguments.out)
    ctx.reporter.info(f"report: written to {arguments.out}")
    return DONE


def write_report(ctx: RunContext, db: Database, out: Path) -> None:
    """Write the page; the same bytes for the same list, warehouse and clock.

    A file is replaced atomically, a device or FIFO is written to.
    Raises UsageError where the file must not or cannot be written.
    """
    ours = (*ctx.list_paths, ctx.warehouse_path, ctx.folder / FILE_NAME)
    if os.path.realpath(out) in map(os.path.realpath, ours):
        raise UsageError(
            f"--out {out}: is a list, the warehouse or the settings; choose another file"
        )
    if out.is_dir():
        raise UsageError(f"--out {out}: is a folder; name a file in it")
    html = as_html(report_page(ctx, db))
    db.release()  # whoever reads the page, such as a pager, must not keep a run waiting
    if str(out) in _STDOUT:
        write_output(html, is_utf8=True)
        return
    try:
        if not out.exists() or (out.is_file() and not str(out.absolute()).startswith(_SYSTEM)):
            write_file(out, html.encode())
            return
        with out.open("ab") as stream:  # a device, a FIFO, or a descriptor of the shell's
            stream.write(html.encode())
    except OSError as error:
        raise UsageError(f"--out {out}: cannot be written ({error.strerror})") from error


def report_page(ctx: RunContext, db: Database) -> HtmlPage:
    """What the page shows."""
    current, schedule = status_and_schedule(ctx, db)
    warehouse, since = db.reading(), ctx.run_date - timedelta(days=DAYS - 1)
    return HtmlPage(
        status=current,
        runs=history.run_days(warehouse, since),
        health=history.verdict_counts(warehouse, since),
        histories=history.link_histories(warehouse, since),
        forecasts=_forecasts(ctx, warehouse, current),
        changes=history.verdict_changes(warehouse, since),
        due=dict(_upcoming_checks(schedule, ctx.run_date)),
        pulls=items.pulls_since(warehouse, since),
        has_all_lists=ctx.has_all_lists,
    )


def _upcoming_checks(
    schedule: CheckSchedule, run_date: date
) -> Iterator[tuple[date, Sequence[str]]]:
    """Each of the next days with the links that are due then, if nothing changes until then.

    The first is the run date where its run is still to come.
    """
    waiting = dict.fromkeys(schedule.links)
    now = [key for key, day in schedule.next_checks.items() if day == run_date]
    first, last_checks, policy = 0 if now else 1, schedule.last_checks, schedule.policy
    for days in range(first, first + _UPCOMING_DAYS):
        day = run_date + timedelta(days=days)
        keys = due_links(waiting, last_checks, day, policy) if days else now
        for key in keys:
            del waiting[key]
        yield day, keys


def _forecasts(ctx: RunContext, warehouse: Warehouse, current: Status) -> dict[str, str]:
    """What comes next for each link that needs attention."""
    rules, due = ctx.settings.links.rules, current.next_checks
    keys = dict.fromkeys(
        row.verdict.link for row in current.links if row.verdict.state not in NO_ACTION
    )
    return {
        key: forecast(conclusion, history, rules, due.get(key, ctx.run_date))
        for key, history, conclusion in iter_conclusions(ctx, warehouse, list(keys))
    }
