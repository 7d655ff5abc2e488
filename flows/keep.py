"""The verb `keep`: a person's word that something is fine, or not wanted, and not to be asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from staycurrent.curated.flags import FlagState
from staycurrent.flows.candidates import offered
from staycurrent.flows.exits import BadUsage
from staycurrent.flows.listing import key_of, read_lists
from staycurrent.flows.memory import remembered, remembering
from staycurrent.flows.night import Night
from staycurrent.reports.status import WORDS
from staycurrent.warehouse import decisions
from staycurrent.warehouse.decisions import Decision, Kind
from staycurrent.web.identity import identify

_WORDS = (*WORDS, FlagState.NEW)
"""What may be kept: as it is, or without the sign of what was taken over of late."""


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
    """Note a decision for each address; candidates are declined.

    Raises UnknownAddress, and BadUsage for a wish that could never hold; nothing is noted then.
    """
    _refuse_vain(wish, night)
    known = _known(night)
    made = [_decision(night, url, wish, known) for url in urls]
    with remembering(night) as warehouse, warehouse.transaction():
        for decision in made:
            decisions.add(warehouse, decision)
    return made


def undo(night: Night, urls: Sequence[str]) -> list[Decision]:
    """Take decisions back, and return them. Raises UnknownAddress where none stood."""
    with remembered(night) as warehouse:
        standing = (
            *decisions.standing(warehouse, night.night),
            *decisions.expired(warehouse, night.night),
        )
    found = [one for one in standing if any(_is_about(one, url) for url in urls)]
    for url in urls:
        if not any(_is_about(one, url) for one in found):
            raise UnknownAddress(f"{url}: no decision stands that could be undone")
    with remembering(night) as warehouse, warehouse.transaction():
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


def _known(night: Night) -> _Known:
    lists = read_lists(night)
    with remembered(night) as warehouse:
        standing = offered(night, warehouse, lists)
    keys = frozenset(key_of(place.url) for listed in lists for _, place in listed.places())
    return _Known(keys, frozenset(one.identity for one in standing))


def _refuse_vain(wish: Wish, night: Night) -> None:
    if wish.verdict is not None and wish.verdict not in _WORDS:
        raise BadUsage(f"--verdict {wish.verdict}: there are {', '.join(_WORDS)}")
    if wish.until is not None and wish.until < night.night:
        raise BadUsage(f"--until {wish.until}: is over; tonight is {night.night}")


def _decision(night: Night, url: str, wish: Wish, known: _Known) -> Decision:
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
    if key_of(url) in known.keys:
        return "keep"
    return "decline" if str(identify(url)) in known.offered else None


def _is_about(decision: Decision, url: str) -> bool:
    if key_of(decision.url) == key_of(url):
        return True
    thing = identify(url)
    return decision.kind == "decline" and thing is not None and identify(decision.url) == thing
