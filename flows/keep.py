"""The verb `keep`: a person's word that something is fine, or not wanted, and not to be asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flows.listing import read_lists
from flows.night import Night
from links.link import Link, link
from warehouse import candidates, decisions
from warehouse.decisions import Decision, Kind
from warehouse.open import Warehouse, open_warehouse


class UnknownAddress(Exception):
    """An address that neither the lists nor the warehouse know."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be kept, and how long."""

    verdict: str | None = None
    """Only this verdict or flag; None: whatever it is."""
    until: date | None = None
    reason: str = ""


def keep(night: Night, urls: Sequence[str], wish: Wish) -> list[Decision]:
    """Note a decision for each address; candidates are declined. Raises UnknownAddress."""
    with open_warehouse(night.warehouse) as warehouse, warehouse.transaction():
        known = _known(night, warehouse)
        made = [_decision(night, url, wish, known) for url in urls]
        for decision in made:
            decisions.add(warehouse, decision)
        return made


def undo(night: Night, urls: Sequence[str]) -> int:
    """Take decisions back; how many stood. Raises UnknownAddress where none did."""
    with open_warehouse(night.warehouse) as warehouse, warehouse.transaction():
        standing = {decision.url for decision in decisions.standing(warehouse, night.night)}
        for url in urls:
            if url not in standing:
                raise UnknownAddress(f"{url}: no decision stands that could be undone")
            decisions.undo(warehouse, url, night.now())
        return len(urls)


def _known(night: Night, warehouse: Warehouse) -> dict[str, Kind]:
    """What may be decided on: addresses of the lists (`keep`), candidates (`decline`)."""
    known: dict[str, Kind] = {one.url: "decline" for one in candidates.standing(warehouse)}
    for listed in read_lists(night):
        known.update((place.url, "keep") for _, place in listed.places())
    return known


def _decision(night: Night, url: str, wish: Wish, known: dict[str, Kind]) -> Decision:
    kind = known.get(url) or _by_key(url, known)
    if kind is None:
        raise UnknownAddress(
            f"{url}: is in no list and no candidate; `staycurrent status` shows the addresses"
        )
    return Decision(
        url=url,
        kind=kind,
        verdict=wish.verdict,
        until=wish.until,
        reason=wish.reason,
        decided_at=night.now(),
        undone=False,
    )


def _by_key(url: str, known: dict[str, Kind]) -> Kind | None:
    """The kind for an address that is spelled otherwise in the list."""
    asked = link(url)
    if not isinstance(asked, Link):
        return None
    for text, kind in known.items():
        other = link(text)
        if isinstance(other, Link) and other.key == asked.key:
            return kind
    return None
