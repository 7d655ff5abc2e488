"""Checks pages: once if all is well, twice if not, and against a control page where needed."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial
from urllib.parse import urlsplit

from staycurrent.links import soft_404
from staycurrent.links.attempts import (
    merge_attempts,
    other_scheme_result,
    other_scheme_url,
    page_observation,
    postponed,
    upgraded,
)
from staycurrent.links.classification import Classification, is_missing
from staycurrent.links.former_page import FormerPage
from staycurrent.links.link import Entry, Link
from staycurrent.links.moves import links_with_shared_target
from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.page.analysis import PageAnalysis, analyse_page
from staycurrent.links.page.fingerprint import Baseline
from staycurrent.links.scheduler import (
    CheckTask,
    CircuitBreaker,
    LowerBound,
    Scheduler,
    lower_bound,
)
from staycurrent.links.soft_404 import ControlPage, Ownership, PageContext
from staycurrent.web.host_limiter import HostLimiter
from staycurrent.web.response import Response

_NEVER_CHECKED = Baseline()
_SLOW_S = 5.0
"""A link whose last check took so long is among the first of its host."""
_MIN_LINKS = 3
"""Links of one host that were never well; fewer do not show what the host does to us."""
_MANY_HOSTS = 3
"""Hosts that show the same page; two may be two names of one host."""


class CheckBudget:
    """What the checks of a run may cost; here without a limit."""

    def can_afford(self, _promised: int | None) -> bool:
        """Whether another check may begin, with so many requests reserved for others.

        None: for a link whose verdict waits for this check, so that its streak is not interrupted.
        """
        return True

    def capacity(self, _promised: int) -> int:
        """How many checks may begin at once, with so many requests reserved.

        0: there is no limit, or nothing is left.
        """
        return 0


class CheckSink:
    """Takes the results of checks as they come; here none of them is kept."""

    def add(self, observation: Observation) -> None:
        """Take the observation of a link."""

    def add_control_page(self, page: ControlPage) -> None:
        """Take the response of a random URL, for later runs."""

    def first_checks_done(self, failed: Sequence[Observation]) -> None:
        """Every page was checked once; these failed, and most wait for their second check."""

    def defer(self, _link: Link, _analysis: PageAnalysis) -> bool:
        """Take a link that a shard cannot decide, with its first check.

        It needs the hosts of other shards, or what registries and the archive say, which are asked
        once for all shards. False: this is not a shard, so it is decided here.
        """
        return False


class CollectingSink(CheckSink):
    """Keeps the observations in memory, and nothing for later runs; calls `advance` for each."""

    def __init__(self) -> None:
        self.observations: list[Observation] = []
        self.advance: Callable[[], object] = lambda: None

    def add(self, observation: Observation) -> None:
        """Keep it."""
        self.observations.append(observation)
        self.advance()


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """The numbers of a run's checks."""

    run_date: date
    concurrency: int
    """Checks in progress at once, without those that wait for their host."""
    second_look_s: float
    """Seconds between a negative check and the one that confirms it."""
    patience_days: int = 14
    """Days for which a host may postpone our checks before its server errors count after all."""
    silent_after: int = 8
    """Checks in a row without a response after which a host that was well is skipped."""


@dataclass(frozen=True, slots=True)
class KnownPages:
    """What earlier checks say of the pages."""

    baselines: Mapping[str, Baseline] = field(default_factory=dict)
    """By the link's key."""
    control_pages: Mapping[str, ControlPage] = field(default_factory=dict)
    """By folder."""
    hosts_by_fingerprint: defaultdict[str, set[str]] = field(
        default_factory=lambda: defaultdict(set)
    )
    """The hosts that show a page in this run; the checks add to it."""
    entries: Mapping[str, Entry] = field(default_factory=dict)
    """What the lists say of a link, by its key; nothing is compared without it."""


@dataclass(slots=True)
class Checker:
    """Checks the pages of one run, or of one shard of it; used once."""

    fetch: Callable[[str], Awaitable[Response]]
    """Fetches a page by its URL, if its host allows that."""
    options: CheckOptions
    now: Callable[[], datetime]
    """Aware UTC; called when a check ends."""
    sleep: Callable[[float], Awaitable[None]]
    limiter: HostLimiter
    """The limits of the hosts; the checks are planned by them."""
    sink: CheckSink
    budget: CheckBudget = field(default_factory=CheckBudget)
    known: KnownPages = field(default_factory=KnownPages)
    revalidate: Callable[[str, Baseline], Awaitable[Response]] | None = None
    """Fetches a page for its first check, if it has changed since; None: as `fetch` does."""

    ask_registry: Callable[[Link], Awaitable[Ownership]] | None = None
    """What the registry says of a link's domain; None: no registry is asked."""
    ask_archive: (
        Callable[[Link, date | None, PageAnalysis, Baseline], Awaitable[FormerPage | None]] | None
    ) = None
    """What a link showed when it was listed, before its domain was registered again, if it was;
    None: the archive is not asked."""

    analysed: Mapping[str, PageAnalysis] = field(default_factory=dict)
    """First checks that shards made and did not decide, by key; they are not made again."""

    overloaded: Counter[str] = field(default_factory=Counter, init=False)
    """Links that were not checked because this machine lacked something, by what it lacked."""
    _waits_for: Callable[[], str] = field(default=str, init=False)
    _scheduler: Scheduler = field(init=False)
    _breaker: CircuitBreaker = field(init=False)
    _durations: defaultdict[str, list[float]] = field(
        default_factory=lambda: defaultdict(list), init=False
    )
    """Seconds of each check, by host."""
    _waiting: dict[Link, PageAnalysis] = field(default_factory=dict, init=False)
    """Pages that need the results of other checks; without their bodies."""
    _is_settled: bool = field(default=False, init=False)
    """Whether the waiting pages are decided, so that nothing has to wait any more."""
    _unconfirmed: list[tuple[str, CheckTask]] = field(default_factory=list, init=False)
    """Second checks that need the results of other checks, with their hosts."""
    _new_control_pages: dict[str, ControlPage] = field(default_factory=dict, init=False)
    _unproven_hosts: frozenset[str] = field(default=frozenset(), init=False)
    """Hosts whose links were never well, as far as is known."""
    _other_hosts: set[str] = field(default_factory=set, init=False)
    """Hosts that answered with something other than 404."""
    _without_home: set[str] = field(default_factory=set, init=False)
    """Hosts that answer 404 for each link and for their home page."""
    _background: dict[Link, tuple[Ownership, FormerPage | None]] = field(
        default_factory=dict, init=False
    )
    """What registries and the archive say of doubtful pages."""
    _in_progress: int = field(default=0, init=False)
    """First checks in progress."""
    _failed: dict[str, Observation] = field(default_factory=dict, init=False)
    """By key, the negative first checks that no second one refuted."""
    _negative: int = field(default=0, init=False)
    """Links with a negative first check and without a second one."""

    async def check(self, links: Sequence[Link]) -> LowerBound:
        """Check every link's page; returns how long the checks took at least, and in fact.

        The links come in the order of their importance. Where the budget may not suffice for all
        of them, as many begin as it surely covers, and the others when it is known what these
        took. Checks that have begun are completed.

        Second checks are scheduled among the first ones, as they become due. A link that its host
        postponed (`Retry-After` beyond this run) is not recorded, because it was not checked.
        """
        since = self.options.run_date - timedelta(days=self.options.patience_days)
        successes = [(link.host, self._baseline(link).last_success) for link in links]
        healthy_hosts = {host for host, last in successes if last and last >= since}
        well = {host for host, last in successes if last}
        counts = Counter(host for host, _ in successes if host not in well)
        self._unproven_hosts = frozenset(host for host, n in counts.items() if n >= _MIN_LINKS)
        self._breaker = CircuitBreaker(healthy_hosts, after=self.options.silent_after)
        concurrency, clock = self.options.concurrency, asyncio.get_running_loop().time
        async with Scheduler(self.limiter, concurrency, self.sleep) as scheduler:
            self._scheduler, self._waits_for = scheduler, scheduler.waits_for
            began, remaining = clock(), list(links)
            while remaining:
                count = self.budget.capacity(self._negative) or len(remaining)
                for link in sorted(remaining[:count], key=self._rank):
                    self._queue(link)
                del remaining[:count]
                await scheduler.wait_for("first")
            first_checks_s = clock() - began
            for folder in self._unknown_folders():
                host = urlsplit(folder).hostname or folder
                scheduler.add("control", host, partial(self._fetch_control_page, folder))
            for host, home in self._doubtful_homes().items():
                scheduler.add("control", host, partial(self._fetch_home, host, home))
            await scheduler.wait_for("control")
            await self._ask_about_doubtful()
            self._decide_waiting()
            self.sink.first_checks_done(tuple(self._failed.values()))
            await scheduler.wait_for("second")
        bound = lower_bound(self._durations, self.limiter, concurrency)
        return replace(bound, first_checks_s=first_checks_s)

    def waits_for(self) -> str:
        """What the checks wait for at this moment, in a few words; "" before and after them."""
        return self._waits_for()

    def _rank(self, link: Link) -> tuple[bool, bool]:
        """The order at each host: what decides about a verdict, then what took long last time."""
        baseline = self._baseline(link)
        return not (baseline.failing or baseline.awaits), baseline.last_duration_s < _SLOW_S

    def _queue(self, link: Link) -> None:
        seconds = self._baseline(link).last_duration_s
        self._scheduler.add("first", link.host, partial(self._first, link), seconds=seconds)

    async def _first(self, link: Link) -> None:
        """The first check; for most links it is the only request."""
        baseline, analysis = self._baseline(link), self.analysed.get(link.key)
        if analysis is None:
            is_urgent = baseline.failing or baseline.awaits
            promised = None if is_urgent else self._negative + self._in_progress
            if not self.budget.can_afford(promised) or self._breaker.skips(link):
                return
            self._in_progress += 1
            analysis = await self._analyse(link, is_first=True)
            self._in_progress -= 1
        outcome = analysis.classification.outcome
        if analysis.response.is_overloaded:
            return
        for other in self._breaker.record(link, outcome, failing=baseline.failing):
            self._queue(other)
        self.known.hosts_by_fingerprint[str(analysis.fingerprint)].add(link.host)
        if outcome is not Outcome.MISSING:
            self._other_hosts.add(link.host)
        is_unproven = outcome is Outcome.MISSING and link.host in self._unproven_hosts
        if is_unproven or soft_404.must_wait(analysis):
            self._waiting[link] = analysis
        else:
            self._decide(link, analysis, PageContext())

    def _unknown_folders(self) -> list[str]:
        """The folders whose control page would decide something and is not known."""
        doubtful = [
            link
            for link, analysis in self._waiting.items()
            if soft_404.needs_control_page(analysis) and not self._control_page(link, analysis)
        ]
        return sorted({soft_404.folder_of(link.key) for link in doubtful})

    async def _fetch_control_page(self, folder: str) -> None:
        run_date = self.options.run_date
        response = await self.fetch(soft_404.random_url(folder, run_date))
        if page := soft_404.control_page_from(folder, run_date, response):
            self._new_control_pages[folder] = page
            self.sink.add_control_page(page)

    def _doubtful_homes(self) -> dict[str, str]:
        """The home pages of hosts that answer 404 for each link and never answered otherwise.

        Hosts do so to machines in data centres: then the home page is a control page.
        """
        missing = Counter(link.host for link in self._waiting_with(Outcome.MISSING))
        doubtful = {host for host, count in missing.items() if count >= _MIN_LINKS}
        doubtful -= self._other_hosts
        return {link.host: link.home for link in self._waiting if link.host in doubtful}

    def _waiting_with(self, outcome: Outcome) -> list[Link]:
        waiting = self._waiting
        return [one for one in waiting if waiting[one].classification.outcome is outcome]

    async def _fetch_home(self, host: str, url: str) -> None:
        if is_missing(await self.fetch(url)):
            self._without_home.add(host)

    async def _ask_about_doubtful(self) -> None:
        """Ask registries, then the archive about doubtful pages, the strongest suspicion first.

        The archive's time begins with its first question: slow registries take none of it.
        """
        waiting = self._waiting
        doubtful = [link for link in waiting if soft_404.needs_registry(waiting[link])]
        doubtful.sort(key=lambda link: -soft_404.suspicion(waiting[link]))
        owners = dict.fromkeys(doubtful, Ownership())
        if self.ask_registry:
            for link in doubtful:
                owners[link] = await self.ask_registry(link)
        for link, owner in owners.items():
            analysis, baseline, former = waiting[link], self._baseline(link), None
            if self.ask_archive and soft_404.needs_former_page(analysis, owner):
                former = await self.ask_archive(link, owner.registered, analysis, baseline)
            self._background[link] = owner, former

    def _decide_waiting(self) -> None:
        """Decide on the pages that needed the results of all first checks."""
        redirected = self._waiting_with(Outcome.REDIRECTED)
        responses = {link.key: self._waiting[link].response for link in redirected}
        shared_targets = links_with_shared_target(
            {key: response.final_url_with_fragment for key, response in responses.items()}
        )
        drifted = {link for link, analysis in self._waiting.items() if analysis.signals.drifted}
        # what waits on the same host may decide about an undecided page
        undecided_hosts = {
            link.host
            for link, analysis in self._waiting.items()
            if soft_404.needs_registry(analysis)
            or (analysis.signals.lacks_promised_pdf and not self._is_on_many_hosts(analysis))
        }
        for link, analysis in self._waiting.items():
            if link.host in undecided_hosts and self.sink.defer(link, analysis):
                continue
            owner, former = self._background.get(link, (Ownership(), None))
            context = PageContext(
                self._control_page(link, analysis),
                any(other.host == link.host and other.key != link.key for other in drifted),
                link.key in shared_targets,
                self._is_on_many_hosts(analysis),
                link.host in self._without_home,
                owner,
                former,
            )
            self._decide(link, analysis, context)
        self._waiting.clear()
        self._is_settled = True
        for host, confirm in self._unconfirmed:
            self._scheduler.add("second", host, confirm)
        self._unconfirmed.clear()

    def _is_on_many_hosts(self, analysis: PageAnalysis) -> bool:
        return len(self.known.hosts_by_fingerprint[str(analysis.fingerprint)]) >= _MANY_HOSTS

    def _decide(self, link: Link, analysis: PageAnalysis, context: PageContext) -> None:
        """Record a first check, or schedule the second one if it was negative."""
        analysis = soft_404.with_former_page(analysis, context)
        result = soft_404.classify_in_context(analysis, context)
        if result.outcome.is_negative:
            self._negative += 1
            self._failed[link.key] = self._observation(link, analysis, result, 1)
            again = partial(self._second, link, analysis, context)
            after_s = self.options.second_look_s
            self._scheduler.add_later("second", link.host, again, after_s=after_s)
        elif result.outcome is not Outcome.SKIPPED:
            self.sink.add(self._observation(link, analysis, result, 1))

    async def _second(self, link: Link, first: PageAnalysis, context: PageContext) -> None:
        """The check that confirms a negative one."""
        analysis = await self._analyse(link, is_first=False)
        self._negative -= 1
        confirm = partial(self._confirm, link, analysis, first, context)
        if soft_404.must_wait(analysis) and not self._is_settled:
            self._unconfirmed.append((link.host, confirm))
        else:
            await confirm()

    async def _confirm(
        self, link: Link, analysis: PageAnalysis, earlier: PageAnalysis, context: PageContext
    ) -> None:
        """Merge both checks, and record the result."""
        first = soft_404.classify_in_context(earlier, context)
        if context.control_page is None:
            context = replace(context, control_page=self._control_page(link, analysis))
        analysis = soft_404.with_former_page(analysis, context)
        second = soft_404.classify_in_context(analysis, context)
        result = merge_attempts(first, second)
        if not result.outcome.is_negative:
            self._failed.pop(link.key, None)
        baseline, options = self._baseline(link), self.options
        if analysis.response.is_overloaded:
            return
        if result.outcome is Outcome.SKIPPED:
            since = baseline.postponed_since
            waited = postponed(first, since, options.run_date, options.patience_days)
            if waited is not None:
                self.sink.add(self._observation(link, earlier, waited, 1))
            return
        if result.outcome is not second.outcome:
            analysis = earlier  # the first check counts, with its status and where it led
        url, is_http = other_scheme_url(link.address, result.outcome), link.address.scheme == "http"
        if url is not None and (is_http or not baseline.failing):
            response = await self.fetch(url)
            entry = self.known.entries.get(link.key)
            by_https = upgraded(link, response, baseline, entry) if is_http else None
            if by_https and (by_https.classification.outcome.is_success or result.outcome.is_weak):
                evidence = f"{by_https.classification.evidence}, as in browsers; {result.evidence}"
                analysis, result = by_https, replace(by_https.classification, evidence=evidence)
            elif better := other_scheme_result(url, response):
                result = replace(result, evidence=f"{result.evidence}; {better}")
        self.sink.add(self._observation(link, analysis, result, 2))

    async def _analyse(self, link: Link, *, is_first: bool) -> PageAnalysis:
        baseline = self._baseline(link)
        if is_first and self.revalidate is not None:
            response = await self.revalidate(link.key, baseline)
        else:
            response = await self.fetch(link.key)
        self._durations[link.host].append(response.elapsed_s)
        self.overloaded[response.detail] += response.is_overloaded
        entry = self.known.entries.get(link.key)
        run_date = self.options.run_date
        return analyse_page(response, baseline, link.address.fragment, entry, run_date)

    def _observation(
        self, link: Link, analysis: PageAnalysis, result: Classification, checks: int
    ) -> Observation:
        when = self.options.run_date, self.now()
        return page_observation(link, analysis, result, when, checks)

    def _baseline(self, link: Link) -> Baseline:
        return self.known.baselines.get(link.key, _NEVER_CHECKED)

    def _control_page(self, link: Link, analysis: PageAnalysis) -> ControlPage | None:
        """The control page of the link's folder, if it is known and may be used."""
        folder = soft_404.folder_of(link.key)
        page = self._new_control_pages.get(folder) or self.known.control_pages.get(folder)
        baseline, run_date = self._baseline(link), self.options.run_date
        is_usable = page and soft_404.is_usable(page, run_date, baseline, analysis.fingerprint)
        return page if is_usable else None
