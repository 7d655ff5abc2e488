"""What links showed when they were listed: the last answer counts."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from staycurrent.links.former_page import FormerPage
from staycurrent.links.page.subject import Vocabulary
from staycurrent.warehouse import lookups
from staycurrent.warehouse.open import open_warehouse
from tests.support.values import night


def test_the_last_answer_about_a_link_up_to_a_date(tmp_path: Path) -> None:
    said = Vocabulary(
        frozenset({"poll"}), frozenset({"poll", "club"}), frozenset({"tally"}), frozenset({"a b"})
    )
    old = FormerPage("https://a.example/", night(1))
    new = replace(
        old,
        run_date=night(9),
        captured_at=datetime(2023, 4, 2, 8, 15, 22, tzinfo=UTC),
        title="Tally \N{SKULL}",
        fingerprint="html 4 6bb34620845e7fb4 Tally",
        vocabulary=said,
        trades=frozenset({"gambling"}),
        is_about=True,
        announcement="is now",
    )
    with open_warehouse(tmp_path / "w.duckdb") as warehouse:
        lookups.add_former_page(warehouse, old)
        lookups.add_former_page(warehouse, new)
        lookups.add_former_page(warehouse, replace(old, link="https://b.example/"))
        for last, known in ((night(9), new), (night(8), old)):
            assert lookups.former_pages(warehouse, last, [old.link]) == {old.link: known}
