"""Progress of a run: a bar on a terminal, plain lines elsewhere, or nothing; and its results."""

import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from typing import Any, TextIO

from staycurrent.flows.errors import UsageError
from staycurrent.reports.text import Screen, sanitise

Advance = Callable[[], None]
WaitsFor = Callable[[], str]
"""What the work waits for at this moment, in a few words, or ""."""


class Reporter:
    """Shows the progress of a run; this one shows nothing (`-q`, tests)."""

    def info(self, line: str) -> None:
        """Show one line about a stage that began or ended."""

    @contextmanager
    def progress(self, what: str, total: int, waits_for: WaitsFor = str) -> Iterator[Advance]:  # noqa: ARG002
        """Show the progress of `total` steps; the callable that it gives is called after each."""
        yield lambda: None


class LineReporter(Reporter):
    """Plain lines, one for each tenth of the work, where no terminal can show a bar."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def info(self, line: str) -> None:
        """Print one line."""
        print(sanitise(line), file=self._out, flush=True)

    @contextmanager
    def progress(self, what: str, total: int, waits_for: WaitsFor = str) -> Iterator[Advance]:  # noqa: ARG002
        """Print a line for each tenth."""
        done = 0

        def advance() -> None:
            nonlocal done
            done += 1
            if total >= 20 and done * 10 // total > (done - 1) * 10 // total:
                self.info(f"  {what}: {done} of {total}")

        yield advance


class ProgressReporter(Reporter):
    """Progress bars on a terminal, below the lines; one for each work that is under way."""

    def __init__(self, out: TextIO) -> None:
        from rich.console import Console

        self._console = Console(file=out)
        self._bars: Any = None
        """What shows them; None while nothing is under way."""

    def info(self, line: str) -> None:
        """Print one line."""
        self._console.print(sanitise(line), markup=False, highlight=False, soft_wrap=True)

    @contextmanager
    def progress(self, what: str, total: int, waits_for: WaitsFor = str) -> Iterator[Advance]:
        """Show a bar with the elapsed time; the remaining time depends on others."""
        from rich import progress
        from rich.table import Column
        from rich.text import Text

        class Wait(progress.ProgressColumn):
            def render(self, task: progress.Task) -> Text:
                wait = task.fields["waits_for"]()
                return Text(f"waiting for {wait}" if wait else "", style="dim")

        columns = (
            progress.TextColumn("  {task.description}"),
            progress.BarColumn(bar_width=12),
            progress.MofNCompleteColumn(),
            progress.TimeElapsedColumn(),
            Wait(Column(ratio=1, no_wrap=True, overflow="ellipsis")),
        )
        if self._bars is None:
            self._bars = progress.Progress(
                *columns, console=self._console, transient=True, expand=True, refresh_per_second=4
            )
            self._bars.start()
        bars = self._bars
        task = bars.add_task(what, total=total, waits_for=waits_for)
        try:
            yield lambda: bars.advance(task)
        finally:
            if len(bars.tasks) > 1:
                bars.remove_task(task)
            else:
                bars.stop()
                self._bars = None


def reporter_for(quiet: object) -> Reporter:
    """The reporter of the command line."""
    if quiet:
        return Reporter()
    from staycurrent.flows.settings.sections import environment

    screen = screen_of(sys.stderr, environment())
    return ProgressReporter(sys.stderr) if screen else LineReporter(sys.stderr)


class _Stderr(TextIOWrapper):
    """A stream whose errors are ignored: work does not end because nobody can watch it."""

    def write(self, text: str) -> int:
        with suppress(OSError):
            return super().write(text)
        return 0

    def flush(self) -> None:
        with suppress(OSError):
            super().flush()


def prepare_standard_streams() -> None:
    """Make stdout and stderr usable, whatever the caller did with them.

    Without a file at 0 to 2 the next file that is opened, such as the warehouse, would get that
    number and what others write to it.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # noqa: FBT003
    if sys.stdout is None:
        sys.stdout = open(1, "w", encoding="utf-8")  # noqa: SIM115 -- as long as we live
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # for terminals without emoji
    if sys.stderr is None or isinstance(sys.stderr, TextIOWrapper):
        old: Any = sys.stderr or open(2, "w", encoding="utf-8")  # noqa: SIM115
        sys.stderr = _Stderr(old.detach(), old.encoding, "backslashreplace", line_buffering=True)


def write_output(text: str, *, is_utf8: bool = False) -> None:
    """Write a result to stdout; everything else goes to stderr.

    `is_utf8`: programs read it as UTF-8, whatever the locale; a terminal gets its own encoding.
    If the reader has left (`| head`), the rest is discarded. Raises UsageError if the output
    cannot be written, as on a full disk.
    """
    if is_utf8 and isinstance(sys.stdout, TextIOWrapper) and not sys.stdout.isatty():
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        # What is still buffered must not fail again when the interpreter exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, ConnectionError):
            raise UsageError(f"the output cannot be written ({error.strerror})") from error


_MIN_WIDTH, _MAX_WIDTH = 40, 140
_GLYPHS = "✕▲→■≠⊘●"


def screen_of(out: TextIO, environment: Mapping[str, str]) -> Screen | None:
    """The terminal of a stream; None for plain text.

    That is a pipe, `TERM=dumb`, and an encoding without our glyphs. `NO_COLOR` (any value) removes
    the colours only; `COLUMNS` overrides the width.
    """
    if not out.isatty() or environment.get("TERM") in ("dumb", "unknown"):
        return None
    try:
        _GLYPHS.encode(out.encoding or "ascii")
    except UnicodeEncodeError:
        return None
    columns = environment.get("COLUMNS", "")
    width = int(columns) if re.fullmatch("[0-9]{1,5}", columns) else 0
    if not width:
        try:
            width = os.get_terminal_size(out.fileno()).columns or 80
        except OSError:
            width = 80
    width = min(max(width, _MIN_WIDTH), _MAX_WIDTH)
    return Screen(width, colours=not environment.get("NO_COLOR"))
