"""Our lines in a list as it is: its flags by link, and the candidates of its generated part."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime

from staycurrent.curated.annotations import match_flags
from staycurrent.curated.document import Document
from staycurrent.flows.context import RunContext
from staycurrent.flows.lists import link_key
from staycurrent.identity import identify
from staycurrent.warehouse.published import Line


def published_lines(
    night: RunContext, name: str, document: Document, first_seen: Mapping[str, date]
) -> tuple[Line, ...]:
    """Each of our lines once, in the order of the list.

    `first_seen` is the night on which each candidate was first chosen, by its identity.
    """
    found = (*_flags(night, name, document), *_candidates(night, name, document, first_seen))
    return tuple(dict.fromkeys(found))


def _flags(night: RunContext, name: str, document: Document) -> Iterator[Line]:
    spot = night.settings.curated.place
    for index, flags in match_flags(document, spot).items():
        url = document.occurrences[index].url
        for flag in sorted(flags, key=lambda each: (each.state, each.since)):
            yield Line(name, "flag", link_key(url), url, str(flag.state), flag.since, spot)


def _candidates(
    night: RunContext, name: str, document: Document, first_seen: Mapping[str, date]
) -> Iterator[Line]:
    part = night.settings.curated.part
    for place in document.occurrences:
        thing = identify(place.url) if part and place.generated_section == part else None
        since = first_seen.get(str(thing))
        if since is not None:
            yield Line(name, "candidate", str(thing), place.url, "new", since)


def credible_time(said: datetime, since: date | None, now: datetime) -> datetime:
    """The moment that a commit or a host tells, else now.

    A clock that is ahead of ours, or behind the streak that was decided on (`since`), is wrong: a
    decision of before the streak would speak of nothing.
    """
    when = said.astimezone(UTC)
    return when if (since is None or since <= when.date()) and when <= now else now
