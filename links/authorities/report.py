"""What an authority brings home: findings on things, and the report on the links that name them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from staycurrent.links.link import Link
from staycurrent.links.observation import Freshness, Observation, Outcome


@dataclass(frozen=True, slots=True)
class Finding:
    """What an authority says of one thing, whichever links name it."""

    outcome: Outcome
    evidence: str
    """A few words of ours for a person; never text that the authority or an author wrote."""
    status: int | None = None
    """HTTP status of the deciding answer; None where the verdict stood in a batch."""
    moved_to: str | None = None
    """The thing's present address, where it goes by another name now."""
    freshness: Freshness | None = None
    identity: str | None = None
    """The authority's lasting name for the thing, which a rename does not change."""
    looks: int = 1


@dataclass(frozen=True, slots=True)
class Report:
    """One authority's night: what it could judge, and what it could not."""

    observations: tuple[Observation, ...]
    """One for each link that was judged, in the order in which the links were given."""
    not_now: tuple[str, ...]
    """Keys of the links on which nothing is to be concluded tonight: ask again another night."""
    note: str = ""
    """Why some were not judged, for the log; empty where all were. Holds no secrets."""


@dataclass(frozen=True, slots=True)
class Tonight:
    """What the asking came to, before it is told link by link."""

    findings: Mapping[str, Finding]
    """By the authority's name of the thing; what is absent was not judged."""
    notes: tuple[str, ...] = ()


def names(links: Sequence[Link], claims: Callable[[Link], str | None]) -> dict[Link, str]:
    """The authority's name of the thing behind each link; raises ValueError on one not claimed.

    One link per key: a page and its anchors are one thing to an authority.
    """
    named = {link: claims(link) for link in {link.key: link for link in links}.values()}
    strangers = [link.key for link, name in named.items() if name is None]
    if strangers:
        raise ValueError(f"{strangers[0]} is no link of this authority: hand it to the page probe")
    return {link: name for link, name in named.items() if name is not None}


def report(
    asked: str, named: Mapping[Link, str], tonight: Tonight, *, now: datetime, night: date
) -> Report:
    """Tell the findings link by link; a link whose thing was not judged is for another night."""
    seen = tuple(
        _observation(asked, link, tonight.findings[name], now=now, night=night)
        for link, name in named.items()
        if name in tonight.findings
    )
    not_now = tuple(link.key for link, name in named.items() if name not in tonight.findings)
    notes = [*dict.fromkeys(tonight.notes)]
    if not_now:
        notes.append(f"{len(not_now)} of {len(named)} links left for another night")
    return Report(seen, not_now, "; ".join(notes))


def _observation(
    asked: str, link: Link, finding: Finding, *, now: datetime, night: date
) -> Observation:
    return Observation(
        link=link.key,
        night=night,
        seen_at=now,
        outcome=finding.outcome,
        asked=asked,
        status=finding.status,
        final_url=_with_query(finding.moved_to, link),
        permanent=finding.moved_to is not None,
        freshness=finding.freshness,
        identity=finding.identity,
        looks=finding.looks,
        evidence=finding.evidence,
    )


def _with_query(moved_to: str | None, link: Link) -> str | None:
    """The new address with what the link carried behind its path: a move loses nothing."""
    _, mark, query = link.address.target.partition("?")
    return moved_to if moved_to is None else f"{moved_to}{mark}{query}"
