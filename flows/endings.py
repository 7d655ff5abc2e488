"""Which links are about to end though they work, from what was stored anyway: nothing is asked."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from staycurrent.flows.context import RunContext
from staycurrent.links.ending import Ending, registration_ending
from staycurrent.links.verdict import Verdict, VerdictState
from staycurrent.reports.model import EndingRow, LinkRow
from staycurrent.warehouse import witnesses
from staycurrent.warehouse.open import Warehouse
from staycurrent.web.address import host_of

_OVER = (
    VerdictState.DEAD,
    VerdictState.USURPED,
    VerdictState.REFUSED,
    VerdictState.UNCHECKED,
)
"""Verdicts of links that have ended, or of which nothing is known."""


def endings(
    ctx: RunContext, warehouse: Warehouse, verdicts: Iterable[Verdict]
) -> Mapping[str, Sequence[Ending]]:
    """What is about to end, by the keys of links that have not ended yet."""
    of_domains = {
        one.domain: ending
        for one in witnesses.registrations(warehouse, ctx.run_date).values()
        if (ending := registration_ending(one, ctx.run_date)) is not None
    }
    found: defaultdict[str, list[Ending]] = defaultdict(list)
    for key in (one.link for one in verdicts if one.state not in _OVER):
        labels = host_of(key).split(".") if of_domains else []
        parents = (".".join(labels[n:]) for n in range(len(labels)))
        found[key] += [of_domains[domain] for domain in parents if domain in of_domains]
    return {key: own for key, own in found.items() if own}


def ending_rows(
    ctx: RunContext, warehouse: Warehouse, rows: Sequence[LinkRow]
) -> tuple[EndingRow, ...]:
    """What is about to end, place by place, the nearest end first; an end without a date last."""
    by_link = endings(ctx, warehouse, (row.verdict for row in rows))
    urls = witnesses.snapshot_urls(warehouse) if by_link else {}
    found = [
        EndingRow(row.url, row.list, row.line, row.column, row.title, one, urls.get(link))
        for row in rows
        for link in (row.verdict.link,)
        for one in by_link.get(link, ())
    ]
    return tuple(sorted(found, key=lambda one: one.ending.ends_on or date.max))
