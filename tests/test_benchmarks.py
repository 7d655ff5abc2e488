"""The table of measurements: made of the results in the file next to it, and of nothing else."""

import json

from bench import curve
from bench.million import Sample, thin
from bench.table import BEGIN, END, PAGE, RESULTS, rewritten, table

ROW = {
    "what": "CPU per check, ms",
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
    rows = table({"machine": "two cores", "rows": [ROW, alone]})
    assert "| CPU per check, ms | at most 4 times | 0.50 | 0.25 | 2.00 |" in rows
    assert "| CPU per check, ms | at most 4 times | 0.50 |  |  |" in rows


def test_what_stands_around_the_table_is_left() -> None:
    results = {"machine": "two cores", "rows": [ROW]}
    assert rewritten(f"a\n{BEGIN}\nold\n{END}\nb", results) == f"a\n{table(results)}\nb"


def test_the_memory_of_very_many_links_is_shown_as_it_was_measured() -> None:
    runs, others = (
        json.loads(one.read_text(encoding="utf-8")) for one in (curve.RESULTS, curve.VERBS)
    )
    page = curve.PAGE.read_text(encoding="utf-8")
    assert curve.rewritten(page, runs, others) == page
    assert curve.DRAWING.read_text(encoding="utf-8") == curve.drawing(runs[0])
    assert f"{runs[0]['peaks']['conductor']} MB in the process that conducts" in page
    assert all(f"| `{one['what']}` | {one['peaks']['conductor']} |" in page for one in others)


def test_a_curve_that_is_thinned_keeps_its_peak() -> None:
    sizes = [*range(50), 400, *range(50)]
    whole = [Sample(second, 0, size, 0, size, 0) for second, size in enumerate(sizes)]
    thinned = thin(whole, 10)
    assert len(thinned) <= 11
    assert max(one.conductor for one in thinned) == 400
    assert [one.seconds for one in thinned] == sorted(one.seconds for one in thinned)
