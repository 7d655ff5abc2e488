"""A folder with a list, settings and a recorded web, and the command line run in it."""

import json
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

from staycurrent.flows.cli import main

FIRST = datetime.fromisoformat("2026-11-01T02:00:00+00:00")
CANARIES = """
first_night = 2026-11-01
[[page]]
url = ["https://www.wikipedia.org/", "https://www.python.org/", "https://www.cloudflare.com/",
       "https://www.debian.org/", "https://www.iana.org/"]
title = "Welcome"
"""
FEEDS_OFF = """
[sources.github_trending]
enabled = false
[sources.papers_with_code]
enabled = false
[sources.weekly_papers]
enabled = false
"""
NO_BACKUP = """
[warehouse]
backups = 0
"""
BACKUP = """
[warehouse]
backups = 7
"""
SETTINGS = """
[web]
recording = "web.toml"
pause_s = 0
slow_hosts = []
[links]
second_look_s = 0
[links.pace]
alive_every = 1
settled_every = 1
"""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Folder:
    """Where the commands run."""

    path: Path

    @property
    def list(self) -> Path:
        return self.path / "curated.md"

    @property
    def warehouse(self) -> Path:
        return self.path / ".staycurrent" / "warehouse.duckdb"

    def write(self, *, listed: str | bytes, web: str = "", settings: str = FEEDS_OFF) -> None:
        """Lay the folder out; the canaries answer, and the feeds are off unless asked for.

        Backups are too: they are a third of such a night, and few tests look at them.
        """
        settings += "" if "[warehouse]" in settings else NO_BACKUP
        self.list.write_bytes(listed.encode() if isinstance(listed, str) else listed)
        (self.path / "web.toml").write_text(CANARIES + web, encoding="utf-8")
        (self.path / "staycurrent.toml").write_text(SETTINGS + settings, encoding="utf-8")

    def staycurrent(self, *argv: str, night: int = 1) -> Ended:
        """Run one command as of a night, in the folder."""
        as_of = (FIRST + timedelta(days=night - 1)).isoformat()
        return self.plainly(argv[0], "--as-of", as_of, *argv[1:])

    def plainly(self, *argv: str) -> Ended:
        """Run one command as it stands, in the folder."""
        out, err = StringIO(), StringIO()
        with chdir(self.path), redirect_stdout(out), redirect_stderr(err):
            try:
                code = main(list(argv))
            except SystemExit as left:
                code = int(left.code or 0)
        return Ended(code, out.getvalue(), err.getvalue())

    @property
    def text(self) -> str:
        """The list."""
        return self.list.read_bytes().decode()

    def files(self) -> set[str]:
        """Everything that lies in the folder, by its path from there."""
        return {str(one.relative_to(self.path)) for one in self.path.rglob("*")}

    def nights(self, first: int, last: int) -> Ended:
        """Run the nights from `first` to `last`, each of which must be judged; how that ended.

        Those before it are quiet: the hints after a night cost a fifth of it, and change nothing.
        """
        ended = Ended(0, "", "")
        for night in range(first, last + 1):
            quiet = ("--quiet",) if night < last else ()
            ended = self.staycurrent("run", *quiet, night=night)
            assert ended.code == 0, ended.err
        return ended

    def status(self, night: int = 1, *more: str) -> dict[str, Any]:
        """`status --format json`, read."""
        ended = self.staycurrent("status", "--format", "json", *more, night=night)
        assert ended.code == 0, ended.err
        found: dict[str, Any] = json.loads(ended.out)
        return found

    def verdicts(self, night: int = 1) -> dict[str, str]:
        """The verdict of each address."""
        return {row["url"]: row["verdict"] for row in self.status(night)["links"]}
