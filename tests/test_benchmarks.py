"""The table of measurements: made of the results that lie beside it, and of nothing else."""

import json

from bench.table import BEGIN, END, PAGE, RESULTS, rewritten, table

ROW = {
    "what": "CPU a look, ms",
    "ours": 0.5,
    "theirs": 0.25,
    "most": 4.0,
    "goal": "at most 4 times",
}


def test_the_page_shows_the_results_that_lie_beside_it() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert rewritten(page, json.loads(RESULTS.read_text(encoding="utf-8"))) == page


def test_a_row_stands_beside_the_peer_with_its_ratio() -> None:
    alone = {**ROW, "theirs": None}
    told = table({"machine": "two cores", "rows": [ROW, alone]})
    assert "| CPU a look, ms | at most 4 times | 0.50 | 0.25 | 2.00 |" in told
    assert "| CPU a look, ms | at most 4 times | 0.50 |  |  |" in told


def test_what_stands_around_the_table_is_left() -> None:
    results = {"machine": "two cores", "rows": [ROW]}
    assert rewritten(f"a\n{BEGIN}\nold\n{END}\nb", results) == f"a\n{table(results)}\nb"
