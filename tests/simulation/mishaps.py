"""What happens to a machine between two nights: files lost, old copies, another machine."""

import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random

import duckdb

from staycurrent.flows.commands.history import restore_lines
from staycurrent.flows.commands.run import run
from staycurrent.flows.context import RunContext
from staycurrent.flows.database import open_database
from staycurrent.flows.errors import BAD_USAGE, BUG, DONE, SKIPPED
from staycurrent.warehouse import backups, parquet
from staycurrent.warehouse.connection import HARDENED
from staycurrent.warehouse.import_validation import ImportLimits
from staycurrent.warehouse.migrations import known_migrations, migrate
from tests.simulation.faults import Disk, Fault
from tests.simulation.invariants import flags_of_list, read_knowledge
from tests.simulation.machine import play
from tests.simulation.world import FIRST_DATE, World

_TABLES = """
SELECT table_name FROM duckdb_tables()
WHERE NOT internal AND table_name <> 'schema_migrations'
GROUP BY table_name HAVING count(*) = 2
"""
"""The tables that both versions have: a migration may create and drop some."""


_AS_OURS = {"storage_compatibility_version": HARDENED["storage_compatibility_version"]}


class Mishap(Exception):
    """What a mishap must not lead to."""


def old_copy(world: World, folder: Path, random: Random) -> str:
    """A person puts an old backup in the place of the warehouse; `restore` mends it."""
    found = backups.backups(folder / ".staycurrent" / "warehouse.duckdb")
    if not found:
        return ""
    shutil.copyfile(found[-1].path, folder / ".staycurrent" / "warehouse.duckdb")
    (folder / ".staycurrent" / "warehouse.duckdb.wal").unlink(missing_ok=True)
    _must_refuse(world, folder, "has lost rows", unless=len(found) == 1)
    _restore(world, folder)
    return "an old copy of the warehouse"


def lost_file(world: World, folder: Path, random: Random) -> str:
    """The warehouse is deleted; `restore` brings a backup back, or it begins again."""
    home = folder / ".staycurrent" / "warehouse.duckdb"
    if not home.exists():
        return ""
    with_counts = random.random() < 0.5
    for path in home.parent.glob("warehouse.duckdb*"):
        if with_counts or path.name != "warehouse.duckdb.json":
            path.unlink()
    has_flags = flags_of_list((folder / "curated.md").read_bytes())
    if not with_counts:
        _must_refuse(world, folder, "is missing")
    elif backups.backups(home):
        _must_refuse(world, folder, "there are backups of it")
    elif has_flags:
        _must_refuse(world, folder, "has no history of them")
    if backups.backups(home):
        _restore(world, folder)
        return "the warehouse is lost, and restored"
    begun = play(world, folder, Disk(folder), begin_anew)
    if begun.code not in (DONE, SKIPPED):
        raise Mishap(f"--cold-start ended with {begun.code}: {begun.said}")
    if begun.code == SKIPPED and "say --cold-start again" not in begun.said:
        raise Mishap(f"it is not said that nothing has begun: {begun.said}")
    return "the warehouse is lost, and begun again"


def other_machine(world: World, folder: Path, random: Random) -> str:
    """The history is exported and imported on another machine, where that fails at first."""
    home = folder / ".staycurrent" / "warehouse.duckdb"
    before = read_knowledge(home, FIRST_DATE)
    if not home.exists() or not before.judged:
        return ""
    out = folder.with_name("export")
    shutil.rmtree(out, ignore_errors=True)
    exported = play(world, folder, Disk(folder), lambda ctx: _export(ctx, out))
    if exported.code != DONE:
        raise Mishap(f"the export ended with {exported.code}: {exported.said}")
    shutil.rmtree(home.parent)
    fault = random.choice([Fault.KILL, Fault.IO_ERROR, Fault.FULL_DISK, Fault.NONE])
    size = random.choice([0, 4096, 1 << 18, 1 << 20, 3 << 20])
    disk = Disk(folder, fault, random.randint(1, 16), file_bytes=size)
    half = play(world, folder, disk, lambda ctx: _import(ctx, out))
    after = read_knowledge(home, FIRST_DATE)
    if half.code == BUG:
        raise Mishap(half.said)
    if half.code == DONE and after != before:
        raise Mishap("an import that was done does not hold what was exported")
    if home.exists() and after != before:
        raise Mishap(f"half an import was left, {half}")
    if half.code != DONE:
        again = play(world, folder, Disk(folder), lambda ctx: _import(ctx, out))
        if again.code != DONE or read_knowledge(home, FIRST_DATE) != before:
            raise Mishap(f"the second import ended with {again.code}: {again.said}")
    return f"another machine, {fault} at {disk.where or 'nothing'}"


def older_version(world: World, folder: Path, random: Random) -> str:
    """The warehouse is as the version before this one had written it; the next run upgrades it."""
    home = folder / ".staycurrent" / "warehouse.duckdb"
    if not home.exists():
        return ""
    old = home.with_name("older.duckdb")
    with closing(duckdb.connect(str(old), config=_AS_OURS)) as con:
        migrate(con, known_migrations()[:-1])
        con.execute(f"ATTACH '{home}' AS present (READ_ONLY)")
        for (table,) in con.execute(_TABLES).fetchall():
            columns = ", ".join(one[0] for one in con.execute(f"DESCRIBE {table}").fetchall())
            con.execute(f"INSERT INTO {table} SELECT {columns} FROM present.main.{table}")  # noqa: S608
    old.replace(home)
    return "an older version's warehouse"


def _must_refuse(world: World, folder: Path, why: str, *, unless: bool = False) -> None:
    before = (folder / "curated.md").read_bytes()
    ended = play(world, folder, Disk(folder))
    if (folder / "curated.md").read_bytes() != before and not unless:
        raise Mishap("a run without its history changed the list")
    if (ended.code != BAD_USAGE or why not in ended.said) and not unless:
        raise Mishap(f"it should have refused ({why}), it ended with {ended.code}: {ended.said}")


def _restore(world: World, folder: Path) -> None:
    def restore(ctx: RunContext) -> str:
        return "\n".join(restore_lines(backups.restore(ctx.warehouse_path)))

    ended = play(world, folder, Disk(folder), restore)
    if ended.code != DONE or "lost: " not in ended.said:
        raise Mishap(f"restore ended with {ended.code}: {ended.said}")


def begin_anew(ctx: RunContext) -> None:
    """The nightly run of somebody who begins a new history."""
    with open_database(ctx) as db:
        run(ctx, db, cold_start=True)


def _export(ctx: RunContext, folder: Path) -> None:
    parquet.export_parquet(ctx.warehouse_path, folder)


def _import(ctx: RunContext, folder: Path) -> None:
    limits = ImportLimits(ctx.run_date, ctx.settings.web)
    parquet.import_parquet(folder, ctx.warehouse_path, limits, replace=True)


MISHAPS: tuple[Callable[[World, Path, Random], str], ...] = (
    old_copy,
    lost_file,
    other_machine,
    older_version,
)
"""Each returns what happened, or nothing; raises Mishap where that is not survived."""
HARMLESS = (other_machine, older_version)
"""Nothing is lost."""
