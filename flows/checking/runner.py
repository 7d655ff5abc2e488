"""Checks links through providers and pages: with history in a run, or once without it."""

import asyncio
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Unpack

from staycurrent.flows.checking.interruption import Interruption
from staycurrent.flows.checking.targets import provider_settings
from staycurrent.flows.context import RunContext
from staycurrent.flows.link_states import Histories
from staycurrent.flows.preflight import connectivity_error
from staycurrent.flows.witnesses import former_page_lookup, line_dates, ownership_lookup
from staycurrent.links.checker import (
    CheckBudget,
    Checker,
    CheckOptions,
    CheckSink,
    CollectingSink,
    KnownPages,
)
from staycurrent.links.former_page import FormerPageLookup
from staycurrent.links.link import Entry, Link
from staycurrent.links.observation import (
    IN_GONE_PROJECT,
    IN_KNOWN_PROJECT,
    Observation,
    Outcome,
)
from staycurrent.links.page.analysis import PageAnalysis
from staycurrent.links.page.fingerprint import baseline_from
from staycurrent.links.providers.base import Api
from staycurrent.links.providers.registry import PROVIDERS, container_of, split_by_provider
from staycurrent.links.revalidation import Revalidator
from staycurrent.links.run_gate import describe_lateness, with_takeovers, without_outages
from staycurrent.links.scheduler import LowerBound
from staycurrent.links.settings import OutageSettings
from staycurrent.links.soft_404 import ControlPage
from staycurrent.reports.text import plural
from staycurrent.warehouse import lookups, observations
from staycurrent.warehouse.open import Warehouse
from staycurrent.web.address import UnusableUrl, UrlProblem, host_of
from staycurrent.web.client import FRESH_CONNECTION, Client
from staycurrent.web.response import Failure, Fetch, RequestOptions, Response
from staycurrent.web.robots import RobotsPolicy

if TYPE_CHECKING:
    from staycurrent.links.revalidation import PageValidators
    from staycurrent.web.robots import RobotsTxt


_REQUESTS_PER_CHECK = 2
"""A check takes two where it is redirected, or where the host's robots.txt is requested."""


class Budget(CheckBudget):
    """What the checks of a run may still cost.

    It does not limit canaries, nor what confirms or explains a check. Requests may exceed it by
    those of the checks that are in progress.
    """

    def __init__(
        self, ctx: RunContext, client: Client, interruption: Interruption, *, limited: bool
    ) -> None:
        self.interruption = interruption
        self._ctx = ctx
        self._client = client
        settings = ctx.settings.links
        self._requests = settings.budget_requests if limited else 0
        self._minutes = settings.budget_minutes if limited else 0
        self.deferred = 0
        """Checks that were left for another run."""

    def can_afford(self, promised: int | None = 0) -> bool:
        """Whether another check may begin, in addition to requests reserved for others.

        None: for a link whose verdict waits for this check; only the time limits it.
        """
        is_spent = self._is_spent(promised)
        self.deferred += is_spent
        return not is_spent

    def capacity(self, promised: int) -> int:
        """How many checks may begin at once; 0: there is no limit, or nothing is left."""
        left = max(0, self._requests - self._client.requests_sent - promised)
        return math.ceil(left / _REQUESTS_PER_CHECK)

    async def request(
        self, url: str, *, promised: int | None = 0, **options: Unpack[RequestOptions]
    ) -> Response:
        """As `Client.request`; Failure.DEFERRED once the budget is spent, or when interrupted.

        `promised` as in `can_afford`; None: about what was checked already.
        """
        why = "the budget of this run is spent"
        if not self._is_spent(promised):
            response = await self.interruption.limit(self._client.request(url, **options))
            if response is not None:
                return response
            why = "this run was interrupted"
        return Response(url, url, (), 0.0, Failure.DEFERRED, why)

    def _is_spent(self, promised: int | None) -> bool:
        sent, elapsed = self._client.requests_sent, self._ctx.now() - self._ctx.clock.as_of
        is_late = self._minutes > 0 and elapsed >= timedelta(minutes=self._minutes)
        return is_late or (promised is not None and 0 < self._requests <= sent + promised)


_BATCH = 500


class ObservationBuffer:
    """Takes observations and what else a run learns; weak outcomes wait for `resolve_outages`."""

    def __init__(self, warehouse: Warehouse, run_id: int) -> None:
        self.warehouse = warehouse
        self.run_id = run_id
        self.recorded = 0
        """Number of observations."""
        self._pending: list[Observation] = []
        self._weak: list[Observation] = []
        self._outcomes: defaultdict[str, Counter[Outcome]] = defaultdict(Counter)
        """By host."""
        self.control_pages: list[ControlPage] = []
        self.robots: list[RobotsTxt] = []
        self.validators: list[PageValidators] = []

    def add(self, observation: Observation) -> None:
        """Add the observation of one check."""
        self._outcomes[host_of(observation.link)][observation.outcome] += 1
        if observation.outcome.is_weak:
            self._weak.append(observation)  # until it is known whether the host is down
        else:
            self._record(observation)

    def resolve_outages(self, outage: OutageSettings, *, is_complete: bool) -> tuple[str, ...]:
        """Record the weak outcomes, except at hosts that are down as a whole; returns these.

        Before the checks are complete that is not known: none is recorded, and the next run of
        the date checks these links again.
        """
        if not is_complete:
            self._weak.clear()
            return ()
        histories = observations.histories(self.warehouse, [one.link for one in self._weak])
        kept, down = without_outages(self._weak, self._outcomes, histories, outage)
        self._weak.clear()
        for observation in kept:
            self._record(observation)
        return down

    def _record(self, observation: Observation) -> None:
        self._pending.append(observation)
        self.recorded += 1
        if len(self._pending) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        """Write everything, except the weak outcomes that wait."""
        with self.warehouse.transaction():
            observations.add(self.warehouse, self.run_id, self._pending)
            lookups.add_control_pages(self.warehouse, self.run_id, self.control_pages)
            lookups.add_robots_txt(self.warehouse, self.run_id, self.robots)
            lookups.add_validators(self.warehouse, self.run_id, self.validators)
        for written in (self._pending, self.control_pages, self.robots, self.validators):
            written.clear()


async def check_with_providers(
    ctx: RunContext,
    command: str,
    links_by_provider: Mapping[str, Sequence[Link]],
    fetch: Callable[[str], Fetch],
    record: Callable[[Sequence[Observation]], None],
) -> None:
    """Request each provider's API for its links; `fetch` gives the function that does it."""
    providers = {provider.name: provider for provider in PROVIDERS}
    settings, stale_after_days = provider_settings(ctx), ctx.settings.freshness.stale_after_days
    for name, links in links_by_provider.items():
        api = Api(settings[name], fetch(name), ctx.now(), stale_after_days)
        report = await providers[name].check(links, api, ctx.run_date)
        record(report.observations)
        if report.note:
            ctx.reporter.info(f"{command}: {name}: {report.note}")


ClosedPage = tuple[Observation, str, Link]
"""A page that is not shown to strangers, with the provider and the link of its project."""


def closed_page(page: Observation) -> ClosedPage | None:
    """A page that is closed, if a provider knows the project that it is in."""
    is_refused = page.outcome.is_blocked and page.checked_by == "page"
    found = container_of(page.link) if is_refused else None
    return (page, *found) if found else None


async def explain_closed(
    ctx: RunContext, command: str, closed: Sequence[ClosedPage], fetch: Callable[[str], Fetch]
) -> list[Observation]:
    """Closed pages with what is known of the project that they are in: missing if that is gone."""
    answers: dict[str, Observation] = {}
    projects: defaultdict[str, list[Link]] = defaultdict(list)
    for _, provider, project in closed:
        projects[provider].append(project)

    def collect(found: Sequence[Observation]) -> None:
        answers.update({one.link: one for one in found})

    what = f"{command}: projects of closed pages"
    await check_with_providers(ctx, what, projects, fetch, collect)
    explained: list[Observation] = []
    for page, _, project in closed:
        seen, answer = page, answers.get(project.key)
        if answer and answer.outcome is Outcome.MISSING:
            evidence = f"{IN_GONE_PROJECT}{answer.evidence}"
            seen = replace(answer, link=page.link, evidence=evidence)
        elif answer and answer.outcome.is_success:
            seen = replace(page, evidence=f"{page.evidence}{IN_KNOWN_PROJECT}")
        explained.append(seen)
    return explained


def report_few_files(ctx: RunContext, client: Client) -> None:
    """Say if fewer checks are made at once than the settings allow, and how to fix that."""
    if (at_once := client.settings.concurrency) < ctx.settings.web.concurrency:
        ctx.reporter.info(
            f"check: only {at_once} checks at once, because few files may be open: "
            "raise `ulimit -n`"
        )


def report_overload(ctx: RunContext, command: str, checker: Checker) -> None:
    """Say how many links were not checked for lack of resources, and how to fix that."""
    for want, count in (+checker.overloaded).items():
        ctx.reporter.info(f"{command}: {plural(count, 'link')} not checked, because {want}")


@dataclass(slots=True)
class CheckRunner(CheckSink):
    """Checks the links of a run, or of a shard of it."""

    ctx: RunContext
    client: Client
    budget: Budget
    buffer: ObservationBuffer
    """Takes the observations; its warehouse has the histories of the links."""
    identities_changed_on: Mapping[str, date]
    """By provider, the last date on which most of its identities changed at once."""
    entries: Mapping[str, Entry]
    """What the lists say of the links, by key."""
    shown: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """By fingerprint of a page, the hosts that show it in this run."""
    hold: Callable[[Link, PageAnalysis], None] | None = None
    """Takes a link that a shard cannot decide, with its first check; None: this is not a shard."""
    analysed: Mapping[str, PageAnalysis] = field(default_factory=dict)
    """What shards could not decide, by key."""
    meanwhile: Callable[[Sequence[Observation]], None] = lambda _: None
    """Called once each link was checked once, with what failed: most of it is checked again."""
    histories: Histories = field(default_factory=dict)
    """Of all links, if they were read already; else those of the links are read."""
    failed: list[Observation] = field(default_factory=list)
    """What providers say is missing."""
    closed: list[ClosedPage] = field(default_factory=list)
    found: Counter[str] = field(default_factory=Counter)
    """The recorded observations by their freshness, else by their outcome."""
    advance: Callable[[], object] = lambda: None
    """Called for each of them."""

    async def check(self, links: Sequence[Link]) -> LowerBound:
        """Check these links and record the observations; the least time the pages could take.

        When interrupted, it returns at once; what was observed until then is recorded.
        """
        ctx, buffer = self.ctx, self.buffer
        by_provider, pages = split_by_provider(links, provider_settings(ctx))
        asked = ""

        def fetch(provider: str, request: Fetch = self.budget.request) -> Fetch:
            nonlocal asked
            asked = f"the API of {provider}"
            return request

        def record_all(found: Sequence[Observation]) -> None:
            keys = [observation.link for observation in found]
            histories = self.histories or observations.histories(buffer.warehouse, keys)
            gate, changed_on = ctx.settings.links.run_gate, self.identities_changed_on
            provider = found[0].checked_by if found else ""
            for observation in with_takeovers(found, histories, gate, changed_on.get(provider)):
                self.add(observation)
                if observation.outcome.is_negative:
                    self.failed.append(observation)

        (checker, archive), load = self._checker(pages), self.client.load
        what = "links", len(links), lambda: checker.waits_for() or asked
        with ctx.reporter.progress(*what) as self.advance:
            _, bound = await asyncio.gather(
                check_with_providers(ctx, "check", by_provider, fetch, record_all),
                self.budget.interruption.limit(checker.check(pages)),
            )
            explain = partial(fetch, request=partial(self.budget.request, promised=None))
            explained = await explain_closed(ctx, "check", self.closed, explain)
            # interrupted, nobody was asked about them: the next run of the date checks them again
            for observation in () if self.budget.interruption else explained:
                self._record(observation)
        report_overload(ctx, "check", checker)
        if archive is not None and archive.asked:
            note = f"; {archive.note}" if archive.note else ""
            questions = plural(archive.asked, "question")
            ctx.reporter.info(f"archive: {questions} about what doubtful links showed before{note}")
        if (busy := describe_lateness(load.late_s, load.ran_s + load.late_s)) is not None:
            ctx.reporter.info(f"check: {busy}")
        return bound or LowerBound(0.0, "it was interrupted")

    def exclude_outages(self) -> None:
        """Record the weak outcomes, but not those of hosts that are down as a whole."""
        is_complete = not self.budget.interruption
        outage = self.ctx.settings.links.outage
        for host in self.buffer.resolve_outages(outage, is_complete=is_complete):
            self.ctx.reporter.info(f"check: {host} seems to be down as a whole: not counted")

    def add(self, observation: Observation) -> None:
        """Record an observation, if it need not be explained first."""
        if closed := closed_page(observation):
            self.closed.append(closed)
        else:
            self._record(observation)

    def _record(self, observation: Observation) -> None:
        self.buffer.add(observation)
        self.found[observation.freshness or observation.outcome] += 1
        self.advance()

    def add_control_page(self, page: ControlPage) -> None:
        """Record the response of a random URL."""
        self.buffer.control_pages.append(page)

    def first_checks_done(self, failed: Sequence[Observation]) -> None:
        """Say what failed, with what providers say is missing."""
        self.meanwhile((*self.failed, *failed))

    def defer(self, link: Link, analysis: PageAnalysis) -> bool:
        """Hold what a shard cannot decide."""
        if self.hold is not None:
            self.hold(link, analysis)
        return self.hold is not None

    def _checker(self, pages: Sequence[Link]) -> tuple[Checker, FormerPageLookup | None]:
        ctx, client, buffer = self.ctx, self.client, self.buffer
        warehouse, links = buffer.warehouse, ctx.settings.links
        known, save = lookups.robots_txt(warehouse, ctx.run_date), buffer.robots.append
        fetch = RobotsPolicy(client, ctx.run_date, cached=known, save=save).fetch
        every, validators = links.unconditional_every, lookups.validators(warehouse, ctx.run_date)
        keep = buffer.validators.append
        revalidator = Revalidator(fetch, ctx.run_date, known=validators, keep=keep, every=every)
        histories = self.histories.items() or observations.iter_histories(
            warehouse, [link.key for link in pages]
        )
        baselines = {key: baseline_from(history, links.rules) for key, history in histories}
        controls = lookups.control_pages(warehouse, ctx.run_date)
        # a shard has no lists, and leaves what needs the dates of their lines to its coordinator
        registry, archive = None, None
        if ctx.list_paths:
            dates, entries = line_dates(ctx, self.entries), self.entries
            registry = ownership_lookup(ctx, warehouse, client.request, dates)
            archive = former_page_lookup(ctx, warehouse, client.request, entries, dates)
        at_once, patience = client.settings.concurrency, links.outage.patience_days
        silent_after = max(8, links.outage.min_links)
        checker = Checker(
            fetch=lambda url: fetch(url, FRESH_CONNECTION),
            options=CheckOptions(
                ctx.run_date, at_once, links.second_look_s, patience, silent_after
            ),
            now=ctx.now,
            sleep=ctx.sleep,
            limiter=client.limiter,
            sink=self,
            budget=self.budget,
            known=KnownPages(baselines, controls, self.shown, self.entries),
            revalidate=revalidator.fetch,
            analysed=self.analysed,
            ask_registry=registry,
            ask_archive=archive.of_link if archive else None,
        )
        return checker, archive


def refused_observation(ctx: RunContext, url: str, unusable: UnusableUrl) -> Observation:
    """The observation of a URL that is never requested."""
    is_malformed = unusable.problem is UrlProblem.MALFORMED
    return Observation(
        link=url,
        run_date=ctx.run_date,
        seen_at=ctx.now(),
        outcome=Outcome.MALFORMED if is_malformed else Outcome.REFUSED_BY_POLICY,
        checked_by="nobody",
        evidence=unusable.reason,
    )


async def check_once(
    ctx: RunContext, command: str, links: Mapping[str, Link]
) -> tuple[str | None, dict[str, Observation]]:
    """Check each link by its provider or its page; negative checks are confirmed, as in a run.

    Returns why no observation can be trusted now (offline, a wrong clock), or None, and the
    observations by key. `command` begins the messages. Reads and writes no warehouse.
    """
    sink = CollectingSink()

    def record(found: Sequence[Observation]) -> None:
        for observation in found:
            sink.add(observation)

    async with ctx.open_client(ctx.settings.web, ctx.run_date) as client:
        error = await connectivity_error(client, ctx)
        if error is None:
            by_provider, pages = split_by_provider(links.values(), provider_settings(ctx))
            robots = RobotsPolicy(client, ctx.run_date, cached={}, save=lambda _: None)
            at_once, second_s = client.settings.concurrency, ctx.settings.links.second_look_s
            checker = Checker(
                fetch=robots.fetch,
                options=CheckOptions(ctx.run_date, at_once, second_s),
                now=ctx.now,
                sleep=ctx.sleep,
                limiter=client.limiter,
                sink=sink,
            )
            with ctx.reporter.progress("links", len(links), checker.waits_for) as sink.advance:
                asked = check_with_providers(
                    ctx, command, by_provider, lambda _: client.request, record
                )
                await asyncio.gather(asked, checker.check(pages))
                closed = [one for one in map(closed_page, sink.observations) if one]
                explained = await explain_closed(ctx, command, closed, lambda _: client.request)
            sink.observations += explained
            report_overload(ctx, command, checker)
    return error, {one.link: one for one in sink.observations}
