"""What providers share: answers about content, the report about links, and how they are asked."""

from collections import deque
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Generic, TypeVar

from staycurrent.links.link import Link
from staycurrent.links.observation import NOW_AT, Freshness, Observation, Outcome
from staycurrent.web.response import Failure, Fetch, Response


@dataclass(frozen=True, slots=True)
class ProviderAnswer:
    """What a provider says of one piece of content, whichever links lead to it."""

    outcome: Outcome
    evidence: str
    """A few words of ours for a person; never text of the provider or of an author."""
    status: int | None = None
    """HTTP status of the deciding response; None if it was one of a batch."""
    moved_to: str | None = None
    """The present URL, if the content was renamed; if it is missing, a probable one."""
    freshness: Freshness | None = None
    identity: str | None = None
    """The provider's lasting name for the content, which a rename does not change."""
    checks: int = 1


@dataclass(frozen=True, slots=True)
class ProviderAnswers:
    """The answers of a provider, before they are assigned to links."""

    answers: Mapping[str, ProviderAnswer]
    """By the provider's name of the content; absent if there is no answer."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProviderReport:
    """The results of one provider in one run."""

    observations: tuple[Observation, ...]
    """One for each link with an answer, in the order of the links."""
    deferred: tuple[str, ...]
    """Keys of the links without an answer: they are asked about in another run."""
    note: str = ""
    """Why some have no answer, for the log; empty if all have one. Contains no secrets."""


S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Api(Generic[S]):
    """The API of a provider, as it is asked in one run."""

    settings: S
    """The provider's own, as `GitHubSettings`."""
    ask: Fetch
    """Sends one request, of the provider's API or of its pages."""
    now: datetime
    stale_after_days: int
    """`freshness.stale_after_days`."""

    def freshness(self, last_change: datetime) -> Freshness:
        """Of content that is not archived or withdrawn: fresh, or idle for too long."""
        is_idle = self.now - last_change > timedelta(days=self.stale_after_days)
        return Freshness.IDLE if is_idle else Freshness.FRESH


AskAll = Callable[[Sequence[str], Api[Any]], Awaitable[ProviderAnswers]]
"""Asks about all these names, of which no two are the same."""


@dataclass(frozen=True, slots=True)
class Provider:
    """A site that answers for its own pages through an API."""

    name: str
    """The name in its observations, and of its settings in `ProviderSettings`."""
    claims: Callable[[Link], str | None]
    """Its name of a link's content; None if the page itself has to be checked."""
    answer: AskAll
    """Asks about the names of a run's links; `one_by_one` makes it of questions about one."""
    is_left_to_page: Callable[[Link, Any], bool] = lambda *_: False
    """Whether, with these settings, the page of a link that it claims is checked nevertheless."""
    moved_to: Callable[[Link], str | None] = lambda _: None
    """The present URL of a page that has a former one, if it is there."""
    container: Callable[[Link], str] = lambda _: ""
    """The path of the project that a link which it does not claim leads into; else empty. If that
    is gone, the site sends the page's visitors to a login."""

    async def check(self, links: Sequence[Link], api: Api[Any], run_date: date) -> ProviderReport:
        """Report the observations; raises ValueError for a link not claimed.

        One link per key: a page and its anchors are the same to a provider. A link without an
        answer is left for another run.
        """
        named: dict[Link, str] = {}
        for link in {link.key: link for link in links}.values():
            name = self.claims(link)
            if name is None:
                raise ValueError(f"{link.key} is not a link of this provider: check its page")
            named[link] = name
        found = await self.answer(list(dict.fromkeys(named.values())), api)
        answered = {link: found.answers[n] for link, n in named.items() if n in found.answers}
        for link, answer in answered.items():
            if answer.outcome is Outcome.OK and (url := self.moved_to(link)):
                words = f"{NOW_AT}{url}; {answer.evidence}"
                moved = replace(answer, outcome=Outcome.REDIRECTED, moved_to=url, evidence=words)
                answered[link] = moved
        when = api.now, run_date
        seen = [_observation(self.name, link, one, *when) for link, one in answered.items()]
        not_now = tuple(link.key for link in named if link not in answered)
        left = f"{len(not_now)} of {len(named)} links left for another run" if not_now else ""
        notes = "; ".join(filter(None, dict.fromkeys((*found.notes, left))))
        return ProviderReport(tuple(seen), not_now, notes)


def path_at(link: Link, hosts: Collection[str]) -> str:
    """The path of a link to one of these hosts, at the port of its scheme; empty for any other."""
    address = link.address
    is_there = address.host in hosts and address.port in (80, 443)
    return address.target.partition("?")[0] if is_there else ""


def _observation(
    asked: str, link: Link, finding: ProviderAnswer, now: datetime, run_date: date
) -> Observation:
    _, mark, query = link.address.target.partition("?")
    return Observation(
        link=link.key,
        run_date=run_date,
        seen_at=now,
        outcome=finding.outcome,
        checked_by=asked,
        status=finding.status,
        final_url=finding.moved_to and f"{finding.moved_to}{mark}{query}",
        permanent=finding.moved_to is not None and finding.outcome is Outcome.REDIRECTED,
        freshness=finding.freshness,
        identity=finding.identity,
        checks=finding.checks,
        evidence=finding.evidence,
    )


@dataclass(frozen=True, slots=True)
class ProviderReply:
    """The result of one request: an answer or none, why, and whether to stop for this run."""

    answer: ProviderAnswer | None
    reason: str = ""
    """Why there is no answer, or why to stop."""
    stop: bool = False
    """The quota is used up, or the provider is down."""


AskAgain = Callable[[], Awaitable[ProviderReply]]


async def ask_sequentially(
    names: Sequence[str], ask_about: Callable[[str], Awaitable[ProviderReply]], *, patience: int
) -> ProviderAnswers:
    """Ask about one after another, until a reply says stop or `patience` in a row had no answer.

    The names come in the order of their importance. What has no answer in any run is among the
    first of each, because it waits longest; so the provider is only given up once the last name,
    of which it knew lately, has no answer either.
    """
    findings: dict[str, ProviderAnswer] = {}
    notes: list[str] = []
    waiting, vain = deque(names), 0
    while waiting:
        name = waiting.pop() if 0 < vain == patience - 1 else waiting.popleft()
        reply = await ask_about(name)
        notes.append(reply.reason)
        vain += 1
        if reply.answer is not None:
            findings[name] = reply.answer
            vain = 0
        if vain >= patience:
            notes.append(f"{vain} requests in a row without an answer: given up for this run")
        if reply.stop or vain >= patience:
            break
    return ProviderAnswers(findings, tuple(filter(None, notes)))


AskOne = Callable[[str, Api[Any]], Awaitable[ProviderReply]]
"""Sends what has to be asked about one name."""


def one_by_one(request: AskOne, confirm: AskOne) -> AskAll:
    """`Provider.answer` of a provider that knows one name at a time.

    Each is requested after the other, and again by `confirm` after a negative answer.
    """

    async def answer(names: Sequence[str], api: Api[Any]) -> ProviderAnswers:
        async def ask_about(name: str) -> ProviderReply:
            return await confirm_negative(await request(name, api), lambda: confirm(name, api))

        return await ask_sequentially(names, ask_about, patience=api.settings.patience)

    return answer


async def confirm_negative(first: ProviderReply, again: AskAgain) -> ProviderReply:
    """Ask again after a negative answer; if the second one differs, the second one counts."""
    if first.answer is None or not first.answer.outcome.is_negative:
        return first
    second = await again()
    answer = second.answer
    if answer is not None and answer.outcome is first.answer.outcome:
        answer = replace(answer, checks=first.answer.checks + 1)
    return ProviderReply(answer, second.reason or first.reason, first.stop or second.stop)


async def check_page(page: str, ask: Fetch, *, otherwise: AskAgain) -> ProviderReply:
    """Check the page of content that the API does not know; `otherwise` asks if that says nothing.

    The page is independent evidence: an error of the API, or a URL that only reads like one of a
    repository (`/solutions/x`), must not make a dead link.
    """
    answer = await ask(page)
    if answer.failure is None and answer.status in (404, 410):
        words = f"the API knows nothing of it, and its page says {answer.status}"
        return ProviderReply(ProviderAnswer(Outcome.MISSING, words, answer.status))
    if answer.failure is None and 200 <= answer.status < 300:
        if answer.hops:
            return ProviderReply(None, "a page that the API knows nothing of leads elsewhere")
        words = "the API knows nothing of it, but its page answers"
        return ProviderReply(ProviderAnswer(Outcome.OK, words, answer.status))
    return await otherwise()


def unavailable(answer: Response) -> ProviderReply | None:
    """The reply for a response without an answer; None if the response can be used.

    429, 503 and a postponed request stop the run's requests; other 5xx and failures do not.
    """
    if answer.failure is Failure.DEFERRED or answer.status in (429, 503):
        return ProviderReply(None, answer.detail or "asked to come back later", stop=True)
    if answer.failure is not None:
        return ProviderReply(None, f"not reached ({answer.failure.words})")
    if answer.status >= 500:
        return ProviderReply(None, f"status {answer.status}")
    return None


def reply_to(response: Response, answer: ProviderAnswer | None, whose: str) -> ProviderReply:
    """The reply for a response of which this was read; None: it cannot be read."""
    reason = "" if answer else f"a response of {whose} cannot be read"
    return unavailable(response) or ProviderReply(answer, reason)
