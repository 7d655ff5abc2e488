"""Our lines in a list as it is: its flags by link, and the candidates of its generated part."""

from collections.abc import Iterator, Mapping
from datetime import date

from staycurrent.curated.attached import attached
from staycurrent.curated.document import Document
from staycurrent.flows.listing import key_of
from staycurrent.flows.night import Night
from staycurrent.warehouse.published import Line
from staycurrent.web.identity import identify


def lines_in(
    night: Night, name: str, document: Document, first_seen: Mapping[str, date]
) -> tuple[Line, ...]:
    """Each of our lines once, in the order of the list.

    `first_seen` is the night on which each candidate was first chosen, by its identity.
    """
    found = (*_flags(night, name, document), *_candidates(night, name, document, first_seen))
    return tuple(dict.fromkeys(found))


def _flags(night: Night, name: str, document: Document) -> Iterator[Line]:
    spot = night.settings.curated.place
    for index, flags in attached(document, spot).items():
        url = document.places[index].url
        for flag in sorted(flags, key=lambda each: (each.state, each.since)):
            yield Line(name, "flag", key_of(url), url, str(flag.state), flag.since, spot)


def _candidates(
    night: Night, name: str, document: Document, first_seen: Mapping[str, date]
) -> Iterator[Line]:
    part = night.settings.curated.part
    for place in document.places:
        thing = identify(place.url) if part and place.in_part == part else None
        since = first_seen.get(str(thing))
        if since is not None:
            yield Line(name, "candidate", str(thing), place.url, "new", since)
