"""What stands of the candidates and is still wanted, from committed rows."""

from collections.abc import Iterable, Sequence

from staycurrent.flows.listing import Listed
from staycurrent.flows.night import Night
from staycurrent.sources.item import Candidate
from staycurrent.warehouse import candidates, decisions
from staycurrent.warehouse.decisions import Decision
from staycurrent.warehouse.open import Warehouse
from staycurrent.web.identity import identify


def offered(
    night: Night,
    warehouse: Warehouse,
    lists: Iterable[Listed],
    *,
    settled: Sequence[Decision] | None = None,
) -> tuple[Candidate, ...]:
    """What stands and is still wanted: not declined or taken since it was chosen; best first.

    `settled` is what people decided (None: what the warehouse knows of).
    """
    known = decisions.standing(warehouse, night.night) if settled is None else settled
    return _wanted(lists, known, candidates.standing(warehouse))


def aged_out(night: Night, warehouse: Warehouse, lists: Iterable[Listed]) -> tuple[Candidate, ...]:
    """What stood the night before and nobody took or declined: it had its days."""
    settled = decisions.standing(warehouse, night.night)
    return _wanted(lists, settled, candidates.left(warehouse))


def _wanted(
    lists: Iterable[Listed], settled: Sequence[Decision], among: Sequence[Candidate]
) -> tuple[Candidate, ...]:
    if not among:
        return ()
    taken = identities(place.url for listed in lists for _, place in listed.places())
    unwanted = taken | declined(settled)
    return tuple(one for one in among if one.identity not in unwanted)


def declined(settled: Iterable[Decision]) -> frozenset[str]:
    """Identities of what people do not want."""
    return identities(one.url for one in settled if one.kind == "decline")


def identities(urls: Iterable[str]) -> frozenset[str]:
    """What these addresses lead to, as far as they are of things that we know."""
    return frozenset(str(thing) for url in urls if (thing := identify(url)) is not None)
