"""The page in a real browser, by keyboard alone: search, filter, sort, and one link's nights."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.folder import Folder
from tests.support.processes import Tab, browser

ALL = "[...document.querySelectorAll('#all tbody tr:not(.history)')]"
ROWS = f"{ALL}.filter(row => !row.hidden)"
BOXES = "[...document.querySelectorAll('#controls input[type=checkbox]')]"
SORTED = "document.querySelector('#all th[aria-sort]').getAttribute('aria-sort')"

pytestmark = pytest.mark.skipif(shutil.which("chromium") is None, reason="no Chromium here")


@pytest.fixture
def page(demo_played: Folder, tmp_path: Path) -> Iterator[Tab]:
    out = tmp_path / "page.html"
    demo_played.staycurrent("report", "--out", str(out), night=7)
    with browser() as tab:
        tab.opens(out)
        yield tab


def test_everything_is_reached_and_done_without_a_mouse(page: Tab) -> None:
    shown = page.says(f"{ROWS}.length")
    page.tab_to("#q")
    page.types("seq2seq")
    assert page.says(f"{ROWS}.length") == 1
    assert page.says("document.getElementById('count').textContent").startswith("1 of ")
    page.says("document.getElementById('q').select()")
    page.types("no such words")
    assert page.says(f"{ROWS}.length") == 0
    assert page.says("document.getElementById('none').hidden") is False
    page.says("document.getElementById('q').select()")
    page.types(".")
    assert page.says(f"{ROWS}.length") == page.says(f"{ALL}.length") > shown > 0
    assert page.says(f"{BOXES}.every(box => box.checked)")
    page.tab_to("#controls input[value=alive]")
    page.press(" ")
    assert page.says(f"{ROWS}.some(row => row.className == 'alive')") is False
    page.press(" ")
    assert page.says(f"{ROWS}.length") == page.says(f"{ALL}.length")
    page.tab_to("#all thead button")
    page.press("Enter")
    assert page.says(SORTED) == "ascending"
    page.press("Enter")
    assert page.says(SORTED) == "descending"
    page.tab_to("#all tbody button[aria-expanded]")
    page.press("Enter")
    assert page.says("document.activeElement.getAttribute('aria-expanded')") == "true"
    assert "Checks in the last" in page.says("document.querySelector('tr.history').textContent")
    page.press("Enter")
    assert page.says("document.querySelector('tr.history')") is None


def test_what_has_the_focus_is_seen(page: Tab) -> None:
    for selector in ("#q", "#controls input", "#all thead button", "#all tbody button"):
        page.tab_to(selector)
        style = page.says("getComputedStyle(document.activeElement).outlineStyle")
        assert style != "none", selector
