"""Folding: whenever it is done, every question has the answer that it had before."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from staycurrent.links.observation import Freshness, Observation, Outcome
from staycurrent.links.settings import Rules
from staycurrent.links.verdict import conclude_verdict
from staycurrent.warehouse import history, observations, runs
from staycurrent.warehouse.backups import back_up, restore
from staycurrent.warehouse.connection import Value
from staycurrent.warehouse.file import count_rows, read_committed
from staycurrent.warehouse.import_validation import ImportLimits
from staycurrent.warehouse.open import Warehouse, open_in_memory, open_warehouse
from staycurrent.warehouse.parquet import export_parquet, import_parquet
from staycurrent.warehouse.runs import RunStatus
from staycurrent.web.settings import WebSettings
from tests.support.values import CODE, PAPER, began, ended, judged, look, night, not_judged

FIRST = date(2026, 1, 25)
LINKS = (PAPER, CODE)
LONG_AFTER = night(200)
Answers = list[object]

observed = st.builds(
    Observation,
    link=st.sampled_from(LINKS),
    run_date=st.just(FIRST),
    seen_at=st.just(datetime(2026, 1, 25, 2, tzinfo=UTC)),
    outcome=st.sampled_from((Outcome.OK, Outcome.MISSING, Outcome.REDIRECTED, Outcome.SKIPPED)),
    checked_by=st.sampled_from(("page", "github")),
    status=st.sampled_from((None, 200, 304)),
    final_url=st.sampled_from((None, "https://example.org/elsewhere")),
    permanent=st.booleans(),
    freshness=st.sampled_from((None, Freshness.FRESH, Freshness.ARCHIVED)),
    identity=st.sampled_from((None, "R_1")),
    checks=st.integers(1, 2),
    elapsed_ms=st.integers(0, 9),
    evidence=st.sampled_from(("", "404, twice")),
    fingerprint=st.sampled_from((None, "html 6 0123456789abcdef A", "html 6 0123456789abcdee B")),
)
nights = st.lists(
    st.tuples(
        st.integers(0, 80),  # of three months, in any order, some more than once
        st.sampled_from((RunStatus.JUDGED, RunStatus.JUDGED, RunStatus.NOT_JUDGED)),
        st.lists(observed, max_size=2, unique_by=lambda one: one.link),
    ),
    max_size=12,
)
Nights = list[tuple[int, RunStatus, list[Observation]]]


def add_run(w: Warehouse, after: int, status: RunStatus, seen: list[Observation]) -> None:
    """One run, so many days after the first night."""
    days = timedelta(days=after)
    run_id = runs.begin(w, run_date=FIRST + days, started_at=seen_at(after), links=2)
    for one in seen:  # one by one, as links that come together are numbered in any order
        moved = replace(one, run_date=FIRST + days, seen_at=one.seen_at + days)
        observations.add(w, run_id, [moved])
    ended(w, run_id, 1, status)


def seen_at(after: int) -> datetime:
    return datetime(2026, 1, 25, 2, tzinfo=UTC) + timedelta(days=after)


def answers(w: Warehouse) -> Answers:
    """All that is ever asked of observations: for verdicts, stories, reports and learning."""
    histories = observations.histories(w)
    return [
        histories,
        [conclude_verdict(link, history, Rules()) for link, history in histories.items()],
        [observations.not_counted(w, link) for link in LINKS],
        observations.latest(w),
        observations.ever_healthy(w),
        observations.first_checked(w),
        observations.redirect_targets(w),
        [observations.checked_links(w, FIRST + timedelta(days=n)) for n in (0, 40, 80)],
        history.link_histories(w, date.min),
        history.run_days(w, date.min),
        w.select("FROM link_timeline ORDER BY ALL"),
        w.select("SELECT * FROM all_observations ORDER BY ALL"),
        count_rows(w._con),
    ]


@pytest.fixture(scope="module")
def shared() -> Iterator[Warehouse]:
    """One warehouse for all examples: to make one takes longer than any of them."""
    with open_in_memory() as warehouse:
        yield warehouse


@settings(max_examples=6, deadline=None)
@given(before=nights, later=nights, compacted_on=st.integers(0, 120), again_on=st.integers(0, 120))
def test_compaction_at_any_time_changes_no_answer(
    shared: Warehouse, before: Nights, later: Nights, compacted_on: int, again_on: int
) -> None:
    for table in ("runs", "observations", "compacted_observations"):
        shared.execute(f"DELETE FROM {table}")  # noqa: S608
    for nights_of_it, day in ((before, compacted_on), (later, again_on)):
        for one in nights_of_it:
            add_run(shared, *one)
        expected = answers(shared)
        observations.compact(shared, before=FIRST + timedelta(days=day))
        assert answers(shared) == expected


def a_month(w: Warehouse) -> None:
    """December's nights: one link is well, the other dies on the tenth."""
    for n in range(1, 32):
        judged(w, n, {PAPER: Outcome.OK, CODE: Outcome.OK if n < 10 else Outcome.MISSING})


def compacted(w: Warehouse) -> list[tuple[Value, ...]]:
    columns = "l.link, s.outcome, s.first_date, s.observations"
    joined = "compacted_observations AS s JOIN links AS l ON l.id = s.link_id"
    return w.select(f"SELECT {columns} FROM {joined} ORDER BY s.link_id, s.first_date")  # noqa: S608


def test_equal_observations_are_one_row(w: Warehouse) -> None:
    a_month(w)
    assert observations.compact(w, before=night(31)) == (), "the month is not over"
    assert observations.compact(w, before=night(32)) == (night(1),)
    assert compacted(w) == [
        (PAPER, "ok", night(1), 31),
        (CODE, "ok", night(1), 9),
        (CODE, "missing", night(10), 22),
    ]
    assert w.select("SELECT count(*) FROM observations") == [(0,)]
    assert observations.compact(w, before=night(32)) == (), "nothing is compacted twice"


def test_what_differs_from_look_to_look_is_not_compacted(w: Warehouse) -> None:
    for n, page in enumerate(("html 6 0123456789abcdef A", None, "html 6 0123456789abcdee B"), 1):
        run_id = began(w, n, {})
        seen = replace(look(PAPER, n, Outcome.OK), elapsed_ms=n, fingerprint=page)
        observations.add(w, run_id, [seen])
        ended(w, run_id, n)
    before = observations.histories(w)
    observations.compact(w, before=LONG_AFTER)
    assert compacted(w) == [(PAPER, "ok", night(1), 3)]
    assert observations.histories(w) == before


def test_a_streak_over_the_end_of_a_month_is_two_rows_and_one_streak(w: Warehouse) -> None:
    for n in range(30, 41):
        judged(w, n, {PAPER: Outcome.MISSING})
    before = conclude_verdict(PAPER, observations.histories(w)[PAPER], Rules())
    assert observations.compact(w, before=LONG_AFTER) == (night(1), night(32))
    assert [row[2:] for row in compacted(w)] == [(night(30), 2), (night(32), 9)]
    assert conclude_verdict(PAPER, observations.histories(w)[PAPER], Rules()) == before


def test_what_is_no_evidence_or_not_yet_stays_as_it_is(w: Warehouse) -> None:
    not_judged(w, 1, {PAPER: Outcome.TIMEOUT})
    run_id = began(w, 2, {PAPER: Outcome.OK})
    assert observations.compact(w, before=LONG_AFTER) == ()
    assert observations.checked_links(w, night(2)) == {PAPER}
    ended(w, run_id, 2)
    assert observations.compact(w, before=LONG_AFTER) == (night(1),)
    assert observations.not_counted(w, PAPER) == (look(PAPER, 1, Outcome.TIMEOUT),)


def test_a_compacted_warehouse_survives_export_and_backup(path: Path) -> None:
    with open_warehouse(path) as w:
        a_month(w)
        judged(w, 32, {PAPER: Outcome.OK})
        before = answers(w)
        promised = read_committed(path)
        observations.compact(w, before=night(32))
        assert read_committed(path) == promised
    export_parquet(path, path.parent / "export")
    names = {one.name for one in (path.parent / "export").glob("*s-20*.parquet")}
    assert {"compacted_observations-2026-12.parquet", "observations-2027-01.parquet"} <= names
    assert "observations-2026-12.parquet" not in names
    again = path.with_name("again.duckdb")
    assert (
        import_parquet(
            path.parent / "export", again, ImportLimits(night(400), WebSettings())
        ).restored
        == promised
    )
    back_up(path, night(32), keep=1)
    path.unlink()
    restore(path)
    for one in (again, path):
        with open_warehouse(one, read_only=True) as w:
            assert answers(w) == before


def test_compaction_does_not_change_the_exports_of_compacted_months(path: Path) -> None:
    folder = path.parent / "export"
    with open_warehouse(path) as w:
        a_month(w)
        observations.compact(w, before=night(32))
    export_parquet(path, folder)
    kept = (folder / "compacted_observations-2026-12.parquet").stat().st_ino
    with open_warehouse(path) as w:
        judged(w, 40, {PAPER: Outcome.OK})
        observations.compact(w, before=LONG_AFTER)
    export_parquet(path, folder)
    assert (folder / "compacted_observations-2026-12.parquet").stat().st_ino == kept
    assert (folder / "compacted_observations-2027-01.parquet").exists()
