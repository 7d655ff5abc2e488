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
from staycurrent.flows.reading import read
from staycurrent.flows.settings import BadSettings, Secrets, Settings
from staycurrent.flows.voice import Voice
from staycurrent.web.policy import Policy

if TYPE_CHECKING:
    from staycurrent.flows.looks.parts import Hands
    from staycurrent.flows.memory import Memory
    from staycurrent.web.client import Web


def live(policy: Policy, night: date) -> AbstractAsyncContextManager["Web"]:
    """The network as it is; imported late, for the verbs that need none must start at once."""
    from staycurrent.web.live import open_web

    return open_web(policy, night)


async def rest(seconds: float) -> None:
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


def real(now: datetime) -> Clock:
    """The machine's own clock, which shows `now`."""
    return replace(running(now), is_real=True)


def running(as_of: datetime) -> Clock:
    """A clock that was set to `as_of` and goes on from there as fast as real time does."""
    begins, began = as_of.astimezone(UTC), time.monotonic()
    return Clock(begins, lambda: begins + timedelta(seconds=time.monotonic() - began))


def still(as_of: datetime) -> Clock:
    """A clock that stands, so that a played night leaves the same bytes every time."""
    return Clock(as_of.astimezone(UTC), lambda: as_of.astimezone(UTC))


@dataclass(frozen=True, slots=True)
class Night:
    """One run's surroundings; made by the command line, by Prefect's flow, and by tests."""

    settings: Settings
    secrets: Secrets
    folder: Path
    """Where the settings lie; relative paths of settings and reports begin here."""
    lists: tuple[Path, ...]
    warehouse: Path
    clock: Clock
    voice: Voice
    sleep: Callable[[float], Awaitable[None]] = rest
    open_web: Callable[[Policy, date], AbstractAsyncContextManager["Web"]] = live
    memory: "Memory | None" = None
    """The warehouse, where several stages share one opening of it (`flows.memory.at_hand`)."""
    hands: "Hands | None" = None
    """Who looks at the parts of a large night; None: processes of this machine."""

    @property
    def night(self) -> date:
        """UTC date that tonight's observations are kept under."""
        return self.clock.as_of.date()

    def now(self) -> datetime:
        """The moment that the run has come to."""
        return self.clock.now()

    def real_now(self) -> datetime | None:
        """What the machine takes for the time; None where clock or web is a played one."""
        return self.now() if self.clock.is_real and not self.settings.web.recording else None

    def surroundings(self, settings: Path | None) -> tuple[str, ...]:
        """What is read and where it is kept, in lines; `settings` is the file, if there is one."""
        return (
            f"settings: {settings or 'none, so every default holds'}",
            f"lists: {', '.join(map(str, self.lists))}",
            f"warehouse: {self.warehouse}",
            f"night: {self.night}",
        )

    def name_of(self, path: Path) -> str:
        """A list's name in reports: its path from the settings' folder."""
        try:
            return path.resolve().relative_to(self.folder.resolve()).as_posix()
        except ValueError:
            return path.as_posix()


def night_of(
    path: Path | None,
    clock: Clock,
    voice: Voice,
    *,
    environment: Mapping[str, str],
    lists: Sequence[Path] = (),
    warehouse: Path | None = None,
) -> Night:
    """The surroundings that a settings file (None: defaults, here) describes; BadSettings."""
    folder = path.resolve().parent if path else Path.cwd()
    settings = _with_recording(read(path, environment), folder)
    named = tuple(lists) or tuple(folder / one for one in settings.list.paths)
    return Night(
        settings=settings,
        secrets=found.secrets(environment),
        folder=folder,
        lists=tuple({os.path.realpath(one): one for one in reversed(named)}.values())[::-1],
        warehouse=warehouse or folder / settings.warehouse.path,
        clock=clock,
        voice=voice,
    )


def _with_recording(settings: Settings, folder: Path) -> Settings:
    """A recording's name is relative to the settings file, as every other path in it is."""
    name = settings.web.recording
    if not name:
        return settings
    if not (folder / name).is_file():
        raise BadSettings([f"web.recording: there is no file {folder / name}"])
    return replace(settings, web=replace(settings.web, recording=str(folder / name)))
