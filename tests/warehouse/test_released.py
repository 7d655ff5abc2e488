"""Warehouses and exports of every released version: opened, migrated, imported, or refused."""

import shutil
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from zipfile import ZipFile

import pytest

from staycurrent.warehouse import migrations, parquet
from staycurrent.warehouse.backups import back_up, restore
from staycurrent.warehouse.file import WarehouseUnusable
from staycurrent.warehouse.migrations import Migration, known_migrations
from staycurrent.warehouse.open import open_warehouse
from staycurrent.warehouse.parquet import export_parquet, import_parquet
from tests.support.values import night
from tests.warehouse.filled import LIMITS, rows
from tests.warehouse.released import FOLDER, released_versions

KEPT = sorted(FOLDER.glob("*.zip"))
NEXT = Migration(
    len(known_migrations()) + 1,
    "999_next",
    "ALTER TABLE runs ADD COLUMN weather VARCHAR; UPDATE runs SET weather = 'fair';"
    "CREATE TABLE clouds (id INTEGER PRIMARY KEY, run_id INTEGER NOT NULL, seen TIMESTAMP);",
)
"""As a later version may change the schema."""
DROPPED = {"github_repositories"}
"""Tables of released versions that are no more."""


@pytest.fixture(scope="module", params=KEPT, ids=lambda path: path.stem)
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a version: `warehouse.duckdb` and `export`."""
    folder = tmp_path_factory.mktemp("kept")
    with ZipFile(request.param) as archive:
        archive.extractall(folder)
    if request.param.stem not in released_versions() and not is_current(folder):
        pytest.skip("not released, of an earlier schema: python -m tests.warehouse.released")
    return folder


def is_current(folder: Path) -> bool:
    """Whether the migrations that a file has are those of the code."""
    applied = rows(folder / "warehouse.duckdb")["schema_migrations"]
    digests = {one["sha256"] for one in applied}
    return digests <= {one.sha256 for one in known_migrations()}


@pytest.fixture
def path(kept: Path, tmp_path: Path) -> Path:
    """A copy of the warehouse."""
    return Path(shutil.copy(kept / "warehouse.duckdb", tmp_path))


@pytest.fixture
def later() -> Iterator[None]:
    """The code of a version with one migration more."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrations, "known_migrations", lambda: (*known_migrations(), NEXT))
        patch.setattr(migrations, "comment", lambda _: None)
        yield


def require_same(before: Path, after: Path, *excluded: str) -> None:
    """Every row of before is there, with the columns that it had, but for dropped tables."""
    old, new = rows(before), rows(after)
    assert old["github_repositories"]
    assert not DROPPED & new.keys()
    for table in set(old) - {"schema_migrations", *DROPPED, *excluded}:
        columns = old[table][0].keys()
        kept_columns = [{name: row[name] for name in columns} for row in new[table]]
        assert sorted(kept_columns, key=repr) == sorted(old[table], key=repr), table


def test_every_release_has_a_file() -> None:
    assert {*released_versions(), version("staycurrent")} <= {path.stem for path in KEPT}


def test_its_migrations_are_as_they_were(kept: Path) -> None:
    """If not: restore their text, and put the change into a new migration."""
    assert is_current(kept)


def test_it_opens_with_every_row(kept: Path, path: Path) -> None:
    open_warehouse(path).close()
    require_same(kept / "warehouse.duckdb", path)
    open_warehouse(path, read_only=True).close()


def test_its_export_is_imported_with_every_row(kept: Path, tmp_path: Path) -> None:
    imported = tmp_path / "imported.duckdb"
    import_parquet(kept / "export", imported, LIMITS)
    require_same(kept / "warehouse.duckdb", imported, *parquet.EXCLUDED_TABLES)


@pytest.mark.usefixtures("later")
def test_a_later_version_migrates_it_and_a_reader_waits_for_that(kept: Path, path: Path) -> None:
    with pytest.raises(WarehouseUnusable, match="the next run updates it"):
        open_warehouse(path, read_only=True)
    open_warehouse(path).close()
    require_same(kept / "warehouse.duckdb", path)
    assert {row["weather"] for row in rows(path)["runs"]} == {"fair"}
    open_warehouse(path, read_only=True).close()


@pytest.mark.usefixtures("later")
def test_a_later_version_imports_its_export(kept: Path, tmp_path: Path) -> None:
    imported = tmp_path / "imported.duckdb"
    import_parquet(kept / "export", imported, LIMITS)
    assert {row["weather"] for row in rows(imported)["runs"]} == {"fair"}
    open_warehouse(imported, read_only=True).close()


@pytest.mark.usefixtures("later")
def test_a_later_version_restores_its_backup_and_migrates_that(kept: Path, path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrations, "known_migrations", known_migrations)
        back_up(path, night(3), keep=1)
    path.write_bytes(b"damaged")
    assert restore(path).restored.runs == len(rows(kept / "warehouse.duckdb")["runs"])
    open_warehouse(path).close()
    require_same(kept / "warehouse.duckdb", path)


def test_what_a_later_version_wrote_is_refused_with_the_version_that_it_needs(
    path: Path, tmp_path: Path, later: None
) -> None:
    open_warehouse(path).close()
    export_parquet(path, tmp_path / "export")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrations, "known_migrations", known_migrations)
        before = path.read_bytes()
        for read_only in (True, False):
            with pytest.raises(WarehouseUnusable, match=r"needs staycurrent \S+ or later"):
                open_warehouse(path, read_only=read_only)
        assert path.read_bytes() == before
        with pytest.raises(WarehouseUnusable, match=r"needs staycurrent \S+ or later"):
            import_parquet(tmp_path / "export", tmp_path / "other.duckdb", LIMITS)
        with pytest.raises(WarehouseUnusable, match=r"needs staycurrent \S+ or later"):
            restore(tmp_path / "other.duckdb", path)
    assert not (tmp_path / "other.duckdb").exists()
