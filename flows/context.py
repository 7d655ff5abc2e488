"""The data of a run: its date, clock, settings, secrets, paths and reporter."""

import os
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from staycurrent.flows.errors import SettingsError, require_utf_8
from staycurrent.flows.reporter import Reporter
from staycurrent.flows.settings.loading import load_secrets, load_settings
from staycurrent.flows.settings.sections import Secrets, Settings
from staycurrent.web.settings import WebSettings

if TYPE_CHECKING:
    from staycurrent.web.client import Client

_OUR_COMMENTS = (b"<!--stay:", b"<!-- stay:")


def open_live_client(
    settings: WebSettings, run_date: date
) -> AbstractAsyncContextManager["Client"]:
    """The HTTP client; imported here, because commands without network must start at once."""
    from staycurrent.web.client import open_client

    return open_client(settings, run_date)


async def real_sleep(seconds: float) -> None:
    """As `asyncio.sleep`; imported here, because whoever sleeps has an event loop."""
    from asyncio import sleep

    await sleep(seconds)


@dataclass(frozen=True, slots=True)
class Clock:
    """The time of a run."""

    as_of: datetime
    """When it begins, aware; its UTC date is the run date."""
    now: Callable[[], datetime]
    """Aware UTC; advances with the run, from `as_of`."""
    is_real: bool = False
    """Whether it shows the machine's own time, which can be wrong."""


def system_clock(now: datetime) -> Clock:
    """The machine's own clock, which shows `now`."""
    return replace(running_clock(now), is_real=True)


def running_clock(as_of: datetime) -> Clock:
    """A clock that is set to `as_of` and runs on from there."""
    begin, began = as_of.astimezone(UTC), time.monotonic()
    return Clock(begin, lambda: begin + timedelta(seconds=time.monotonic() - began))


def fixed_clock(as_of: datetime) -> Clock:
    """A clock that does not advance, so that a replayed run leaves the same bytes every time."""
    return Clock(as_of.astimezone(UTC), lambda: as_of.astimezone(UTC))


@dataclass(frozen=True, slots=True)
class RunContext:
    """One run; made by the command line, by Prefect's flows, and by tests."""

    settings: Settings
    secrets: Secrets
    folder: Path
    """Of the settings; relative paths in the settings and in reports begin here."""
    list_paths: tuple[Path, ...]
    warehouse_path: Path
    clock: Clock
    reporter: Reporter
    sleep: Callable[[float], Awaitable[None]] = real_sleep
    open_client: Callable[[WebSettings, date], AbstractAsyncContextManager["Client"]] = (
        open_live_client
    )

    @property
    def run_date(self) -> date:
        """UTC date under which the run's observations are stored."""
        return self.clock.as_of.date()

    @property
    def has_all_lists(self) -> bool:
        """Whether the run has every list that the settings name; `--list` may choose some."""
        return self._named_lists().keys() <= set(map(os.path.realpath, self.list_paths))

    def with_all_lists(self) -> "RunContext":
        """With the other lists that the settings name, if all that the run has are among them.

        Of the others, one that does not exist is left out: it is the mistake of another run.
        """
        named, own = self._named_lists(), set(map(os.path.realpath, self.list_paths))
        if not own <= named.keys():
            return self
        lists = (path for real, path in named.items() if real in own or path.is_file())
        return replace(self, list_paths=tuple(lists))

    def with_other_lists(self) -> "RunContext":
        """With the lists that `with_all_lists` adds, and without its own."""
        own = set(map(os.path.realpath, self.list_paths))
        named = self.with_all_lists().list_paths
        others = tuple(path for path in named if os.path.realpath(path) not in own)
        return replace(self, list_paths=others)

    def _named_lists(self) -> dict[str, Path]:
        """The lists that the settings name, by their real path."""
        paths = [self.folder / name for name in self.settings.list.paths]
        return {os.path.realpath(path): path for path in paths}

    def now(self) -> datetime:
        """The present time of the run."""
        return self.clock.now()

    def system_time(self) -> datetime | None:
        """The machine's time; None where the clock was set or the network is a recording."""
        return self.now() if self.clock.is_real and not self.settings.web.recording else None

    def describe(self, settings: Path | None) -> tuple[str, ...]:
        """What is read and where it is stored, in lines; `settings` is the file, if any."""
        return (
            f"settings: {settings or 'none, all defaults'}",
            f"lists: {', '.join(map(str, self.list_paths))}",
            f"warehouse: {self.warehouse_path}",
            f"run date: {self.run_date}",
        )


def load_context(
    path: Path | None,
    clock: Clock,
    reporter: Reporter,
    *,
    environment: Mapping[str, str],
    lists: Sequence[Path] = (),
    warehouse: Path | None = None,
    overrides: Mapping[str, Any] = MappingProxyType({}),
) -> RunContext:
    """The context that a settings file (None: defaults, here) describes; raises SettingsError.

    `overrides` are settings that win over the file's.
    """
    folder = Path(os.path.realpath(path)).parent if path else Path.cwd()
    settings = load_settings(path, environment, overrides)
    require_utf_8(str(folder), *settings.list.paths, settings.warehouse.path)
    if recording := settings.web.recording:
        if not (folder / recording).is_file():
            raise SettingsError([f"web.recording: there is no file {folder / recording}"])
        web = replace(settings.web, recording=str(folder / recording))
        settings = replace(settings, web=web)
    list_paths = find_lists(settings, folder, lists)
    warehouse_path = warehouse or folder / settings.warehouse.path
    if os.path.realpath(warehouse_path) in map(os.path.realpath, list_paths):
        raise SettingsError([f"warehouse.path: {warehouse_path} is a list: name another file"])
    secrets = load_secrets(settings, environment)
    return RunContext(settings, secrets, folder, list_paths, warehouse_path, clock, reporter)


def find_lists(settings: Settings, folder: Path, lists: Sequence[Path] = ()) -> tuple[Path, ...]:
    """The lists of a run, each once: those given, those of the settings, or the default one.

    One outside of the folder has the name that the settings give it, as its history does.
    """
    named = tuple(folder / name for name in settings.list.paths)
    files = {os.path.realpath(path): path for path in named}
    outside = {file: path for file, path in files.items() if not Path(file).is_relative_to(folder)}
    paths = tuple(outside.get(os.path.realpath(path), path) for path in lists) or named
    unique = {os.path.realpath(path): path for path in reversed(paths or (_default_list(folder),))}
    return tuple(unique.values())[::-1]


def list_name(path: Path, folder: Path) -> str:
    """A list's path from the folder of the settings, as these name it if it is not in there."""
    for file in (path.resolve(), path.parent.resolve() / path.name, path):
        if file.is_relative_to(folder.resolve()):
            return file.relative_to(folder.resolve()).as_posix()
    return path.as_posix()


def find_readme(folder: Path) -> Path:
    """README.md, or as it is spelled otherwise where that does not exist."""
    paths = [folder / name for name in ("README.md", "Readme.md", "readme.md")]
    return next((path for path in paths if path.is_file()), paths[0])


def _default_list(folder: Path) -> Path:
    """README.md if it holds our markers or flags, else curated.md, else README.md."""
    readme, curated = find_readme(folder), folder / "curated.md"
    text = readme.read_bytes() if readme.is_file() else b""
    is_ours = any(comment in text for comment in _OUR_COMMENTS)
    return readme if is_ours or not curated.exists() else curated
