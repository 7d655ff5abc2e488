"""What a night's work is done with: settings, clock, network and voice, all handed in."""

import os
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from staycurrent.flows import settings as found
from staycurrent.flows.reporter import Reporter
from staycurrent.flows.settings import Secrets, Settings, SettingsError
from staycurrent.flows.settings_loading import load_settings
from staycurrent.web.settings import WebSettings

if TYPE_CHECKING:
    from staycurrent.flows.database import Database
    from staycurrent.flows.looks.parts import Hands
    from staycurrent.web.client import Client


def open_live_client(policy: WebSettings, night: date) -> AbstractAsyncContextManager["Client"]:
    """The network as it is; imported late, for the verbs that need none must start at once."""
    from staycurrent.web.client import open_client

    return open_client(policy, night)


async def real_sleep(seconds: float) -> None:
    """Let real time pass; imported late, as the network is: who rests has a loop running."""
    from asyncio import sleep

    await sleep(seconds)


class NotJudged(Exception):
    """Tonight is not to be judged; the sentence says why. Nothing was flagged or written."""


@dataclass(frozen=True, slots=True)
class Clock:
    """The time of a run: where it begins, and how it goes on."""

    as_of: datetime
    """Aware; its UTC date is the night."""
    now: Callable[[], datetime]
    """Aware UTC; advances with the run, from `as_of`."""
    is_real: bool = False
    """It shows the machine's own time, which can be wrong; one that was set cannot."""


def system_clock(now: datetime) -> Clock:
    """The machine's own clock, which shows `now`."""
    return replace(running_clock(now), is_real=True)


def running_clock(as_of: datetime) -> Clock:
    """A clock that was set to `as_of` and goes on from there as fast as real time does."""
    begins, began = as_of.astimezone(UTC), time.monotonic()
    return Clock(begins, lambda: begins + timedelta(seconds=time.monotonic() - began))


def fixed_clock(as_of: datetime) -> Clock:
    """A clock that stands, so that a played night leaves the same bytes every time."""
    return Clock(as_of.astimezone(UTC), lambda: as_of.astimezone(UTC))


@dataclass(frozen=True, slots=True)
class RunContext:
    """One run's surroundings; made by the command line, by Prefect's flow, and by tests."""

    settings: Settings
    secrets: Secrets
    folder: Path
    """Where the settings lie; relative paths of settings and reports begin here."""
    list_paths: tuple[Path, ...]
    warehouse_path: Path
    clock: Clock
    reporter: Reporter
    sleep: Callable[[float], Awaitable[None]] = real_sleep
    open_client: Callable[[WebSettings, date], AbstractAsyncContextManager["Client"]] = (
        open_live_client
    )
    database: "Database | None" = None
    """The warehouse, where several stages share one opening of it (`flows.memory.at_hand`)."""
    executor: "Hands | None" = None
    """Who looks at the parts of a large night; None: processes of this machine."""

    @property
    def run_date(self) -> date:
        """UTC date that tonight's observations are kept under."""
        return self.clock.as_of.date()

    def now(self) -> datetime:
        """The moment that the run has come to."""
        return self.clock.now()

    def system_time(self) -> datetime | None:
        """What the machine takes for the time; None where clock or web is a played one."""
        return self.now() if self.clock.is_real and not self.settings.web.recording else None

    def describe(self, settings: Path | None) -> tuple[str, ...]:
        """What is read and where it is kept, in lines; `settings` is the file, if there is one."""
        return (
            f"settings: {settings or 'none, so every default holds'}",
            f"lists: {', '.join(map(str, self.list_paths))}",
            f"warehouse: {self.warehouse_path}",
            f"night: {self.run_date}",
        )

    def list_name(self, path: Path) -> str:
        """A list's name in reports: its path from the settings' folder."""
        try:
            return path.resolve().relative_to(self.folder.resolve()).as_posix()
        except ValueError:
            return path.as_posix()


def load_context(
    path: Path | None,
    clock: Clock,
    voice: Reporter,
    *,
    environment: Mapping[str, str],
    lists: Sequence[Path] = (),
    warehouse: Path | None = None,
) -> RunContext:
    """The surroundings that a settings file (None: defaults, here) describes; BadSettings."""
    folder = path.resolve().parent if path else Path.cwd()
    settings = _with_recording(load_settings(path, environment), folder)
    named = tuple(lists) or tuple(folder / one for one in settings.list.paths)
    return RunContext(
        settings=settings,
        secrets=found.read_secrets(environment),
        folder=folder,
        list_paths=tuple({os.path.realpath(one): one for one in reversed(named)}.values())[::-1],
        warehouse_path=warehouse or folder / settings.warehouse.path,
        clock=clock,
        reporter=voice,
    )


def _with_recording(settings: Settings, folder: Path) -> Settings:
    """A recording's name is relative to the settings file, as every other path in it is."""
    name = settings.web.recording
    if not name:
        return settings
    if not (folder / name).is_file():
        raise SettingsError([f"web.recording: there is no file {folder / name}"])
    return replace(settings, web=replace(settings.web, recording=str(folder / name)))
