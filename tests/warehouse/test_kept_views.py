"""Views are made once, and a file with those of another version still answers right."""

from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from staycurrent.links.observation import Outcome
from staycurrent.warehouse import history
from staycurrent.warehouse.migrations import has_views, known_views
from staycurrent.warehouse.open import open_warehouse
from tests.support.values import PAPER, judged, night

ANOTHER = "CREATE OR REPLACE VIEW nights AS SELECT 'of another version' AS night"


def made(path: Path, *sql: str) -> Path:
    """A warehouse with one night in it, changed by hand; closed."""
    with open_warehouse(path) as warehouse:
        judged(warehouse, 1, {PAPER: Outcome.OK})
    with closing(duckdb.connect(str(path))) as con:
        for statement in sql:
            con.execute(statement)
    return path


def test_a_writer_that_writes_nothing_leaves_every_byte_as_it_was(path: Path) -> None:
    before = made(path).read_bytes()
    open_warehouse(path).close()
    assert path.read_bytes() == before


OTHERS = pytest.mark.parametrize(
    "note",
    ["CREATE OR REPLACE MACRO views_are() AS 'others'", "DROP MACRO views_are"],
    ids=["noted as others", "never noted"],
)


@OTHERS
def test_a_reader_of_other_views_gets_the_right_answer_and_changes_nothing(
    path: Path, note: str
) -> None:
    before = made(path, ANOTHER, note).read_bytes()
    with open_warehouse(path, read_only=True) as warehouse:
        assert [one.run_date for one in history.run_days(warehouse, night(1))] == [night(1)]
    assert path.read_bytes() == before


@OTHERS
def test_a_writer_makes_other_views_its_own_for_good(path: Path, note: str) -> None:
    made(path, ANOTHER, note)
    with open_warehouse(path) as warehouse:
        assert [one.run_date for one in history.run_days(warehouse, night(1))] == [night(1)]
    with closing(duckdb.connect(str(path), read_only=True)) as con:
        assert has_views(con, known_views())
        assert con.execute("SELECT night FROM nights").fetchall() == [(night(1),)]


def test_views_that_differ_in_a_letter_are_others(path: Path) -> None:
    with closing(duckdb.connect(str(made(path)))) as con:
        assert not has_views(con, [*known_views()[:-1], known_views()[-1] + " "])
