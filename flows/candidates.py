"""What the feeds show that the lists lack: tonight's choice, from committed rows."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from flows.listing import Listed
from flows.night import Night
from sources.candidates import Memory, propose
from sources.item import Candidate, Pull
from sources.relevance import ListEntry, learn
from sources.text import plain
from warehouse import candidates, decisions, items, verdicts
from warehouse.items import Sighting
from warehouse.open import Warehouse
from web.identity import identify

_WEEK = timedelta(days=7)
_BACKGROUND = timedelta(days=30)


def choose(
    night: Night, warehouse: Warehouse, lists: Sequence[Listed], pulls: Sequence[Pull]
) -> tuple[Candidate, ...]:
    """Choose and record what stands tonight; nothing that a list has, had or declined."""
    seen = items.sightings(warehouse, night.night - _BACKGROUND)
    entries = [entry for listed in lists for entry in _entries(listed)]
    background = {one.item.identity: one.item for one in seen}
    memory = Memory(
        known=_known(warehouse, entries),
        declined=_declined(warehouse, night.night),
        standing=candidates.standing(warehouse),
        first_seen=candidates.first_seen(warehouse),
        nights=_nights(seen, night.night),
    )
    chosen = propose(
        pulls,
        learn(entries, list(background.values())),
        memory,
        night=night.night,
        limits=night.settings.candidates,
    )
    candidates.record(warehouse, night.night, chosen)
    return chosen


def offered(night: Night, warehouse: Warehouse, lists: Sequence[Listed]) -> tuple[Candidate, ...]:
    """What stands and is still wanted: not declined or taken since it was chosen; best first."""
    taken = _identities(place.url for listed in lists for _, place in listed.places())
    unwanted = taken | _declined(warehouse, night.night)
    return tuple(one for one in candidates.standing(warehouse) if one.identity not in unwanted)


def _entries(listed: Listed) -> Iterator[ListEntry]:
    """What the list's own entries are about: name, section, and the words behind the link."""
    raw = listed.document.raw
    for _, place in listed.places():
        line = raw[place.use.end : place.end_of_entry or place.use.end]
        text = plain(line.decode("utf-8", errors="replace"))
        yield ListEntry(place.title, place.section, place.url, text)


def _known(warehouse: Warehouse, entries: Sequence[ListEntry]) -> frozenset[str]:
    """Identities of all that stands in a list, ever stood there, and of where that has moved."""
    concluded = verdicts.latest(warehouse)
    moved = [one.suggestion for one in concluded.values() if one.suggestion is not None]
    urls = [*(entry.url for entry in entries), *concluded, *moved]
    return _identities(urls)


def _declined(warehouse: Warehouse, night: date) -> frozenset[str]:
    standing = decisions.standing(warehouse, night)
    return _identities(one.url for one in standing if one.kind == "decline")


def _identities(urls: Iterable[str]) -> frozenset[str]:
    return frozenset(str(thing) for url in urls if (thing := identify(url)) is not None)


def _nights(seen: Sequence[Sighting], night: date) -> dict[str, int]:
    nights: defaultdict[str, set[date]] = defaultdict(set)
    for one in seen:
        if one.night > night - _WEEK:
            nights[one.item.identity].add(one.night)
    return {identity: len(found) for identity, found in nights.items()}
