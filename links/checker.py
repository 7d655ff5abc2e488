"""How pages are looked at: once if all is well, twice if not, beside a sibling if that tells."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial
from time import monotonic
from urllib.parse import urlsplit

from staycurrent.links.attempts import (
    merge_attempts,
    other_scheme_result,
    other_scheme_url,
    page_observation,
    postponed,
)
from staycurrent.links.baseline import Baseline
from staycurrent.links.classification import Classification
from staycurrent.links.control_page import (
    ControlPage,
    control_page_from,
    folder_of,
    is_usable,
    random_url,
)
from staycurrent.links.link import Link
from staycurrent.links.moves import links_with_shared_target
from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.page.analysis import PageAnalysis, analyse_page
from staycurrent.links.scheduler import CheckTimes, CircuitBreaker, LowerBound, Scheduler
from staycurrent.links.soft_404 import (
    PageContext,
    classify_in_context,
    must_wait,
    needs_control_page,
)
from staycurrent.web.host_limiter import HostLimiter
from staycurrent.web.response import Response
from staycurrent.web.settings import WebSettings

_NEVER_SEEN = Baseline()
_SLOW_S = 5.0
"""A look that took so long the last time is among the first of its host."""
_EVERYWHERE = 3
"""Hosts; two may be two names of one."""


def _always(_: int | None) -> bool:
    return True


def _all(_: int) -> int:
    """For looks without a budget."""
    return 0


def _forgotten(_: ControlPage) -> None:
    """Keep nothing: for looks without a memory."""


def _open() -> HostLimiter:
    """Hosts that let everybody in: for looks whose order does not matter."""
    return HostLimiter(WebSettings(per_host=1 << 16, pause_s=0.0, slow_hosts=()), monotonic)


@dataclass(frozen=True, slots=True)
class CheckSession:
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
    pasts: Mapping[str, Baseline] = field(default_factory=dict)
    """What links were like when they were well, by key."""
    siblings: Mapping[str, ControlPage] = field(default_factory=dict)
    """What is remembered of made-up addresses, by folder."""
    keep: Callable[[ControlPage], None] = _forgotten
    """Takes what a made-up address answered tonight."""
    revisit: Callable[[str, Baseline], Awaitable[Response]] | None = None
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


async def check_pages(
    links: Sequence[Link], session: CheckSession, note: Callable[[Observation], None]
) -> LowerBound:
    """Look at every link's page, and hand over what is to be noted as it comes.

    Where the session can afford no more looks, the rest is left for another night; what was begun
    comes to its end. The links come in the order in which they matter: where not all of them may
    be affordable, so many begin as surely are, and the others when it is known what these took.

    A link that its host put off (`Retry-After` beyond tonight) is not noted: that was no
    look. One that itself answered so is noted as skipped, and counts when the host's patience
    with us has outlasted ours. Second looks are woven into the first ones as they become due.
    Returns what the looks took at least, and the first ones in fact.
    """
    async with Scheduler(session.gates, session.concurrency, session.sleep) as turns:
        looks = _Looks(
            session, note, turns, CircuitBreaker(_well(links, session), after=session.silent_after)
        )
        clock = asyncio.get_running_loop().time
        began, waiting = clock(), list(links)
        while waiting:
            count = session.bears(looks.doubtful) or len(waiting)
            looks.begin(waiting[:count])
            del waiting[:count]
            await turns.wait_for("first")
        once_s = clock() - began
        for folder in looks.untold_folders():
            host = urlsplit(folder).hostname or folder
            turns.add("sibling", host, partial(looks.ask_sibling, folder))
        await turns.wait_for("sibling")
        looks.settle_what_waited()
        await turns.wait_for("second")
    return replace(
        looks.spent.lower_bound(session.gates, session.concurrency), first_checks_s=once_s
    )


def _well(links: Iterable[Link], session: CheckSession) -> frozenset[str]:
    """Hosts that answered lately, so that their silence tonight is no evidence."""
    since = session.night - timedelta(days=session.patience_nights)
    pasts = ((link.host, session.pasts.get(link.key, _NEVER_SEEN)) for link in links)
    return frozenset(
        host for host, past in pasts if past.last_success and past.last_success >= since
    )


@dataclass(slots=True)
class _Looks:
    """A night's looks under way; they are kept without their bodies."""

    session: CheckSession
    note: Callable[[Observation], None]
    turns: Scheduler
    breaker: CircuitBreaker
    spent: CheckTimes = field(default_factory=CheckTimes)
    waiting: dict[Link, PageAnalysis] = field(default_factory=dict)
    """What cannot be told before the night's other first looks, or a sibling, are known."""
    settled: bool = False
    """What waited is settled: nothing has to wait any more."""
    unsettled: list[tuple[Link, PageAnalysis, Classification, PageContext]] = field(
        default_factory=list
    )
    """Second looks that cannot be told before."""
    tonight: dict[str, ControlPage] = field(default_factory=dict)
    under_way: int = 0
    """First looks."""
    doubtful: int = 0
    """Links that were negative at first, and are to be looked at again."""

    def begin(self, links: Iterable[Link]) -> None:
        """Queue the first looks; at each host those that took long the last time go first."""
        for link in sorted(links, key=lambda one: self._past(one).last_duration_s < _SLOW_S):
            self._queue(link)

    def _queue(self, link: Link) -> None:
        seconds = self._past(link).last_duration_s
        self.turns.add("first", link.host, partial(self.first, link), seconds=seconds)

    async def first(self, link: Link) -> None:
        """The first look; for most links it is the only request."""
        failing = self._past(link).failing
        promised = None if failing else self.doubtful + self.under_way
        if not self.session.affords(promised):
            return
        if self.breaker.skips(link):
            return
        self.under_way += 1
        seen = await self._see(link, again=False)
        self.under_way -= 1
        for other in self.breaker.record(link, seen.classification.outcome, failing=failing):
            self._queue(other)
        self.session.shown[str(seen.fingerprint)].add(link.host)
        if must_wait(seen):
            self.waiting[link] = seen
        else:
            self._conclude(link, seen, PageContext())

    def untold_folders(self) -> list[str]:
        """The folders of which nothing is known that would settle what waits."""
        return sorted(
            {
                folder_of(link.key)
                for link, seen in self.waiting.items()
                if needs_control_page(seen) and self._sibling(link, seen) is None
            }
        )

    async def ask_sibling(self, folder: str) -> None:
        """Ask for a made-up address, and keep what it says of its folder."""
        night = self.session.night
        found = control_page_from(folder, night, await self.session.ask(random_url(folder, night)))
        if found is not None:
            self.tonight[folder] = found
            self.session.keep(found)

    def settle_what_waited(self) -> None:
        """Conclude on it, link by link."""
        crowd = links_with_shared_target(
            {one.key: seen.response.final_url for one, seen in self._redirected()}
        )
        for link, seen in self.waiting.items():
            everywhere = len(self.session.shown[str(seen.fingerprint)]) >= _EVERYWHERE
            if self.session.hold and seen.signals.lacks_promised_pdf and not everywhere:
                self.session.hold(link, str(seen.fingerprint))
                continue
            others = self._others_drifted(link)
            around = PageContext(self._sibling(link, seen), others, link.key in crowd, everywhere)
            self._conclude(link, seen, around)
        self.waiting.clear()
        self.settled = True
        for one in self.unsettled:
            self.turns.add("second", one[0].host, partial(self._confirm, *one))
        self.unsettled.clear()

    async def second(self, link: Link, first: Classification, around: PageContext) -> None:
        """The look that confirms a negative one."""
        seen = await self._see(link, again=True)
        self.doubtful -= 1
        if must_wait(seen) and not self.settled:
            self.unsettled.append((link, seen, first, around))
        else:
            await self._confirm(link, seen, first, around)

    async def _confirm(
        self, link: Link, seen: PageAnalysis, first: Classification, around: PageContext
    ) -> None:
        """Conclude on a second look, by what was around the first one."""
        if around.control_page is None:
            around = replace(around, control_page=self._sibling(link, seen))
        reading = merge_attempts(first, classify_in_context(seen, around))
        if reading.outcome is Outcome.SKIPPED:
            self._put_off(link, seen, first)
            return
        if not self._past(link).failing:
            reading = await self._beside_other_scheme(link, reading)
        self._note(link, seen, reading, looks=2)

    def _put_off(self, link: Link, seen: PageAnalysis, first: Classification) -> None:
        """Note that there was no second look, where enough such nights are evidence."""
        since, session = self._past(link).postponed_since, self.session
        reading = postponed(first, since, session.night, session.patience_nights)
        if reading is not None:
            self.note(
                page_observation(link, seen, reading, (session.night, session.now()), looks=1)
            )

    async def _beside_other_scheme(self, link: Link, reading: Classification) -> Classification:
        """On the first night of a streak: whether the other scheme does better."""
        asked = other_scheme_url(link.address, reading.outcome)
        words = other_scheme_result(asked, await self.session.ask(asked)) if asked else None
        return Classification(reading.outcome, f"{reading.evidence}; {words}") if words else reading

    async def _see(self, link: Link, *, again: bool) -> PageAnalysis:
        past, revisit = self._past(link), self.session.revisit
        if again or revisit is None:
            answer = await self.session.ask(link.key)
        else:
            answer = await revisit(link.key, past)
        self.spent.add(link.host, answer.elapsed_s)
        return analyse_page(answer, past, link.address.fragment)

    def _conclude(self, link: Link, seen: PageAnalysis, around: PageContext) -> None:
        reading = classify_in_context(seen, around)
        if reading.outcome.is_negative:
            self.doubtful += 1
            again = partial(self.second, link, reading, around)
            after_s = self.session.second_look_s
            self.turns.add_later("second", link.host, again, after_s=after_s)
        else:
            self._note(link, seen, reading, looks=1)

    def _note(self, link: Link, seen: PageAnalysis, reading: Classification, *, looks: int) -> None:
        if reading.outcome is not Outcome.SKIPPED:
            self.note(
                page_observation(
                    link, seen, reading, (self.session.night, self.session.now()), looks
                )
            )

    def _past(self, link: Link) -> Baseline:
        return self.session.pasts.get(link.key, _NEVER_SEEN)

    def _sibling(self, link: Link, seen: PageAnalysis) -> ControlPage | None:
        folder = folder_of(link.key)
        known = self.tonight.get(folder) or self.session.siblings.get(folder)
        if known and is_usable(known, self.session.night, self._past(link), seen.fingerprint):
            return known
        return None

    def _redirected(self) -> Iterable[tuple[Link, PageAnalysis]]:
        redirected = Outcome.REDIRECTED
        return (
            (one, s) for one, s in self.waiting.items() if s.classification.outcome is redirected
        )

    def _others_drifted(self, link: Link) -> bool:
        return any(
            seen.signals.drifted
            for other, seen in self.waiting.items()
            if other.host == link.host and other.key != link.key
        )
