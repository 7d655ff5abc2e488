"""How a run speaks while it works: a bar on a terminal, plain lines elsewhere, or nothing."""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, TextIO

from staycurrent.reports.terminal import inert

Advance = Callable[[], None]


class Voice(Protocol):
    """Who is told how the work goes."""

    def say(self, line: str) -> None:
        """One line on a stage that began or ended."""
        ...

    def steps(self, what: str, total: int) -> AbstractContextManager[Advance]:
        """Long work of `total` steps; the callable is called after each."""
        ...


class Silence:
    """Says nothing (`-q`, tests)."""

    def say(self, line: str) -> None:
        """Say nothing."""

    @contextmanager
    def steps(self, what: str, total: int) -> Iterator[Advance]:  # noqa: ARG002
        """Count nothing."""
        yield lambda: None


class Lines:
    """Plain lines, a tenth of the work each, where no terminal can show a bar."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def say(self, line: str) -> None:
        """Print one line."""
        print(inert(line), file=self._out, flush=True)

    @contextmanager
    def steps(self, what: str, total: int) -> Iterator[Advance]:
        """Print a line for each tenth."""
        done = 0

        def advance() -> None:
            nonlocal done
            done += 1
            if total >= 20 and done * 10 // total > (done - 1) * 10 // total:
                self.say(f"  {what}: {done} of {total}")

        yield advance


class Bar:
    """A progress bar on a terminal, with the lines above it."""

    def __init__(self, out: TextIO) -> None:
        from rich.console import Console

        self._console = Console(file=out)

    def say(self, line: str) -> None:
        """Print one line."""
        self._console.print(inert(line), markup=False, highlight=False, soft_wrap=True)

    @contextmanager
    def steps(self, what: str, total: int) -> Iterator[Advance]:
        """Show a bar with the time that is left."""
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
        from rich.progress import TimeRemainingColumn as Remaining

        columns = (TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, Remaining(), console=self._console, transient=True) as bar:
            task = bar.add_task(what, total=total)
            yield lambda: bar.advance(task)


def spoken(quiet: object) -> Voice:
    """How the command line speaks: not at all, with a bar on a terminal, or in plain lines."""
    if quiet:
        return Silence()
    from staycurrent.flows.screen import screen_of
    from staycurrent.flows.settings import environment

    return Bar(sys.stderr) if screen_of(sys.stderr, environment()) else Lines(sys.stderr)
