"""What stands of the candidates and is still wanted, from committed rows."""

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


def open_candidates(
    ctx: RunContext,
    warehouse: Warehouse,
    lists: Iterable[ListDocument],
    *,
    settled: Sequence[Override] | None = None,
) -> tuple[Candidate, ...]:
    """What stands and is still wanted: not declined or taken since it was chosen; best first.

    `settled` is what people decided (None: what the warehouse knows of).
    """
    known = overrides.active(warehouse, ctx.run_date) if settled is None else settled
    return _wanted(lists, known, candidates.current(warehouse))


def aged_out(
    ctx: RunContext, warehouse: Warehouse, lists: Iterable[ListDocument]
) -> tuple[Candidate, ...]:
    """What stood the night before and nobody took or declined: it had its days."""
    settled = overrides.active(warehouse, ctx.run_date)
    return _wanted(lists, settled, candidates.dropped(warehouse))


def _wanted(
    lists: Iterable[ListDocument], settled: Sequence[Override], among: Sequence[Candidate]
) -> tuple[Candidate, ...]:
    if not among:
        return ()
    taken = identities(place.url for listed in lists for _, place in listed.places())
    unwanted = taken | declined_identities(settled)
    return tuple(one for one in among if one.identity not in unwanted)


def declined_identities(settled: Iterable[Override]) -> frozenset[str]:
    """Identities of what people do not want."""
    return identities(one.url for one in settled if one.kind == "decline")


def identities(urls: Iterable[str]) -> frozenset[str]:
    """What these addresses lead to, as far as they are of things that we know."""
    return frozenset(str(thing) for url in urls if (thing := identify(url)) is not None)


_BACKGROUND = timedelta(days=30)


def record_candidates(
    ctx: RunContext, warehouse: Warehouse, lists: Repeatable, pulls: Sequence[PullResult]
) -> tuple[Candidate, ...]:
    """Choose and record what stands tonight; nothing that a list has, had or declined."""
    former = candidates.all_proposed(warehouse)
    if not former and not any(pull.items for pull in pulls):
        candidates.record(warehouse, ctx.run_date, ())  # nothing to weigh the lists against
        return ()
    seen = items.items_since(warehouse, ctx.run_date - _BACKGROUND)
    urls = [place.url for listed in lists for _, place in listed.places()]
    entries = [entry for listed in lists for entry in list_entries(listed.document)]
    moved = renamed_repositories(_numbered(warehouse))
    background = {one.item.identity: one.item for one in seen}
    unwanted = declined_identities(overrides.active(warehouse, ctx.run_date))
    memory = CandidateHistory(
        listed=_under_all_names(_known(warehouse, urls), moved),
        declined=_under_all_names(unwanted, moved),
        current=candidates.current(warehouse),
        previous=former,
        aliases=other_names({one.identity for one in former}, moved),
        reinstated=_renewed(warehouse, ctx.run_date),
        momentum=momentum_by_identity(((one.run_date, one.item) for one in seen), ctx.run_date),
    )
    chosen = choose_candidates(
        pulls,
        fit_model(entries, list(background.values()), [listed.document.title for listed in lists]),
        memory,
        run_date=ctx.run_date,
        settings=ctx.settings.candidates,
    )
    candidates.record_accepted(warehouse, _newly_taken(ctx, warehouse, urls, former))
    candidates.record(warehouse, ctx.run_date, chosen)
    return chosen


def _newly_taken(
    ctx: RunContext, warehouse: Warehouse, urls: Sequence[str], former: Sequence[Candidate]
) -> dict[str, date]:
    """Former candidates that stand in a list, and since which night: none that it had before."""
    offered_on = {one.identity: one.first_seen for one in former}
    known = candidates.accepted(warehouse)
    looked_at: Mapping[str, date] | None = None
    found: dict[str, date] = {}
    for url in urls:
        identity = str(identify(url))
        if identity in offered_on and identity not in known:
            looked_at = observations.first_checked(warehouse) if looked_at is None else looked_at
            since = looked_at.get(link_key(url), ctx.run_date)
            found[identity] = min(since, found.get(identity, since))
    return {one: since for one, since in sorted(found.items()) if since >= offered_on[one]}


def _known(warehouse: Warehouse, listed: Sequence[str]) -> frozenset[str]:
    """Identities of all that stands in a list, ever stood there, and of where that has moved."""
    moved = [one.suggestion for one in verdicts.latest(warehouse).values() if one.suggestion]
    ever = link_ids.find_ids(warehouse)
    there = observations.redirect_targets(warehouse)
    urls = [*listed, *ever, *moved, *there]
    return identities(urls) | frozenset(
        str(thing) for url in urls if (thing := identify_parent(url))
    )


def _numbered(warehouse: Warehouse) -> tuple[tuple[str, int], ...]:
    """Repositories by identity, with their numbers, as feeds and GitHub itself told them."""
    told = [
        (str(thing), number)
        for link, node_id in observations.identities(warehouse)
        if (number := repository_number(node_id)) is not None
        and (thing := identify_parent(link)) is not None
    ]
    return (*items.repository_numbers(warehouse), *told)


def _under_all_names(known: frozenset[str], moved: Sequence[frozenset[str]]) -> frozenset[str]:
    return known | other_names(known, moved)


def _renewed(warehouse: Warehouse, night: date) -> dict[str, date]:
    """Since when a person's no does not stand any more, by identity."""
    over = overrides.ended(warehouse, "decline", night)
    return {str(thing): day for url, day in over.items() if (thing := identify(url)) is not None}
