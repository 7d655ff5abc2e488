"""Validators: what servers gave with pages to ask later whether they changed; one a link."""

from collections.abc import Iterable, Sequence
from datetime import date

from staycurrent.links.revisit import Trust, Validators
from staycurrent.warehouse import runs
from staycurrent.warehouse.numbering import numbered, numbers
from staycurrent.warehouse.open import Value, Warehouse

# Judged runs, and what died runs of tonight were told.
_REMEMBERED = """
SELECT v.link_id, v.night, v.etag, v.last_modified, v.trust
FROM validators AS v
JOIN runs AS r ON r.id = v.run_id
WHERE r.status = 'judged' OR (r.status = 'running' AND v.night = ?)
ORDER BY v.run_id
"""
_DROP = "DELETE FROM validators WHERE link_id IN (SELECT unnest(?::INTEGER[]))"


def add(w: Warehouse, run_id: int, given: Iterable[Validators]) -> None:
    """Keep what a running run was given, in place of what was known of these links.

    Should the run not count, nothing is known of them: their next look is an unconditional one.
    Raises ValueError for a run that ended.
    """
    last = {one.link: one for one in given}
    if not last:
        return
    with w.transaction():
        runs.running(w, run_id)
        ids = numbered(w, last)
        forget(w, [ids[key] for key in last])
        w.append("validators", (_row(run_id, ids[key], one) for key, one in last.items()))


def forget(w: Warehouse, link_ids: Sequence[int]) -> None:
    """Know nothing of these links any more."""
    w.execute(_DROP, link_ids)


def remembered(w: Warehouse, night: date) -> dict[str, Validators]:
    """By link, what nights that count were given, and died runs of this night."""
    links = {number: text for text, number in numbers(w).items()}
    found = (_validators(links[number], *rest) for number, *rest in w.select(_REMEMBERED, night))
    return {one.link: one for one in found}


def _validators(link: str, night: date, etag: str, modified: str, trust: str) -> Validators:
    return Validators(link, night, etag, modified, Trust(trust))


def _row(run_id: int, link_id: int, one: Validators) -> tuple[Value, ...]:
    return (run_id, link_id, one.night, one.etag, one.last_modified, one.trust)
