"""What is done to dead and moved links beside flagging them, as the settings want it."""

from collections.abc import Sequence
from typing import Final

from staycurrent.curated.flags import FlagState
from staycurrent.curated.rewrite import Edits
from staycurrent.flows.conclude import Standing, concluded
from staycurrent.flows.listing import key_of
from staycurrent.flows.night import Night
from staycurrent.links.verdict import State
from staycurrent.warehouse.open import Warehouse

_WELL: Final = (State.ALIVE, State.STALE, State.BLOCKED, State.UNCHECKED)


def edits_of(night: Night, warehouse: Warehouse, found: Sequence[Standing]) -> Edits:
    """The edits that one list is to bear: only what carries a flag is edited, so nothing kept is.

    An address is not written where it is known to fail or to lead on itself: two that redirect to
    each other would take turns, night by night.
    """
    settings = night.settings.curated
    dead = [one for one in found if _shows(one, FlagState.DEAD)]
    moved = {one.index: one.verdict.suggestion for one in found if _shows(one, FlagState.MOVED)}
    targets = {url: key_of(url) for url in moved.values() if url and settings.moved == "fix"}
    verdicts = concluded(night, warehouse, list(dict.fromkeys(targets.values())))
    well = {url for url, key in targets.items() if verdicts[key].state in _WELL}
    archived = {one.index: one.verdict.archive for one in dead if settings.dead == "archive"}
    return Edits(
        struck=frozenset(one.index for one in dead if settings.dead == "strike"),
        snapshots={index: url for index, url in archived.items() if url},
        addresses={index: url for index, url in moved.items() if url in well},
    )


def _shows(one: Standing, state: FlagState) -> bool:
    return one.flag is not None and one.flag.state is state
