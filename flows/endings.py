"""Which links work and are about to end, from what is stored anyway; nothing is requested."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from staycurrent.flows.context import RunContext
from staycurrent.links.ending import NOTED, Ending, noted_endings, registration_ending
from staycurrent.links.observation import Observation
from staycurrent.links.verdict import Verdict, VerdictState
from staycurrent.reports.model import EndingRow, LinkRow
from staycurrent.warehouse import observations, witnesses
from staycurrent.warehouse.open import Warehouse
from staycurrent.web.address import host_of, parent_domains

_OVER = (
    VerdictState.DEAD,
    VerdictState.USURPED,
    VerdictState.REFUSED,
    VerdictState.UNCHECKED,
)
"""Verdicts of links that have ended, or of which nothing is known."""


@dataclass(frozen=True, slots=True)
class KnownEndings:
    """What is about to end, as registries, certificates and pages say."""

    run_date: date
    registrations: Mapping[str, Ending]
    """By domain."""
    evidence: Mapping[str, str]
    """Of the last check of links, at least where it says that something ends."""

    def of(self, verdict: Verdict) -> Sequence[Ending]:
        """What ends for a link that has not ended yet."""
        if verdict.state in _OVER:
            return ()
        parents = parent_domains(host_of(verdict.link)) if self.registrations else ()
        registered = [self.registrations[one] for one in parents if one in self.registrations]
        noted = noted_endings(self.evidence.get(verdict.link, ""), self.run_date)
        return (*registered, *noted)


def read_endings(
    ctx: RunContext, warehouse: Warehouse, latest: Mapping[str, Observation] | None = None
) -> KnownEndings:
    """What the warehouse knows of endings, for all links; `latest` of `observations.latest`."""
    registrations = {
        one.domain: ending
        for one in witnesses.registrations(warehouse, ctx.run_date).values()
        if (ending := registration_ending(one, ctx.run_date)) is not None
    }
    if latest is None:
        evidence = observations.latest_evidence(warehouse, NOTED)
    else:
        evidence = {key: one.evidence for key, one in latest.items()}
    return KnownEndings(ctx.run_date, registrations, evidence)


def ending_rows(
    known: KnownEndings, warehouse: Warehouse, rows: Sequence[LinkRow]
) -> tuple[EndingRow, ...]:
    """What is about to end, place by place, the nearest end first; an end without a date last."""
    found = [(row, ending) for row in rows for ending in known.of(row.verdict)]
    urls = witnesses.snapshot_urls(warehouse) if found else {}
    return tuple(
        EndingRow(row, ending, urls.get(row.verdict.link))
        for row, ending in sorted(found, key=lambda one: one[1].ends_on or date.max)
    )
