"""How a run speaks while it works: a bar on a terminal, plain lines elsewhere, or nothing."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, TextIO

from staycurrent.reports.text import Screen, sanitise

Advance = Callable[[], None]


class Reporter(Protocol):
    """Who is told how the work goes."""

    def info(self, line: str) -> None:
        """One line on a stage that began or ended."""
        ...

    def progress(self, what: str, total: int) -> AbstractContextManager[Advance]:
        """Long work of `total` steps; the callable is called after each."""
        ...


class SilentReporter:
    """Says nothing (`-q`, tests)."""

    def info(self, line: str) -> None:
        """Say nothing."""

    @contextmanager
    def progress(self, what: str, total: int) -> Iterator[Advance]:  # noqa: ARG002
        """Count nothing."""
        yield lambda: None


class LineReporter:
    """Plain lines, a tenth of the work each, where no terminal can show a bar."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def info(self, line: str) -> None:
        """Print one line."""
        print(sanitise(line), file=self._out, flush=True)

    @contextmanager
    def progress(self, what: str, total: int) -> Iterator[Advance]:
        """Print a line for each tenth."""
        done = 0

        def advance() -> None:
            nonlocal done
            done += 1
            if total >= 20 and done * 10 // total > (done - 1) * 10 // total:
                self.info(f"  {what}: {done} of {total}")

        yield advance


class ProgressReporter:
    """A progress bar on a terminal, with the lines above it."""

    def __init__(self, out: TextIO) -> None:
        from rich.console import Console

        self._console = Console(file=out)

    def info(self, line: str) -> None:
        """Print one line."""
        self._console.print(sanitise(line), markup=False, highlight=False, soft_wrap=True)

    @contextmanager
    def progress(self, what: str, total: int) -> Iterator[Advance]:
        """Show a bar with the time that is left."""
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
        from rich.progress import TimeRemainingColumn as Remaining

        columns = (TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, Remaining(), console=self._console, transient=True) as bar:
            task = bar.add_task(what, total=total)
            yield lambda: bar.advance(task)


def reporter_for(quiet: object) -> Reporter:
    """How the command line speaks: not at all, with a bar on a terminal, or in plain lines."""
    if quiet:
        return SilentReporter()
    # RETOOL
    from staycurrent.flows.settings import environment

    return (
        ProgressReporter(sys.stderr)
        if screen_of(sys.stderr, environment())
        else LineReporter(sys.stderr)
    )


_NARROWEST, _WIDEST = 40, 140
_GLYPHS = "✕▲→■≠⊘●"


def screen_of(out: TextIO, environment: Mapping[str, str]) -> Screen | None:
    """The terminal behind a stream; None where plain text is wanted.

    That is a pipe, `TERM=dumb`, and an encoding that has no glyphs. `NO_COLOR` (any value)
    leaves the layout and takes the colours; `COLUMNS` says the width where it is set.
    """
    if not out.isatty() or environment.get("TERM") in ("dumb", "unknown"):
        return None
    try:
        _GLYPHS.encode(out.encoding or "ascii")
    except UnicodeEncodeError:
        return None
    width = min(max(_width(out, environment.get("COLUMNS", "")), _NARROWEST), _WIDEST)
    return Screen(width, colours=not environment.get("NO_COLOR"))


def _width(out: TextIO, columns: str) -> int:
    if columns.isdigit() and int(columns) > 0:
        return int(columns)
    try:
        return os.get_terminal_size(out.fileno()).columns or 80
    except OSError:
        return 80
