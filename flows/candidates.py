"""The open candidates: those that nobody has declined or put into a list."""

from collections.abc import Iterable, Sequence
from itertools import chain

from staycurrent.flows.context import RunContext
from staycurrent.flows.lists import ListDocument, lazy_lists
from staycurrent.identity import identify, identify_parent
from staycurrent.sources.item import Candidate
from staycurrent.warehouse import candidates, overrides
from staycurrent.warehouse.open import Warehouse
from staycurrent.warehouse.overrides import Override


def open_candidates(
    ctx: RunContext,
    warehouse: Warehouse,
    lists: Iterable[ListDocument],
    *,
    active_overrides: Iterable[Override] | None = None,
    among: Sequence[Candidate] | None = None,
) -> tuple[Candidate, ...]:
    """The candidates that nobody has declined or put into a list since; best first.

    `active_overrides`: None for those of the warehouse; `among`: None for the current ones, as
    against those that expired without being accepted or declined.
    """
    among = candidates.current(warehouse) if among is None else among
    if not among:
        return ()
    if active_overrides is None:
        active_overrides = overrides.active(warehouse, ctx.run_date)
    closed = listed_identities(ctx, warehouse, lists) | declined_identities(active_overrides)
    return tuple(candidate for candidate in among if candidate.identity not in closed)


def said_about(ctx: RunContext, lists: Iterable[ListDocument]) -> tuple[str, ...]:
    """What says what the lists are about: `candidates.about`, else their titles."""
    titles = (listed.document.title for listed in lists)
    return ctx.settings.candidates.about or tuple(filter(None, titles))


def declined_identities(active: Iterable[Override]) -> frozenset[str]:
    """The identities of declined candidates."""
    return identities(override.url for override in active if override.kind == "decline")


def listed_identities(
    ctx: RunContext, warehouse: Warehouse, lists: Iterable[ListDocument]
) -> frozenset[str]:
    """As `taken_identities`, of the lists and of those of the settings that the run leaves out.

    Of these, one that cannot be read is reported: what it has may be shown as a candidate.
    """
    every = chain(lists, lazy_lists(ctx.with_other_lists(), skip_unusable=True))
    urls = [one.url for each in every for _, one in each.document.own_occurrences()]
    return taken_identities(warehouse, urls)


def taken_identities(warehouse: Warehouse, urls: Sequence[str]) -> frozenset[str]:
    """The identities of these addresses, of what they are pages of, and of its code or paper."""
    taken = identities(urls) | parents(urls)
    return taken | candidates.code_and_papers(warehouse, taken)


def identities(urls: Iterable[str]) -> frozenset[str]:
    """The identities of these addresses, as far as they have one."""
    return frozenset(str(identity) for identity in map(identify, urls) if identity is not None)


def parents(urls: Iterable[str]) -> frozenset[str]:
    """The identities of what these addresses are pages of: of the repository of a folder."""
    return frozenset(str(parent) for parent in map(identify_parent, urls) if parent is not None)
