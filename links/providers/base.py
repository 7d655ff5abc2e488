"""What an authority brings home: findings on things, and the report on the links that name them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from staycurrent.links.link import Link
from staycurrent.links.observation import Freshness, Observation, Outcome
from staycurrent.web.response import Failure, Fetch, Response


@dataclass(frozen=True, slots=True)
class ProviderAnswer:
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
    checks: int = 1


@dataclass(frozen=True, slots=True)
class ProviderReport:
    """One authority's night: what it could judge, and what it could not."""

    observations: tuple[Observation, ...]
    """One for each link that was judged, in the order in which the links were given."""
    deferred: tuple[str, ...]
    """Keys of the links on which nothing is to be concluded tonight: ask again another night."""
    note: str = ""
    """Why some were not judged, for the log; empty where all were. Holds no secrets."""


@dataclass(frozen=True, slots=True)
class ProviderAnswers:
    """What the asking came to, before it is told link by link."""

    answers: Mapping[str, ProviderAnswer]
    """By the authority's name of the thing; what is absent was not judged."""
    notes: tuple[str, ...] = ()


def claimed_names(links: Sequence[Link], claims: Callable[[Link], str | None]) -> dict[Link, str]:
    """The authority's name of the thing behind each link; raises ValueError on one not claimed.

    One link per key: a page and its anchors are one thing to an authority.
    """
    named = {link: claims(link) for link in {link.key: link for link in links}.values()}
    strangers = [link.key for link, name in named.items() if name is None]
    if strangers:
        raise ValueError(f"{strangers[0]} is no link of this authority: hand it to the page probe")
    return {link: name for link, name in named.items() if name is not None}


def build_report(
    asked: str, named: Mapping[Link, str], tonight: ProviderAnswers, *, now: datetime, night: date
) -> ProviderReport:
    """Tell the findings link by link; a link whose thing was not judged is for another night."""
    seen = tuple(
        _observation(asked, link, tonight.answers[name], now=now, night=night)
        for link, name in named.items()
        if name in tonight.answers
    )
    not_now = tuple(link.key for link, name in named.items() if name not in tonight.answers)
    notes = [*dict.fromkeys(tonight.notes)]
    if not_now:
        notes.append(f"{len(not_now)} of {len(named)} links left for another night")
    return ProviderReport(seen, not_now, "; ".join(notes))


def _observation(
    asked: str, link: Link, finding: ProviderAnswer, *, now: datetime, night: date
) -> Observation:
    return Observation(
        link=link.key,
        run_date=night,
        seen_at=now,
        outcome=finding.outcome,
        checked_by=asked,
        status=finding.status,
        final_url=_with_query(finding.moved_to, link),
        permanent=finding.moved_to is not None,
        freshness=finding.freshness,
        identity=finding.identity,
        checks=finding.checks,
        evidence=finding.evidence,
    )


def _with_query(moved_to: str | None, link: Link) -> str | None:
    """The new address with what the link carried behind its path: a move loses nothing."""
    _, mark, query = link.address.target.partition("?")
    return moved_to if moved_to is None else f"{moved_to}{mark}{query}"


@dataclass(frozen=True, slots=True)
class ProviderReply:
    """One turn: a finding or none, with why none, and whether to stop for tonight."""

    answer: ProviderAnswer | None
    reason: str = ""
    """Why nothing was found out, or why no more is to be asked."""
    stop: bool = False
    """The quota is used up, or the authority is down."""


AskAgain = Callable[[], Awaitable[ProviderReply]]


async def ask_sequentially(
    things: Sequence[str], look: Callable[[str], Awaitable[ProviderReply]], *, patience: int
) -> ProviderAnswers:
    """Look at each thing in turn, until told to stop or `patience` looks in a row were in vain."""
    findings: dict[str, ProviderAnswer] = {}
    notes: list[str] = []
    vain = 0
    for thing in things:
        reply = await look(thing)
        if reply.reason:
            notes.append(reply.reason)
        if reply.answer is not None:
            findings[thing] = reply.answer
        vain = 0 if reply.answer is not None else vain + 1
        if reply.stop:
            break
        if vain >= patience:
            notes.append(f"{vain} looks in a row in vain: given up for tonight")
            break
    return ProviderAnswers(findings, tuple(notes))


async def confirm_negative(first: ProviderReply, again: AskAgain) -> ProviderReply:
    """Believe bad news only where a second look brings the same; else the second look counts."""
    if first.answer is None or not first.answer.outcome.is_negative:
        return first
    second = await again()
    stop = first.stop or second.stop
    why = second.reason or first.reason
    if second.answer is None or second.answer.outcome is not first.answer.outcome:
        return replace(second, reason=why, stop=stop)
    return ProviderReply(replace(second.answer, checks=first.answer.checks + 1), why, stop)


async def check_page(page: str, ask: Fetch, *, otherwise: AskAgain) -> ProviderReply:
    """Ask the page where the API knows of nothing; `otherwise` is how to look if it cannot tell.

    The page is a witness of its own: an API that errs, or an address that is no such thing after
    all (`/solutions/x` reads like `/owner/name`), must not make a dead link.
    """
    answer = await ask(page)
    if answer.failure is None and answer.status in (404, 410):
        words = f"the API knows nothing of it, and its page says {answer.status}"
        return ProviderReply(ProviderAnswer(Outcome.MISSING, words, answer.status))
    if answer.failure is None and 200 <= answer.status < 300:
        return _page_there(answer)
    return await otherwise()


def _page_there(answer: Response) -> ProviderReply:
    if answer.hops:
        return ProviderReply(None, "a page that the API knows nothing of leads elsewhere")
    words = "the API knows nothing of it, but its page answers"
    return ProviderReply(ProviderAnswer(Outcome.OK, words, answer.status))


def unavailable(answer: Response) -> ProviderReply | None:
    """The turn that an answer without a verdict makes, or None where the answer can be judged.

    429, 503 and a host that asked us to come back later end the night; other 5xx and failures
    are one look in vain.
    """
    if answer.failure is Failure.DEFERRED or answer.status in (429, 503):
        return ProviderReply(None, "asked to come back later", stop=True)
    if answer.failure is not None:
        return ProviderReply(None, f"no answer ({answer.failure})")
    if answer.status >= 500:
        return ProviderReply(None, f"status {answer.status}")
    return None
