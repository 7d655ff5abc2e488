"""Export and import: every row comes back, the same rows make the same bytes, junk is refused."""

import json
import os
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from shutil import copyfile, copytree
from typing import Any

import duckdb
import pytest

from staycurrent.links.observation import Outcome
from staycurrent.warehouse import observations, parquet, runs
from staycurrent.warehouse.file import WarehouseUnusable
from staycurrent.warehouse.open import open_warehouse
from staycurrent.warehouse.parquet import (
    EXCLUDED_TABLES,
    export_parquet,
    import_parquet,
    merge_witnesses,
)
from tests.support.values import CODE, PAPER, judged, night, outcomes
from tests.warehouse.filled import LIMITS, made, rows


def files(folder: Path) -> dict[str, bytes]:
    return {one.name: one.read_bytes() for one in folder.iterdir()}


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse with rows in every table, and next to it what it exports; to be copied."""
    path = tmp_path_factory.mktemp("original") / "warehouse.duckdb"
    export_parquet(made(path), path.with_name("export"))
    return path


@pytest.fixture
def exported(original: Path, path: Path, tmp_path: Path) -> Path:
    """The folder that holds what the warehouse of this test exports."""
    path.parent.mkdir()
    copyfile(original, path)
    return Path(copytree(original.with_name("export"), tmp_path / "export"))


def test_every_table_is_equal_after_a_round_trip(path: Path, exported: Path) -> None:
    again = path.with_name("again.duckdb")
    holds = import_parquet(exported, again, LIMITS).restored
    before = rows(path) | {table: [] for table in EXCLUDED_TABLES}
    assert rows(again) == before
    assert (holds.runs, holds.observations) == (3, 3 + 1 + 2 + 3)  # noted, and folded
    open_warehouse(again, read_only=True).close()


def test_the_same_rows_make_the_same_bytes_also_after_a_round_trip(
    path: Path, exported: Path, tmp_path: Path
) -> None:
    before = files(exported)
    export_parquet(path, exported)
    assert files(exported) == before
    again = path.with_name("again.duckdb")
    import_parquet(exported, again, LIMITS)
    export_parquet(again, tmp_path / "third")
    assert files(tmp_path / "third") == before


def test_a_new_night_leaves_the_files_of_earlier_months_alone(path: Path, tmp_path: Path) -> None:
    folder = tmp_path / "export"
    with open_warehouse(path) as warehouse:
        for n in (1, 2, 32):
            judged(warehouse, n, {PAPER: Outcome.OK})
    export_parquet(path, folder)
    before = {one.name: one.stat().st_ino for one in folder.iterdir()}
    assert {"observations-2026-12.parquet", "observations-2027-01.parquet"} <= set(before)
    with open_warehouse(path) as warehouse:
        judged(warehouse, 33, {PAPER: Outcome.OK, CODE: Outcome.MISSING})
    export_parquet(path, folder)
    after = {one.name: one.stat().st_ino for one in folder.iterdir()}
    assert set(after) == set(before)
    changed = {name for name in before if after[name] != before[name]}
    assert changed == {
        "links.parquet",
        "manifest.json",
        "observations-2027-01.parquet",
        "runs-2027-01.parquet",
    }


def test_an_existing_warehouse_is_only_replaced_on_demand_and_then_renamed(
    path: Path, exported: Path
) -> None:
    own = path.with_name("own.duckdb")
    with open_warehouse(own) as warehouse:
        judged(warehouse, 1, {CODE: Outcome.OK})
    before = own.read_bytes()
    with pytest.raises(WarehouseUnusable, match="exists already: name another with --warehouse"):
        import_parquet(exported, own, LIMITS)
    assert own.read_bytes() == before
    import_parquet(exported, own, LIMITS, replace=True)
    assert rows(own)["runs"] == rows(path)["runs"]
    with open_warehouse(own.with_name("own.duckdb.aside-1"), read_only=True) as aside:
        assert outcomes(aside, CODE) == [(1, "ok")]


def test_what_a_witness_checked_is_added_once_and_nothing_else(path: Path, tmp_path: Path) -> None:
    exported = tmp_path / "export"
    with open_warehouse(path) as laptop:
        judged(laptop, 1, {CODE: Outcome.OK})
        judged(laptop, 2, {PAPER: Outcome.OK, CODE: Outcome.MISSING}, vantage="laptop")
    export_parquet(path, exported)
    own = path.with_name("own.duckdb")
    with open_warehouse(own) as warehouse:
        judged(warehouse, 1, {PAPER: Outcome.MISSING, CODE: Outcome.MISSING})
        judged(warehouse, 2, {PAPER: Outcome.MISSING})
    assert [merge_witnesses(exported, own, LIMITS) for _ in range(2)] == [2, 0]
    with open_warehouse(own, read_only=True) as merged:
        assert outcomes(merged, PAPER) == [(1, "missing"), (2, "missing"), (2, "ok")]
        assert outcomes(merged, CODE) == [(1, "missing")]
        assert [one.vantage for one in observations.not_counted(merged, CODE)] == ["laptop"]
        latest = runs.latest_judged(merged)
        assert latest is not None
        assert (latest.run_date, latest.vantage) == (night(2), "")


def test_a_witness_is_added_to_a_warehouse_that_no_run_has_written_yet(
    path: Path, tmp_path: Path
) -> None:
    with open_warehouse(path) as laptop:
        judged(laptop, 1, {CODE: Outcome.OK}, vantage="laptop")
    export_parquet(path, tmp_path / "export")
    own = path.with_name("own.duckdb")
    open_warehouse(own).close()
    assert merge_witnesses(tmp_path / "export", own, LIMITS) == 1


def test_an_export_without_witnesses_has_nothing_to_add(path: Path, tmp_path: Path) -> None:
    with open_warehouse(path) as warehouse:
        judged(warehouse, 1, {CODE: Outcome.OK})
    export_parquet(path, tmp_path / "export")
    assert merge_witnesses(tmp_path / "export", path, LIMITS) == 0


def test_a_history_that_the_warehouse_lacks_is_not_passed_over_in_silence(
    path: Path, tmp_path: Path
) -> None:
    with open_warehouse(path) as warehouse:
        judged(warehouse, 1, {CODE: Outcome.OK})
        judged(warehouse, 2, {CODE: Outcome.OK})
    export_parquet(path, tmp_path / "export")
    own = path.with_name("own.duckdb")
    with open_warehouse(own) as warehouse:
        judged(warehouse, 2, {CODE: Outcome.OK})
    with pytest.raises(WarehouseUnusable, match=r"lacks the run of 2026-\S+ that .*--replace$"):
        merge_witnesses(tmp_path / "export", own, LIMITS)
    assert [one["run_date"] for one in rows(own)["runs"]] == [night(2)]


def test_of_a_damaged_export_no_witness_is_added(path: Path, tmp_path: Path) -> None:
    with open_warehouse(path) as warehouse:
        judged(warehouse, 1, {CODE: Outcome.OK}, vantage="laptop")
    export_parquet(path, tmp_path / "export")
    links = tmp_path / "export" / "links.parquet"
    manifest = links.with_name("manifest.json")
    text = manifest.read_text(encoding="utf-8")
    right, wrong = (sha256(raw).hexdigest() for raw in (links.read_bytes(), b"PAR1, not"))
    assert right in text
    manifest.write_text(text.replace(right, wrong), encoding="utf-8")  # as a stranger would
    links.write_bytes(b"PAR1, not")
    before = path.read_bytes()
    with pytest.raises(WarehouseUnusable, match="is not a readable export"):
        merge_witnesses(tmp_path / "export", path, LIMITS)
    assert path.read_bytes() == before


def test_a_folder_whose_name_is_a_pattern_is_a_folder(path: Path, tmp_path: Path) -> None:
    folder = tmp_path / "it's [1]*?"
    export_parquet(made(path), folder)
    import_parquet(folder, path.with_name("again.duckdb"), LIMITS)
    assert rows(path.with_name("again.duckdb"))["verdicts"] == rows(path)["verdicts"]


def test_a_folder_of_somebody_elses_files_is_not_written_into(path: Path, tmp_path: Path) -> None:
    (tmp_path / "sales.parquet").write_bytes(b"PAR1")
    with pytest.raises(WarehouseUnusable, match="of another program: name another folder"):
        export_parquet(made(path), tmp_path)
    assert (tmp_path / "sales.parquet").read_bytes() == b"PAR1"


@pytest.mark.parametrize("manifest", ['{"name": "my data set"}', "[]", "not JSON"])
def test_nor_is_one_with_the_manifest_of_somebody_else(
    manifest: str, path: Path, tmp_path: Path
) -> None:
    (tmp_path / "sales.parquet").write_bytes(b"PAR1")
    (tmp_path / "manifest.json").write_text(manifest)
    with pytest.raises(WarehouseUnusable, match=r"manifest.json is not .*name another folder"):
        export_parquet(made(path), tmp_path)
    assert (tmp_path / "sales.parquet").read_bytes() == b"PAR1"
    assert (tmp_path / "manifest.json").read_text() == manifest


def test_a_second_export_deletes_only_what_the_first_one_wrote(path: Path, tmp_path: Path) -> None:
    export_parquet(made(path), tmp_path)
    (tmp_path / "sales.parquet").write_bytes(b"PAR1")
    with closing(duckdb.connect(str(path))) as con:
        con.execute("DELETE FROM published_lines")
    export_parquet(path, tmp_path)
    assert not list(tmp_path.glob("published_lines*"))
    assert (tmp_path / "sales.parquet").read_bytes() == b"PAR1"


def test_an_export_that_was_killed_is_no_export_and_the_next_one_completes_it(
    path: Path, exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved: list[Path] = []

    def killed(source: Path, target: Path) -> None:
        if moved:
            raise KeyboardInterrupt
        source.rename(target)
        moved.append(target)

    folder, again = tmp_path / "killed", path.with_name("again.duckdb")
    with monkeypatch.context() as patch:
        patch.setattr(parquet, "move_file", killed)
        with pytest.raises(KeyboardInterrupt):
            export_parquet(path, folder)
    with pytest.raises(WarehouseUnusable):
        import_parquet(folder, again, LIMITS)
    assert not again.exists()
    export_parquet(path, folder)
    assert files(folder) == files(exported)


def _edited(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    change(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest))


def _saying(text: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / "manifest.json").write_text(text)

    return write


def _replaced(folder: Path, table: str, sql: str | None) -> None:
    """Another Parquet file under the name and with the digest that the manifest has for it."""

    def change(manifest: dict[str, Any]) -> None:
        parts = [one for one in manifest["files"] if one["table"] == table]
        path = folder / parts[0]["file"]
        if sql is None:
            path.write_bytes(b"PAR1, and that is all")
        else:
            with closing(duckdb.connect()) as con:
                con.execute(f"COPY ({sql.format(path)}) TO '{path}.x' (FORMAT parquet)")
            path.with_name(f"{path.name}.x").replace(path)
        parts[0]["sha256"] = sha256(path.read_bytes()).hexdigest()

    _edited(folder, change)


def _linked(folder: Path) -> None:
    target = folder / "links.parquet"
    target.rename(folder.parent / "links.parquet")
    target.symlink_to(folder.parent / "links.parquet")


HOSTILE: dict[str, tuple[Callable[[Path], None], str]] = {
    "no manifest": (lambda f: (f / "manifest.json").unlink(), "name a folder that"),
    "a manifest that is none": (_saying("[" * 9_000), "is not the manifest of an export"),
    "a list": (_saying("[]"), "is not the manifest"),
    "a file that is gone": (lambda f: (f / "links.parquet").unlink(), "links.parquet cannot be"),
    "a file that is cut": (
        lambda f: os.truncate(f / "links.parquet", 40),
        "was changed or truncated after the export",
    ),
    "a link": (_linked, "is not a regular file"),
    "a path that leads out": (
        lambda f: _edited(f, lambda manifest: manifest["files"][0].update(file="../x.parquet")),
        "matching regex",
    ),
    "a table that is SQL": (
        lambda f: _edited(f, lambda manifest: manifest["tables"].append('runs"; DROP TABLE runs')),
        "matching regex",
    ),
    "a table of nobody": (
        lambda f: _edited(f, lambda manifest: manifest["tables"].append("prices")),
        "does not have the tables of its schema",
    ),
    "a newer schema": (
        lambda f: _edited(
            f,
            lambda manifest: manifest["migrations"].append(
                {"number": 900, "name": "900_x", "sha256": "", "applied_by": "7.2.0"}
            ),
        ),
        "it needs staycurrent 7.2.0 or later",
    ),
    "rows that were not said": (
        lambda f: _edited(f, lambda manifest: manifest["files"][0].update(rows=4)),
        "has other rows than the manifest says",
    ),
    "rows that are no number": (
        lambda f: _edited(f, lambda manifest: manifest["files"][0].update(rows="3")),
        "Expected `int`, got `str` - at `$.files[0].rows`",
    ),
    "more rows than a disk has room for": (
        lambda f: _edited(f, lambda manifest: manifest["files"][0].update(rows=10**12)),
        "it has more than 100000000 rows",
    ),
    "no Parquet file": (
        lambda f: _replaced(f, "links", None),
        "is not a readable export",
    ),
    "other columns": (
        lambda f: _replaced(f, "links", "SELECT 1 AS id"),
        "has other columns than links",
    ),
    "an outcome of nobody's": (
        lambda f: _replaced(f, "observations", "SELECT * REPLACE ('x' AS outcome) FROM '{}'"),
        "has the outcome 'x', which this version does not know",
    ),
    "a freshness of nobody's": (
        lambda f: _replaced(
            f, "compacted_observations", "SELECT * REPLACE ('x' AS freshness) FROM '{}'"
        ),
        "has the freshness 'x', which this version does not know",
    ),
    "a key twice": (
        lambda f: _replaced(f, "links", "SELECT * REPLACE (1 AS id) FROM '{}'"),
        "is not a readable export",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_export_is_refused_in_a_sentence_and_nothing_is_made(
    path: Path, exported: Path, name: str
) -> None:
    spoil, sentence = HOSTILE[name]
    spoil(exported)
    again = path.with_name("again.duckdb")
    with pytest.raises(WarehouseUnusable) as refusal:
        import_parquet(exported, again, LIMITS)
    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert not [one for one in again.parent.glob("again*") if one.suffix != ".lock"]


def test_a_row_group_that_is_too_large_is_refused_unread(
    path: Path, exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "_MAX_COLUMN_BYTES", 20)
    with pytest.raises(WarehouseUnusable, match=r"has a row group with \d+ bytes in a column"):
        import_parquet(exported, path.with_name("again.duckdb"), LIMITS)
