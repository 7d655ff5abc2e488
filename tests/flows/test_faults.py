"""Faults at system calls: a kill, a broken disk or a full one at any of them harms nothing."""

import os
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from shutil import copyfile, copytree, rmtree

import pytest

from staycurrent.warehouse.file import WarehouseMissing, WarehouseUnusable
from staycurrent.warehouse.open import open_warehouse
from tests.support.faults import Fault, Launcher, has_compiler, launching
from tests.support.folder import FIRST, LIST, Ended, Folder, Walk
from tests.support.github import TOKEN, Keeper, keeping
from tests.warehouse.filled import rows

NIGHT = 3
AS_OF = ("--as-of", (FIRST + timedelta(days=NIGHT - 1)).isoformat())
COMMANDS = {
    "run": ("run",),
    "render": ("render",),
    "import": ("history", "import", "exported"),
    "replace": ("history", "import", "--replace", "exported"),
    "restore": ("restore",),
    "pr": ("pr",),
}
PARTS = 4
_LOCK = re.compile(r"'(\S+\.lock)': File exists: .* remove it")
SAMPLE = [
    ("run", Fault.KILL, "rename /curated.md"),
    ("run", Fault.EIO, "fdatasync /.staycurrent/warehouse.duckdb.wal"),
    ("run", Fault.FULL, "write /.staycurrent/warehouse.duckdb.wal"),
]

pytestmark = pytest.mark.skipif(not has_compiler(), reason="there is no C compiler")


def evidence(warehouse: Path) -> object:
    """Every row of a warehouse, as a reader may have it; else which way back it is refused with."""
    try:
        open_warehouse(warehouse, read_only=True).close()
    except WarehouseMissing:
        return "missing"
    except WarehouseUnusable as error:
        return "restore" if "`staycurrent restore`" in str(error) else str(error)
    return rows(warehouse)


def contents(folder: Folder) -> str:
    """A digest of all files but drafts, which the next command does not read."""
    digest = sha256()
    for file in sorted(folder.path.rglob("*")):
        if file.is_file() and ".new/" not in str(file) and file.suffix != ".lock":
            digest.update(f"\0{file.relative_to(folder.path)}\0".encode() + file.read_bytes())
    return digest.hexdigest()


@dataclass(frozen=True)
class Case:
    """A command on a folder, and what it makes of it when nothing happens."""

    name: str
    before: Folder
    after: Folder
    calls: tuple[str, ...]
    mended: set[str] = field(default_factory=set)
    """Of which contents of the folder a second run is known to make what is wanted."""

    @property
    def writes_list(self) -> bool:
        return self.name in ("run", "render")

    def state(self, folder: Folder) -> object:
        """What the command makes."""
        if self.writes_list:
            return folder.text, folder.status(NIGHT)["links"]
        return evidence(folder.warehouse)

    @cached_property
    def wanted(self) -> object:
        return self.state(self.after)

    @cached_property
    def original(self) -> object:
        return evidence(self.before.warehouse)

    def require_harmless(self, folder: Folder) -> None:
        """What is there is the old state or the new one, and nothing of the old one is lost."""
        if self.writes_list:
            assert folder.text in (self.before.text, self.after.text)
            return
        found = evidence(folder.warehouse)
        assert found in (self.original, self.wanted, "restore")
        if self.name == "import":
            return
        was = self.before.warehouse.read_bytes()
        kept = folder.warehouse.parent.glob("warehouse.duckdb*")
        assert any(was == one.read_bytes() for one in kept if not one.name.endswith(".json"))

    def play(self, launcher: Launcher, path: Path, fault: Fault, at: int) -> str:
        """The command with a fault, then again without; how the first one ended."""
        folder = Folder(path)
        copytree(self.before.path, path)
        ended = launcher.run(path, *COMMANDS[self.name], *AS_OF, fault=fault, at=at)
        ending = as_expected(ended, fault)
        self.require_harmless(folder)
        if (left := contents(folder)) in self.mended:
            return ending
        again = COMMANDS["replace" if self.name == "import" else self.name]
        second = launcher.run(path, *again, *AS_OF)
        assert second.code == 0, f"first {ended.err}; then {second.err}"
        assert self.state(folder) == self.wanted, f"first {ended.err}; then {second.err}"
        self.mended.add(left)
        return ending


@dataclass(frozen=True, slots=True)
class PullRequestCase:
    """`pr` on a checkout whose GitHub has none yet; its git and its temporary files included."""

    walk: Walk
    wanted: object = None
    calls: tuple[str, ...] = ()

    def undisturbed(self, launcher: Launcher, path: Path) -> "PullRequestCase":
        """The same, with what it makes when nothing happens."""
        with self.laid_out(path) as keeper:
            ended = self.once(launcher, keeper, Fault.KILL, 0)
            calls = tuple(launcher.calls())
            assert ended.out.startswith("opened"), ended
            return PullRequestCase(self.walk, self.state(keeper), calls)

    @contextmanager
    def laid_out(self, path: Path) -> Iterator[Keeper]:
        (path / "tmp").mkdir(parents=True)
        with keeping(path, self.walk) as keeper:
            keeper.folder.warehouse.parent.mkdir()
            copyfile(self.walk.morning(NIGHT).warehouse, keeper.folder.warehouse)
            yield keeper

    def once(self, launcher: Launcher, keeper: Keeper, fault: Fault, at: int) -> Ended:
        folder = keeper.folder.path
        env = {"GITHUB_TOKEN": TOKEN, "TMPDIR": str(folder.parent / "tmp")}
        return launcher.run(folder, "pr", *AS_OF, fault=fault, at=at, below=folder.parent, env=env)

    def state(self, keeper: Keeper) -> object:
        (pull,) = keeper.hub.opened
        return len(keeper.hub.pulls), pull["title"], keeper.listed(), keeper.kept()

    def play(self, launcher: Launcher, path: Path, fault: Fault, at: int) -> str:
        """The command with a fault, then again without; how the first one ended."""
        with self.laid_out(path) as keeper:
            ended = self.once(launcher, keeper, fault, at)
            ending = as_expected(ended, fault)
            assert keeper.folder.text == LIST
            keeper.git("fsck", "--strict")
            assert keeper.git("status", "--porcelain", "--untracked-files=no") == ""
            second = self.once(launcher, keeper, fault, 0)
            if lock := _LOCK.search(second.err):  # git's own, which says what to do
                assert fault is Fault.KILL or "unlink" in self.calls[at - 1]
                Path(lock[1]).unlink()
                second, ending = self.once(launcher, keeper, fault, 0), f"{ending}, git's lock left"
            assert second.code == 0, f"first {ended.err}; then {second.err}"
            assert self.state(keeper) == self.wanted, f"first {ended.err}; then {second.err}"
            return ending


def as_expected(ended: Ended, fault: Fault) -> str:
    """How a disturbed command ended: killed, or done or refused in a sentence."""
    expected = (-9,) if fault is Fault.KILL else (0, 2, 75)
    assert ended.code in expected, f"exit {ended.code}: {ended.err}"
    return "killed" if fault is Fault.KILL else f"exit {ended.code}"


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the cases are made."""

    path: Path
    walk: Walk
    launcher: Launcher

    def case(self, name: str) -> Case | PullRequestCase:
        """A command on the folder that it needs, run once undisturbed."""
        if name == "pr":
            return PullRequestCase(self.walk).undisturbed(self.launcher, self.path / name)
        before = self.walk.copy(self.path / name / "before", after=NIGHT - 1)
        played(before, "run" if name == "restore" else "check")
        if name == "run":
            rmtree(before.path)
            self.walk.copy(before.path, after=NIGHT - 1)
        if name in ("import", "replace"):
            played(before, "history", "export", "exported")
        if name == "import":
            rmtree(before.warehouse.parent)
        if name == "replace":
            self.walk.copy(before.path, after=NIGHT - 1)
        if name == "restore":
            os.truncate(before.warehouse, 20_000)
        after = Folder(self.path / name / "after")
        copytree(before.path, after.path)
        ended = self.launcher.run(after.path, *COMMANDS[name], *AS_OF)
        assert ended.code == 0, ended
        return Case(name, before, after, tuple(self.launcher.calls()))


def played(folder: Folder, *argv: str) -> Ended:
    ended = folder.staycurrent(*argv, night=NIGHT)
    assert ended.code == 0, ended
    return ended


@pytest.fixture(scope="module")
def stage(walk: Walk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with launching(tmp_path_factory.mktemp("launcher")) as launcher:
        yield Stage(tmp_path_factory.mktemp("cases"), walk, launcher)


@pytest.fixture(scope="module")
def cases(stage: Stage) -> dict[str, Case | PullRequestCase]:
    """Filled as they are asked for."""
    return {}


def test_a_fault_at_a_few_system_calls_costs_nothing(stage: Stage, tmp_path: Path) -> None:
    cases = {name: stage.case(name) for name in {name for name, _, _ in SAMPLE}}
    for number, (name, fault, call) in enumerate(SAMPLE):
        case = cases[name]
        path = tmp_path / str(number)
        ended = case.play(stage.launcher, path, fault, case.calls.index(call) + 1)
        assert ended == ("killed" if fault is Fault.KILL else "exit 2")


@pytest.mark.faults
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("name", COMMANDS)
def test_a_fault_at_every_file_changing_system_call_costs_nothing(
    stage: Stage,
    cases: dict[str, Case | PullRequestCase],
    tmp_path: Path,
    name: str,
    fault: Fault,
    part: int,
) -> None:
    case = cases.get(name) or cases.setdefault(name, stage.case(name))
    wrong, endings = [], Counter[str]()
    points = range(1 + part, len(case.calls) + 1, PARTS)
    for at in points:
        path = tmp_path / str(at)
        try:
            endings[case.play(stage.launcher, path, fault, at)] += 1
        except AssertionError as error:
            wrong.append(f"{fault.name} at {at}, {case.calls[at - 1]}: {error}")
        rmtree(path)
    summary = f"{name} {fault.name}: {len(points)} of {len(case.calls)} points, {dict(endings)}"
    print(summary, *wrong, sep="\n")  # noqa: T201
    assert not wrong, summary
