"""`staycurrent status`: the state of every link, from the lists and the warehouse."""

import os
import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from staycurrent.curated.lint import FindingKind
from staycurrent.flows.candidates import open_candidates, said_about
from staycurrent.flows.checking.targets import CheckSchedule, read_schedule
from staycurrent.flows.context import RunContext
from staycurrent.flows.database import Database, open_database
from staycurrent.flows.endings import ending_rows, read_endings
from staycurrent.flows.errors import DONE, FINDINGS
from staycurrent.flows.hints import current_hints
from staycurrent.flows.link_states import LinkState, link_states, verdicts_of_lists
from staycurrent.flows.lists import ListDocument, document_findings, named_host, read_lists
from staycurrent.flows.maintenance import maintenance_items
from staycurrent.flows.publishing.git import repository_root
from staycurrent.flows.reporter import screen_of, write_output
from staycurrent.flows.settings.sections import environment, find_settings
from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.verdict import ELSEWHERE_REASON, VerdictState
from staycurrent.reports import model
from staycurrent.reports.atom_report import as_atom
from staycurrent.reports.hints import change_for_candidates
from staycurrent.reports.json_report import as_json
from staycurrent.reports.junit_report import as_junit
from staycurrent.reports.markdown_report import as_markdown
from staycurrent.reports.sarif_report import status_as_sarif
from staycurrent.reports.text_report import as_text
from staycurrent.reports.wording import failure_detail, freshness_detail
from staycurrent.warehouse import (
    candidates,
    history,
    items,
    observations,
    overrides,
    published,
    runs,
)
from staycurrent.warehouse.open import Warehouse
from staycurrent.web.address import UnusableUrl, parse

_FEED_DAYS = timedelta(days=90)
"""How long an event stays in the Atom feed."""
_WITH_DETAIL = frozenset((*(one for one in Outcome if one.is_soft), Outcome.TLS, ELSEWHERE_REASON))
"""Reasons of which people need to know what was seen: they may want to judge for themselves."""


def execute(ctx: RunContext, arguments: Namespace) -> int:
    """Print the status; exit 1 where `--fail-on` names something that it shows."""
    with open_database(ctx) as db:
        current = status(ctx, db)
        urls = (one.url for rows in (current.links, current.candidates) for one in rows)
        host = None if arguments.host is None else named_host(arguments.host, urls)
        current = model.selected(current, arguments.verdict, host)
        text = _formatted(ctx, db, current, arguments.format)
    write_output(text, is_utf8=arguments.format != "text")
    if current.run is None and arguments.format == "text":
        has_settings = (arguments.settings or find_settings(Path.cwd())) is not None
        init = "" if has_settings else "`staycurrent init` writes the settings of this list; "
        ctx.reporter.info(f"next: {init}`staycurrent run` checks the links")
    fail_on = arguments.fail_on
    failed = model.failing_links(current, fail_on) or model.failing_findings(current, fail_on)
    return FINDINGS if failed else DONE


def _formatted(ctx: RunContext, db: Database, shown: model.Status, kind: str) -> str:
    match kind:
        case "json":
            return as_json(shown)
        case "junit":
            return as_junit(shown)
        case "markdown":
            return as_markdown(shown, current_hints(ctx, db))
        case "sarif":
            return status_as_sarif(_with_paths_from_root(ctx, shown))
        case "atom":
            changes = history.verdict_changes(db.reading(), ctx.run_date - _FEED_DAYS)
            return as_atom(shown, changes, runs.first_judged(db.reading()))
    screen = screen_of(sys.stdout, environment())
    if screen is None:
        return as_text(shown)
    from staycurrent.reports.terminal_report import as_terminal_text  # rich is slow to import

    return as_terminal_text(shown, screen)


def status(ctx: RunContext, db: Database) -> model.Status:
    """The state of every link, candidate and feed; a missing warehouse is an empty one."""
    return status_and_schedule(ctx, db)[0]


def status_and_schedule(ctx: RunContext, db: Database) -> tuple[model.Status, CheckSchedule]:
    """The status, and the schedule of checks that its `next_checks` are of."""
    lists, warehouse = read_lists(ctx), db.reading()
    latest = observations.latest(warehouse)
    current = status_of(ctx, db, lists, latest)
    schedule = read_schedule(ctx, warehouse, lists, latest)
    return replace(current, next_checks=schedule.next_checks), schedule


def status_of(
    ctx: RunContext,
    db: Database,
    lists: Sequence[ListDocument],
    latest: Mapping[str, Observation] | None = None,
) -> model.Status:
    """The status of these lists, such as those of a commit, without `next_checks`.

    `latest` of `observations.latest`, where it is known.
    """
    warehouse = db.reading()
    verdicts = verdicts_of_lists(ctx, warehouse, lists)
    active = overrides.active(warehouse, ctx.run_date)
    states = [
        (listed, state)
        for listed in lists
        for state in link_states(ctx, warehouse, listed, active_overrides=active, verdicts=verdicts)
    ]
    detailed = {
        state.verdict.link: state.verdict  # not that of another use, which is ignored
        for _, state in states
        if state.verdict.state is VerdictState.STALE or state.verdict.reason in _WITH_DETAIL
    }
    details = {
        detailed[key]: freshness_detail(detailed[key], history)
        or failure_detail(detailed[key], history)
        for key, history in observations.iter_histories(warehouse, [*detailed])
    }
    rows = tuple(
        link_row(listed, state, details.get(state.verdict, "")) for listed, state in states
    )
    kept = {row.place for row in rows if row.kept}
    return model.Status(
        as_of=ctx.clock.as_of,
        run=runs.latest(warehouse),
        links=rows,
        candidates=open_candidates(ctx, warehouse, lists, active_overrides=active),
        sources=items.latest_pulls(warehouse, ctx.settings.sources.switched_on),
        duplicates=model.duplicate_links(rows),
        aged_out=open_candidates(
            ctx, warehouse, lists, active_overrides=active, among=candidates.dropped(warehouse)
        ),
        findings=tuple(
            one
            for one in document_findings(lists, ctx.run_date)
            if one.kind is not FindingKind.MALFORMED or one.place not in kept
        ),
        maintenance=maintenance_items(ctx, warehouse, lists, states, verdicts),
        overrides=active,
        reversals=model.Reversals(*published.false_alarms(warehouse)),
        endings=ending_rows(read_endings(ctx, warehouse, latest), warehouse, rows),
        subject=_subject(ctx, warehouse, lists),
        lists=tuple(one.name for one in lists),
    )


def _with_paths_from_root(ctx: RunContext, shown: model.Status) -> model.Status:
    """The lists by their paths from the root of the repository, where code scanning opens them."""
    folder = ctx.folder.resolve()
    root = repository_root(folder) or folder
    paths = {name: os.path.relpath(folder / name, root) for name in shown.lists}
    names = {name: name if path.startswith("..") else path for name, path in paths.items()}
    return replace(
        shown,
        links=tuple(replace(one, list=names[one.list]) for one in shown.links),
        findings=tuple(replace(one, list=names[one.list]) for one in shown.findings),
        endings=tuple(
            replace(one, row=replace(one.row, list=names[one.row.list])) for one in shown.endings
        ),
    )


def _subject(
    ctx: RunContext, warehouse: Warehouse, lists: Sequence[ListDocument]
) -> model.SubjectRow | None:
    """What candidates are chosen by, as of the last pull."""
    enabled, least = ctx.settings.sources.enabled, ctx.settings.candidates.min_relevance
    if not enabled:
        return None
    known = candidates.subject(warehouse)
    change = change_for_candidates(known.best_relevance if known else None, least, enabled)
    problem = f"nothing can be offered: no item of the feeds fits with a probability of {least:g}"
    return model.SubjectRow(
        about=said_about(ctx, lists),
        is_set=bool(ctx.settings.candidates.about),
        names=known.names if known else (),
        pulled=known is not None,
        problem=f"{problem}; {change}" if change else "",
    )


def link_row(listed: ListDocument, state: LinkState, evidence: str = "") -> model.LinkRow:
    """An occurrence of a link and what is known of it, as all reports show it.

    `evidence` is what its provider says beyond the verdict's reason.
    """
    occurrence = state.occurrence
    unusable = parse(occurrence.url) if state.verdict.reason == Outcome.MALFORMED else None
    return model.LinkRow(
        url=occurrence.url,
        list=listed.name,
        line=occurrence.line,
        column=occurrence.column,
        section=occurrence.section,
        title=occurrence.title,
        verdict=state.verdict,
        flag=str(state.flag.state) if state.flag else None,
        kept=state.kept,
        held_back=state.held,
        evidence=unusable.reason if isinstance(unusable, UnusableUrl) else evidence,
    )
