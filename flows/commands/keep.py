"""The verb `keep`: a person's word that something is fine, or not wanted, and not to be asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from staycurrent.curated.flags import FlagState
from staycurrent.flows.candidates import open_candidates
from staycurrent.flows.context import RunContext
from staycurrent.flows.database import reading, writing
from staycurrent.flows.errors import UsageError
from staycurrent.flows.lists import link_key, read_lists
from staycurrent.identity import identify
from staycurrent.reports.model import FILTER_TERMS
from staycurrent.warehouse import decisions
from staycurrent.warehouse.decisions import Decision, Kind

_WORDS = (*FILTER_TERMS, FlagState.NEW)
"""What may be kept: as it is, or without the sign of what was taken over of late."""


class UnknownAddress(Exception):
    """An address that neither the lists nor the warehouse know."""


@dataclass(frozen=True, slots=True)
class OverrideRequest:
    """What is to be kept, and how long."""

    verdict: str | None = None
    """Only this verdict or flag; None: whatever it is."""
    until: date | None = None
    reason: str = ""


def keep(night: RunContext, urls: Sequence[str], wish: OverrideRequest) -> list[Decision]:
    """Note a decision for each address; candidates are declined.

    Raises UnknownAddress, and BadUsage for a wish that could never hold; nothing is noted then.
    """
    _refuse_vain(wish, night)
    known = _known(night)
    made = [_decision(night, url, wish, known) for url in urls]
    with writing(night) as warehouse, warehouse.transaction():
        for decision in made:
            decisions.add(warehouse, decision)
    return made


def undo_overrides(night: RunContext, urls: Sequence[str]) -> list[Decision]:
    """Take decisions back, and return them. Raises UnknownAddress where none stood."""
    with reading(night) as warehouse:
        standing = (
            *decisions.standing(warehouse, night.run_date),
            *decisions.expired(warehouse, night.run_date),
        )
    found = [one for one in standing if any(_is_about(one, url) for url in urls)]
    for url in urls:
        if not any(_is_about(one, url) for one in found):
            raise UnknownAddress(f"{url}: no decision stands that could be undone")
    with writing(night) as warehouse, warehouse.transaction():
        for text in dict.fromkeys(one.url for one in found):
            decisions.undo(warehouse, text, night.now())
    return found


@dataclass(frozen=True, slots=True)
class _Known:
    """What may be decided on."""

    keys: frozenset[str]
    """Of the links in the lists."""
    offered: frozenset[str]
    """Identities of the candidates."""


def _known(night: RunContext) -> _Known:
    lists = read_lists(night)
    with reading(night) as warehouse:
        standing = open_candidates(night, warehouse, lists)
    keys = frozenset(link_key(place.url) for listed in lists for _, place in listed.places())
    return _Known(keys, frozenset(one.identity for one in standing))


def _refuse_vain(wish: OverrideRequest, night: RunContext) -> None:
    if wish.verdict is not None and wish.verdict not in _WORDS:
        raise UsageError(f"--verdict {wish.verdict}: there are {', '.join(_WORDS)}")
    if wish.until is not None and wish.until < night.run_date:
        raise UsageError(f"--until {wish.until}: is over; tonight is {night.run_date}")


def _decision(night: RunContext, url: str, wish: OverrideRequest, known: _Known) -> Decision:
    kind = _kind(url, known)
    if kind is None:
        raise UnknownAddress(
            f"{url}: is in no list and no candidate; "
            "`staycurrent status --format json` has all addresses"
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


def _kind(url: str, known: _Known) -> Kind | None:
    """`keep` for a link of the lists, however it is spelled, `decline` for a candidate."""
    if link_key(url) in known.keys:
        return "keep"
    return "decline" if str(identify(url)) in known.offered else None


def _is_about(decision: Decision, url: str) -> bool:
    if link_key(decision.url) == link_key(url):
        return True
    thing = identify(url)
    return decision.kind == "decline" and thing is not None and identify(decision.url) == thing
