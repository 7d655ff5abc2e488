"""The open candidates: those that nobody has declined or put into a list."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from staycurrent.flows.context import RunContext
from staycurrent.flows.lists import ListDocument, Repeatable, iter_lists
from staycurrent.identity import identify, identify_parent
from staycurrent.sources.item import Candidate, Item, ListSubject
from staycurrent.warehouse import candidates, overrides
from staycurrent.warehouse.items import DatedItem
from staycurrent.warehouse.open import Warehouse
from staycurrent.warehouse.overrides import Override

if TYPE_CHECKING:
    from staycurrent.sources.relevance.model import RelevanceModel
    from staycurrent.sources.relevance.semantic import Vectors


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
    current = candidates.current(warehouse)
    if current and active_overrides is None:
        active_overrides = overrides.active(warehouse, ctx.run_date)
    return _open(ctx, warehouse, lists, active_overrides or (), current)


def aged_out(
    ctx: RunContext, warehouse: Warehouse, lists: Iterable[ListDocument]
) -> tuple[Candidate, ...]:
    """Candidates of the previous date that have expired: nobody accepted or declined them."""
    dropped = candidates.dropped(warehouse)
    active = overrides.active(warehouse, ctx.run_date) if dropped else ()
    return _open(ctx, warehouse, lists, active, dropped)


def _open(
    ctx: RunContext,
    warehouse: Warehouse,
    lists: Iterable[ListDocument],
    active: Iterable[Override],
    among: Sequence[Candidate],
) -> tuple[Candidate, ...]:
    if not among:
        return ()
    closed = listed_identities(ctx, warehouse, lists) | declined_identities(active)
    return tuple(candidate for candidate in among if candidate.identity not in closed)


def relevance_model(
    ctx: RunContext,
    lists: Repeatable,
    shown: Iterable[DatedItem],
    vectors: "Vectors | None" = None,
    decided: Sequence[tuple[Item, bool]] = (),
) -> "RelevanceModel":
    """What the lists are about, against all items that feeds have shown.

    `decided` are candidates, each with whether it was taken.
    """
    from staycurrent.curated.entries import list_entries
    from staycurrent.sources.relevance.model import fit_model

    return fit_model(
        [entry for listed in lists for entry in list_entries(listed.document)],
        list({one.item.identity: one.item for one in shown}.values()),
        [listed.document.title for listed in lists],
        about=ctx.settings.candidates.about,
        vectors=vectors,
        decided=decided,
    )


def said_about(ctx: RunContext, lists: Iterable[ListDocument]) -> tuple[str, ...]:
    """What says what the lists are about: `candidates.about`, else their titles."""
    titles = (listed.document.title for listed in lists)
    return ctx.settings.candidates.about or tuple(filter(None, titles))


def list_subject(
    about: tuple[str, ...], model: "RelevanceModel", best_relevance: float | None
) -> ListSubject:
    """What candidates are chosen by, as the lists write it."""
    from staycurrent.sources.relevance.features import independent_terms

    weights = {term: model.profile.marks.get(term, 0.0) for term in model.profile.subject}
    names = independent_terms(model.profile.subject, weights)
    spelled = tuple(model.spellings.get(term, term) for term in names)
    return ListSubject(about, spelled, best_relevance)


def declined_identities(active: Iterable[Override]) -> frozenset[str]:
    """The identities of declined candidates."""
    return identities(override.url for override in active if override.kind == "decline")


def listed_identities(
    ctx: RunContext, warehouse: Warehouse, lists: Iterable[ListDocument]
) -> frozenset[str]:
    """As `taken_identities`, of the lists and of those of the settings that the run leaves out."""
    every = chain(lists, iter_lists(ctx.with_other_lists()))
    urls = [one.url for each in every for _, one in each.document.own_occurrences()]
    return taken_identities(warehouse, urls)


def taken_identities(warehouse: Warehouse, urls: Sequence[str]) -> frozenset[str]:
    """The identities of these addresses, of what they are pages of, and of its code or paper."""
    taken = identities(urls) | parents(urls)
    return taken | candidates.code_and_papers(warehouse, taken)


def identities(urls: Iterable[str]) -> frozenset[str]:
    """The identities of these addresses, as far as they have one."""
    return frozenset(str(identity) for url in urls if (identity := identify(url)) is not None)


def parents(urls: Iterable[str]) -> frozenset[str]:
    """The identities of what these addresses are pages of: of the repository of a folder."""
    return frozenset(
        str(identity) for url in urls if (identity := identify_parent(url)) is not None
    )
