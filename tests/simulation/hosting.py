"""A played GitHub for the list: people merge, close and edit the pull request; a data branch."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random

from staycurrent.flows.commands.pr import pr
from staycurrent.flows.context import RunContext
from staycurrent.flows.database import open_database
from staycurrent.flows.errors import BAD_USAGE, BUG, DONE, SKIPPED
from staycurrent.flows.publishing.history_branch import restore_history, save_history
from staycurrent.warehouse import parquet
from staycurrent.warehouse.import_validation import ImportLimits
from tests.simulation.faults import Disk, Fault
from tests.simulation.invariants import flags_of_list, read_knowledge, unproved_flags
from tests.simulation.machine import Ended, play
from tests.simulation.people import Word, people_wrote
from tests.simulation.world import FIRST_DATE, World
from tests.support.github import DATA_BRANCH, REPOSITORY, TOKEN, UPDATE_BRANCH, Hub

HOST = "forge.example"
SETTINGS = f'[pull_request]\napi = "https://{HOST}/api/v3"\n'
# Git's ssh is a shell on this machine: the last word is what it would run on the other.
_SSH = '#!/bin/sh\nfor last; do :; done\ncd "{base}" && exec sh -c "$last"\n'


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
        if not self.hub.opened or random.random() < 0.6:
            return ""
        pull = self.hub.only()
        number = pull["number"]
        match random.choice(["merge", "merge", "squash", "close", "tick", "push", "delete"]):
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
        return ""

    def _decline(self) -> None:
        branch, main = self.listed(UPDATE_BRANCH), self.listed()
        self.words += [Word(*flag) for flag in set(flags_of_list(branch)) - set(flags_of_list(main))
                       if branch.count(flag[0].encode()) == 1]  # fmt: skip

    def publish(self, folder: Path, random: Random, *, is_faulty: bool) -> Iterator[str]:
        """`pr` after a run, perhaps killed at a request and begun again; what is wrong then."""
        fault = Fault.INTERRUPT if is_faulty else Fault.NONE
        played = play(self.world, folder, Disk(folder, fault, random.randint(1, 8)), _publish)
        if played.code is None:
            played = play(self.world, folder, Disk(folder), _publish)
        if played.code == BUG or (
            played.code not in (DONE, SKIPPED) and "merge or delete it" not in played.said
        ):
            yield f"pr ended with {played.code}: {played.said}"
        if len(self.hub.opened) > 1:
            yield f"{len(self.hub.opened)} pull requests are open"
        for pull in self.hub.pulls.values():
            if TOKEN in pull["body"] + pull["title"]:
                yield "the token is in a pull request"
        yield from self._wrong_branch(folder, played)

    def _wrong_branch(self, folder: Path, played: Ended) -> Iterator[str]:
        """What is wrong with the branch that was pushed, if it is ours."""
        head = self.hub.head(UPDATE_BRANCH)
        is_ours = self.hub.opened and "left alone" not in played.said
        if played.code != DONE or not head or not is_ours:
            return
        parent = self.hub.git("rev-parse", f"{head}^")
        before = self.hub.git("show", f"{parent}:curated.md").encode() + b"\n"
        after = self.listed(UPDATE_BRANCH)
        if people_wrote(before) != people_wrote(after):
            yield "the branch changes what people wrote"
        known = read_knowledge(folder / ".staycurrent" / "warehouse.duckdb", FIRST_DATE)
        yield from (f"the branch: {why}" for why in unproved_flags(after, known, self.world))
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
    save_history(ctx, folder)


def _restore(ctx: RunContext, folder: Path) -> None:
    if restore_history(ctx, folder):
        limits = ImportLimits(ctx.run_date, ctx.settings.web)
        parquet.import_parquet(folder, ctx.warehouse_path, limits, replace=True)
