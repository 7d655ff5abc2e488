"""How pages are looked at: every link once, the negative ones a second time minutes later."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from links.link import Link
from links.observation import Observation, Outcome
from links.outcome import Reading, read
from web.answer import Answer, Ask


@dataclass(frozen=True, slots=True)
class Session:
    """What a night's looks are made with."""

    ask: Ask
    night: date
    now: Callable[[], datetime]
    """Aware UTC; called when a look ends."""
    sleep: Callable[[float], Awaitable[None]]
    concurrency: int
    second_look_s: float
    """Seconds between a negative look and the one that confirms it."""


async def look_at(
    links: Sequence[Link], session: Session, note: Callable[[Observation], None]
) -> None:
    """Look at every link's page, and hand over what is to be noted as it comes.

    A link that its host put off (`Retry-After` beyond tonight) is not noted: that was no
    look. Links of one host are spread over the order, so that no worker waits at a gate
    while other hosts are free.
    """
    doubtful: dict[str, tuple[Link, Answer]] = {}

    def first_look(link: Link, answer: Answer) -> None:
        if read(answer).outcome.is_negative:
            doubtful[link.key] = (link, answer)
        else:
            _hand_over(_noted(link, answer, session), note)

    def second_look(link: Link, answer: Answer) -> None:
        _, first = doubtful[link.key]
        _hand_over(_noted(link, answer, session, first), note)

    await _ask_all(_interleaved(links), session, first_look)
    if doubtful:
        await session.sleep(session.second_look_s)
        await _ask_all([link for link, _ in doubtful.values()], session, second_look)


async def _ask_all(
    links: Iterable[Link], session: Session, use: Callable[[Link, Answer], None]
) -> None:
    """Workers over one iterator: memory does not grow with the number of links."""
    waiting = iter(links)

    async def work() -> None:
        for link in waiting:
            use(link, await session.ask(link.key))

    async with asyncio.TaskGroup() as workers:
        for _ in range(session.concurrency):
            workers.create_task(work())


def _hand_over(noted: Observation | None, note: Callable[[Observation], None]) -> None:
    if noted is not None:
        note(noted)


def _noted(
    link: Link, answer: Answer, session: Session, first: Answer | None = None
) -> Observation | None:
    reading = read(answer) if first is None else settled(read(first), read(answer))
    if reading.outcome is Outcome.SKIPPED:
        return None
    elsewhere = bool(answer.hops) and answer.failure is None and answer.final_url != answer.url
    return Observation(
        link=link.key,
        night=session.night,
        seen_at=session.now(),
        outcome=reading.outcome,
        asked="page",
        status=answer.status or None,
        final_url=answer.final_url if elsewhere else None,
        permanent=elsewhere and answer.permanent,
        looks=1 if first is None else 2,
        elapsed_ms=round(answer.elapsed_s * 1000),
        evidence=reading.evidence,
    )


def settled(first: Reading, second: Reading) -> Reading:
    """What two looks amount to: the kinder of two negative ones, else the second."""
    if not second.outcome.is_negative:
        return Reading(second.outcome, f"{second.evidence} (first {first.evidence})")
    if first.outcome is second.outcome:
        return Reading(second.outcome, f"{second.evidence}, twice")
    kinder = min(first, second, key=lambda reading: _gravity(reading.outcome))
    return Reading(kinder.outcome, f"{first.evidence}, then {second.evidence}")


def _gravity(outcome: Outcome) -> int:
    for gravity, grave in enumerate(
        (outcome is Outcome.TLS, outcome.is_weak, outcome.is_soft, outcome.is_hard)
    ):
        if grave:
            return gravity
    return 4


def _interleaved(links: Sequence[Link]) -> Iterable[Link]:
    """One link of each host in turn, hosts in the order of the list."""
    by_host: dict[str, list[Link]] = {}
    for link in links:
        by_host.setdefault(link.host, []).append(link)
    queues = [iter(of_host) for of_host in by_host.values()]
    while queues:
        heads = [(next(queue, None), queue) for queue in queues]
        queues = [queue for head, queue in heads if head is not None]
        yield from (head for head, _ in heads if head is not None)
