"""When links are looked at again, as the last judged run's reckoning has it."""

from collections.abc import Iterable, Mapping
from datetime import date

from staycurrent.flows.listing import Listed, to_look_at
from staycurrent.flows.looks.choosing import costs
from staycurrent.flows.night import Night
from staycurrent.links.due import due_on
from staycurrent.links.rhythm import Rhythm, reckoned
from staycurrent.links.verdict import State
from staycurrent.warehouse import beats, observations
from staycurrent.warehouse.open import Warehouse


def resting(night: Night, warehouse: Warehouse, lists: Iterable[Listed]) -> Rhythm:
    """How long the links of the lists rest; what was seen of their kinds is not counted again."""
    return _resting(night, warehouse, to_look_at(lists, night).links)


def next_looks(
    night: Night, warehouse: Warehouse, lists: Iterable[Listed], states: Mapping[str, State]
) -> dict[str, date]:
    """The night of each link's next look, at the earliest; tonight for what was never seen."""
    links = to_look_at(lists, night).links
    rests, pace = _resting(night, warehouse, links), night.settings.links.pace
    looks = observations.last_looks(warehouse)
    found: dict[str, date] = {}
    for key in links:
        history = (looks[key],) if key in looks else ()
        due = due_on(history, states.get(key, State.UNCHECKED), pace, rests)
        found[key] = max(due or night.night, night.night)
    return found


def _resting(night: Night, warehouse: Warehouse, links: Iterable[str]) -> Rhythm:
    known = beats.latest(warehouse)
    found = known.beats if known else {}
    return reckoned(
        links,
        {kind: beat.seen for kind, beat in found.items()},
        night.settings.links.pace,
        {**costs(night), **{kind: beat.cost for kind, beat in found.items()}},
    )
