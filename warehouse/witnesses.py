"""Answers of second witnesses: appended, and never changed."""

from collections.abc import Collection, Iterable

from staycurrent.links.witness import Witness, WitnessAnswer, WitnessResult
from staycurrent.warehouse.observations import ensure_ids
from staycurrent.warehouse.open import Warehouse

_NEXT_ID = "SELECT coalesce(max(id), 0) + 1 FROM witness_answers"
_OF_LINKS = """
SELECT l.link, w.run_date, w.witness, w.result, w.seen_on
FROM witness_answers AS w
JOIN links AS l ON l.id = w.link_id
WHERE l.link IN (SELECT unnest(?::VARCHAR[]))
ORDER BY w.id
"""


def add(warehouse: Warehouse, answers: Iterable[WitnessAnswer]) -> None:
    """Append answers, all or nothing."""
    new = tuple(answers)
    with warehouse.transaction():
        ids = ensure_ids(warehouse, (one.link for one in new))
        first: int = warehouse.select(_NEXT_ID)[0][0]
        rows = (
            (number, ids[one.link], one.run_date, one.witness, one.result, one.seen_on)
            for number, one in enumerate(new, first)
        )
        warehouse.append("witness_answers", rows)


def of_links(warehouse: Warehouse, links: Collection[str]) -> dict[str, tuple[WitnessAnswer, ...]]:
    """The answers about each of these links, oldest first; links without any are absent."""
    found: dict[str, list[WitnessAnswer]] = {}
    for link, run_date, witness, result, seen_on in (
        warehouse.select(_OF_LINKS, list(links)) if links else ()
    ):
        one = WitnessAnswer(link, run_date, Witness(witness), WitnessResult(result), seen_on)
        found.setdefault(link, []).append(one)
    return {link: tuple(answers) for link, answers in found.items()}
