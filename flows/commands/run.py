"""The verb `run`: the nightly job once; check, archive, learn, pull, render, in this order."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ParamSpec, Protocol, TypeVar

from staycurrent.flows.commands.check import CheckReport, check
from staycurrent.flows.commands.pull import pull
from staycurrent.flows.context import RunContext
from staycurrent.flows.database import migrate_warehouse, shared_session
from staycurrent.flows.feedback.publication import write_lists
from staycurrent.flows.lessons import learn
from staycurrent.flows.lists import iter_lists
from staycurrent.flows.preflight import refuse_forgetting, refuse_unready
from staycurrent.flows.rendering import Rendering, render
from staycurrent.flows.snapshots import find_snapshots
from staycurrent.flows.upkeep import back_up, compact
from staycurrent.sources.item import PullResult

P = ParamSpec("P")
R = TypeVar("R")


class StageWrapper(Protocol):
    """How a stage is run: as it is, or as a task of an orchestrator."""

    def __call__(self, stage: Callable[P, R]) -> Callable[P, R]:
        """The stage, wrapped."""
        ...


def unwrapped(stage: Callable[P, R]) -> Callable[P, R]:
    """Run a stage as it is."""
    return stage


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """What a night came to."""

    check: CheckReport
    pulls: tuple[PullResult, ...]
    renderings: tuple[Rendering, ...]


def run(
    night: RunContext, step: StageWrapper = unwrapped, *, cold_start: bool = False
) -> RunOutcome:
    """One night. Raises NotJudged before anything is pulled or written.

    Each stage commits before the next begins, and the lists are a function of committed
    rows: killed anywhere, a second run of the same night ends where the first would have.
    """
    with shared_session(night) as held:
        refuse_unready(iter_lists(held))
        migrate_warehouse(held)
        refuse_forgetting(held, iter_lists(held), cold_start=cold_start)
        checked = step(check)(held)
        step(find_snapshots)(held)
        learn(held)
        pulled = step(pull)(held)
        renderings = step(render)(held)
        step(write_lists)(held, renderings)
        compact(held)
        step(back_up)(held)
    return RunOutcome(checked, pulled, renderings)
