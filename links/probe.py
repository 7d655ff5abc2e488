"""How pages are looked at: once if all is well, twice if not, beside a sibling if that tells."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial
from time import monotonic
from urllib.parse import urlsplit

from staycurrent.links.bound import Bound, Spent
from staycurrent.links.breaker import Breaker
from staycurrent.links.confirmed import put_off, settled
from staycurrent.links.crowd import crowded
from staycurrent.links.link import Link
from staycurrent.links.noted import observation
from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.other_scheme import other_scheme, told
from staycurrent.links.outcome import Reading
from staycurrent.links.past import Past
from staycurrent.links.sibling import Sibling, folder_of, made_up, sibling, still_holds
from staycurrent.links.sight import Sight, sight
from staycurrent.links.soft import Around, decided, is_open, must_wait
from staycurrent.links.turns import Turns
from staycurrent.web.host_limiter import HostLimiter
from staycurrent.web.response import Response
from staycurrent.web.settings import WebSettings

_NEVER_SEEN = Past()
_SLOW_S = 5.0
"""A look that took so long the last time is among the first of its host."""
_EVERYWHERE = 3
"""Hosts; two may be two names of one."""


def _always(_: int | None) -> bool:
    return True


def _all(_: int) -> int:
    """For looks without a budget."""
    return 0


def _forgotten(_: Sibling) -> None:
    """Keep nothing: for looks without a memory."""


def _open() -> HostLimiter:
    """Hosts that let everybody in: for looks whose order does not matter."""
    return HostLimiter(WebSettings(per_host=1 << 16, pause_s=0.0, slow_hosts=()), monotonic)


@dataclass(frozen=True, slots=True)
class Session:
    """What a night's looks are made with."""

    ask: Callable[[str], Awaitable[Response]]
    """Looks at a page by its address; sees to it that the host allows that."""
    night: date
    now: Callable[[], datetime]
    """Aware UTC; called when a look ends."""
    sleep: Callable[[float], Awaitable[None]]
    concurrency: int
    """Looks under way at once, those not counted that wait at a host's gate."""
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
    revisit: Callable[[str, Past], Awaitable[Response]] | None = None
    """First looks, where it is worth asking whether a page changed; None: as `ask` does."""
    affords: Callable[[int | None], bool] = _always
    """Whether another look may begin, with so many requests promised to those under way."""
    bears: Callable[[int], int] = _all
    """How many looks may begin at once, with so many requests promised, without one too many; 0:
    all, as there is no budget, or none of it is left."""
    gates: HostLimiter = field(default_factory=_open)
    """When the hosts let somebody in; they see to it themselves, this is to plan by."""
    silent_after: int = 8
    """Looks in a row without an answer after which a host that was well is left alone."""
    shown: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """By the print of a page, the hosts that show it tonight; goes on from what is known."""
    hold: Callable[[Link, str], None] | None = None
    """Takes a link, with its page's print, that hosts elsewhere have a say on; None: there are
    none, these links are all of the night's."""


async def look_at(
    links: Sequence[Link], session: Session, note: Callable[[Observation], None]
) -> Bound:
    """Look at every link's page, and hand over what is to be noted as it comes.

    Where the session can afford no more looks, the rest is left for another night; what was begun
    comes to its end. The links come in the order in which they matter: where not all of them may
    be affordable, so many begin as surely are, and the others when it is known what these took.

    A link that its host put off (`Retry-After` beyond tonight) is not noted: that was no
    look. One that itself answered so is noted as skipped, and counts when the host's patience
    with us has outlasted ours. Second looks are woven into the first ones as they become due.
    Returns what the looks took at least, and the first ones in fact.
    """
    async with Turns(session.gates, session.concurrency, session.sleep) as turns:
        looks = _Looks(
            session, note, turns, Breaker(_well(links, session), after=session.silent_after)
        )
        clock = asyncio.get_running_loop().time
        began, waiting = clock(), list(links)
        while waiting:
            count = session.bears(looks.doubtful) or len(waiting)
            looks.begin(waiting[:count])
            del waiting[:count]
            await turns.over("first")
        once_s = clock() - began
        for folder in looks.untold_folders():
            host = urlsplit(folder).hostname or folder
            turns.add("sibling", host, partial(looks.ask_sibling, folder))
        await turns.over("sibling")
        looks.settle_what_waited()
        await turns.over("second")
    return replace(looks.spent.bound(session.gates, session.concurrency), once_s=once_s)


def _well(links: Iterable[Link], session: Session) -> frozenset[str]:
    """Hosts that answered lately, so that their silence tonight is no evidence."""
    since = session.night - timedelta(days=session.patience_nights)
    pasts = ((link.host, session.pasts.get(link.key, _NEVER_SEEN)) for link in links)
    return frozenset(host for host, past in pasts if past.well_on and past.well_on >= since)


@dataclass(slots=True)
class _Looks:
    """A night's looks under way; they are kept without their bodies."""

    session: Session
    note: Callable[[Observation], None]
    turns: Turns
    breaker: Breaker
    spent: Spent = field(default_factory=Spent)
    waiting: dict[Link, Sight] = field(default_factory=dict)
    """What cannot be told before the night's other first looks, or a sibling, are known."""
    settled: bool = False
    """What waited is settled: nothing has to wait any more."""
    unsettled: list[tuple[Link, Sight, Reading, Around]] = field(default_factory=list)
    """Second looks that cannot be told before."""
    tonight: dict[str, Sibling] = field(default_factory=dict)
    under_way: int = 0
    """First looks."""
    doubtful: int = 0
    """Links that were negative at first, and are to be looked at again."""

    def begin(self, links: Iterable[Link]) -> None:
        """Queue the first looks; at each host those that took long the last time go first."""
        for link in sorted(links, key=lambda one: self._past(one).seconds < _SLOW_S):
            self._queue(link)

    def _queue(self, link: Link) -> None:
        seconds = self._past(link).seconds
        self.turns.add("first", link.host, partial(self.first, link), seconds=seconds)

    async def first(self, link: Link) -> None:
        """The first look; for most links it is the only request."""
        failing = self._past(link).failing
        promised = None if failing else self.doubtful + self.under_way
        if not self.session.affords(promised):
            return
        if self.breaker.sets_aside(link):
            return
        self.under_way += 1
        seen = await self._see(link, again=False)
        self.under_way -= 1
        for other in self.breaker.heard(link, seen.reading.outcome, failing=failing):
            self._queue(other)
        self.session.shown[str(seen.print)].add(link.host)
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
            everywhere = len(self.session.shown[str(seen.print)]) >= _EVERYWHERE
            if self.session.hold and seen.signs.breaks_promise and not everywhere:
                self.session.hold(link, str(seen.print))
                continue
            others = self._others_drifted(link)
            around = Around(self._sibling(link, seen), others, link.key in crowd, everywhere)
            self._conclude(link, seen, around)
        self.waiting.clear()
        self.settled = True
        for one in self.unsettled:
            self.turns.add("second", one[0].host, partial(self._confirm, *one))
        self.unsettled.clear()

    async def second(self, link: Link, first: Reading, around: Around) -> None:
        """The look that confirms a negative one."""
        seen = await self._see(link, again=True)
        self.doubtful -= 1
        if must_wait(seen) and not self.settled:
            self.unsettled.append((link, seen, first, around))
        else:
            await self._confirm(link, seen, first, around)

    async def _confirm(self, link: Link, seen: Sight, first: Reading, around: Around) -> None:
        """Conclude on a second look, by what was around the first one."""
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
            self.note(observation(link, seen, reading, (session.night, session.now()), looks=1))

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
        self.spent.add(link.host, answer.elapsed_s)
        return sight(answer, past, link.address.fragment)

    def _conclude(self, link: Link, seen: Sight, around: Around) -> None:
        reading = decided(seen, around)
        if reading.outcome.is_negative:
            self.doubtful += 1
            again = partial(self.second, link, reading, around)
            after_s = self.session.second_look_s
            self.turns.add_later("second", link.host, again, after_s=after_s)
        else:
            self._note(link, seen, reading, looks=1)

    def _note(self, link: Link, seen: Sight, reading: Reading, *, looks: int) -> None:
        if reading.outcome is not Outcome.SKIPPED:
            self.note(
                observation(link, seen, reading, (self.session.night, self.session.now()), looks)
            )

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
