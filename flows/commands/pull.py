"""`staycurrent pull`: reads the feeds, stores their items, and chooses candidates."""

import asyncio
from argparse import Namespace
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import Any

from staycurrent.curated.entries import list_entries
from staycurrent.flows import preflight
from staycurrent.flows.candidates import (
    declined_identities,
    identities,
    open_candidates,
    parents,
    said_about,
    taken_identities,
)
from staycurrent.flows.context import RunContext
from staycurrent.flows.database import Database, open_database
from staycurrent.flows.errors import DONE, UsageError, parse_choices
from staycurrent.flows.lists import Repeatable, lazy_lists, link_key, read_lists
from staycurrent.flows.publishing.git import page_of_checkout, repository_root
from staycurrent.identity import identify, identify_parent
from staycurrent.links.providers.github.observations import repository_number
from staycurrent.reports.text import plural, sanitise
from staycurrent.sources import chain
from staycurrent.sources.cache import CachedResponse, ResponseCache, replay_fetch
from staycurrent.sources.candidates import CandidateHistory, choose_candidates
from staycurrent.sources.chain import SOURCES, Source, custom_source
from staycurrent.sources.item import (
    Candidate,
    CandidateGroup,
    Item,
    ListSubject,
    PullResult,
    SourceState,
    other_names,
    renamed_items,
)
from staycurrent.sources.momentum import momentum_by_identity
from staycurrent.sources.relevance.model import RelevanceModel
from staycurrent.sources.settings import LED_BY_LIST, OfList
from staycurrent.sources.validation import without_refused
from staycurrent.warehouse import candidates, items, lookups, observations, overrides, verdicts
from staycurrent.warehouse.items import DatedItem
from staycurrent.warehouse.open import Warehouse
from staycurrent.web.auth import TokenAuth
from staycurrent.web.response import Fetch
from staycurrent.web.robots import RobotsPolicy, RobotsTxt

_BACKGROUND = timedelta(days=90)
"""How much of the feeds' past the relevance of items is measured against."""
_HISTORY = timedelta(days=30)
"""How much of a feed's own history its items are compared with."""
_MAX_DECISIONS = 200
_MIN_OWN = 3
"""Entries of its kind that a list must have, so that a source is led by them."""
_MAX_RESPONSE_DAYS = 36_500
_Feed = tuple[Source[Any], Any]
"""A feed and its settings."""


def execute(ctx: RunContext, arguments: Namespace) -> int:
    """Pull the feeds, or replay a date."""
    with open_database(ctx) as db:
        if arguments.replay is not None:
            replay(ctx, db, arguments.replay, arguments.source)
        else:
            preflight.ensure_monotonic_date(ctx, db)
            pull(ctx, db, arguments.source, alone=True)
    return DONE


def pull(
    ctx: RunContext, db: Database, only: str | None = None, *, alone: bool = False
) -> tuple[PullResult, ...]:
    """Pull every feed (or some) and choose candidates; a failing feed does not affect the others.

    They are chosen for all lists of the settings, whichever of these the run has. `alone`: no check
    has asked the canaries. Raises UsageError for an unknown feed or a missing encoder, UnusableList
    for a list that cannot be read, BadMarkers, and NotJudged for a wrong clock.
    """
    preflight.require_encoder(ctx)
    ctx = ctx.with_all_lists()
    feeds = _selected_feeds(ctx, only)
    preflight.require_sections(lazy_lists(ctx))  # before the first request
    if alone:
        preflight.require_right_clock(ctx)
    warehouse = db.writing()
    policies: list[RobotsTxt] = []
    received, pulls = asyncio.run(_pull_all(ctx, warehouse, feeds, policies)) if feeds else ((), ())
    with warehouse.transaction():
        for result in pulls:
            items.add(warehouse, ctx.run_date, result, pulled_at=ctx.now())
        days = min(ctx.settings.warehouse.response_days, _MAX_RESPONSE_DAYS)
        lookups.add_responses(warehouse, received if days else ())
        lookups.drop_responses_before(warehouse, ctx.run_date - timedelta(days=days - 1))
        lookups.add_robots_txt(warehouse, lookups.NO_RUN, policies)
        chosen = record_candidates(ctx, warehouse, lazy_lists(ctx), pulls)
    for result in pulls:
        ctx.reporter.info(f"pull: {_pull_line(result)}")
    dropped = candidates.dropped(warehouse)
    for expired in open_candidates(ctx, warehouse, lazy_lists(ctx), among=dropped):
        name = f"{sanitise(expired.title)} <{sanitise(expired.url)}>"
        ctx.reporter.info(f"pull: {name} expired, nobody accepted it")
    ctx.reporter.info(f"pull: {plural(len(chosen), 'candidate')}{feeds_warning(pulls)}")
    return pulls


async def _pull_all(
    ctx: RunContext, warehouse: Warehouse, feeds: Sequence[_Feed], policies: list[RobotsTxt]
) -> tuple[tuple[CachedResponse, ...], tuple[PullResult, ...]]:
    """Pull the feeds at once; one that succeeded earlier on this date reads the stored responses.

    Returns the responses to store, too.

    `policies` takes the robots.txt files that were read. Only these two APIs get the tokens.
    """
    succeeded = {
        one.source
        for one in items.latest_pulls(warehouse)
        if one.run_date == ctx.run_date and one.state is SourceState.OK
    }
    github, api = "https://api.github.com/", ctx.settings.links.providers.github.api
    tokens = {
        github: ctx.secrets.provider_token if f"{api.rstrip('/')}/" == github else "",
        "https://huggingface.co/api/": ctx.secrets.hf_token,
    }
    async with ctx.open_client(ctx.settings.web, ctx.run_date) as client:
        known = lookups.robots_txt(warehouse, ctx.run_date)
        robots = RobotsPolicy(client, ctx.run_date, cached=known, save=policies.append)
        cache = ResponseCache(
            TokenAuth(robots.request, tokens),
            ctx.run_date,
            lambda url: lookups.latest_response(warehouse, url, ctx.run_date),
        )
        requested = []
        for feed in feeds:
            fetch = cache.fetcher(refresh=feed[0].name not in succeeded)
            requested.append(_pull_one(ctx, warehouse, feed, fetch, ctx.run_date))
        pulls = await asyncio.gather(*requested)
    return tuple(cache.received.values()), tuple(pulls)


async def _pull_one(
    ctx: RunContext, warehouse: Warehouse, feed: _Feed, fetch: Fetch, run_date: date
) -> PullResult:
    """Pull one feed, without what the link checker would refuse.

    The note of a feed that does not work says since when.
    """
    history = items.past_readings(warehouse, feed[0].name, run_date - _HISTORY, run_date)
    result = await chain.pull(*feed, fetch, run_date, history)
    result = without_refused(result, ctx.settings.web)
    if result.state is SourceState.OK:
        return result
    is_fallback = result.state is SourceState.FALLBACK
    good = (SourceState.OK,) if is_fallback else (SourceState.OK, SourceState.FALLBACK)
    since = items.first_date_without(warehouse, result.source, good, run_date)
    note = f"{'not ok' if is_fallback else 'failing'} since {since}"
    return replace(result, note=f"{result.note}; {note}" if result.note else note)


def _pull_line(pull: PullResult) -> str:
    note = f" ({pull.note})" if pull.note else ""
    return f"{pull.source} {pull.state}, {plural(len(pull.items), 'item')}{note}"


def feeds_warning(pulls: Sequence[PullResult]) -> str:
    """What to add to a summary: the feeds that are not ok; empty if all are."""
    others = [f"{one.source} {one.state}" for one in pulls if one.state is not SourceState.OK]
    if not others:
        return ""
    return f"; warning: {len(others)} of {len(pulls)} feeds: {', '.join(others)}"


def _selected_feeds(ctx: RunContext, only: str | None) -> list[_Feed]:
    """The enabled feeds, or those that `only` names; raises UsageError."""
    feeds = {feed[0].name: feed for feed in enabled_feeds(ctx)}
    chosen = parse_choices("--source", only, [*feeds]) or feeds
    return [feed for name, feed in feeds.items() if name in chosen]


def enabled_feeds(ctx: RunContext) -> Iterator[_Feed]:
    """Each enabled feed; ours first, then the custom ones.

    A source that follows the list is off where the list has too little of its kind.
    """
    sources = ctx.settings.sources

    @cache
    def listed() -> tuple[str, ...]:
        lists = lazy_lists(ctx)
        urls = (one.url for listed in lists for _, one in listed.document.own_occurrences())
        return tuple(dict.fromkeys(str(identify(url)) for url in urls))

    for name, source in SOURCES.items():
        settings = getattr(sources, name)
        if not settings.enabled:
            continue
        if led_by := LED_BY_LIST.get(name):
            own = tuple(one for one in listed() if one.startswith(led_by))
            if len(own) >= _MIN_OWN:
                yield source, OfList(settings, own)
        else:
            yield source, settings
    for name, custom in sources.feeds.items():
        if custom.enabled:
            yield custom_source(name), custom


def replay(
    ctx: RunContext, db: Database, day: date, only: str | None = None
) -> tuple[PullResult, ...]:
    """Parse the stored responses of a date again and replace its items, without network.

    It is idempotent. A feed whose responses are not usable keeps its items. Candidates are chosen
    again for the run date only; the next pull reads the items of earlier dates as they are then.
    Raises UsageError where no response of that date is stored, and for an unknown feed.
    """
    preflight.require_encoder(ctx)
    ctx = ctx.with_all_lists()
    feeds = _selected_feeds(ctx, only)
    lists = read_lists(ctx) if day == ctx.run_date else ()
    preflight.require_sections(lists)
    if not ctx.warehouse_path.exists():
        raise UsageError(
            f"--replay {day}: nothing was pulled yet, there is no {ctx.warehouse_path}"
        )
    warehouse = db.writing()
    responses = lookups.responses_of(warehouse, day)
    if not responses:
        days = lookups.response_dates(warehouse)
        stored = f"there are those of {days[0]} to {days[-1]}" if days else "there are none"
        raise UsageError(f"--replay {day}: no response of that date is stored; {stored}")
    fetch = replay_fetch(responses)

    async def parse_all() -> tuple[PullResult, ...]:
        return tuple([await _pull_one(ctx, warehouse, feed, fetch, day) for feed in feeds])

    pulls = asyncio.run(parse_all())
    with warehouse.transaction():
        for result in pulls:
            if result.state.is_usable:
                pulled_at = items.pulled_at(warehouse, result.source, day) or ctx.now()
                items.add(warehouse, day, result, pulled_at=pulled_at)
        candidates = record_candidates(ctx, warehouse, lists, pulls) if lists else None
    for result in pulls:
        unchanged = "" if result.state.is_usable else "; its items are unchanged"
        ctx.reporter.info(f"replay of {day}: {_pull_line(result)}{unchanged}")
    outcome = "the next `staycurrent pull` chooses candidates from these items"
    if candidates is not None:
        outcome = plural(len(candidates), "candidate")
    ctx.reporter.info(f"replay of {day}: {outcome}")
    return pulls


def record_candidates(
    ctx: RunContext, warehouse: Warehouse, lists: Repeatable, pulls: Sequence[PullResult]
) -> tuple[Candidate, ...]:
    """Choose and record the candidates of this date: nothing that is declined, or was in a list."""
    sources, settings = ctx.settings.sources, ctx.settings.candidates
    previous = candidates.all_proposed(warehouse)
    if not previous and not any(pull.items for pull in pulls):
        candidates.record(warehouse, ctx.run_date, ())  # there is nothing to compare the lists with
        return ()
    past_items = items.items_since(warehouse, ctx.run_date - _BACKGROUND)
    urls = [one.url for listed in lists for _, one in listed.document.own_occurrences()]
    roots = {repository_root(listed.path.resolve().parent) for listed in lists}
    own = [page_of_checkout(root) for root in roots if root]  # a list may trend itself
    taken = taken_identities(warehouse, urls)
    history = _candidate_history(ctx, warehouse, [*urls, *own], past_items, previous, taken)
    vectors = candidates.load_vectors(warehouse) if settings.semantic else None
    at_large = [one for one in past_items if one.source not in LED_BY_LIST]
    model = RelevanceModel(
        [entry for listed in lists for entry in list_entries(listed.document)],
        list({one.item.identity: one.item for one in at_large}.values()),
        [listed.document.title for listed in lists],
        about=settings.about,
        vectors=vectors,
        decided=_decided(past_items, history, taken),
    )
    per_week = {name: getattr(sources, name).per_week for name in LED_BY_LIST}
    chosen = choose_candidates(
        pulls, model, history, run_date=ctx.run_date, settings=settings, per_week=per_week
    )
    candidates.record_accepted(warehouse, _newly_accepted(ctx, warehouse, urls, previous))
    best = None
    if model.entries and not (previous or chosen):
        shown = (item for pull in pulls for item in pull.items)
        best = max(map(model.relevance, shown), default=None)
    subject = ListSubject(said_about(ctx, lists), model.profile.subject_names(), best)
    candidates.record(warehouse, ctx.run_date, chosen, subject)
    if vectors is not None:
        candidates.save_vectors(warehouse, vectors)
    return chosen


def _candidate_history(
    ctx: RunContext,
    warehouse: Warehouse,
    urls: Sequence[str],
    past_items: Sequence[DatedItem],
    previous: Sequence[Candidate],
    taken: frozenset[str],
) -> CandidateHistory:
    """What was proposed, listed and decided before, under all names that it had."""
    repositories = [  # by identity, with their numbers, from feeds and from GitHub
        (str(identity), number)
        for url, node_id in observations.identities(warehouse)
        if (number := repository_number(node_id)) is not None
        and (identity := identify_parent(url)) is not None
    ]
    renamed = renamed_items((*items.numbers(warehouse), *repositories))
    known = _known_identities(warehouse, urls)
    listed = known | other_names(known, renamed)
    declined = declined_identities(overrides.active(warehouse, ctx.run_date))
    declined |= other_names(declined, renamed)
    proposed = {one.identity for one in previous}
    aliases = other_names(proposed, renamed)
    aliases |= candidates.code_and_papers(warehouse, proposed.union(listed, declined, aliases))
    reinstated = overrides.ended(warehouse, "decline", ctx.run_date).items()
    # Without their feed nothing says when these end.
    aging = () if ctx.settings.sources.github_trending.enabled else (CandidateGroup.TRENDING,)
    return CandidateHistory(
        listed=listed,
        declined=declined,
        current=[
            replace(one, group=CandidateGroup.CANDIDATE) if one.group in aging else one
            for one in candidates.current(warehouse)
            if one.identity not in taken
        ],
        previous=previous,
        aliases=aliases,
        shared_code=candidates.shared_code(warehouse),
        reinstated={
            str(identity): since
            for url, since in reinstated
            if (identity := identify(url)) is not None
        },
        momentum=momentum_by_identity(
            ((one.run_date, one.item) for one in past_items), ctx.run_date
        ),
    )


def _decided(
    past_items: Iterable[DatedItem], history: CandidateHistory, taken: frozenset[str]
) -> list[tuple[Item, bool]]:
    """The candidates that were taken or declined, as the feeds showed them lately."""
    shown = {one.item.identity: one.item for one in past_items}
    proposed = sorted({(one.first_seen, one.identity) for one in history.previous})
    taken = taken.union(history.listed)
    return [
        (shown[identity], identity in taken)
        for _, identity in proposed
        if identity in shown and (identity in taken or identity in history.declined)
    ][-_MAX_DECISIONS:]


def _newly_accepted(
    ctx: RunContext, warehouse: Warehouse, urls: Sequence[str], previous: Sequence[Candidate]
) -> dict[str, date]:
    """Former candidates that are in a list now, and since when; none that were there before."""
    proposed_on = {one.identity: one.first_seen for one in previous}
    new = proposed_on.keys() - candidates.accepted(warehouse)
    taken = [(identity, url) for url in urls if (identity := str(identify(url))) in new]
    first_checked = observations.first_checked(warehouse) if taken else {}
    accepted: dict[str, date] = {}
    for identity, url in taken:
        since = first_checked.get(link_key(url), ctx.run_date)
        accepted[identity] = min(since, accepted.get(identity, since))
    return {
        identity: since
        for identity, since in sorted(accepted.items())
        if since >= proposed_on[identity]
    }


def _known_identities(warehouse: Warehouse, listed: Sequence[str]) -> frozenset[str]:
    """Identities of all that is or was in a list, and of where that has moved."""
    urls = [
        *listed,
        *observations.find_ids(warehouse),
        *verdicts.suggestions(warehouse),
        *observations.redirect_targets(warehouse),
    ]
    return identities(urls) | parents(urls)
