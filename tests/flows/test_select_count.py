"""A small run mostly waits for DuckDB to plan its queries: their number is a limit on its work."""

from collections import Counter

import pytest

from staycurrent.warehouse.connection import Value
from staycurrent.warehouse.open import Warehouse
from tests.support.folder import Folder, Walk


@pytest.fixture
def selects(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each query is asked from now on."""
    asked: Counter[str] = Counter()
    select = Warehouse.select

    def counted(warehouse: Warehouse, sql: str, *values: Value) -> list[tuple[Value, ...]]:
        asked[sql] += 1
        return select(warehouse, sql, *values)

    monkeypatch.setattr(Warehouse, "select", counted)
    return asked


@pytest.fixture
def settled(walk: Walk, folder: Folder) -> Folder:
    """A folder after seven nights, in which some links are dead and others well."""
    return walk.copy(folder.path, after=7)


def test_each_stage_of_a_run_reads_the_verdicts_at_most_once(
    settled: Folder, selects: Counter[str]
) -> None:
    assert settled.staycurrent("run", "--quiet", night=8).code == 0
    # when the check records them, and once for all stages after it
    assert sum(n for sql, n in selects.items() if "JOIN verdict_counts" in sql) == 2
    # each reading of verdicts asks three or four plain queries; the lookups in the archive during
    # the checks, former pages of doubtful links and second witnesses ask the rest
    assert selects.total() <= 40


def test_a_preview_of_the_lists_reads_each_fact_once(
    settled: Folder, selects: Counter[str]
) -> None:
    assert settled.staycurrent("render", "--diff", night=7).code == 0
    assert set(selects.values()) == {1}


def test_former_pages_are_read_once_however_many_links_are_doubtful(
    folder: Folder, selects: Counter[str]
) -> None:
    urls = [f"https://h{n}.example/a" for n in range(6)]
    pages = "".join(f'[[page]]\nurl = "{url}"\ntitle = "Elsewhere"\n' for url in urls)
    rows = "".join(f"- [Attention {n}]({url}) - On heads.\n" for n, url in enumerate(urls))
    folder.write(listed=f"# Learning\n\n{rows}", web=pages)
    folder.nights(1, 1)
    assert sum(n for sql, n in selects.items() if "FROM former_pages" in sql) == 1
