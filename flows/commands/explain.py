"""`staycurrent explain`: everything that is known of one link."""

from argparse import Namespace
from collections.abc import Iterable, Sequence
from dataclasses import replace

from staycurrent.flows.checking.targets import recheck_intervals
from staycurrent.flows.commands.status import link_row
from staycurrent.flows.context import RunContext
from staycurrent.flows.database import Database, open_database
from staycurrent.flows.errors import DONE, UsageError
from staycurrent.flows.link_states import LinkState, link_states, with_freshness
from staycurrent.flows.lists import ListDocument, link_key, read_lists
from staycurrent.flows.reporter import write_output
from staycurrent.links.forecast import forecast, rule_progress
from staycurrent.links.recheck import RecheckPolicy
from staycurrent.links.schedule import explain_next_check, last_check, next_check_date
from staycurrent.links.verdict import Conclusion, VerdictState, conclude
from staycurrent.reports.link_report import LinkReport, link_report_text
from staycurrent.warehouse import observations, overrides, witnesses
from staycurrent.warehouse.open import Warehouse


def execute(ctx: RunContext, arguments: Namespace) -> int:
    """Print the report of one link."""
    with open_database(ctx) as db:
        (report,) = explain(ctx, db, [arguments.url])
    write_output(link_report_text(report))
    return DONE


def explain(ctx: RunContext, db: Database, urls: Iterable[str]) -> list[LinkReport]:
    """All observations of each link, the rule of its verdict, and what comes next.

    Raises UsageError for an address that is neither in a list nor in the warehouse.
    """
    lists, warehouse = read_lists(ctx), db.reading()
    states = [(one, state) for one in lists for state in link_states(ctx, warehouse, one)]
    intervals = recheck_intervals(ctx, warehouse, lists)
    return [_link_report(ctx, warehouse, url, states, intervals) for url in urls]


def _link_report(
    ctx: RunContext,
    warehouse: Warehouse,
    url: str,
    states: Sequence[tuple[ListDocument, LinkState]],
    intervals: RecheckPolicy,
) -> LinkReport:
    """`states` are those of all links, with their lists."""
    key, links = link_key(url), ctx.settings.links
    history = observations.histories(warehouse, [key]).get(key, ())
    matches = [(listed, one) for listed, one in states if link_key(one.occurrence.url) == key]
    if not history and not matches:
        raise UsageError(
            f"{url}: is in no list and was never checked; "
            "`staycurrent status --format json` has all addresses"
        )
    observed = with_freshness(ctx, history)
    answers = witnesses.of_links(warehouse, [key]).get(key, ())
    judgement = conclude(key, observed, links.rules, answers)
    if matches:
        listed = matches[0][1].verdict
        if listed.state is judgement.verdict.state:
            judgement = replace(judgement, verdict=listed)
        else:
            judgement = Conclusion(listed)  # an override says that it is not checked
    due, reason, last = None, "", last_check(history, links.rules)
    is_requested = judgement.verdict.state not in (VerdictState.REFUSED, VerdictState.UNCHECKED)
    if matches and is_requested and last is not None:
        # a run that was missed is made up for by the next one
        due = max(next_check_date(key, last, links.recheck, intervals), ctx.run_date)
        reason = explain_next_check(judgement.verdict, last, links.recheck, intervals)
    expected = due or ctx.run_date
    active_overrides = overrides.active(warehouse, ctx.run_date)
    return LinkReport(
        url=url,
        verdict=judgement.verdict,
        rows=tuple(link_row(listed, state) for listed, state in matches),
        history=history,
        not_counted=observations.not_counted(warehouse, key),
        answers=answers,
        rule=rule_progress(judgement, observed, links.rules, expected),
        forecast=(
            forecast(judgement, observed, links.rules, expected)
            if matches
            else "it is in no list any more, and is not checked"
        ),
        due=due,
        due_reason=reason,
        overrides=tuple(one for one in active_overrides if link_key(one.url) == key),
    )
