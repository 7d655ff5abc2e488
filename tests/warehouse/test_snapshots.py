"""Snapshots: every lookup is kept, and the one that was found last is offered."""

from pathlib import Path

from staycurrent.links.wayback import LookupResult, SnapshotLookup
from staycurrent.warehouse import witnesses
from staycurrent.warehouse.open import Warehouse, open_warehouse
from tests.support.values import CODE, PAPER, night

OLDER = f"https://web.archive.org/web/20260501000000/{PAPER}"
NEWER = f"https://web.archive.org/web/20261130000000/{PAPER}"


def look_up(
    n: int, said: LookupResult, address: str | None = None, *, link: str = PAPER
) -> SnapshotLookup:
    return SnapshotLookup(link, night(n), night(1), said, address)


def test_look_ups_come_back_whole_by_link_and_oldest_first(w: Warehouse) -> None:
    made = (look_up(1, LookupResult.NOTHING), look_up(2, LookupResult.FOUND, OLDER))
    other = look_up(1, LookupResult.BLOCKED, link=CODE)
    witnesses.add_snapshots(w, [made[0], other])
    witnesses.add_snapshots(w, [made[1]])
    assert witnesses.snapshot_lookups(w) == {PAPER: made, CODE: (other,)}


def test_the_snapshot_found_last_is_offered_and_the_earlier_one_is_kept(w: Warehouse) -> None:
    found = [look_up(1, LookupResult.FOUND, OLDER), look_up(9, LookupResult.FOUND, NEWER)]
    witnesses.add_snapshots(w, found)
    assert witnesses.snapshot_urls(w) == {PAPER: NEWER}
    assert witnesses.snapshot_lookups(w) == {PAPER: tuple(found)}


def test_a_later_look_up_in_vain_takes_no_snapshot_away(w: Warehouse) -> None:
    witnesses.add_snapshots(
        w, [look_up(1, LookupResult.FOUND, OLDER), look_up(40, LookupResult.NOTHING)]
    )
    witnesses.add_snapshots(w, [look_up(41, LookupResult.BLOCKED)])
    assert witnesses.snapshot_urls(w) == {PAPER: OLDER}


def test_links_without_a_snapshot_have_no_address(w: Warehouse) -> None:
    assert witnesses.snapshot_urls(w) == {}
    witnesses.add_snapshots(w, [])
    witnesses.add_snapshots(w, [look_up(1, LookupResult.NOTHING)])
    assert witnesses.snapshot_urls(w) == {}


def test_what_was_found_is_there_when_the_file_is_opened_again(path: Path) -> None:
    with open_warehouse(path) as w:
        witnesses.add_snapshots(w, [look_up(1, LookupResult.FOUND, OLDER)])
    with open_warehouse(path, read_only=True) as w:
        assert witnesses.snapshot_urls(w) == {PAPER: OLDER}


def test_the_answers_of_the_schema_are_those_of_the_code(w: Warehouse) -> None:
    query = "SELECT labels FROM duckdb_types() WHERE type_name = ? AND NOT internal"
    [(allowed,)] = w.select(query, "snapshot_lookup_result")
    assert list(allowed) == [str(word) for word in LookupResult]
