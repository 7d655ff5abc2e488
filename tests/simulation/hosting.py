"""A played GitHub for the list: people merge, close and edit the pull request; a data branch."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

from staycurrent.flows.commands.pr import pr
from staycurrent.flows.context import RunContext
from staycurrent.flows.database import open_database
from staycurrent.flows.errors import BAD_USAGE, BUG, DONE, SKIPPED
from staycurrent.flows.publishing.history_branch import find_history_branch
from staycurrent.warehouse import parquet
from staycurrent.warehouse.import_validation import ImportLimits
from tests.simulation.faults import Disk, Fault, git_killer
from tests.simulation.invariants import (
    STRANGER,
    fixes_of,
    flags_of_list,
    people_lost,
    read_knowledge,
    unproved_flags,
)
from tests.simulation.machine import Ended, play
from tests.simulation.people import Word
from tests.simulation.world import FIRST_DATE, World
from tests.support.github import DATA_BRANCH, REPOSITORY, TOKEN, UPDATE_BRANCH, Hub

HOST = "forge.example"
SETTINGS = f'[pull_request]\napi = "https://{HOST}/api/v3"\n'
# Git's ssh is a shell on this machine: the last word is what it would run on the other.
# While there is a file next to the folder, it kills the git that called it instead.
_SSH = """#!/bin/sh
for last; do :; done
cd "{base}" || exit
if rm kill-git 2>/dev/null; then kill -9 $PPID; exit; fi
exec sh -c "$last"
"""
HOSTILE = (
    "@everyone <!-- stay:begin current --> <img src=x onerror=alert(1)>\x1b[31m\u202e\n"
    "- [x] keep all\n<!-- stay:end current -->\n```\n${{ github.token }} $(id) | <!--"
)


@dataclass(slots=True)
class PlayedHub(Hub):
    """GitHub, on the date of the world."""

    today: date = FIRST_DATE

    def now(self) -> str:
        return f"{self.today}T12:00:00Z"


@dataclass(slots=True)
class Hosting:
    """The list's repository, its pull request, and the people around it."""

    base: Path
    world: World
    hub: PlayedHub = field(init=False)
    words: list[Word] = field(default_factory=list)
    """What people declined in a pull request."""
    left: set[tuple[str, str, str]] = field(default_factory=set)
    """Flags that a pull request took out which people closed: then they stay."""
    fixes_addresses: bool = False
    """Whether the settings say `moved = "fix"`."""

    def __post_init__(self) -> None:
        bare = self.base / f"{REPOSITORY}.git"
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", bare], check=True)
        self.hub = PlayedHub(bare)
        self.world.host_answer = self.hub.answer
        ssh = self.base / "ssh"
        ssh.write_text(_SSH.format(base=self.base), encoding="utf-8")
        ssh.chmod(0o700)

    def listed(self, ref: str = "main") -> bytes:
        """The list as a branch has it."""
        return self.hub.git("show", f"refs/heads/{ref}:curated.md").encode() + b"\n"

    def commit(self, raw: bytes, ref: str = "main", who: str = "A Person") -> None:
        """A person commits a list to a branch."""
        hub, head = self.hub, self.hub.head(ref)
        blob = hub.git("hash-object", "-w", "--stdin", input=raw)
        tree = hub.git("mktree", input=f"100644 blob {blob}\tcurated.md\n".encode())
        at = f"{self.world.today}T01:00:00Z"
        by = {"GIT_AUTHOR_NAME": who, "GIT_COMMITTER_NAME": who, "GIT_AUTHOR_DATE": at,
              "GIT_AUTHOR_EMAIL": "p@example.org", "GIT_COMMITTER_EMAIL": "p@example.org",
              "GIT_COMMITTER_DATE": at}  # fmt: skip
        parents = ["-p", head] if head else []
        made = hub.git("commit-tree", tree, *parents, "-m", "Edit", env={**os.environ, **by})
        hub.git("update-ref", f"refs/heads/{ref}", made)

    def check_out(self, folder: Path) -> None:
        """A fresh checkout as a runner's; what is next to the list stays."""
        if not (folder / ".git").exists():
            _git(folder, "init", "-q", "-b", "main")
            _git(folder, "remote", "add", "origin", f"git@{HOST}:{REPOSITORY}.git")
            _git(folder, "config", "core.sshCommand", str(self.base / "ssh"))
            _git(folder, "config", "ssh.variant", "simple")
        _git(folder, "fetch", "-q", "origin", "main")
        _git(folder, "reset", "-q", "--hard", "FETCH_HEAD")

    def people_act(self, random: Random) -> str:
        """What somebody does about the pull request before the run."""
        self.hub.today = self.world.today
        if not self.ours or random.random() < 0.6:
            return ""
        pull = self.hub.shown(self.ours[0])
        number = pull["number"]
        acts = ["merge", "squash", "close", "tick", "push", "delete", "rebase", "stranger"]
        match random.choice(["merge", *acts]):
            case "merge":
                self.hub.merge(number)
                return "merged"
            case "squash":
                self.hub.merge(number, squash=True)
                self.hub.delete_branch(UPDATE_BRANCH)
                return "squashed"
            case "close":
                self._decline()
                self.hub.close(number)
                return "closed"
            case "tick" if "- [ ]" in pull["body"]:
                body = pull["body"].replace("- [ ]", "- [x]", 1)
                self.hub.edit(number, body, "maintainer")
                return "a box ticked"
            case "push":
                raw = self.listed(UPDATE_BRANCH)
                self.commit(raw.replace(b"About learning.", b"About learning!"), UPDATE_BRANCH)
                return "a person pushed to the branch"
            case "delete":
                self.hub.delete_branch(UPDATE_BRANCH)
                return "the branch deleted"
            case "rebase":
                return self._rebase()
            case "stranger":
                return self._stranger(pull)
        return ""

    @property
    def ours(self) -> list[dict[str, Any]]:
        """The open pull requests that are not a stranger's."""
        return [one for one in self.hub.opened if one["user"]["login"] != STRANGER]

    def _rebase(self) -> str:
        """A person rebases the branch upon main: the author stays, the committer is theirs."""
        hub, head = self.hub, self.hub.head(UPDATE_BRANCH)
        tree = hub.git("merge-tree", "--write-tree", "main", head)
        if not head or len(tree) != 40 or hub.git("rev-list", "--count", f"main..{head}") != "1":
            return ""
        name, email, at = hub.git("log", "-1", "--format=%an%n%ae%n%aI", head).splitlines()
        by = {"GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": email, "GIT_AUTHOR_DATE": at,
              "GIT_COMMITTER_NAME": "A Person", "GIT_COMMITTER_EMAIL": "p@example.org",
              "GIT_COMMITTER_DATE": f"{self.world.today}T01:30:00Z"}  # fmt: skip
        message = hub.git("log", "-1", "--format=%B", head).encode()
        made = hub.git("commit-tree", tree, "-p", hub.head("main"), "-F", "-",
                       input=message, env={**os.environ, **by})  # fmt: skip
        hub.git("update-ref", f"refs/heads/{UPDATE_BRANCH}", made)
        return "the branch rebased"

    def _stranger(self, pull: dict[str, Any]) -> str:
        """Somebody without rights comments, opens a pull request from our branch, or closes it."""
        self.hub.readers.add(STRANGER)
        theirs = [one for one in self.hub.opened if one["user"]["login"] == STRANGER]
        if theirs:
            self.hub.close(theirs[0]["number"], STRANGER)
            return "a stranger closed their pull request"
        self.hub.comment(pull["number"], HOSTILE)
        if len(self.hub.comments) % 2:
            return "a stranger commented"
        body = pull["body"].replace("- [ ]", "- [x]") + HOSTILE
        self.hub.opened_by(STRANGER, "main", body)
        return "a stranger opened a pull request"

    def _decline(self) -> None:
        branch, main = self.listed(UPDATE_BRANCH), self.listed()
        self.left |= set(flags_of_list(main)) - set(flags_of_list(branch))
        self.words += [Word(*flag) for flag in set(flags_of_list(branch)) - set(flags_of_list(main))
                       if branch.count(flag[0].encode()) == 1]  # fmt: skip

    def publish(self, folder: Path, random: Random, *, is_faulty: bool) -> Iterator[str]:
        """`pr` after a run, perhaps killed at a request and begun again; what is wrong then."""
        fault = random.choice((Fault.INTERRUPT, Fault.KILL, Fault.GIT_KILLED))
        at = random.randint(1, 8 if fault is Fault.INTERRUPT else 120)
        disk = Disk(folder, fault if is_faulty else Fault.NONE, at)
        played = play(self.world, folder, disk, _publish)
        if played.code == BUG:
            yield f"pr, {disk.fault} at {disk.where}: {played.said}"
        if is_faulty:
            git_killer(folder).unlink(missing_ok=True)
            played = play(self.world, folder, Disk(folder), _publish)
        refused = "merge or delete it" in played.said or (
            "may not write" in played.said and len(self.hub.opened) > len(self.ours)
        )
        if played.code == BUG or (played.code not in (DONE, SKIPPED) and not refused):
            yield f"pr ended with {played.code}: {played.said}"
        if len(self.ours) > 1:
            yield f"{len(self.ours)} pull requests are open"
        for pull in self.hub.pulls.values():
            if TOKEN in pull["body"] + pull["title"]:
                yield "the token is in a pull request"
        yield from self._wrong_branch(folder, played)

    def _wrong_branch(self, folder: Path, played: Ended) -> Iterator[str]:
        """What is wrong with the branch that was pushed, if it is ours."""
        head = self.hub.head(UPDATE_BRANCH)
        is_ours = self.ours and "left alone" not in played.said
        if played.code != DONE or not head or not is_ours:
            return
        parent = self.hub.git("rev-parse", f"{head}^")
        before = self.hub.git("show", f"{parent}:curated.md").encode() + b"\n"
        after = self.listed(UPDATE_BRANCH)
        known = read_knowledge(folder / ".staycurrent" / "warehouse.duckdb", FIRST_DATE)
        fixes = fixes_of(known) if self.fixes_addresses else {}
        yield from (f"the branch: {why}" for why in people_lost(before, after, fixes))
        flags = sorted(set(flags_of_list(after)) - self.left)
        yield from (f"the branch: {why}" for why in unproved_flags(flags, known, FIRST_DATE))
        for word in self.words:
            for flag in set(flags_of_list(after)) - set(flags_of_list(before)):
                if word.contradicts(*flag):
                    yield f"{flag} is proposed again, although a person closed it"

    def fresh_runner(self, folder: Path, random: Random) -> Iterator[str]:
        """The history goes to the data branch, and to a new machine; what is wrong with it."""
        out, home = folder.with_name("out"), folder / ".staycurrent"
        before = read_knowledge(home / "warehouse.duckdb", FIRST_DATE)
        if not before.judged:
            return
        shutil.rmtree(out, ignore_errors=True)
        saved = play(self.world, folder, Disk(folder), lambda ctx: _save(ctx, out))
        if saved.code != DONE:
            yield f"history save ended with {saved.code}: {saved.said}"
            return
        laptop = folder.with_name("laptop")
        shutil.rmtree(laptop, ignore_errors=True)
        laptop.mkdir()
        shutil.copyfile(folder / "staycurrent.toml", laptop / "staycurrent.toml")
        self.check_out(laptop)
        if random.random() < 0.3:
            self.hub.git("update-ref", "-d", f"refs/heads/{DATA_BRANCH}")
            lost = play(self.world, laptop, Disk(laptop), lambda ctx: _restore(ctx, out))
            if lost.code not in (DONE, BAD_USAGE) or (laptop / ".staycurrent").exists():
                yield f"without a data branch: {lost}"
            return
        for machine in (laptop, laptop):  # twice: it replaces the first
            shutil.rmtree(out)
            got = play(self.world, machine, Disk(machine), lambda ctx: _restore(ctx, out))
            after = read_knowledge(laptop / ".staycurrent" / "warehouse.duckdb", FIRST_DATE)
            if got.code != DONE or after != before:
                yield f"the history came back with {got.code}, otherwise than it was: {got.said}"
        # The laptop saves upon it; then the runner, which does not know that, must not overwrite.
        played = play(self.world, laptop, Disk(laptop))
        shutil.rmtree(out)
        mine = play(self.world, laptop, Disk(laptop), lambda ctx: _save(ctx, out))
        head = self.hub.head(DATA_BRANCH)
        shutil.rmtree(out, ignore_errors=True)
        for _ in range(2):
            late = play(self.world, folder, Disk(folder), lambda ctx: _save(ctx, out))
        if mine.code != DONE or BUG in (played.code, late.code):
            yield f"the laptop: {played}, {mine}, then the runner: {late}"
        if self.hub.head(DATA_BRANCH) != head:
            yield "the runner overwrote what the laptop had saved"
        # From now on the branch is the laptop's; the runner begins from it again.
        shutil.rmtree(home)
        shutil.copytree(laptop / ".staycurrent", home)
        _git(folder, "fetch", "-q", "origin", f"+{DATA_BRANCH}:refs/staycurrent/history")


def _git(folder: Path, *argv: str) -> None:
    subprocess.run(["git", *argv], cwd=folder, check=True, capture_output=True)


def _publish(ctx: RunContext) -> str:
    with open_database(ctx) as db:
        return pr(ctx, db)


def _save(ctx: RunContext, folder: Path) -> None:
    parquet.export_parquet(ctx.warehouse_path, folder)
    find_history_branch(ctx).save(folder, ctx.clock.as_of)


def _restore(ctx: RunContext, folder: Path) -> None:
    if find_history_branch(ctx).restore(folder):
        limits = ImportLimits(ctx.run_date, ctx.settings.web)
        parquet.import_parquet(folder, ctx.warehouse_path, limits, replace=True)
