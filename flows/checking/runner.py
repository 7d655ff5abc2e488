"""The looks themselves: pages and authorities, with all that the warehouse knows of these links."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from staycurrent.flows.checking.budget import Budget
from staycurrent.flows.checking.buffer import ObservationBuffer
from staycurrent.flows.checking.providers import provider, provider_fetch, provider_settings
from staycurrent.flows.context import RunContext
from staycurrent.links.authorities.registry import split
from staycurrent.links.bound import Bound
from staycurrent.links.link import Link
from staycurrent.links.observation import Observation
from staycurrent.links.past import past
from staycurrent.links.probe import Session, look_at
from staycurrent.links.revisit import AskIf, Revisits
from staycurrent.links.takeover import recognised
from staycurrent.warehouse import observations, robots, siblings, validators
from staycurrent.web.client import FRESH_CONNECTION, Client
from staycurrent.web.robots import RobotsPolicy


@dataclass(frozen=True, slots=True)
class CheckRunner:
    """What the looks of a night, or of a part of it, are made with."""

    night: RunContext
    client: Client
    budget: Budget
    buffer: ObservationBuffer
    """What it writes to is also where everything is remembered."""
    shown: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """By the print of a page, the hosts that show it tonight."""
    hold: Callable[[Link, str], None] | None = None
    """As in `links.probe.Session`."""

    async def check(self, chosen: Sequence[Link], advance: Callable[[], None]) -> Bound:
        """Look at these links and note what comes; what the looks at pages took at least."""
        known, pages = split(chosen)

        def note(observation: Observation) -> None:
            self.buffer.add(observation)
            advance()

        _, bound = await asyncio.gather(
            self._ask_authorities(known, note), look_at(pages, self._session(pages), note)
        )
        return bound

    def exclude_outages(self) -> None:
        """Have no look count at hosts that seem to be down as a whole, and say which they are."""
        for host in self.buffer.resolve_outages(self.night.settings.links.outage):
            self.night.reporter.info(f"check: {host} seems to be down as a whole: no look counts")

    async def _ask_authorities(
        self, known: Mapping[str, Sequence[Link]], note: Callable[[Observation], None]
    ) -> None:
        night, notebook = self.night, self.buffer
        for name, links in known.items():
            report = await provider(name).observe(
                links,
                settings=provider_settings(name, night),
                ask=provider_fetch(
                    name, night, self.budget.request, notebook.warehouse, notebook.add_repository
                ),
                now=night.now(),
                night=night.run_date,
            )
            histories = observations.histories(notebook.warehouse, [link.key for link in links])
            for observation in report.observations:
                note(recognised(observation, histories.get(observation.link, ())))
            if report.note:
                night.reporter.info(f"check: {name}: {report.note}")

    def _session(self, pages: Sequence[Link]) -> Session:
        night, warehouse = self.night, self.buffer.warehouse
        each = observations.each_history(warehouse, [link.key for link in pages])
        look = self._look()
        return Session(
            ask=lambda url: look(url, FRESH_CONNECTION),
            night=night.run_date,
            now=night.now,
            sleep=night.sleep,
            concurrency=night.settings.web.concurrency,
            second_look_s=night.settings.links.second_look_s,
            patience_nights=night.settings.links.outage.patience_nights,
            pasts={key: past(history) for key, history in each},
            siblings=siblings.remembered(warehouse, night.run_date),
            keep=self.buffer.add_control_page,
            revisit=self._revisits(look).look,
            affords=self.budget.can_afford,
            bears=self.budget.capacity,
            gates=self.client.limiter,
            silent_after=max(8, night.settings.links.outage.least_links),
            shown=self.shown,
            hold=self.hold,
        )

    def _revisits(self, look: AskIf) -> Revisits:
        night, keep = self.night, self.buffer.add_validators
        known = validators.remembered(self.buffer.warehouse, night.run_date)
        every = night.settings.links.unconditional_every
        return Revisits(look, night.run_date, known=known, keep=keep, every=every)

    def _look(self) -> AskIf:
        """How a page is looked at: as its host's robots.txt allows, or as if there were none."""
        night, web = self.night, self.client
        if not night.settings.web.robots:
            return lambda url, conditions: web.request(url, conditions=conditions)
        known = robots.remembered(self.buffer.warehouse, night.run_date)
        return RobotsPolicy(web, night.run_date, cached=known, save=self.buffer.add_robots).fetch
