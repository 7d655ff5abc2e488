"""What a night's looks bring, on its way to the warehouse in batches of one transaction each."""

from collections import Counter, defaultdict

from staycurrent.links.authorities.github_memory import Told
from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.outage import without_outages
from staycurrent.links.revisit import Validators
from staycurrent.links.settings import Outage
from staycurrent.links.sibling import Sibling
from staycurrent.warehouse import observations, repositories, robots, siblings, validators
from staycurrent.warehouse.open import Warehouse
from staycurrent.web.address import host_of
from staycurrent.web.robots import RobotsTxt

_BATCH = 500


class ObservationBuffer:
    """What was seen and learned; observations wait where they may turn out to be an outage's."""

    def __init__(self, warehouse: Warehouse, run_id: int) -> None:
        self.warehouse = warehouse
        self.run_id = run_id
        self.recorded = 0
        self.pace = ""
        self._waiting: list[Observation] = []
        self._weak: list[Observation] = []
        self._tally: defaultdict[str, Counter[Outcome]] = defaultdict(Counter)
        self._siblings: list[Sibling] = []
        self._robots: list[RobotsTxt] = []
        self._told: list[Told] = []
        self._validators: list[Validators] = []

    def add(self, observation: Observation) -> None:
        """Take down what one look showed."""
        self._tally[host_of(observation.link)][observation.outcome] += 1
        if observation.outcome.is_weak:
            self._weak.append(observation)  # until the night shows whether its host is down
        else:
            self._write(observation)

    def resolve_outages(self, outage: Outage) -> tuple[str, ...]:
        """Write down the weak looks, but those at hosts that are down; the names of these."""
        histories = observations.histories(self.warehouse, [one.link for one in self._weak])
        kept, down = without_outages(self._weak, self._tally, histories, outage)
        self._weak.clear()
        for observation in kept:
            self._write(observation)
        return down

    def _write(self, observation: Observation) -> None:
        self._waiting.append(observation)
        self.recorded += 1
        if len(self._waiting) >= _BATCH:
            self.flush()

    def add_control_page(self, sibling: Sibling) -> None:
        """Take down what a made-up address answered."""
        self._siblings.append(sibling)

    def add_robots(self, one: RobotsTxt) -> None:
        """Take down what a host allows."""
        self._robots.append(one)

    def add_repository(self, one: Told) -> None:
        """Take down what GitHub told of a repository."""
        self._told.append(one)

    def add_validators(self, one: Validators) -> None:
        """Take down what a page can be asked for again by."""
        self._validators.append(one)

    def flush(self) -> None:
        """Write everything that does not wait."""
        with self.warehouse.transaction():
            observations.add(self.warehouse, self.run_id, self._waiting)
            if self._siblings:
                siblings.add(self.warehouse, self.run_id, self._siblings)
            if self._robots:
                robots.add(self.warehouse, self.run_id, self._robots)
            if self._told:
                repositories.add(self.warehouse, self.run_id, self._told)
            validators.add(self.warehouse, self.run_id, self._validators)
        for written in (self._waiting, self._siblings, self._robots, self._told):
            written.clear()
        self._validators.clear()
