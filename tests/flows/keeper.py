"""A maintainer's checkout of a list, its GitHub, and the nights in between."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfile

import pytest

from tests.flows.hub import REPOSITORY, TOKEN, Hub
from tests.flows.hub_server import playing
from tests.flows.played import FEEDS_OFF, Ended, Folder
from tests.flows.walk import LIST, Walk

BRANCH = "staycurrent/update"
_SETTINGS = """
[web]
allow_networks = ["127.0.0.0/8"]
pause_s = 0
timeout_s = 5
[pull_request]
api = "{api}"
"""


@dataclass(frozen=True, slots=True)
class Keeper:
    """Who keeps the list: a checkout, and the hub that it is pushed to."""

    folder: Folder
    walk: Walk
    hub: Hub

    def pr(self, *argv: str, night: int = 3, token: str = TOKEN) -> Ended:
        """The verb, on the morning after a night."""
        self.folder.warehouse.parent.mkdir(exist_ok=True)
        before = self.folder.warehouse
        if not before.exists():
            copyfile(self.walk.morning(night).warehouse, before)
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("GITHUB_TOKEN", token)
            return self.folder.staycurrent("pr", *argv, night=night)

    def later(self, night: int, *argv: str) -> Ended:
        """As `pr`, with what a later night knows; decisions of before are lost with the rest."""
        copyfile(self.walk.morning(night).warehouse, self.folder.warehouse)
        return self.pr(*argv, night=night)

    def git(self, *argv: str, folder: Path | None = None) -> str:
        """A person's git, on the third day."""
        who = ("-c", "user.name=A Person", "-c", "user.email=person@example.org")
        command = ["git", "-C", str(folder or self.folder.path), *who, *argv]
        dates = dict.fromkeys(["GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"], "2026-11-03T10:00:00Z")
        ended = subprocess.run(
            command, check=True, capture_output=True, env={**os.environ, **dates}
        )
        return ended.stdout.decode().strip()

    def listed(self, ref: str = BRANCH) -> str:
        """The list as a branch of the hub has it."""
        return self.hub.git("show", f"refs/heads/{ref}:curated.md")

    def edits(self, was: str, now: str, branch: str = BRANCH) -> str:
        """A person commits to a branch of the hub, by another checkout; the commit."""
        other = self.folder.path.parent / "other"
        if not other.exists():
            self.git("clone", "-q", str(self.hub.bare), str(other))
        self.git("fetch", "-q", folder=other)
        self.git("checkout", "-q", "-B", "mine", f"origin/{branch}", folder=other)
        path = other / "curated.md"
        text = path.read_text(encoding="utf-8")
        assert was in text
        path.write_text(text.replace(was, now), encoding="utf-8")
        self.git("commit", "-qam", "As I like it", folder=other)
        self.git("push", "-q", "origin", f"mine:{branch}", folder=other)
        return self.git("rev-parse", "HEAD", folder=other)

    def kept(self) -> dict[str, bool]:
        """Whether each link is kept, by its title."""
        return {row["title"]: row["kept"] for row in self.folder.status(3)["links"]}


@contextmanager
def keeping(path: Path, walk: Walk, settings: str = "") -> Iterator[Keeper]:
    """A list of every kind of link, committed and pushed, before anything is flagged in it."""
    with playing(path) as hub:
        folder = Folder(path / "checkout")
        folder.path.mkdir()
        folder.list.write_text(LIST, encoding="utf-8")
        written = _SETTINGS.format(api=f"{hub.site}/api/v3") + settings + FEEDS_OFF
        (folder.path / "staycurrent.toml").write_text(written, encoding="utf-8")
        keeper = Keeper(folder, walk, hub)
        keeper.git("init", "-q", "-b", "main")
        keeper.git("add", "curated.md")
        keeper.git("commit", "-qm", "A list")
        keeper.git("remote", "add", "origin", f"{hub.site}/{REPOSITORY}.git")
        keeper.git("push", "-q", str(hub.bare), "main")
        yield keeper
