"""The facts that hints are derived from, collected after a run from committed rows."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby, takewhile
from urllib.parse import urlsplit

from staycurrent.flows.candidates import open_candidates
from staycurrent.flows.context import RunContext
from staycurrent.flows.database import Database
from staycurrent.flows.errors import NotJudged
from staycurrent.flows.link_states import Verdicts, link_states
from staycurrent.flows.lists import is_ignored, lazy_lists
from staycurrent.links.link import Link, link
from staycurrent.links.providers.github import names as github
from staycurrent.links.settings import Ignore, covers
from staycurrent.links.verdict import Verdict, VerdictState
from staycurrent.reports.hints import HintFacts, HostCount, hints
from staycurrent.warehouse import candidates, history, items, observations, overrides, runs
from staycurrent.warehouse.file import WarehouseBusy
from staycurrent.warehouse.items import PullRecord
from staycurrent.warehouse.open import Warehouse
from staycurrent.warehouse.overrides import Override

_HISTORY = timedelta(days=30)
_FAILED_DAYS = 3
"""A feed that brought nothing on so many days in a row is down."""


@contextmanager
def hints_afterwards(
    ctx: RunContext, db: Database, *, is_quiet: bool
) -> Iterator[dict[str, Verdict]]:
    """Show the hints once the run is over, also where it was not judged.

    The dictionary takes the verdicts that the run has read; others are read.
    """
    verdicts: dict[str, Verdict] = {}
    try:
        yield verdicts
    except NotJudged:
        _show_hints(ctx, db, verdicts, is_quiet=is_quiet)
        raise
    _show_hints(ctx, db, verdicts, is_quiet=is_quiet)


def _show_hints(ctx: RunContext, db: Database, verdicts: Verdicts, *, is_quiet: bool) -> None:
    if is_quiet:
        return
    try:
        for hint in hints(hint_facts(ctx, db, verdicts)):
            ctx.reporter.info(f"hint: {hint}")
    except WarehouseBusy:
        return  # another run has begun since; it shows them at its end


def current_hints(ctx: RunContext, db: Database) -> tuple[str, ...]:
    """What the user could change; at most three sentences."""
    return hints(hint_facts(ctx, db))


def hint_facts(ctx: RunContext, db: Database, verdicts: Verdicts | None = None) -> HintFacts:
    """What hints are derived from; reads one list after the other.

    `verdicts` as in `link_states`.
    """
    warehouse, since = db.reading(), ctx.run_date - _HISTORY
    patterns = ctx.settings.links.ignore_patterns
    active_overrides = overrides.active(warehouse, ctx.run_date)
    lists = _read_lists(ctx, warehouse, active_overrides, verdicts)
    reasons = history.reasons(warehouse, since)
    last_run = next(reversed(reasons), None)
    if last_run is None and (judged := runs.latest_judged(warehouse)) is not None:
        last_run = judged.run_date
    without = takewhile(lambda one: "canaries failed" in one, reversed(reasons.values()))
    pulls = items.pulls_since(warehouse, since)
    subject = candidates.subject(warehouse)
    is_for_other = ctx.secrets.github_token and not ctx.secrets.provider_token
    rate_limited = observations.hosts_with_status(warehouse, ctx.run_date, status=429)
    return HintFacts(
        run_date=ctx.run_date,
        last_run=last_run,
        canaries_failed=len(list(without)),
        has_github_token=bool(ctx.secrets.provider_token),
        other_server=urlsplit(ctx.settings.pull_request.api).netloc if is_for_other else "",
        github_waiting=lists.github_waiting,
        rate_limited=_most_first(HostCount(*one) for one in rate_limited),
        slow_hosts=ctx.settings.web.slow_hosts,
        blocked=_most_first(
            HostCount(host, blocked, lists.links[host]) for host, blocked in lists.blocked.items()
        ),
        candidates=len(
            open_candidates(ctx, warehouse, lazy_lists(ctx), active_overrides=active_overrides)
        ),
        has_section=lists.has_section or not ctx.has_all_lists,
        feed_days=len({one.run_date for one in pulls if one.state.is_usable}),
        best_relevance=subject.best_relevance if subject else None,
        min_relevance=ctx.settings.candidates.min_relevance,
        enabled_feeds=ctx.settings.sources.enabled,
        feeds_down=tuple(
            one for one in _feeds_down(pulls) if one in ctx.settings.sources.switched_on
        ),
        expired=tuple(one.pattern for one in patterns if one.is_expired(ctx.run_date)),
        unmatched=tuple(one.pattern for one in lists.unmatched if ctx.has_all_lists),
    )


@dataclass(slots=True)
class _HintCounts:
    has_section: bool
    """Whether a list has the generated section, or none is wanted."""
    unmatched: list[Ignore]
    """Active patterns of the settings that match no link."""
    github_waiting: int = 0
    """Links to GitHub that its API said nothing of."""
    links: Counter[str] = field(default_factory=Counter)
    """Number of links by host, without ignored ones."""
    blocked: Counter[str] = field(default_factory=Counter)
    """Those of them that are blocked, except by GitHub."""


def _read_lists(
    ctx: RunContext, warehouse: Warehouse, active: Sequence[Override], known: Verdicts | None
) -> _HintCounts:
    name, patterns = ctx.settings.curated.section, ctx.settings.links.ignore_patterns
    unmatched = [pattern for pattern in patterns if not pattern.is_expired(ctx.run_date)]
    facts = _HintCounts(has_section=not name, unmatched=unmatched)
    verdicts: dict[str, VerdictState] = {}
    for listed in lazy_lists(ctx):
        facts.has_section |= any(marker.name == name for marker in listed.document.markers)
        for state in link_states(ctx, warehouse, listed, active_overrides=active, verdicts=known):
            url = state.occurrence.url
            facts.unmatched = [one for one in facts.unmatched if not covers(one.pattern, url)]
            if not is_ignored(state.occurrence, ctx):
                verdicts[state.verdict.link] = state.verdict.state
    for key, verdict_state in verdicts.items():
        target = link(key)
        if isinstance(target, Link):
            is_blocked, claimed = verdict_state is VerdictState.BLOCKED, github.claims(target)
            facts.links[target.host] += 1
            facts.blocked[target.host] += is_blocked and claimed is None
            # a repository is blocked because GitHub closed it, what is in one because of its limit
            is_inside = claimed and github.target_of(claimed).kind is not github.Kind.REPOSITORY
            is_waiting = verdict_state is VerdictState.UNCHECKED or (is_blocked and is_inside)
            facts.github_waiting += bool(claimed and is_waiting)
    return facts


def _most_first(counts: Iterable[HostCount]) -> tuple[HostCount, ...]:
    """Hosts with at least one such link, those with the most first."""
    present = (one for one in counts if one.links)
    return tuple(sorted(present, key=lambda one: (-one.links, one.host)))


def _feeds_down(pulls: Sequence[PullRecord]) -> Iterator[str]:
    for name, days in groupby(pulls, key=lambda day: day.source):
        last = list(days)[-_FAILED_DAYS:]
        if len(last) == _FAILED_DAYS and not any(day.state.is_usable for day in last):
            yield name
