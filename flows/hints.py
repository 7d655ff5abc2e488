"""The facts that hints are drawn from, gathered after a run from what is committed."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby

from staycurrent.curated.occurrence import Occurrence
from staycurrent.flows.candidates import open_candidates
from staycurrent.flows.context import RunContext
from staycurrent.flows.database import Database
from staycurrent.flows.errors import NotJudged
from staycurrent.flows.link_states import link_states
from staycurrent.flows.lists import iter_lists
from staycurrent.links.ignore import Ignore, covers
from staycurrent.links.link import Link, link
from staycurrent.links.verdict import Verdict, VerdictState
from staycurrent.reports.hints import HintFacts, HostCount, hints
from staycurrent.sources.item import SourceState
from staycurrent.warehouse import candidates, history, observations, runs
from staycurrent.warehouse.history import FeedDay
from staycurrent.warehouse.open import Warehouse, WarehouseBusy

_MONTH = timedelta(days=30)
_BROUGHT = (SourceState.OK, SourceState.FALLBACK)
_LATELY = 3


@contextmanager
def hints_afterwards(ctx: RunContext, db: Database, *, is_quiet: bool) -> Iterator[None]:
    """Show the hints once the run is over, also where it was not judged."""
    try:
        yield
    except NotJudged:
        _show_hints(ctx, db, is_quiet=is_quiet)
        raise
    _show_hints(ctx, db, is_quiet=is_quiet)


def _show_hints(ctx: RunContext, db: Database, *, is_quiet: bool) -> None:
    if is_quiet:
        return
    try:
        for hint in current_hints(ctx, db):
            ctx.reporter.info(f"hint: {hint}")
    except WarehouseBusy:
        return  # another run has begun since; it shows them at its end


def current_hints(ctx: RunContext, db: Database) -> tuple[str, ...]:
    """What the user could change, by what stands tonight; at most three sentences."""
    return hints(hint_facts(ctx, db))


def hint_facts(ctx: RunContext, db: Database) -> HintFacts:
    """What stands tonight, as far as a hint may be drawn from it; one list after the other."""
    since = ctx.run_date - _MONTH
    warehouse = db.reading()
    listed = _listed(ctx, warehouse)
    limited = observations.hosts_with_status(warehouse, ctx.run_date, status=429)
    judged = runs.latest_judged(warehouse)
    nights = history.run_days(warehouse, since)
    pulls = history.feed_days(warehouse, since)
    wanted = open_candidates(ctx, warehouse, iter_lists(ctx))
    ever_proposed = bool(candidates.all_proposed(warehouse))
    unjudged = [one for one in nights if judged is None or one.run_date > judged.run_date]
    return HintFacts(
        run_date=ctx.run_date,
        last_judged=judged.run_date if judged else None,
        runs_not_judged=len(unjudged),
        canaries_failed=bool(unjudged) and "canar" in unjudged[-1].reason,
        has_github_token=bool(ctx.secrets.github_token),
        github_waiting=listed.github_waiting,
        rate_limited=_most_first(HostCount(*one) for one in limited),
        slow_hosts=ctx.settings.web.slow_hosts,
        blocked=_by_host(listed.blocked.items()),
        candidates=len(wanted),
        has_section=listed.has_part,
        feed_nights=len({one.run_date for one in pulls if one.state in _BROUGHT}),
        ever_proposed=ever_proposed,
        floor=ctx.settings.candidates.min_relevance,
        feeds_down=tuple(_down(pulls)),
        expired=tuple(one.pattern for one in _patterns(ctx) if one.is_expired(ctx.run_date)),
        unmatched=tuple(one.pattern for one in listed.unmatched),
    )


@dataclass(slots=True)
class _Listed:
    """What the lists come down to."""

    has_part: bool
    unmatched: list[Ignore]
    """Patterns of the settings that hold, and covered no link so far."""
    github_waiting: int = 0
    blocked: dict[str, bool] = field(default_factory=dict)
    """By link: whether it refuses robots."""

    def add(self, place: Occurrence, verdict: Verdict) -> None:
        """Take in a place and what is known of its link."""
        self.blocked[verdict.link] = verdict.state is VerdictState.BLOCKED
        self.github_waiting += verdict.state is VerdictState.UNCHECKED and _is_at_github(place.url)
        self.unmatched = [one for one in self.unmatched if not covers(one.pattern, place.url)]


def _listed(ctx: RunContext, warehouse: Warehouse) -> _Listed:
    name = ctx.settings.curated.section
    holding = [one for one in _patterns(ctx) if not one.is_expired(ctx.run_date)]
    found = _Listed(has_part=not name, unmatched=holding)
    for listed in iter_lists(ctx):
        found.has_part |= any(marker.name == name for marker in listed.document.markers)
        for one in link_states(ctx, warehouse, listed):
            found.add(one.occurrence, one.verdict)
    return found


def _patterns(ctx: RunContext) -> Sequence[Ignore]:
    return ctx.settings.links.ignore_patterns


def _is_at_github(url: str) -> bool:
    asked = link(url)
    return isinstance(asked, Link) and asked.host in ("github.com", "www.github.com")


def _by_host(keys: Iterable[tuple[str, bool]]) -> tuple[HostCount, ...]:
    """Hosts with links that count, the most of them first."""
    of: Counter[str] = Counter()
    counted: Counter[str] = Counter()
    for key, counts in keys:
        asked = link(key)
        if isinstance(asked, Link):
            of[asked.host] += 1
            counted[asked.host] += counts
    return _most_first(HostCount(host, number, of[host]) for host, number in counted.items())


def _most_first(found: Iterable[HostCount]) -> tuple[HostCount, ...]:
    counted = (one for one in found if one.links)
    return tuple(sorted(counted, key=lambda one: (-one.links, one.host)))


def _down(pulls: Sequence[FeedDay]) -> Iterator[str]:
    for name, nights in groupby(pulls, key=lambda one: one.source):
        last = list(nights)[-_LATELY:]
        if len(last) == _LATELY and not any(one.state in _BROUGHT for one in last):
            yield name
