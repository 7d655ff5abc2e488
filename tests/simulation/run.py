"""Plays the nights of a seed: `python -m tests.simulation.run --seed 7 --nights 100`."""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random, SystemRandom
from typing import Literal, NoReturn

from staycurrent.flows.commands.demo import LED_OFF
from staycurrent.flows.commands.keep import add_overrides, undo_overrides
from staycurrent.flows.context import RunContext
from staycurrent.flows.database import open_database
from staycurrent.flows.errors import BAD_USAGE, BUG, DONE, INTERRUPTED, SKIPPED
from staycurrent.warehouse.overrides import Override
from tests.simulation import invariants
from tests.simulation.faults import Disk, Fault
from tests.simulation.hosting import SETTINGS, Hosting
from tests.simulation.invariants import Knowledge, is_taken_back, read_knowledge
from tests.simulation.machine import RIGHT, Clockwork, Ended, Job, nightly, play, twin_of
from tests.simulation.mishaps import HARMLESS, MISHAPS, Mishap, begin_anew
from tests.simulation.people import People, Word
from tests.simulation.world import World, drawn

_KNOWN_DAYS = timedelta(days=120)
_SETTINGS = """\
[list]
paths = ["curated.md"]
[links]
second_look_s = 1
[sources.github_trending]
languages = []
[sources.papers_with_code]
enabled = false
[sources.weekly_papers]
enabled = false
[sources.notes]
kind = "rss"
url = "https://feed.example/feed.json"
"""
_FIX = '[curated]\nmoved = "fix"\n'
_CHANGES = (
    "",
    '[curated]\nplace = "end"\n',
    '[curated]\nglyphs = "words"\n',
    '[curated]\nflags = "report"\n',
    "[links.recheck]\nalive_every = 1\nsettled_every = 1\n",
    "[freshness]\narchived_is_stale = false\n",
    "[links.rules]\nhard = { checks = 4, nights = 9 }\n",
    _FIX,
    '[curated]\ndead = "strike"\n',
    '[curated]\ndead = "archive"\n',
)


_GRAVE = ("dead", "moved", "insecure", "archived")
_FAULTS = (Fault.KILL, Fault.KILL, Fault.FULL_DISK, Fault.IO_ERROR, Fault.INTERRUPT)


class Broken(Exception):
    """An invariant does not hold."""


@dataclass(slots=True)
class Simulation:
    """One seed: a world, its people, and the folder of their list."""

    seed: int
    base: Path
    world: World = field(init=False)
    people: People = field(default_factory=People)
    folder: Path = field(init=False)
    counts: Counter[str] = field(default_factory=Counter)
    known: Knowledge = field(default_factory=Knowledge)
    confirmed: list[set[tuple[str, str, str]]] = field(default_factory=list)
    """The flags that the list showed after each of the last judged nights."""
    faulty: float = 0.0
    fixes_addresses: bool = False
    nightly: Job = nightly
    """With --cold-start until a run is judged, once the history is to begin anew."""
    hosting: Hosting | None = None
    """Where the list is kept, for one seed in three; the others have a folder only."""
    story: list[str] = field(default_factory=list)
    """What happened, a line for each night."""

    def __post_init__(self) -> None:
        self.world = World.of(self.seed)
        self.folder = self.base / "list"
        self.folder.mkdir()
        self.faulty = drawn(self.seed, "faulty").choice([0.05, 0.15, 0.3])
        self.listed.write_bytes(self.people.first_list(self.world))
        if drawn(self.seed, "hosting").random() < 1 / 3:
            self.hosting = Hosting(self.base, self.world)
            self.hosting.commit(self.listed.read_bytes())
            self.hosting.check_out(self.folder)
        self._write_settings("")

    @property
    def listed(self) -> Path:
        return self.folder / "curated.md"

    def _write_settings(self, change: str) -> None:
        self.fixes_addresses = change == _FIX
        if self.hosting is not None:
            self.hosting.fixes_addresses = self.fixes_addresses
        random = drawn(self.seed, "backups")
        backups = f"[warehouse]\nwait_s = 0\nbackups = {random.choice([0, 2])}\n"
        text = _SETTINGS + LED_OFF + backups + change + (SETTINGS if self.hosting else "")
        (self.folder / "staycurrent.toml").write_text(text, encoding="utf-8")

    def night(self) -> None:
        """Play one night; raises Broken."""
        world = self.world
        world.turn()
        random = world.random("night")
        self.story.append(f"night {world.night} {world.today}: {world.weather}")
        self._people_work(random)
        if random.random() < self.faulty / 4:
            self._mishap(random)
        before = self.listed.read_bytes()
        if random.random() < self.faulty / 4:
            ended = self._with_wrong_clock(random)
        elif random.random() < self.faulty:
            ended = self._disturbed(random)
        else:
            ended = self._run(Disk(self.folder))
        self._note(f"exit {ended.code}")
        self.counts["nights"] += 1
        self._check(before, ended)
        if ended.code == DONE and random.random() < 0.05 and not self.fixes_addresses:
            self._quiet()
        if ended.code == DONE and self.hosting is not None:
            self._publish(self.hosting, random)

    def _people_work(self, random: Random) -> None:
        """People change the settings, act on the pull request, and edit the list."""
        if random.random() < 0.03:
            self._write_settings(random.choice(_CHANGES))
            self.confirmed.clear()  # flags that are written elsewhere are confirmed anew
            self._note("settings changed")
        if self.hosting is not None:
            if act := self.hosting.people_act(random):
                self._note(act)
                self.counts[act] += 1
            self.listed.write_bytes(self.hosting.listed())
        if random.random() < 0.03 and self.known.judged:
            self._command(random)
        if random.random() < 0.3 and self.known.judged:
            stable = set.intersection(*self.confirmed) if len(self.confirmed) == 2 else set()
            before = self.listed.read_bytes()
            self.listed.write_bytes(self.people.edit(before, self.world, stable))
            self._note("list edited")
            if self.hosting is not None:
                self.hosting.commit(self.listed.read_bytes())
        if self.hosting is not None:
            self.hosting.check_out(self.folder)

    def _command(self, random: Random) -> None:
        """A person keeps a link, declines a candidate, or takes that back."""
        if self.people.commanded and random.random() < 0.3:
            self._undo(random)
            return
        raw = self.listed.read_bytes()
        flagged = sorted({url for url, state, _ in invariants.flags_of_list(raw) if state != "new"})
        kind: Literal["keep", "decline"] = random.choice(["keep", "decline"])
        urls = flagged if kind == "keep" else invariants.proposed(raw)
        if not urls:
            return
        url = random.choice(urls)

        def command(ctx: RunContext) -> None:
            with open_database(ctx) as db:
                add_overrides(ctx, db, [url], Override("", kind, None, None, "", ctx.now()))

        ended = play(self.world, self.folder, Disk(self.folder), command)
        self._note(f"{kind} {url}: exit {ended.code}")
        if ended.code == DONE:
            states = _GRAVE if kind == "keep" else ("new",)
            self.people.words += [Word(url, state) for state in states]
            self.people.commanded.append((kind, url))
        elif ended.code != BAD_USAGE:
            self._fail([ended.said])

    def _undo(self, random: Random) -> None:
        """A person takes a command back; what they did about that address by hand goes with it."""
        kind, url = self.people.commanded.pop(random.randrange(len(self.people.commanded)))

        def command(ctx: RunContext) -> None:
            with open_database(ctx) as db:
                undo_overrides(ctx, db, [url], Override("", kind, None, None, "", ctx.now()))

        ended = play(self.world, self.folder, Disk(self.folder), command)
        self._note(f"{kind} {url} undone: exit {ended.code}")
        self.counts["undone"] += 1
        home = self.folder / ".staycurrent" / "warehouse.duckdb"
        if ended.code not in (DONE, BAD_USAGE) or not is_taken_back(home, kind, url):
            self._fail([f"{kind} {url} was not taken back", ended.said])
        self.people.words = [one for one in self.people.words if one.subject != url]

    def _with_wrong_clock(self, random: Random) -> Ended:
        """The clock is wrong by more than the canaries allow, from the start or from a request on.

        What is written in such a run is not judged.
        """
        wrong = timedelta(minutes=random.choice([20, 600, 3000, 525600])) * random.choice([-1, 1])
        clock = Clockwork(wrong)
        if random.random() < 0.5:
            clock = Clockwork(step_at=random.randint(1, 30), step=wrong)
        self._note(f"clock {clock.ahead} ahead, set by {clock.step} at request {clock.step_at}")
        self.counts["wrong clock"] += 1
        ended = self._run(Disk(self.folder), clock=clock)
        if clock.ahead and ended.code == DONE:
            self._fail([f"a run was judged although its clock was {clock.ahead} ahead"])
        return ended

    def _publish(self, hosting: Hosting, random: Random) -> None:
        """The pull request after a run; now and then two machines share the data branch."""
        wrong = [*hosting.publish(self.folder, random, is_faulty=random.random() < 0.1)]
        if random.random() < 0.05:
            wrong += hosting.fresh_runner(self.folder, random)
            self.counts["two machines"] += 1
            self.known = self._read(self.folder)
        if wrong:
            self._fail(wrong)

    def _disturbed(self, random: Random) -> Ended:
        """A night with a fault and the same night again, and in a copy the undisturbed one."""
        fault = random.choice(_FAULTS)
        before = self.listed.read_bytes()
        twin = twin_of(self.folder)
        calm = Disk(twin)
        undisturbed = self._run(calm, folder=twin)
        wanted = (twin / "curated.md").read_bytes(), self._read(twin)
        at = random.randint(1, calm.moments)
        sizes = (0, 100, 4096, 1 << 20, *(n + random.randint(0, 1 << 16) for n in _sizes(twin)))
        disk = Disk(self.folder, fault, at, file_bytes=random.choice(sizes))
        disturbed = self._run(disk)
        self._note(f"{fault} at {disk.where or 'a request'} ({at} of {calm.moments})")
        self.counts[str(fault)] += 1
        if self.listed.read_bytes() not in (before, wanted[0]):
            self._fail(["after the fault the list is neither the old nor the new one"])
        if disturbed.code == BUG:
            self._fail([disturbed.said])
        ended = self._run(Disk(self.folder))
        found = self.listed.read_bytes(), self._read(self.folder)
        if self.fixes_addresses:
            # The repetition finds the new addresses in the list, and checks them where it can.
            new = {link for link, *_ in found[1].observations - wanted[1].observations}
            new |= set(invariants.fixes_of(wanted[1]).values())
            wanted, found = ((raw, known.without(new)) for raw, known in (wanted, found))
        if found != wanted or ended.code != undisturbed.code:
            why = [f"undisturbed it ended with {undisturbed.code}, again with {ended.code}"]
            if found[0] != wanted[0]:
                why.append(f"the lists differ: {_differing(wanted[0], found[0])}")
            for name in ("observations", "verdicts", "overrides", "judged"):
                one, other = getattr(wanted[1], name), getattr(found[1], name)
                if one != other:
                    why.append(f"{name} missing {one - other} and more {other - one}")
            self._fail([*why, disturbed.said, ended.said])
        return ended

    def _mishap(self, random: Random) -> None:
        """Something happens to the machine; what is lost with it was said."""
        mishap = random.choice(MISHAPS)
        try:
            happened = mishap(self.world, self.folder, random)
        except Mishap as why:
            self._fail([str(why)])
        if not happened:
            return
        self._note(happened)
        self.counts[happened.partition(",")[0]] += 1
        if mishap in HARMLESS:
            return
        self.nightly = begin_anew if happened.endswith("begun again") else nightly
        self.known = self._read(self.folder)
        self.world.served.clear()  # the history may have seen no repository with its own identity
        # What a person said since the backup is lost with it, and the run said so.
        self.people.words.clear()
        self.people.commanded.clear()
        self.people.removed.clear()
        self.confirmed.clear()

    def _quiet(self) -> None:
        """The same night again changes nothing."""
        before = self.listed.read_bytes(), self._read(self.folder)
        ended = play(self.world, self.folder, Disk(self.folder))
        self.counts["quiet"] += 1
        if (self.listed.read_bytes(), self._read(self.folder)) != before:
            self._fail(["the same night again changed something", ended.said])

    def _run(self, disk: Disk, *, folder: Path | None = None, clock: Clockwork = RIGHT) -> Ended:
        """The nightly run."""
        return play(self.world, folder or self.folder, disk, self.nightly, clock)

    def _read(self, folder: Path) -> Knowledge:
        path = folder / ".staycurrent" / "warehouse.duckdb"
        return read_knowledge(path, self._oldest)

    @property
    def _oldest(self) -> date:
        """The date from which on observations are compared."""
        return self.world.today - _KNOWN_DAYS

    def _check(self, before: bytes, ended: Ended) -> None:
        """Every invariant, after an undisturbed run or the repetition of a disturbed one."""
        world, after = self.world, self.listed.read_bytes()
        known = self._read(self.folder)
        wrong: list[str] = []
        is_judged = ended.code == DONE
        if ended.code not in (DONE, SKIPPED, INTERRUPTED):
            wrong.append(f"it ended with {ended.code}: {ended.said}")
        if world.weather.is_ours and is_judged and self.confirmed:
            wrong.append(f"a run was judged although: {world.weather}")
        if not is_judged and before != after:
            wrong.append("a run that was not judged changed the list")
        fixes = invariants.fixes_of(known) if self.fixes_addresses else {}
        wrong += invariants.people_lost(before, after, fixes)
        wrong += invariants.strangers_words(known)
        wrong += self.known.since(self._oldest).lost(known)
        wrong += invariants.invented(known, world.today, world)
        if is_judged:
            self.nightly = nightly
            flags = invariants.flags_of_list(after)
            wrong += invariants.unproved_flags(flags, known, self._oldest)
            self.people.words += self.people.removed
            self.people.removed.clear()
            wrong += invariants.words_lost(after, self.people.words)
            self.confirmed = [*self.confirmed[-1:], set(invariants.flags_of_list(after))]
        wrong += invariants.secrets_shown(self.folder, ended.said)
        if wrong:
            self._fail(wrong)
        self.known = known
        self.counts["judged" if is_judged else "not judged"] += 1
        self.counts["flags"] += len(invariants.flags_of_list(after))

    def _note(self, what: str) -> None:
        self.story[-1] += f", {what}"

    def _fail(self, why: Iterable[str]) -> NoReturn:
        raise Broken("\n".join([self.story[-1], *why]))


def _sizes(folder: Path) -> Iterator[int]:
    for path in (folder / ".staycurrent").glob("warehouse.duckdb*"):
        yield path.stat().st_size


def _differing(one: bytes, other: bytes) -> str:
    lines = zip(one.splitlines(), other.splitlines(), strict=False)
    return "; ".join(f"{a.decode()} | {b.decode()}" for a, b in lines if a != b)


def simulate(seed: int, nights: int) -> Simulation:
    """Play so many nights of a seed; raises Broken with one line that replays it."""
    memory = Path("/dev/shm")  # noqa: S108 -- a disk without waiting, where there is one
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as base:
        simulation = Simulation(seed, Path(base))
        for _ in range(nights):
            try:
                simulation.night()
            except Broken as broken:
                replay = f"make simulate SEED={seed} NIGHTS={simulation.world.night}"
                raise Broken(f"{replay}\n{broken}") from None
    return simulation


def main() -> int:
    """Play seeds one after the other, print what was played."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--nights", type=int, default=100)
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    first = SystemRandom().randrange(10**6) if options.seed is None else options.seed
    failed = 0
    for seed in range(first, first + options.seeds):
        began = time.process_time()
        try:
            simulation = simulate(seed, options.nights)
        except Broken as broken:
            failed += 1
            print(broken, flush=True)  # noqa: T201
            continue
        if options.verbose:
            print("\n".join(simulation.story))  # noqa: T201
        spent = time.process_time() - began
        counts = ", ".join(f"{name} {count}" for name, count in sorted(simulation.counts.items()))
        print(f"seed {seed}: {counts}; {spent:.1f} s of CPU", flush=True)  # noqa: T201
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
