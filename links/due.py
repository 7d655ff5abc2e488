"""Which links are looked at tonight: a pure choice from their histories."""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from links.observation import Observation, Outcome
from links.verdict import State


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a link is looked at again, in nights."""

    alive_every: int = 7
    """Links that were fine or blocked; spread so that each night has its share."""
    failing_every: int = 1
    """Links that fail, and moves and faults that wait for confirmation."""
    settled_every: int = 3
    """Dead and insecure links: they come back seldom."""


def due(
    links: Iterable[str],
    histories: Mapping[str, Sequence[Observation]],
    states: Mapping[str, State],
    night: date,
    pace: Pace,
) -> tuple[str, ...]:
    """Keys of the links to look at: failing first, then never seen, then the longest unseen."""
    wanted = []
    for key in links:
        looks = [look for look in histories.get(key, ()) if look.outcome is not Outcome.SKIPPED]
        if not looks:
            wanted.append((1, 0, key))
            continue
        unseen = (night - looks[-1].night).days
        if unseen >= _interval(key, looks[-1], states.get(key, State.UNCHECKED), pace):
            wanted.append((0 if looks[-1].outcome.is_negative else 2, -unseen, key))
    return tuple(key for _, _, key in sorted(wanted, key=lambda row: row[:2]))


def due_on(history: Sequence[Observation], state: State, pace: Pace) -> date | None:
    """The first night on which a link is looked at again; None where it never was."""
    looks = [look for look in history if look.outcome is not Outcome.SKIPPED]
    if not looks:
        return None
    return looks[-1].night + timedelta(days=_interval(looks[-1].link, looks[-1], state, pace))


def _interval(key: str, last: Observation, state: State, pace: Pace) -> int:
    if state in (State.DEAD, State.INSECURE):
        return pace.settled_every
    unconfirmed_move = last.permanent and state is State.ALIVE
    if last.outcome.is_negative or unconfirmed_move:
        return pace.failing_every
    # Looked at together on the first night, they would all come due together: a share of
    # them comes up to two nights early, the same share every time.
    early = zlib.crc32(key.encode()) % min(3, pace.alive_every)
    return max(1, pace.alive_every - early)
