"""How pages are looked at: once if all is well, twice if not, beside a sibling if that tells."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TypeVar

from links.confirmed import put_off, settled
from links.crowd import crowded
from links.link import Link
from links.names import keeps_name, place
from links.observation import Observation, Outcome
from links.other_scheme import other_scheme, told
from links.outcome import Reading, is_home
from links.past import Past
from links.sibling import Sibling, folder_of, made_up, sibling, still_holds
from links.sight import Sight, sight
from links.soft import Around, decided, is_open, must_wait
from web.answer import Answer

T = TypeVar("T")
_NEVER_SEEN = Past()
_EVERYWHERE = 3
"""Hosts; two may be two names of one."""


def _always(_: int) -> bool:
    return True


def _forgotten(_: Sibling) -> None:
    """Keep nothing: for looks without a memory."""


@dataclass(frozen=True, slots=True)
class Session:
    """What a night's looks are made with."""

    ask: Callable[[str], Awaitable[Answer]]
    """Looks at a page by its address; sees to it that the host allows that."""
    night: date
    now: Callable[[], datetime]
    """Aware UTC; called when a look ends."""
    sleep: Callable[[float], Awaitable[None]]
    concurrency: int
    second_look_s: float
    """Seconds between a negative look and the one that confirms it."""
    patience_nights: int = 14
    """Nights on which a host may put us off before its server errors count after all."""
    pasts: Mapping[str, Past] = field(default_factory=dict)
    """What links were like when they were well, by key."""
    siblings: Mapping[str, Sibling] = field(default_factory=dict)
    """What is remembered of made-up addresses, by folder."""
    keep: Callable[[Sibling], None] = _forgotten
    """Takes what a made-up address answered tonight."""
    revisit: Callable[[str, Past], Awaitable[Answer]] | None = None
    """First looks, where it is worth asking whether a page changed; None: as `ask` does."""
    affords: Callable[[int], bool] = _always
    """Whether another look may begin, with so many requests promised to those under way."""


async def look_at(
    links: Sequence[Link], session: Session, note: Callable[[Observation], None]
) -> None:
    """Look at every link's page, and hand over what is to be noted as it comes.

    Where the session can afford no more looks, the rest is left for another night; what was begun
    comes to its end.

    A link that its host put off (`Retry-After` beyond tonight) is not noted: that was no
    look. One that itself answered so is noted as skipped, and counts when the host's patience
    with us has outlasted ours. Links of one host are spread over the order, so that no worker
    waits at a gate while other hosts are free.
    """
    looks = _Looks(session, note)
    await _each(_interleaved(links), session.concurrency, looks.first)
    await _each(looks.untold_folders(), session.concurrency, looks.ask_sibling)
    looks.settle_what_waited()
    if looks.doubtful:
        await session.sleep(session.second_look_s)
        await _each(list(looks.doubtful), session.concurrency, looks.second)


@dataclass(slots=True)
class _Looks:
    """A night's looks under way; they are kept without their bodies."""

    session: Session
    note: Callable[[Observation], None]
    waiting: dict[Link, Sight] = field(default_factory=dict)
    """What cannot be told before the night's other first looks, or a sibling, are known."""
    doubtful: dict[Link, tuple[Reading, Around]] = field(default_factory=dict)
    """What was negative at first."""
    tonight: dict[str, Sibling] = field(default_factory=dict)
    hosts: dict[str, set[str]] = field(default_factory=dict)
    """By the print of a page, who shows it."""
    under_way: int = 0
    """First looks."""

    async def first(self, link: Link) -> None:
        """The first look; for most links it is the only request."""
        if not self.session.affords(len(self.doubtful) + self.under_way):
            return
        self.under_way += 1
        seen = await self._see(link, again=False)
        self.under_way -= 1
        self.hosts.setdefault(str(seen.print), set()).add(link.host)
        if must_wait(seen):
            self.waiting[link] = seen
        else:
            self._conclude(link, seen, Around())

    def untold_folders(self) -> list[str]:
        """The folders of which nothing is known that would settle what waits."""
        return sorted(
            {
                folder_of(link.key)
                for link, seen in self.waiting.items()
                if is_open(seen) and self._sibling(link, seen) is None
            }
        )

    async def ask_sibling(self, folder: str) -> None:
        """Ask for a made-up address, and keep what it says of its folder."""
        night = self.session.night
        found = sibling(folder, night, await self.session.ask(made_up(folder, night)))
        if found is not None:
            self.tonight[folder] = found
            self.session.keep(found)

    def settle_what_waited(self) -> None:
        """Conclude on it, link by link."""
        crowd = crowded({one.key: seen.answer.final_url for one, seen in self._redirected()})
        for link, seen in self.waiting.items():
            around = Around(
                self._sibling(link, seen),
                self._others_drifted(link),
                link.key in crowd,
                len(self.hosts[str(seen.print)]) >= _EVERYWHERE,
            )
            self._conclude(link, seen, around)

    async def second(self, link: Link) -> None:
        """The look that confirms a negative one, by what was around that."""
        first, around = self.doubtful[link]
        seen = await self._see(link, again=True)
        if around.sibling is None:
            around = replace(around, sibling=self._sibling(link, seen))
        reading = settled(first, decided(seen, around))
        if reading.outcome is Outcome.SKIPPED:
            self._put_off(link, seen, first)
            return
        if not self._past(link).failing:
            reading = await self._beside_other_scheme(link, reading)
        self._note(link, seen, reading, looks=2)

    def _put_off(self, link: Link, seen: Sight, first: Reading) -> None:
        """Note that there was no second look, where enough such nights are evidence."""
        since, session = self._past(link).put_off_since, self.session
        reading = put_off(first, since, session.night, session.patience_nights)
        if reading is not None:
            self.note(_observation(link, seen, reading, session, looks=1))

    async def _beside_other_scheme(self, link: Link, reading: Reading) -> Reading:
        """On the first night of a streak: whether the other scheme does better."""
        asked = other_scheme(link.address, reading.outcome)
        words = told(asked, await self.session.ask(asked)) if asked else None
        return Reading(reading.outcome, f"{reading.evidence}; {words}") if words else reading

    async def _see(self, link: Link, *, again: bool) -> Sight:
        past, revisit = self._past(link), self.session.revisit
        if again or revisit is None:
            answer = await self.session.ask(link.key)
        else:
            answer = await revisit(link.key, past)
        return sight(answer, past, link.address.fragment)

    def _conclude(self, link: Link, seen: Sight, around: Around) -> None:
        reading = decided(seen, around)
        if reading.outcome.is_negative:
            self.doubtful[link] = (reading, around)
        else:
            self._note(link, seen, reading, looks=1)

    def _note(self, link: Link, seen: Sight, reading: Reading, *, looks: int) -> None:
        if reading.outcome is not Outcome.SKIPPED:
            self.note(_observation(link, seen, reading, self.session, looks))

    def _past(self, link: Link) -> Past:
        return self.session.pasts.get(link.key, _NEVER_SEEN)

    def _sibling(self, link: Link, seen: Sight) -> Sibling | None:
        folder = folder_of(link.key)
        known = self.tonight.get(folder) or self.session.siblings.get(folder)
        if known and still_holds(known, self.session.night, self._past(link), seen.print):
            return known
        return None

    def _redirected(self) -> Iterable[tuple[Link, Sight]]:
        redirected = Outcome.REDIRECTED
        return ((one, s) for one, s in self.waiting.items() if s.reading.outcome is redirected)

    def _others_drifted(self, link: Link) -> bool:
        return any(
            seen.signs.drifted
            for other, seen in self.waiting.items()
            if other.host == link.host and other.key != link.key
        )


async def _each(things: Iterable[T], workers: int, work: Callable[[T], Awaitable[None]]) -> None:
    """Workers over one iterator: memory does not grow with the number of things."""
    left = iter(things)

    async def go_on() -> None:
        for thing in left:
            await work(thing)

    async with asyncio.TaskGroup() as group:
        for _ in range(workers):
            group.create_task(go_on())


def _observation(
    link: Link, seen: Sight, reading: Reading, session: Session, looks: int
) -> Observation:
    answer, outcome = seen.answer, reading.outcome
    elsewhere = bool(answer.hops) and answer.failure is None and answer.final_url != answer.url
    shows_itself = outcome.is_success or outcome.is_soft
    return Observation(
        link=link.key,
        night=session.night,
        seen_at=session.now(),
        outcome=outcome,
        asked="page",
        status=answer.status or None,
        final_url=answer.ended_at if elsewhere else None,
        permanent=elsewhere and answer.permanent and not _only_home(answer.url, answer.final_url),
        looks=looks,
        elapsed_ms=round(answer.elapsed_s * 1000),
        evidence=reading.evidence,
        fingerprint=str(seen.print) if seen.print is not None and shows_itself else None,
    )


def _only_home(began: str, ended: str) -> bool:
    """It leads to a home page that does not bear its name, or to one in another language."""
    if not is_home(ended):
        return False
    if is_home(began):
        return place(began) != place(ended)
    return not keeps_name(began, ended)


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
