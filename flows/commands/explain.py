"""`staycurrent explain`: everything that is known of one link."""

import re
from argparse import Namespace
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from staycurrent.flows.checking.targets import CheckSchedule, read_schedule
from staycurrent.flows.commands.status import link_row
from staycurrent.flows.context import RunContext
from staycurrent.flows.database import Database, open_database
from staycurrent.flows.endings import KnownEndings, ending_rows, read_endings
from staycurrent.flows.errors import DONE, UsageError
from staycurrent.flows.link_states import link_states, with_freshness
from staycurrent.flows.lists import ListDocument, link_key, read_lists
from staycurrent.flows.reporter import write_output
from staycurrent.links.forecast import forecast, rule_progress
from staycurrent.links.link import Link, link
from staycurrent.links.schedule import explain_next_check, last_check
from staycurrent.links.verdict import Conclusion, VerdictState, conclude
from staycurrent.reports.link_report import LinkReport, link_report_text
from staycurrent.reports.model import LinkRow
from staycurrent.warehouse import observations, overrides, witnesses
from staycurrent.warehouse.open import Warehouse

_PLACE = re.compile(r"(?P<file>.+?):(?P<line>\d{1,9})(?::(?P<column>\d{1,9}))?")
_MOST_PARTS = 5


def execute(ctx: RunContext, arguments: Namespace) -> int:
    """Print the report of one link, or of those on one line."""
    with open_database(ctx) as db:
        lists, text = read_lists(ctx), arguments.url
        is_known = link_key(text) in observations.histories(db.reading(), [link_key(text)])
        reports = explain(ctx, db, [text] if is_known else addresses(text, lists))
    write_output("\n".join(map(link_report_text, reports)))
    return DONE


def addresses(text: str, lists: Sequence[ListDocument]) -> list[str]:
    """The addresses that a text means: one in the lists, those at FILE:LINE, or one by its part.

    Raises UsageError if there are none, or several with that part.
    """
    if not text.strip():
        raise UsageError(f"{text!r}: is empty; give a URL, a part of one, or FILE:LINE")
    found = [(one, link) for one in lists for link in one.document.occurrences]
    by_key = {link_key(link.url): link.url for _, link in found}
    if link_key(text) in by_key:
        return [text]
    place = _PLACE.fullmatch(text)
    if place and (of_file := [link for one, link in found if _is_named(one, place["file"])]):
        on_line = [link for link in of_file if link.line == int(place["line"])]
        exact = [link for link in on_line if str(link.column) == place["column"]] or on_line
        if exact:
            return [*dict.fromkeys(link.url for link in exact)]
        nearest = min((link.line for link in of_file), key=lambda n: abs(n - int(place["line"])))
        raise UsageError(f"{text}: there is no link on this line; the nearest is on {nearest}")
    parts = [url for url in by_key.values() if text.casefold() in url.casefold()]
    if len(parts) > 1:
        more = f" and {len(parts) - _MOST_PARTS} more" if len(parts) > _MOST_PARTS else ""
        named = ", ".join(parts[:_MOST_PARTS])
        raise UsageError(f"{text}: is part of {len(parts)} addresses: {named}{more}; name one")
    return parts or [text]


def _is_named(listed: ListDocument, file: str) -> bool:
    return file == listed.name or Path(file).resolve() == listed.path.resolve()


def explain(ctx: RunContext, db: Database, urls: Collection[str]) -> list[LinkReport]:
    """All observations of each link, the rule of its verdict, and what comes next.

    Raises UsageError for an address that is neither in a list nor in the warehouse.
    """
    lists, warehouse = read_lists(ctx), db.reading()
    rows: defaultdict[str, list[LinkRow]] = defaultdict(list)
    offered = {link_key(one.url) for listed in lists for one in listed.document.occurrences}
    for listed in lists:
        for state in link_states(ctx, warehouse, listed):
            rows[link_key(state.occurrence.url)].append(link_row(listed, state))
    for url in urls:
        key = link_key(url)
        if not rows[key] and key not in observations.histories(warehouse, [key]):
            if key in offered:
                raise UsageError(
                    f"{url}: is a candidate and not checked; `staycurrent status` has its reason"
                )
            raise UsageError(
                f"{url}: is in no list and was never checked; "
                "`staycurrent status` has the candidates, and with --format json all addresses"
            )
    latest = observations.latest(warehouse)
    schedule = read_schedule(ctx, warehouse, lists, latest)
    endings = read_endings(ctx, warehouse, latest)
    return [
        _link_report(ctx, warehouse, url, rows[link_key(url)], schedule, endings) for url in urls
    ]


def _link_report(
    ctx: RunContext,
    warehouse: Warehouse,
    url: str,
    rows: Sequence[LinkRow],
    schedule: CheckSchedule,
    endings: KnownEndings,
) -> LinkReport:
    """`rows` are those of the link."""
    key, links = link_key(url), ctx.settings.links
    history = observations.histories(warehouse, [key]).get(key, ())
    observed = with_freshness(ctx, history)
    answers = witnesses.of_links(warehouse, [key]).get(key, ())
    judgement = conclude(key, observed, links.rules, answers)
    state = judgement.verdict.state
    if rows:
        # a comment may say of one use that it is ignored, and nothing of the others
        listed = next((row.verdict for row in rows if row.verdict.state is state), None)
        judgement = replace(judgement, verdict=listed) if listed else Conclusion(rows[0].verdict)
        state = judgement.verdict.state
    last = last_check(history, links.rules)
    due = schedule.next_checks.get(key) if state is not VerdictState.REFUSED else None
    reason = explain_next_check(judgement.verdict, last, schedule.policy) if due and last else ""
    expected = due or ctx.run_date
    if not rows:
        comes = "it is in no list any more, and is not checked"
    elif state is not VerdictState.UNCHECKED:
        comes = forecast(judgement, observed, links.rules, expected)
    elif due:
        comes = "not checked yet"
    elif isinstance(link(url), Link):
        comes = "ignored, by a comment next to it or by links.ignore"
    else:
        comes = "not a web address: it is not requested"
    active_overrides = overrides.active(warehouse, ctx.run_date)
    return LinkReport(
        url=url,
        verdict=judgement.verdict,
        rows=tuple(rows),
        endings=ending_rows(endings, warehouse, rows[:1]),
        history=history,
        not_counted=observations.not_counted(warehouse, key),
        answers=answers,
        rule=rule_progress(judgement, observed, links.rules, expected),
        forecast=comes,
        due=due,
        due_reason=reason,
        overrides=tuple(one for one in active_overrides if link_key(one.url) == key),
    )
