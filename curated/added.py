"""What a change adds to a list: the places that the list did not have before."""

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator

from staycurrent.curated.document import Document
from staycurrent.curated.place import Kind, Place

_SAME_ADDRESS = re.compile(r"(?i)https?://(?:www\.)?")


def added(
    before: Document | None, after: Document, same: Callable[[str], Hashable]
) -> tuple[Place, ...]:
    """The places of `after` that `before` had not, in their order; None: all of them.

    Two addresses are one where `same` gives the same for them. A line that was only moved, or a
    title that was changed, adds nothing; one more use of an address does. What stands in a
    generated part is ours and adds nothing.
    """
    known: Counter[tuple[Hashable, bytes]] = Counter()
    left: Counter[Hashable] = Counter()
    if before is not None:
        known.update((same(one.url), _line(before, one)) for one in _written(before))
        left.update(same(one.url) for one in _written(before))
    rest = []
    for place in _written(after):
        key = same(place.url)
        if known[key, _line(after, place)] > 0:
            known[key, _line(after, place)] -= 1
            left[key] -= 1
        else:
            rest.append((key, place))
    new = []
    for key, place in rest:
        if left[key] > 0:
            left[key] -= 1
        else:
            new.append(place)
    return tuple(new)


def twins(document: Document, places: Iterable[Place]) -> dict[Place, Place]:
    """For each of these places its address's first other line, where it stands on one.

    Scheme, `www.` and a final slash make no other address here; images do not count.
    """
    lines: dict[str | None, dict[int, Place]] = {}
    for one in _written(document):
        lines.setdefault(_loose(one), {}).setdefault(one.line, one)
    found = {}
    for place in places:
        others = lines.get(_loose(place), {}) if _loose(place) else {}
        other = next((one for line, one in others.items() if line != place.line), None)
        if other is not None:
            found[place] = other
    return found


def _written(document: Document) -> Iterator[Place]:
    return (place for place in document.places if place.in_part is None)


def _line(document: Document, place: Place) -> bytes:
    """The bytes of the line that a place begins on."""
    raw, at = document.raw, place.use.start
    begin = max(raw.rfind(b"\n", 0, at), raw.rfind(b"\r", 0, at)) + 1
    ends = [end for end in (raw.find(b"\n", at), raw.find(b"\r", at)) if end >= 0]
    return raw[begin : min(ends, default=len(raw))]


def _loose(place: Place) -> str | None:
    """The address as two are compared; None where it counts as nobody's twin."""
    begin = _SAME_ADDRESS.match(place.url) if place.kind is not Kind.IMAGE else None
    return place.url[begin.end() :].rstrip("/") if begin else None
