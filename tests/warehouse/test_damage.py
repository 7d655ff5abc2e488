"""Damage of any kind is refused or recovered with a sentence; nobody judges on less in silence."""

import errno
import os
import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.verdict import Verdict, VerdictState
from staycurrent.warehouse import committed_rows, observations, runs, verdicts
from staycurrent.warehouse.open import Warehouse, WarehouseUnusable, open_warehouse
from staycurrent.warehouse.runs import RunStatus
from tests.support.values import at, began, ended, judged, look, night

LINKS = [f"https://example.org/{n}/a-page" for n in range(3000)]
DAMAGES = 50
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
    with open_warehouse(path) as warehouse:
        for n in (1, 2):
            with warehouse.transaction():
                judged(warehouse, n, dict.fromkeys(LINKS, Outcome.OK))
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
    assert Path(f"{copy}.wal").stat().st_size > 50_000
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


def spoiled(killed: Path, to: Path, seed: int) -> str:
    """A copy with one bit flipped, or cut, in the file or in its log; what was done."""
    chance = random.Random(seed)  # noqa: S311
    for suffix in ("", ".wal", ".json"):
        shutil.copy(f"{killed}{suffix}", f"{to}{suffix}")
    victim = Path(f"{to}{chance.choice(['', '.wal'])}")
    offset = chance.randrange(victim.stat().st_size)
    if chance.random() < 0.4:
        os.truncate(victim, offset)
        return f"{victim.name} cut at {offset}"
    raw = bytearray(victim.read_bytes())
    raw[offset] ^= 1 << chance.randrange(8)
    victim.write_bytes(raw)
    return f"{victim.name} bit at {offset}"


@pytest.mark.parametrize("seed", range(DAMAGES))
@pytest.mark.parametrize("through", [read, reopened])
def test_a_flipped_bit_or_a_cut_is_refused_in_a_sentence_or_harms_nothing(
    whole: Killed, tmp_path: Path, seed: int, through: Callable[[Path], Seen]
) -> None:
    path = tmp_path / whole.path.name
    did = spoiled(whole.path, path, seed)
    try:
        found = through(path)
    except WarehouseUnusable as error:
        refusal = str(error)
    else:
        assert found == whole.holds, did
        return
    assert "\n" not in refusal
    assert "`staycurrent restore`" in refusal, did


def test_a_lost_log_is_detected_by_the_committed_rows(killed: Path, tmp_path: Path) -> None:
    path = tmp_path / killed.name
    shutil.copy(killed, path)
    shutil.copy(f"{killed}.json", f"{path}.json")
    with pytest.raises(WarehouseUnusable) as refusal:
        open_warehouse(path)
    assert str(refusal.value) == (
        f"{path} has lost rows: 3 runs (3 judged), 9000 observations, 0 verdicts and 0 overrides "
        "were committed, it has 2 runs (2 judged), 6000 observations, 0 verdicts and 0 overrides "
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
    committed_rows.forget_committed(path)
    with open_warehouse(path) as warehouse:
        assert runs.latest(warehouse) is None


def test_a_promise_of_a_warehouse_that_is_there_is_not_forgotten(
    killed: Path, tmp_path: Path
) -> None:
    path = tmp_path / killed.name
    for suffix in ("", ".json"):
        shutil.copy(f"{killed}{suffix}", f"{path}{suffix}")
    committed_rows.forget_committed(path)
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
    committed_rows.committed_path(path).write_bytes(junk)
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
        assert not committed_rows.committed_path(path).exists()
        judged(warehouse, 1, {LINKS[0]: Outcome.OK})
        assert committed_rows.read_committed(path) == committed_rows.CommittedRows(
            night(1), 1, 1, 1
        )
        with pytest.raises(duckdb.ConstraintException):
            fail(warehouse)
        assert committed_rows.read_committed(path) == committed_rows.CommittedRows(
            night(1), 1, 1, 1
        )


def test_what_is_promised_after_each_commit_is_what_is_there(path: Path) -> None:
    def noted(n: int, *links: str) -> None:
        observations.add(warehouse, run_id, [look(link, n, Outcome.OK) for link in links])
        assert committed_rows.read_committed(path) == committed_rows.count_rows(warehouse._con)

    with open_warehouse(path) as warehouse:
        run_id = began(warehouse, 1, {})
        noted(1, "https://a.example/", "https://b.example/")
        with pytest.raises(KeyboardInterrupt):
            break_off(warehouse, run_id)
        noted(1, "https://d.example/")
        noted(1, "https://e.example/")
        assert committed_rows.read_committed(path).observations == 4
        ended(warehouse, run_id, 1)
        concluded = [Verdict(f"https://{one}.example/", VerdictState.ALIVE) for one in "ab"]
        verdicts.record(warehouse, run_id, night(1), concluded)
        assert committed_rows.read_committed(path) == committed_rows.count_rows(warehouse._con)
        assert committed_rows.read_committed(path).verdicts == 2


def test_counts_that_cannot_be_noted_end_no_run(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with open_warehouse(path) as warehouse:
        monkeypatch.setattr(committed_rows, "write_file", full)
        judged(warehouse, 1, {LINKS[0]: Outcome.OK})
    assert committed_rows.read_committed(path) == committed_rows.CommittedRows()
    assert len(read(path)) == 1
