"""Ctrl-C and SIGTERM while links are checked: no check begins, and what was observed is kept."""

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from types import FrameType
from typing import Any, Self, TypeVar

from staycurrent.flows.errors import INTERRUPTED

T = TypeVar("T")
_POLL_S = 0.1


class Interruption:
    """Whether this process was asked to stop; used with `with`.

    A second signal ends the process at once. Signals that were ignored stay ignored, and outside
    of the main thread none are received; `stop_file` asks as well, as soon as it exists.
    """

    def __init__(self, stop_file: Path | None = None) -> None:
        self.on_signal: Callable[[], object] = lambda: None
        """Called at the first signal."""
        self._stop_file = stop_file
        self._is_asked = False
        self._handlers: dict[int, Any] = {}

    def __bool__(self) -> bool:
        """Whether to stop."""
        return self._is_asked or (self._stop_file is not None and self._stop_file.exists())

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                if signal.getsignal(number) is not signal.SIG_IGN:
                    self._handlers[number] = signal.signal(number, self._receive)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def _receive(self, _number: int, _frame: FrameType | None) -> None:
        if self._is_asked:
            os._exit(INTERRUPTED)
        self._is_asked = True
        self.on_signal()

    async def limit(self, work: Coroutine[Any, Any, T]) -> T | None:
        """The result of the work; None if it was cancelled, because the process has to stop."""
        task = asyncio.ensure_future(work)
        try:
            while not task.done() and not self:
                await asyncio.wait({task}, timeout=_POLL_S)
        finally:
            if not task.done():
                task.cancel()
                await asyncio.wait({task})
        return None if task.cancelled() else task.result()
