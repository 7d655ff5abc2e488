"""The candidates: which ones are open, and which ones a pull adds."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from staycurrent.curated.entries import list_entries
from staycurrent.flows.context import RunContext
from staycurrent.flows.lists import ListDocument, Repeatable, link_key
from staycurrent.identity import identify, identify_parent
from staycurrent.links.providers.github import repository_number
from staycurrent.sources.candidates import CandidateHistory, choose_candidates
from staycurrent.sources.item import Candidate, PullResult
from staycurrent.sources.item_names import other_names, renamed_repositories
from staycurrent.sources.momentum import momentum_by_identity
from staycurrent.sources.relevance.model import fit_model
from staycurrent.warehouse import candidates, items, link_ids, observations, overrides, verdicts
from staycurrent.warehouse.open import Warehouse
from staycurrent.warehouse.overrides import Override

_BACKGROUND = timedelta(days=30)
"""How much of the feeds' past the relevance of items is measured against."""


def open_candidates(
    ctx: RunContext,
    warehouse: Warehouse,
    lists: Iterable[ListDocument],
    *,
    active_overrides: Sequence[Override] | None = None,
) -> tuple[Candidate, ...]:
    """The current candidates that nobody has declined or put into a list since; best first.

    `active_overrides`: None for those of the warehouse.
    """
    if active_overrides is None:
        active_overrides = overrides.active(warehouse, ctx.run_date)
    return _open(lists, active_overrides, candidates.current(warehouse))


def aged_out(
    ctx: RunContext, warehouse: Warehouse, lists: Iterable[ListDocument]
) -> tuple[Candidate, ...]:
    """Candidates of the previous date that have expired: nobody accepted or declined them."""
    active_overrides = overrides.active(warehouse, ctx.run_date)
    return _open(lists, active_overrides, candidates.dropped(warehouse))


def _open(
    lists: Iterable[ListDocument], active: Iterable[Override], among: Sequence[Candidate]
) -> tuple[Candidate, ...]:
    if not among:
        return ()
    listed = _identities(one.url for each in lists for _, one in each.document.own_occurrences())
    closed = listed | _declined(active)
    return tuple(candidate for candidate in among if candidate.identity not in closed)


def _declined(active: Iterable[Override]) -> frozenset[str]:
    return _identities(override.url for override in active if override.kind == "decline")


def _identities(urls: Iterable[str]) -> frozenset[str]:
    """The identities of these addresses, as far as they have one."""
    return frozenset(str(identity) for url in urls if (identity := identify(url)) is not None)


def record_candidates(
    ctx: RunContext, warehouse: Warehouse, lists: Repeatable, pulls: Sequence[PullResult]
) -> tuple[Candidate, ...]:
    """Choose and record the candidates of this date: nothing that is declined, or was in a list."""
    previous = candidates.all_proposed(warehouse)
    if not previous and not any(pull.items for pull in pulls):
        candidates.record(warehouse, ctx.run_date, ())  # there is nothing to compare the lists with
        return ()
    past_items = items.items_since(warehouse, ctx.run_date - _BACKGROUND)
    urls = [one.url for listed in lists for _, one in listed.document.own_occurrences()]
    repositories = [  # by identity, with their numbers, from feeds and from GitHub
        (str(identity), number)
        for url, node_id in observations.identities(warehouse)
        if (number := repository_number(node_id)) is not None
        and (identity := identify_parent(url)) is not None
    ]
    renamed = renamed_repositories((*items.repository_numbers(warehouse), *repositories))
    known = _known_identities(warehouse, urls)
    declined = _declined(overrides.active(warehouse, ctx.run_date))
    reinstated = overrides.ended(warehouse, "decline", ctx.run_date).items()
    history = CandidateHistory(
        listed=known | other_names(known, renamed),
        declined=declined | other_names(declined, renamed),
        current=candidates.current(warehouse),
        previous=previous,
        aliases=other_names({one.identity for one in previous}, renamed),
        reinstated={
            str(identity): since
            for url, since in reinstated
            if (identity := identify(url)) is not None
        },
        momentum=momentum_by_identity(
            ((one.run_date, one.item) for one in past_items), ctx.run_date
        ),
    )
    model = fit_model(
        [entry for listed in lists for entry in list_entries(listed.document)],
        list({one.item.identity: one.item for one in past_items}.values()),
        [listed.document.title for listed in lists],
    )
    chosen = choose_candidates(
        pulls, model, history, run_date=ctx.run_date, settings=ctx.settings.candidates
    )
    candidates.record_accepted(warehouse, _newly_accepted(ctx, warehouse, urls, previous))
    candidates.record(warehouse, ctx.run_date, chosen)
    return chosen


def _newly_accepted(
    ctx: RunContext, warehouse: Warehouse, urls: Sequence[str], previous: Sequence[Candidate]
) -> dict[str, date]:
    """Former candidates that are in a list now, and since when; none that were there before."""
    proposed_on = {one.identity: one.first_seen for one in previous}
    known = candidates.accepted(warehouse)
    first_checked: Mapping[str, date] | None = None  # read only where it is needed, seldom
    accepted: dict[str, date] = {}
    for url in urls:
        identity = str(identify(url))
        if identity in proposed_on and identity not in known:
            if first_checked is None:
                first_checked = observations.first_checked(warehouse)
            since = first_checked.get(link_key(url), ctx.run_date)
            accepted[identity] = min(since, accepted.get(identity, since))
    return {
        identity: since
        for identity, since in sorted(accepted.items())
        if since >= proposed_on[identity]
    }


def _known_identities(warehouse: Warehouse, listed: Sequence[str]) -> frozenset[str]:
    """Identities of all that is or was in a list, and of where that has moved."""
    suggestions = (verdict.suggestion for verdict in verdicts.latest(warehouse).values())
    urls = [
        *listed,
        *link_ids.find_ids(warehouse),
        *(url for url in suggestions if url),
        *observations.redirect_targets(warehouse),
    ]
    parents = (identity for url in urls if (identity := identify_parent(url)))
    return _identities(urls) | frozenset(map(str, parents))
