"""A history that strangers may have written: what no run of ours writes is refused as a whole."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from shutil import copyfile

import duckdb
import pytest

from staycurrent.warehouse.file import WarehouseUnusable
from staycurrent.warehouse.import_validation import refuse_invalid_rows
from staycurrent.warehouse.parquet import export_parquet, import_parquet
from tests.warehouse.filled import LIMITS, ROWS, made

POISON = [
    ("verdicts", "reason = '<script>alert(1)</script>'", "words that are unknown"),
    ("verdicts", "reason = '@everybody'", "words that are unknown"),
    ("verdicts", "suggestion = 'http://user:pw@127.0.0.1/x'", "a user name or a password"),
    ("verdicts", "suggestion = 'http://127.0.0.1/x'", "a private address"),
    ("verdicts", "suggestion = 'http://169.254.169.254/'", "a private address"),
    ("verdicts", "suggestion = 'javascript:alert(1)'", "no run would write"),
    ("verdicts", "archive = 'https://example.org:22/'", "an unusual port"),
    ("verdicts", "link_id = 99", "rows that are missing"),
    ("verdicts", "run_date = '9999-12-31'", "dates that cannot be"),
    ("verdicts", "since = 'infinity'", "dates that cannot be"),
    ("verdicts", "since = '-infinity'", "dates that cannot be"),
    ("observations", "checked_by = chr(27) || '[31m'", "control characters"),
    ("observations", "checked_by = 'somebody'", "words that are unknown"),
    ("observations", "evidence = 'a' || chr(10) || '# Heading'", "control characters"),
    ("observations", "evidence = repeat('a', 100001)", "very long texts"),
    ("observations", "run_id = 99", "rows that are missing"),
    ("observations", "final_url = 'ftp://example.org/'", "no run would write"),
    ("compacted_observations", "run_ids = [1, 99]", "rows that are missing"),
    ("compacted_observations", "run_dates = ['2026-11-01', '2526-11-01']", "dates that cannot be"),
    ("runs", "reason = 'a' || chr(13) || 'b'", "control characters"),
    ("overrides", "id = 2147483647", "numbers beyond"),
    ("runs", "run_date = '2027-02-01'", "or after 2027-01-03; today is 2027-01-01"),
    ("runs", "seconds = 'nan'", "not finite"),
    ("candidates", "url = 'http://10.0.0.1/'", "a private address"),
    ("candidates", "title = 'a' || chr(155)", "control characters"),
    ("item_texts", "keywords = ['a', chr(155)]", "control characters"),
    ("overrides", "until = 'infinity'", "dates that cannot be"),
    ("former_pages", "words = ['a', repeat('a', 10001)]", "very long texts"),
    ("former_pages", "trades = [NULL]", "values that are missing"),
    ("candidates", "section = ['a', NULL]", "values that are missing"),
    ("candidates", "candidate_group = 'monthly'", "words that are unknown"),
    ("candidate_selections", "names = NULL", "values that cannot be"),
    ("compacted_observations", "run_dates = []", "more or fewer values"),
    ("compacted_observations", "fingerprints = [NULL]", "more or fewer values"),
    ("compacted_observations", "seen_at = ['2026-11-01', NULL]", "values that are missing"),
    ("control_pages", "final_url = 'https://[::1'", "no run would write"),
    ("kind_statistics", "changes = checks + 1", "values that cannot be"),
    ("kind_statistics", "days = -1", "values that cannot be"),
    ("kind_statistics", "cost = 0", "values that cannot be"),
    ("published_lines", "kind = 'flag', position = ''", "values that cannot be"),
    ("published_lines", "position = 'start'", "words that are unknown"),
    ("published_lines", "state = '('", "words that are unknown"),
    ("runs", "status = 'not_judged', run_date = '0044-03-15 (BC)'", "dates that cannot be"),
    ("runs", "status = 'not_judged', run_date = 'infinity'", "dates that cannot be"),
    ("runs", "started_at = '9999-12-31'", "dates that cannot be"),
    ("validators", "etag = '\"\u2620\"'", "words that are unknown"),
    ("validators", "last_modified = 'yesterday'", "words that are unknown"),
    ("validators", "trust = 'blind'", "words that are unknown"),
]
_ODD = "chr(10) || chr(155) || repeat('a', 20000)"
WRITTEN = [
    *(
        (table, f"{column} = 'https://example.org/' || {_ODD}")
        for table, column in (
            ("links", "link"),
            ("overrides", "url"),
            ("published_lines", "list"),
            ("published_lines", "subject"),
            ("published_lines", "url"),
        )
    ),
    ("overrides", f"reason = {_ODD}"),
    ("overrides", f"author = {_ODD}"),
    ("domain_registrations", f"name_servers = [{_ODD}]"),
    ("candidates", f"section = ['Neural' || chr(9) || 'networks', {_ODD}]"),
    ("candidate_selections", f"about = [{_ODD}]"),
    ("robots_txt", "rules = 'Disallow: /a' || chr(0) || chr(12) || chr(155)"),
    ("control_pages", "folder = 'https://example.org/' || repeat('a', 20000) || '/'"),
    ("control_pages", "final_url = 'https://example.org/' || repeat('a', 20000)"),
    ("observations", "final_url = 'https://example.org/' || repeat('a', 20000)"),
    ("snapshot_lookups", "snapshot_url = 'https://example.org/' || repeat('a', 20000)"),
    ("verdicts", "archive = 'https://example.org/' || repeat('a', 20000)"),
    ("verdicts", "suggestion = 'https://example.org/' || repeat('a', 20000)"),
    ("verdicts", "suggestion = 'https://example.org/?token=abc'"),
    ("verdicts", "suggestion = 'https://[2606:4700::1111]/'"),
    ("verdicts", "suggestion = 'https://wiki.internal/'"),
    ("verdicts", "suggestion = 'https://xn--pple-43d.example/'"),
    ("domain_registrations", "expires_on = '9999-12-31'"),
    ("item_texts", "published = '0001-01-01'"),
    ("item_texts", "published = '9999-12-31'"),
    ("published_lines", "run_date = '2029-05-01', since = '2029-05-01'"),
    ("former_pages", "origins = list_transform(range(1000), lambda n: 'owner/its-name-' || n)"),
]
"""What lists, people, servers and registries write, and a run stores; and what `render` does where
a clock is ahead."""


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("original") / "warehouse.duckdb")


@pytest.fixture(scope="module")
def opened(original: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    path = original.with_name("opened.duckdb")
    copyfile(original, path)
    with closing(duckdb.connect(str(path))) as con:
        yield con


@pytest.fixture
def con(opened: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse whose changes are undone."""
    opened.begin()
    yield opened
    opened.rollback()


def poison(con: duckdb.DuckDBPyConnection, table: str, change: str) -> None:
    """Change the last row of a table."""
    con.execute(f"UPDATE {table} SET {change} WHERE rowid = {ROWS - 1}")  # noqa: S608


def poisoned_copy(original: Path, path: Path, table: str, change: str) -> None:
    """A copy of a warehouse with another last row of a table."""
    copyfile(original, path)
    with closing(duckdb.connect(str(path))) as con:
        poison(con, table, change)


@pytest.mark.parametrize(("table", "change", "what"), POISON)
def test_what_no_run_writes_is_refused(
    table: str, change: str, what: str, con: duckdb.DuckDBPyConnection
) -> None:
    poison(con, table, change)
    with pytest.raises(WarehouseUnusable, match=rf"{table}.*{what}.*nothing was imported"):
        refuse_invalid_rows(con, LIMITS)


@pytest.mark.parametrize(("table", "change"), WRITTEN)
def test_what_others_wrote_and_a_run_stored_is_imported(
    table: str, change: str, con: duckdb.DuckDBPyConnection
) -> None:
    poison(con, table, change)
    refuse_invalid_rows(con, LIMITS)


def test_of_a_poisoned_export_nothing_is_imported(original: Path, tmp_path: Path) -> None:
    poisoned_copy(original, tmp_path / "poisoned.duckdb", "verdicts", "reason = '@everybody'")
    export_parquet(tmp_path / "poisoned.duckdb", tmp_path / "export")
    with pytest.raises(WarehouseUnusable, match=r"words that are unknown.*nothing was imported"):
        import_parquet(tmp_path / "export", tmp_path / "warehouse.duckdb", LIMITS)
    assert not (tmp_path / "warehouse.duckdb").exists()


def test_what_runs_write_is_imported(original: Path, tmp_path: Path) -> None:
    export_parquet(original, tmp_path / "export")
    assert import_parquet(tmp_path / "export", tmp_path / "again.duckdb", LIMITS).restored.runs == 3


def test_a_clock_that_was_set_during_a_run_makes_no_forgery(original: Path, tmp_path: Path) -> None:
    path = tmp_path / "ahead.duckdb"
    poisoned_copy(original, path, "runs", "finished_at = finished_at + INTERVAL 400 DAYS")
    with closing(duckdb.connect(str(path), read_only=True)) as con:
        refuse_invalid_rows(con, LIMITS)


def test_a_run_whose_clock_was_a_year_ahead_makes_no_forgery(
    original: Path, tmp_path: Path
) -> None:
    path = tmp_path / "ahead.duckdb"
    ahead = f"run_date = '{LIMITS.run_date + timedelta(days=365)}'"
    poisoned_copy(original, path, "runs", f"status = 'not_judged', {ahead}")
    with closing(duckdb.connect(str(path))) as con:
        con.execute(f"UPDATE observations SET {ahead} WHERE run_id = (SELECT max(id) FROM runs)")  # noqa: S608
        refuse_invalid_rows(con, LIMITS)
        con.execute("UPDATE runs SET status = 'running' WHERE id = (SELECT max(id) FROM runs)")
        with pytest.raises(WarehouseUnusable, match="dates that cannot be"):
            refuse_invalid_rows(con, LIMITS)
