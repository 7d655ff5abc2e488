"""A run's voice under Prefect: lines in its log, and long work as a bar on its page."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from prefect import get_run_logger
from prefect.artifacts import create_progress_artifact, update_progress_artifact

from staycurrent.flows.reporter import Advance
from staycurrent.reports.text import sanitise

_TICK_S = 10.0
_MINUTE_S = 60.0


class Logbook:
    """Speaks through the run's logger; long work is an artifact, and a line a minute."""

    def info(self, line: str) -> None:
        """Log one line."""
        get_run_logger().info(sanitise(line))

    @contextmanager
    def progress(self, what: str, total: int) -> Iterator[Advance]:
        """Show how far the work is, at most every ten seconds."""
        bar = _Bar(what)
        done, shown, told = 0, time.monotonic(), time.monotonic()

        def advance() -> None:
            nonlocal done, shown, told
            done += 1
            now = time.monotonic()
            if done == total or now - shown >= _TICK_S:
                shown = now
                bar.show(100.0 * done / total)
            if now - told >= _MINUTE_S:
                told = now
                self.info(f"{what}: {done} of {total}")

        yield advance


class _Bar:
    """A progress artifact.

    The looks have an event loop of their own, in which Prefect's functions hand back coroutines
    unless they are told not to.
    """

    def __init__(self, what: str) -> None:
        make: Any = create_progress_artifact
        self._id = make(0.0, key=what, description=f"{what} tonight", _sync=True)

    def show(self, percent: float) -> None:
        move: Any = update_progress_artifact
        move(self._id, percent, _sync=True)
