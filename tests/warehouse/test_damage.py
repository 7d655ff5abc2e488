"""Damage of any kind is refused or recovered with a sentence; nobody judges on less in silence."""

import errno
import os
import random
import resource
import shutil
import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import duckdb
import pytest

from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.verdict import Verdict, VerdictState
from staycurrent.warehouse import observations, runs, verdicts
from staycurrent.warehouse.backups import back_up, backups, forget_lost, restore
from staycurrent.warehouse.file import (
    CommittedRows,
    WarehouseUnusable,
    committed_path,
    count_rows,
    read_committed,
)
from staycurrent.warehouse.open import Warehouse, open_warehouse
from staycurrent.warehouse.runs import RunStatus
from tests.support.values import at, began, ended, judged, look, night

LINKS = [f"https://example.org/{n}/a-page" for n in range(1000)]
LEFT_TO_CHILD = 512 << 20
"""Bytes of address space, more than DuckDB needs for such a file."""
Seen = dict[str, tuple[Observation, ...]]


@dataclass(frozen=True, slots=True)
class Killed:
    """A warehouse whose writer was killed, and all that it holds."""

    path: Path
    holds: Seen


@pytest.fixture(scope="module")
def whole(killed: Path) -> Killed:
    """As it is before anything happens to it; to be copied."""
    return Killed(killed, read(killed))


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse whose writer was killed: two nights in the file, a third one in its log."""
    path = tmp_path_factory.mktemp("living") / "warehouse.duckdb"
    for n in (1, 2):
        with open_warehouse(path) as warehouse, warehouse.transaction():
            judged(warehouse, n, dict.fromkeys(LINKS, Outcome.OK))
        back_up(path, night(n), keep=2)
    with open_warehouse(path) as warehouse:
        with warehouse.transaction():
            run_id = began(warehouse, 3, dict.fromkeys(LINKS, Outcome.MISSING))
        with warehouse.transaction():
            runs.finish(
                warehouse,
                run_id,
                status=RunStatus.JUDGED,
                reason="",
                finished_at=at(3, 3),
                checked=len(LINKS),
                requests=1,
                seconds=1.0,
            )
        copy = tmp_path_factory.mktemp("killed") / path.name
        for suffix in ("", ".wal", ".json"):
            shutil.copy(f"{path}{suffix}", f"{copy}{suffix}")
        shutil.copytree(path.parent / "backups", copy.parent / "backups")
    assert Path(f"{copy}.wal").stat().st_size > 20_000
    holds = read(copy)
    assert set(holds) == set(LINKS)
    assert {len(observed) for observed in holds.values()} == {3}
    return copy


def read(path: Path) -> Seen:
    """Everything that is evidence, as a reader gets it."""
    with open_warehouse(path, read_only=True) as warehouse:
        return observations.histories(warehouse)


def reopened(path: Path) -> Seen:
    """The same, through a writer first."""
    open_warehouse(path).close()
    return read(path)


def regions(file: Path, *, step: int) -> list[int]:
    """Where each region of a file begins; its three headers have small ones."""
    size = file.stat().st_size
    if step < 3 * 4096:
        return list(range(0, size, step))
    return [*range(0, 3 * 4096, step // 32), *range(3 * 4096, size, step)]


def spoil(file: Path, offset: int, step: int, *, is_cut: bool) -> None:
    """Cut a file at an offset, or flip a bit of the region that begins there."""
    if is_cut:
        os.truncate(file, offset)
        return
    raw = bytearray(file.read_bytes())
    chance = random.Random(offset)  # noqa: S311
    raw[min(offset + chance.randrange(step), len(raw) - 1)] ^= 1 << chance.randrange(8)
    file.write_bytes(raw)


def spoiled(whole: Killed, folder: Path, suffix: str, offset: int, step: int, cut: bool) -> Path:  # noqa: FBT001
    """A copy of the killed writer's files, one of them damaged; next to it a backup."""
    path = folder / whole.path.name
    for end in ("", ".wal", ".json"):
        shutil.copy(f"{whole.path}{end}", f"{path}{end}")
    (folder / "backups").symlink_to(whole.path.parent / "backups")
    spoil(Path(f"{path}{suffix}"), offset, step, is_cut=cut)
    return path


def opened(path: Path, holds: Seen, through: Callable[[Path], Seen]) -> str:
    """How an opening ended: right, or refused in a sentence, after which a backup is restored."""
    try:
        found = through(path)
    except WarehouseUnusable as error:
        refusal = str(error)
    else:
        return "right" if found == holds else "other rows"
    if "\n" in refusal or "`staycurrent restore`" not in refusal:
        return refusal
    if through is read:
        return "refused"
    restore(path)
    before = {link: observed[:2] for link, observed in holds.items()}
    return "refused" if reopened(path) == before else "restored other rows"


def restored(path: Path, whole: Killed) -> str:
    """How a restore from the newest backup or else from the one before it ended."""
    rejected = restore(path).rejected
    before = {link: observed[:2] for link, observed in whole.holds.items()}
    first = {link: observed[:1] for link, observed in whole.holds.items()}
    found = reopened(path)
    if found == before:
        return "right"
    return "refused" if rejected and found == first else "other rows"


def in_child(work: Callable[[], str]) -> str:
    """What a function returns in a process of its own, with little memory and time."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        most = pages * resource.getpagesize() + LEFT_TO_CHILD
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        signal.alarm(100)
        try:
            ended = work()
        except BaseException as error:  # noqa: BLE001 -- another process judges it
            ended = f"{type(error).__name__}: {error}"
        os.write(writer, ended.encode()[:4000])
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        ended = pipe.read().decode("utf-8", "replace")
    _, status = os.waitpid(child, 0)
    return ended or f"exit {os.waitstatus_to_exitcode(status)}"


@pytest.mark.parametrize(
    ("suffix", "part", "is_cut"),
    [("", 0, False), ("", 6, True), ("", 40, False), (".wal", 3, False), (".wal", 5, True)],
)
@pytest.mark.parametrize("through", [read, reopened])
def test_a_flipped_bit_or_a_cut_is_refused_in_a_sentence_or_harms_nothing(
    whole: Killed,
    tmp_path: Path,
    through: Callable[[Path], Seen],
    suffix: str,
    part: int,
    *,
    is_cut: bool,
) -> None:
    step = 512 if suffix else 16384
    offset = regions(Path(f"{whole.path}{suffix}"), step=step)[part]
    path = spoiled(whole, tmp_path, suffix, offset, step, is_cut)
    assert opened(path, whole.holds, through) in ("right", "refused")


@pytest.mark.faults
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("is_cut", [False, True], ids=["flipped", "cut"])
@pytest.mark.parametrize(("suffix", "step"), [("", 16384), (".wal", 512), (".json", 1)])
@pytest.mark.parametrize("through", [read, reopened])
def test_every_region_is_refused_in_a_sentence_or_harms_nothing(
    whole: Killed,
    tmp_path: Path,
    through: Callable[[Path], Seen],
    suffix: str,
    step: int,
    *,
    is_cut: bool,
) -> None:
    endings, wrong = Counter[str](), []
    for offset in regions(Path(f"{whole.path}{suffix}"), step=step):
        folder = tmp_path / str(offset)
        folder.mkdir()
        path = spoiled(whole, folder, suffix, offset, step, is_cut)
        ended = in_child(partial(opened, path, whole.holds, through))
        endings[ended if ended in ("right", "refused") else "wrong"] += 1
        if ended not in ("right", "refused"):
            wrong.append(f"{offset}: {ended}")
        shutil.rmtree(folder)
    print("damage", suffix or "file", "cut" if is_cut else "flipped", through.__name__, endings)  # noqa: T201
    assert wrong == []


@pytest.mark.faults
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("is_cut", [False, True], ids=["flipped", "cut"])
def test_every_region_of_a_backup_is_refused_for_the_one_before_or_harms_nothing(
    whole: Killed, tmp_path: Path, *, is_cut: bool
) -> None:
    endings, wrong = Counter[str](), []
    newest, older = (one.path for one in backups(whole.path))
    for offset in regions(newest, step=16384):
        path = tmp_path / str(offset) / whole.path.name
        (path.parent / "backups").mkdir(parents=True)
        shutil.copy(older, path.parent / "backups")
        spoil(Path(shutil.copy(newest, path.parent / "backups")), offset, 16384, is_cut=is_cut)
        ended = in_child(partial(restored, path, whole))
        endings[ended if ended in ("right", "refused") else "wrong"] += 1
        if ended not in ("right", "refused"):
            wrong.append(f"{offset}: {ended}")
        shutil.rmtree(path.parent)
    print("damage backup", "cut" if is_cut else "flipped", endings)  # noqa: T201
    assert wrong == []


@pytest.mark.parametrize("head", [b"", b"text", b"SQLite format 3\0", b"\0" * 12_288])
def test_a_warehouse_that_begins_otherwise_is_not_said_to_be_another_program_s(
    whole: Killed, tmp_path: Path, head: bytes
) -> None:
    path = spoiled(whole, tmp_path, "", 0, 16384, cut=True)
    path.write_bytes(head)
    with pytest.raises(WarehouseUnusable, match="is damaged: `staycurrent restore`"):
        open_warehouse(path)


def test_a_lost_log_is_detected_by_the_committed_rows(killed: Path, tmp_path: Path) -> None:
    path = tmp_path / killed.name
    shutil.copy(killed, path)
    shutil.copy(f"{killed}.json", f"{path}.json")
    with pytest.raises(WarehouseUnusable) as refusal:
        open_warehouse(path)
    assert str(refusal.value) == (
        f"{path} has lost rows: 3 runs (3 judged), 3000 observations, 0 verdicts and 0 overrides "
        "were committed, it has 2 runs (2 judged), 2000 observations, 0 verdicts and 0 overrides "
        "(its log was truncated, or it was replaced by an older copy): `staycurrent restore` "
        "puts the newest good backup in its place; to use this copy, remove warehouse.duckdb.json"
    )
    Path(f"{path}.json").unlink()
    assert {len(observed) for observed in read(path).values()} == {2}


@pytest.mark.parametrize("read_only", [True, False])
def test_a_file_that_is_gone_is_not_begun_anew(
    killed: Path, tmp_path: Path, *, read_only: bool
) -> None:
    path = tmp_path / killed.name
    shutil.copy(f"{killed}.json", f"{path}.json")
    with pytest.raises(WarehouseUnusable, match=r"is missing, and 3 runs .* --cold-start"):
        open_warehouse(path, read_only=read_only)
    assert not path.exists()
    forget_lost(path)
    with open_warehouse(path) as warehouse:
        assert runs.latest(warehouse) is None


def test_a_promise_of_a_warehouse_that_is_there_is_not_forgotten(
    killed: Path, tmp_path: Path
) -> None:
    path = tmp_path / killed.name
    for suffix in ("", ".json"):
        shutil.copy(f"{killed}{suffix}", f"{path}{suffix}")
    forget_lost(path)
    with pytest.raises(WarehouseUnusable, match="has lost rows"):
        open_warehouse(path)


@pytest.mark.parametrize(
    "junk", [b"", b"{}", b"[]", b"null", b'{"runs": 9}', b"\xff", b"[" * 100_000]
)
def test_a_promise_that_cannot_be_read_is_refused_with_the_mend(
    killed: Path, tmp_path: Path, junk: bytes
) -> None:
    path = tmp_path / killed.name
    for suffix in ("", ".wal"):
        shutil.copy(f"{killed}{suffix}", f"{path}{suffix}")
    committed_path(path).write_bytes(junk)
    with pytest.raises(WarehouseUnusable, match=r"is damaged, and .* may be damaged too"):
        open_warehouse(path, read_only=True)


def fail(warehouse: Warehouse) -> None:
    with warehouse.transaction():
        judged(warehouse, 2, {LINKS[0]: Outcome.OK})
        warehouse.execute("INSERT INTO links VALUES (1, 'twice', NULL)")


def break_off(warehouse: Warehouse, run_id: int) -> None:
    with warehouse.transaction():
        observations.add(warehouse, run_id, [look("https://c.example/", 1, Outcome.OK)])
        raise KeyboardInterrupt


def test_a_promise_grows_with_each_commit_and_a_roll_back_promises_nothing(path: Path) -> None:
    with open_warehouse(path) as warehouse:
        assert not committed_path(path).exists()
        judged(warehouse, 1, {LINKS[0]: Outcome.OK})
        assert read_committed(path) == CommittedRows(night(1), 1, 1, 1)
        with pytest.raises(duckdb.ConstraintException):
            fail(warehouse)
        assert read_committed(path) == CommittedRows(night(1), 1, 1, 1)


def test_what_is_promised_after_each_commit_is_what_is_there(path: Path) -> None:
    def noted(n: int, *links: str) -> None:
        observations.add(warehouse, run_id, [look(link, n, Outcome.OK) for link in links])
        assert read_committed(path) == count_rows(warehouse._con)

    with open_warehouse(path) as warehouse:
        run_id = began(warehouse, 1, {})
        noted(1, "https://a.example/", "https://b.example/")
        with pytest.raises(KeyboardInterrupt):
            break_off(warehouse, run_id)
        noted(1, "https://d.example/")
        noted(1, "https://e.example/")
        assert read_committed(path).observations == 4
        ended(warehouse, run_id, 1)
        concluded = [Verdict(f"https://{one}.example/", VerdictState.ALIVE) for one in "ab"]
        verdicts.record(warehouse, run_id, concluded, {})
        assert read_committed(path) == count_rows(warehouse._con)
        assert read_committed(path).verdicts == 2


def test_counts_that_cannot_be_noted_end_no_run(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with open_warehouse(path) as warehouse:
        monkeypatch.setattr("staycurrent.warehouse.file.write_file", full)
        judged(warehouse, 1, {LINKS[0]: Outcome.OK})
    assert read_committed(path) == CommittedRows()
    assert len(read(path)) == 1
