"""The verb `run`: the nightly job once; check, archive, learn, pull, render, in this order."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ParamSpec, Protocol, TypeVar

from staycurrent.flows.archive import archive
from staycurrent.flows.check import CheckReport, check
from staycurrent.flows.keeping import back_up, fold
from staycurrent.flows.lessons import learn
from staycurrent.flows.listing import each_list
from staycurrent.flows.memory import at_hand
from staycurrent.flows.night import Night
from staycurrent.flows.pull import pull
from staycurrent.flows.ready import refuse_forgetting, refuse_unready
from staycurrent.flows.render import Rendering, render
from staycurrent.flows.shown import write
from staycurrent.flows.waiting import bring_up_to_date
from staycurrent.sources.item import Pull

P = ParamSpec("P")
R = TypeVar("R")


class Step(Protocol):
    """How a stage is run: as it is, or as a task of an orchestrator."""

    def __call__(self, stage: Callable[P, R]) -> Callable[P, R]:
        """The stage, wrapped."""
        ...


def plain(stage: Callable[P, R]) -> Callable[P, R]:
    """Run a stage as it is."""
    return stage


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a night came to."""

    check: CheckReport
    pulls: tuple[Pull, ...]
    renderings: tuple[Rendering, ...]


def run(night: Night, step: Step = plain, *, cold_start: bool = False) -> Outcome:
    """One night. Raises NotJudged before anything is pulled or written.

    Each stage commits before the next begins, and the lists are a function of committed
    rows: killed anywhere, a second run of the same night ends where the first would have.
    """
    with at_hand(night) as held:
        refuse_unready(each_list(held))
        bring_up_to_date(held)
        refuse_forgetting(held, each_list(held), cold_start=cold_start)
        checked = step(check)(held)
        step(archive)(held)
        learn(held)
        pulled = step(pull)(held)
        renderings = step(render)(held)
        step(write)(held, renderings)
        fold(held)
        step(back_up)(held)
    return Outcome(checked, pulled, renderings)
