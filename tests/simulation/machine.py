"""A machine that runs one command in a played world: its clock, its network, its disk."""

import os
import shutil
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from staycurrent.flows.commands.run import run
from staycurrent.flows.context import Clock, RunContext, load_context
from staycurrent.flows.database import open_database
from staycurrent.flows.errors import DONE, exit_status
from staycurrent.flows.reporter import Reporter
from staycurrent.web.client import Client
from staycurrent.web.settings import WebSettings
from tests.simulation.faults import (
    Disk,
    Fault,
    Killed,
    copy_folder,
    corpse_of,
    virtual_time,
    watching,
)
from tests.simulation.world import PlayedResolver, PlayedTransport, World
from tests.support.github import TOKEN

_BEGIN = timedelta(hours=2)
_ENVIRONMENT = {
    "GITHUB_TOKEN": TOKEN,  # for both GitHubs of the world
    "STAYCURRENT_LINKS__PROVIDERS__GITHUB__API": "https://api.github.com",
}


class Recorder(Reporter):
    """A reporter that keeps all lines."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def info(self, line: str) -> None:
        self.lines.append(line)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    code: int | None
    """None: it was killed."""
    said: str


@dataclass(frozen=True, slots=True)
class Clockwork:
    """How wrong the machine's clock is."""

    ahead: timedelta = timedelta(0)
    step_at: int = 0
    """The request before which it is set, 0: none."""
    step: timedelta = timedelta(0)

    def offset(self, requests: int) -> timedelta:
        return self.ahead + (self.step if 0 < self.step_at <= requests else timedelta(0))


RIGHT = Clockwork()
Job = Callable[[RunContext], str | None]
"""A command; what it prints."""


def nightly(ctx: RunContext) -> None:
    """The nightly run."""
    with open_database(ctx) as db:
        run(ctx, db)


def play(
    world: World, folder: Path, disk: Disk, job: Job = nightly, clock: Clockwork = RIGHT
) -> Ended:
    """One command in a folder; if it is killed, the folder is as the kill left it."""
    recorder, requests = Recorder(), 0
    began = datetime.combine(world.today, datetime.min.time(), UTC) + _BEGIN

    def on_request() -> None:
        nonlocal requests
        requests += 1
        if disk.fault is Fault.INTERRUPT and requests == disk.at:
            if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
                disk.kill("a request")
            os.kill(os.getpid(), signal.SIGTERM)

    with virtual_time() as passed, watching(disk):

        def true_time() -> datetime:
            return began + timedelta(seconds=passed.seconds)

        @asynccontextmanager
        async def open_client(settings: WebSettings, run_date: date) -> AsyncIterator[Client]:
            transport = PlayedTransport(world, true_time, on_request)
            resolver = PlayedResolver(world)
            yield Client(settings, transport=transport, resolver=resolver, clock=passed)

        as_of = began + clock.ahead
        world.remember(as_of.date())
        now = lambda: true_time() + clock.offset(requests)  # noqa: E731
        try:
            ctx = load_context(
                folder / "staycurrent.toml",
                Clock(as_of, now, is_real=True),
                recorder,
                environment=_ENVIRONMENT,
            )
            code, said = DONE, job(replace(ctx, open_client=open_client)) or ""
        except Killed:
            shutil.rmtree(folder)
            corpse_of(folder).rename(folder)
            for draft in folder.rglob(".staycurrent-*.new"):
                os.utime(draft, (0, 0))  # a day later
            return Ended(None, "")
        except Exception as error:  # noqa: BLE001 -- as the command line does
            code, said = exit_status(error)
    return Ended(code, "\n".join([*recorder.lines, said]))


def twin_of(folder: Path) -> Path:
    """A copy of a folder, in which what would have been without a fault is played."""
    twin = folder.with_name(f"{folder.name}.twin")
    copy_folder(folder, twin)
    return twin
