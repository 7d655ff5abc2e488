"""What a night's work is done with: settings, clock, network and voice, all handed in."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from flows.settings import Secrets, Settings
from flows.voice import Voice
from web.client import Web
from web.policy import Policy


class NotJudged(Exception):
    """Tonight is not to be judged; the sentence says why. Nothing was flagged or written."""


@dataclass(frozen=True, slots=True)
class Night:
    """One run's surroundings; made by the command line, by Prefect's flow, and by tests."""

    settings: Settings
    secrets: Secrets
    folder: Path
    """Where the settings lie; relative paths of settings and reports begin here."""
    lists: tuple[Path, ...]
    warehouse: Path
    as_of: datetime
    """The clock of the run, aware; its UTC date is the night."""
    now: Callable[[], datetime]
    """Aware UTC; advances with the run, from `as_of`."""
    sleep: Callable[[float], Awaitable[None]]
    open_web: Callable[[Policy, date], AbstractAsyncContextManager[Web]]
    voice: Voice

    @property
    def night(self) -> date:
        """UTC date that tonight's observations are kept under."""
        return self.as_of.date()

    def name_of(self, path: Path) -> str:
        """A list's name in reports: its path from the settings' folder."""
        try:
            return path.resolve().relative_to(self.folder.resolve()).as_posix()
        except ValueError:
            return path.as_posix()
