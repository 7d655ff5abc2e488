"""What the feeds show that the lists lack: tonight's choice, recorded."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from staycurrent.flows.candidates import declined, identities
from staycurrent.flows.entries import entries as entries_of
from staycurrent.flows.entries import name_of
from staycurrent.flows.listing import Repeatable, key_of
from staycurrent.flows.night import Night
from staycurrent.links.authorities.node_id import repository_number
from staycurrent.sources.candidates import Memory, propose
from staycurrent.sources.item import Candidate, Pull
from staycurrent.sources.momentum import momenta
from staycurrent.sources.relevance import learn
from staycurrent.sources.renamed import other_names, renamed
from staycurrent.warehouse import candidates, decisions, items, numbering, observations, verdicts
from staycurrent.warehouse.open import Warehouse
from staycurrent.web.identity import identify, whole

_BACKGROUND = timedelta(days=30)


def choose(
    night: Night, warehouse: Warehouse, lists: Repeatable, pulls: Sequence[Pull]
) -> tuple[Candidate, ...]:
    """Choose and record what stands tonight; nothing that a list has, had or declined."""
    former = candidates.former(warehouse)
    if not former and not any(pull.items for pull in pulls):
        candidates.record(warehouse, night.night, ())  # nothing to weigh the lists against
        return ()
    seen = items.sightings(warehouse, night.night - _BACKGROUND)
    urls = [place.url for listed in lists for _, place in listed.places()]
    entries = [entry for listed in lists for entry in entries_of(listed)]
    moved = renamed(_numbered(warehouse))
    background = {one.item.identity: one.item for one in seen}
    unwanted = declined(decisions.standing(warehouse, night.night))
    memory = Memory(
        known=_under_all_names(_known(warehouse, urls), moved),
        declined=_under_all_names(unwanted, moved),
        standing=candidates.standing(warehouse),
        former=former,
        renamed=other_names({one.identity for one in former}, moved),
        renewed=_renewed(warehouse, night.night),
        momentum=momenta(((one.night, one.item) for one in seen), night.night),
    )
    chosen = propose(
        pulls,
        learn(entries, list(background.values()), [name_of(listed) for listed in lists]),
        memory,
        night=night.night,
        limits=night.settings.candidates,
    )
    candidates.take(warehouse, _newly_taken(night, warehouse, urls, former))
    candidates.record(warehouse, night.night, chosen)
    return chosen


def _newly_taken(
    night: Night, warehouse: Warehouse, urls: Sequence[str], former: Sequence[Candidate]
) -> dict[str, date]:
    """Former candidates that stand in a list, and since which night: none that it had before."""
    offered_on = {one.identity: one.first_seen for one in former}
    known = candidates.taken(warehouse)
    looked_at: Mapping[str, date] | None = None
    found: dict[str, date] = {}
    for url in urls:
        identity = str(identify(url))
        if identity in offered_on and identity not in known:
            looked_at = observations.first_nights(warehouse) if looked_at is None else looked_at
            since = looked_at.get(key_of(url), night.night)
            found[identity] = min(since, found.get(identity, since))
    return {one: since for one, since in sorted(found.items()) if since >= offered_on[one]}


def _known(warehouse: Warehouse, listed: Sequence[str]) -> frozenset[str]:
    """Identities of all that stands in a list, ever stood there, and of where that has moved."""
    moved = [one.suggestion for one in verdicts.latest(warehouse).values() if one.suggestion]
    ever = numbering.numbers(warehouse)
    there = observations.endings(warehouse)
    urls = [*listed, *ever, *moved, *there]
    return identities(urls) | frozenset(str(thing) for url in urls if (thing := whole(url)))


def _numbered(warehouse: Warehouse) -> tuple[tuple[str, int], ...]:
    """Repositories by identity, with their numbers, as feeds and GitHub itself told them."""
    told = [
        (str(thing), number)
        for link, node_id in observations.identities(warehouse)
        if (number := repository_number(node_id)) is not None and (thing := whole(link)) is not None
    ]
    return (*items.numbered(warehouse), *told)


def _under_all_names(known: frozenset[str], moved: Sequence[frozenset[str]]) -> frozenset[str]:
    return known | other_names(known, moved)


def _renewed(warehouse: Warehouse, night: date) -> dict[str, date]:
    """Since when a person's no does not stand any more, by identity."""
    over = decisions.taken_back(warehouse, "decline", night)
    return {str(thing): day for url, day in over.items() if (thing := identify(url)) is not None}
