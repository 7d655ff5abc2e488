"""A list's repository as a host keeps it: a bare repository, and runners that check it out."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.flows.played import Ended, Folder

BRANCH = "staycurrent-data"


def git(folder: Path, *argv: str) -> str:
    """A person's git, on the third day; what it printed."""
    who = ("-c", "user.name=A Person", "-c", "user.email=person@example.org")
    dates = dict.fromkeys(["GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"], "2026-11-03T10:00:00Z")
    ended = subprocess.run(
        ["git", *who, *argv],
        cwd=folder,
        check=True,
        capture_output=True,
        env={**os.environ, **dates, "GIT_CONFIG_NOSYSTEM": "1"},
    )
    return ended.stdout.decode().strip()


@dataclass(frozen=True, slots=True)
class Hosted:
    """The bare repository, with a list on its branch `main`."""

    path: Path
    address: str = ""
    """Where runners clone it from; empty: from the disk."""

    @classmethod
    def of(cls, path: Path, listed: str = "# List\n") -> "Hosted":
        bare = path / "hosted.git"
        git(path, "init", "--quiet", "--bare", "--initial-branch=main", str(bare))
        return cls.at(bare, listed)

    @classmethod
    def at(cls, bare: Path, listed: str, address: str = "") -> "Hosted":
        """A bare repository that is there, with a first commit."""
        first = bare.parent / "first"
        first.mkdir()
        git(first, "init", "--quiet", "--initial-branch=main")
        (first / "curated.md").write_text(listed, encoding="utf-8")
        git(first, "add", ".")
        git(first, "commit", "--quiet", "-m", "Begin the list")
        git(first, "push", "--quiet", str(bare), "main")
        return cls(bare, address)

    def runner(self, name: str, *, depth: int | None = 1) -> "Runner":
        """A fresh checkout, shallow as a runner's is."""
        folder = self.path.parent / name
        depth_of = (f"--depth={depth}",) if depth else ()
        where = self.address or self.path.as_uri()
        git(self.path.parent, "clone", "--quiet", *depth_of, where, str(folder))
        return Runner(Folder(folder))

    def commits(self, branch: str = BRANCH) -> int:
        """How many commits the branch has."""
        return int(git(self.path, "rev-list", "--count", branch))

    def file(self, path: str, branch: str = BRANCH) -> str:
        return git(self.path, "show", f"{branch}:{path}")

    def has(self, branch: str = BRANCH) -> bool:
        return bool(git(self.path, "branch", "--list", branch))


@dataclass(frozen=True, slots=True)
class Runner:
    """A machine that lasts one night."""

    folder: Folder

    @property
    def path(self) -> Path:
        return self.folder.path

    def restore(self, into: str = "in") -> Ended:
        return self.folder.staycurrent("memory", "restore", str(self.aside(into)))

    def save(self, out: str = "out", *more: str, night: int = 1) -> Ended:
        return self.folder.staycurrent("memory", "save", str(self.aside(out)), *more, night=night)

    def aside(self, name: str) -> Path:
        """A folder beside the checkout."""
        return self.path.parent / f"{self.path.name}-{name}"

    def exported(self, *looks: str, out: str = "out") -> None:
        """What `staycurrent export` would leave, in the same shape."""
        folder = self.aside(out)
        folder.mkdir(exist_ok=True)
        (folder / "manifest.json").write_text(json.dumps({"looks": len(looks)}), encoding="utf-8")
        (folder / "looks.parquet").write_text("\n".join(looks), encoding="utf-8")
