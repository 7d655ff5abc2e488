"""Migrations: whole or not at all, once, and in step with the code's own words."""

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

import duckdb
import pytest

from staycurrent.links.verdict import VerdictState
from staycurrent.sources.item import SourceState
from staycurrent.warehouse import migrations
from staycurrent.warehouse.file import WarehouseUnusable
from staycurrent.warehouse.migrations import (
    AppliedMigration,
    Migration,
    applied_migrations,
    known_migrations,
    migrate,
    refuse_older_schema,
    refuse_unknown_schema,
)
from staycurrent.warehouse.open import Warehouse
from staycurrent.warehouse.runs import RunStatus

GOOD = Migration(1, "001_good", "CREATE TABLE a (x INTEGER); INSERT INTO a VALUES (1);")
LATER = Migration(2, "002_later", "ALTER TABLE a ADD COLUMN y INTEGER")
HALF = Migration(3, "003_half", "CREATE TABLE b (x INTEGER); INSERT INTO nowhere VALUES (1);")


def tables(con: duckdb.DuckDBPyConnection) -> list[str]:
    rows = con.execute("SELECT table_name FROM duckdb_tables() ORDER BY table_name").fetchall()
    return [name for (name,) in rows]


def test_a_migration_that_fails_half_way_leaves_nothing_and_the_earlier_ones_stand() -> None:
    con = duckdb.connect(":memory:")
    migrate(con, [GOOD])
    with pytest.raises(duckdb.CatalogException):
        migrate(con, [GOOD, LATER, HALF])
    assert tables(con) == ["a", "schema_migrations"]
    assert con.execute("FROM a").fetchall() == [(1, None)]
    assert [one.number for one in applied_migrations(con) or ()] == [1, 2]


def test_migrating_again_applies_nothing_again() -> None:
    con = duckdb.connect(":memory:")
    migrate(con, [GOOD])
    migrate(con, [GOOD])
    assert con.execute("FROM a").fetchall() == [(1,)]


def test_an_older_schema_is_brought_up_by_a_writer_and_refused_to_a_reader(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(migrations, "known_migrations", lambda: (GOOD, LATER))
    con = duckdb.connect(":memory:")
    migrate(con, [GOOD])
    with pytest.raises(WarehouseUnusable, match="the next run updates it"):
        refuse_older_schema(Path("w"), applied_migrations(con) or ())
    migrate(con, [GOOD, LATER])
    refuse_older_schema(Path("w"), applied_migrations(con) or ())
    assert con.execute("FROM a").fetchall() == [(1, None)]


def test_a_migration_that_the_code_lost_is_refused_like_a_changed_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    later = Migration(2, "002_later", "")
    monkeypatch.setattr(migrations, "known_migrations", lambda: (later,))
    lost = AppliedMigration(1, "001_lost", GOOD.sha256, "0.1.0")
    with pytest.raises(WarehouseUnusable, match="migration 001_lost was changed"):
        refuse_unknown_schema(Path("w"), [lost])


def test_migrations_are_numbered_from_one_without_a_gap() -> None:
    numbers = [migration.number for migration in known_migrations()]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize(
    ("column_type", "words"),
    [
        ("run_status", [one for one in RunStatus if one is not RunStatus.INTERRUPTED]),
        ("verdict_state", VerdictState),
        ("source_state", SourceState),
    ],
)
def test_the_closed_sets_of_the_schema_are_those_of_the_code(
    w: Warehouse, column_type: str, words: Iterable[StrEnum]
) -> None:
    [(allowed,)] = w.select(
        "SELECT labels FROM duckdb_types() WHERE type_name = ? AND NOT internal", column_type
    )
    assert list(allowed) == [str(word) for word in words]


def test_every_view_has_a_comment_that_is_a_question(w: Warehouse) -> None:
    comments = w.select("SELECT comment FROM duckdb_views() WHERE NOT internal")
    assert comments
    assert all(comment.endswith("?") for (comment,) in comments)
