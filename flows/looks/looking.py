"""The looks themselves: pages and authorities, with all that the warehouse knows of these links."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from staycurrent.flows.asking import asked_by, asked_with, authority
from staycurrent.flows.looks.allowance import Allowance
from staycurrent.flows.looks.notebook import Notebook
from staycurrent.flows.night import Night
from staycurrent.links.authorities.registry import split
from staycurrent.links.bound import Bound
from staycurrent.links.link import Link
from staycurrent.links.observation import Observation
from staycurrent.links.past import past
from staycurrent.links.probe import Session, look_at
from staycurrent.links.revisit import AskIf, Revisits
from staycurrent.links.takeover import recognised
from staycurrent.warehouse import observations, robots, siblings, validators
from staycurrent.web.client import ALONE, Web
from staycurrent.web.manners import Manners


@dataclass(frozen=True, slots=True)
class Looking:
    """What the looks of a night, or of a part of it, are made with."""

    night: Night
    web: Web
    allowance: Allowance
    notebook: Notebook
    """What it writes to is also where everything is remembered."""
    shown: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """By the print of a page, the hosts that show it tonight."""
    hold: Callable[[Link, str], None] | None = None
    """As in `links.probe.Session`."""

    async def at(self, chosen: Sequence[Link], advance: Callable[[], None]) -> Bound:
        """Look at these links and note what comes; what the looks at pages took at least."""
        known, pages = split(chosen)

        def note(observation: Observation) -> None:
            self.notebook.note(observation)
            advance()

        _, bound = await asyncio.gather(
            self._ask_authorities(known, note), look_at(pages, self._session(pages), note)
        )
        return bound

    def leave_out_outages(self) -> None:
        """Have no look count at hosts that seem to be down as a whole, and say which they are."""
        for host in self.notebook.settle_outages(self.night.settings.links.outage):
            self.night.voice.say(f"check: {host} seems to be down as a whole: no look counts")

    async def _ask_authorities(
        self, known: Mapping[str, Sequence[Link]], note: Callable[[Observation], None]
    ) -> None:
        night, notebook = self.night, self.notebook
        for name, links in known.items():
            report = await authority(name).observe(
                links,
                settings=asked_with(name, night),
                ask=asked_by(
                    name, night, self.allowance.ask, notebook.warehouse, notebook.keep_told
                ),
                now=night.now(),
                night=night.night,
            )
            histories = observations.histories(notebook.warehouse, [link.key for link in links])
            for observation in report.observations:
                note(recognised(observation, histories.get(observation.link, ())))
            if report.note:
                night.voice.say(f"check: {name}: {report.note}")

    def _session(self, pages: Sequence[Link]) -> Session:
        night, warehouse = self.night, self.notebook.warehouse
        each = observations.each_history(warehouse, [link.key for link in pages])
        look = self._look()
        return Session(
            ask=lambda url: look(url, ALONE),
            night=night.night,
            now=night.now,
            sleep=night.sleep,
            concurrency=night.settings.web.concurrency,
            second_look_s=night.settings.links.second_look_s,
            patience_nights=night.settings.links.outage.patience_nights,
            pasts={key: past(history) for key, history in each},
            siblings=siblings.remembered(warehouse, night.night),
            keep=self.notebook.keep,
            revisit=self._revisits(look).look,
            affords=self.allowance.affords,
            bears=self.allowance.bears,
            gates=self.web.gates,
            silent_after=max(8, night.settings.links.outage.least_links),
            shown=self.shown,
            hold=self.hold,
        )

    def _revisits(self, look: AskIf) -> Revisits:
        night, keep = self.night, self.notebook.keep_validators
        known = validators.remembered(self.notebook.warehouse, night.night)
        every = night.settings.links.unconditional_every
        return Revisits(look, night.night, known=known, keep=keep, every=every)

    def _look(self) -> AskIf:
        """How a page is looked at: as its host's robots.txt allows, or as if there were none."""
        night, web = self.night, self.web
        if not night.settings.web.robots:
            return lambda url, conditions: web.look(url, conditions=conditions)
        known = robots.remembered(self.notebook.warehouse, night.night)
        return Manners(web, night.night, known=known, keep=self.notebook.keep_robots).look
