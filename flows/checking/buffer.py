"""Observations on their way to the warehouse, in batches of one transaction each."""

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from staycurrent.links.anomaly import without_outages
from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.settings import OutageSettings
from staycurrent.warehouse import lookups, observations
from staycurrent.warehouse.open import Warehouse
from staycurrent.web.address import host_of

if TYPE_CHECKING:
    from staycurrent.links.control_page import ControlPage
    from staycurrent.links.providers.github import CachedRepository
    from staycurrent.links.revalidation import Validators
    from staycurrent.web.robots import RobotsTxt

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
        self.repositories: list[CachedRepository] = []
        self.validators: list[Validators] = []

    def add(self, observation: Observation) -> None:
        """Add the observation of one check."""
        self._outcomes[host_of(observation.link)][observation.outcome] += 1
        if observation.outcome.is_weak:
            self._weak.append(observation)  # until it is known whether the host is down
        else:
            self._record(observation)

    def resolve_outages(self, outage: OutageSettings) -> tuple[str, ...]:
        """Record the weak outcomes, except at hosts that are down as a whole; returns these."""
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
            if self.control_pages:
                lookups.add_control_pages(self.warehouse, self.run_id, self.control_pages)
            if self.robots:
                lookups.add_robots_txt(self.warehouse, self.run_id, self.robots)
            if self.repositories:
                lookups.add_repositories(self.warehouse, self.run_id, self.repositories)
            lookups.add_validators(self.warehouse, self.run_id, self.validators)
        for written in (self._pending, self.control_pages, self.robots, self.repositories):
            written.clear()
        self.validators.clear()
