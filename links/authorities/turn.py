"""How an authority is asked: one thing after another, and a second time for bad news."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from staycurrent.links.authorities.report import Finding, Tonight
from staycurrent.links.observation import Outcome
from staycurrent.web.response import Failure, Fetch, Response


@dataclass(frozen=True, slots=True)
class Reply:
    """One turn: a finding or none, with why none, and whether to stop for tonight."""

    finding: Finding | None
    why: str = ""
    """Why nothing was found out, or why no more is to be asked."""
    stop: bool = False
    """The quota is used up, or the authority is down."""


Look = Callable[[], Awaitable[Reply]]


async def one_by_one(
    things: Sequence[str], look: Callable[[str], Awaitable[Reply]], *, patience: int
) -> Tonight:
    """Look at each thing in turn, until told to stop or `patience` looks in a row were in vain."""
    findings: dict[str, Finding] = {}
    notes: list[str] = []
    vain = 0
    for thing in things:
        reply = await look(thing)
        if reply.why:
            notes.append(reply.why)
        if reply.finding is not None:
            findings[thing] = reply.finding
        vain = 0 if reply.finding is not None else vain + 1
        if reply.stop:
            break
        if vain >= patience:
            notes.append(f"{vain} looks in a row in vain: given up for tonight")
            break
    return Tonight(findings, tuple(notes))


async def confirmed(first: Reply, again: Look) -> Reply:
    """Believe bad news only where a second look brings the same; else the second look counts."""
    if first.finding is None or not first.finding.outcome.is_negative:
        return first
    second = await again()
    stop = first.stop or second.stop
    why = second.why or first.why
    if second.finding is None or second.finding.outcome is not first.finding.outcome:
        return replace(second, why=why, stop=stop)
    return Reply(replace(second.finding, looks=first.finding.looks + 1), why, stop)


async def page_look(page: str, ask: Fetch, *, otherwise: Look) -> Reply:
    """Ask the page where the API knows of nothing; `otherwise` is how to look if it cannot tell.

    The page is a witness of its own: an API that errs, or an address that is no such thing after
    all (`/solutions/x` reads like `/owner/name`), must not make a dead link.
    """
    answer = await ask(page)
    if answer.failure is None and answer.status in (404, 410):
        words = f"the API knows nothing of it, and its page says {answer.status}"
        return Reply(Finding(Outcome.MISSING, words, answer.status))
    if answer.failure is None and 200 <= answer.status < 300:
        return _page_there(answer)
    return await otherwise()


def _page_there(answer: Response) -> Reply:
    if answer.hops:
        return Reply(None, "a page that the API knows nothing of leads elsewhere")
    words = "the API knows nothing of it, but its page answers"
    return Reply(Finding(Outcome.OK, words, answer.status))


def silence(answer: Response) -> Reply | None:
    """The turn that an answer without a verdict makes, or None where the answer can be judged.

    429, 503 and a host that asked us to come back later end the night; other 5xx and failures
    are one look in vain.
    """
    if answer.failure is Failure.DEFERRED or answer.status in (429, 503):
        return Reply(None, "asked to come back later", stop=True)
    if answer.failure is not None:
        return Reply(None, f"no answer ({answer.failure})")
    if answer.status >= 500:
        return Reply(None, f"status {answer.status}")
    return None
