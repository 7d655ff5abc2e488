"""A folder with a list, settings and a recorded web, and the command line run in it."""

import json
from contextlib import chdir
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.cli import main

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
    capsys: pytest.CaptureFixture[str]

    @property
    def list(self) -> Path:
        return self.path / "curated.md"

    @property
    def warehouse(self) -> Path:
        return self.path / ".staycurrent" / "warehouse.duckdb"

    def write(self, *, listed: str, web: str = "", settings: str = FEEDS_OFF) -> None:
        """Lay the folder out; the canaries answer, and the feeds are off unless asked for."""
        self.list.write_text(listed, encoding="utf-8")
        (self.path / "web.toml").write_text(CANARIES + web, encoding="utf-8")
        recording = json.dumps(str(self.path / "web.toml"))
        text = SETTINGS.replace('"web.toml"', recording) + settings
        (self.path / "staycurrent.toml").write_text(text, encoding="utf-8")

    def staycurrent(self, *argv: str, night: int = 1) -> Ended:
        """Run one command as of a night, in the folder."""
        as_of = (FIRST + timedelta(days=night - 1)).isoformat()
        with chdir(self.path):
            try:
                code = main([argv[0], "--as-of", as_of, *argv[1:]])
            except SystemExit as left:
                code = int(left.code or 0)
        said = self.capsys.readouterr()
        return Ended(code, said.out, said.err)

    def nights(self, first: int, last: int) -> Ended:
        """Run the nights from `first` to `last`, each of which must be judged."""
        ended = Ended(0, "", "")
        for night in range(first, last + 1):
            ended = self.staycurrent("run", night=night)
            assert ended.code == 0, ended.err
        return ended

    def status(self, night: int = 1) -> dict[str, Any]:
        """`status --format json`, read."""
        found: dict[str, Any] = json.loads(
            self.staycurrent("status", "--format", "json", night=night).out
        )
        return found

    def verdicts(self, night: int = 1) -> dict[str, str]:
        """The verdict of each address."""
        return {row["url"]: row["verdict"] for row in self.status(night)["links"]}
