"""The page in a real browser: by keyboard alone, on paper, and on a narrow screen."""

import re
import shutil
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path

import pytest

from staycurrent.links.verdict import VerdictState as State
from staycurrent.reports.html_report import as_html
from tests.reports.test_html_report import page as html_page
from tests.support.folder import Folder
from tests.support.processes import Tab, browser
from tests.support.values import row, status

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


def test_a_recent_change_leads_to_its_row_even_if_that_is_not_shown(page: Tab) -> None:
    targets = "[...document.querySelectorAll('#changes td a[href^=\"#link-\"]')]"
    assert page.says(f"{targets}.length") > 5
    assert page.says(f"{targets}.every(a => document.querySelector(a.hash).dataset.k)")
    for _ in range(2):  # the second time the address of the page stays the same
        page.says("document.getElementById('q').focus()")
        page.says("document.getElementById('q').value = ''")
        page.types("no such words")
        assert page.says(f"{ROWS}.length") == 0
        page.says(f"{targets}[0].click()")
        page.says("new Promise(requestAnimationFrame).then(String)")
        assert page.says(f"document.querySelector({targets}[0].hash).hidden") is False
        assert page.says(f"{ROWS}.length") == 1


def test_a_change_of_an_address_that_many_others_begin_with_is_shown_too(tmp_path: Path) -> None:
    rows = [row(State.DEAD, url=f"https://a.example/{n}") for n in range(150)]
    home = row(State.ALIVE, "Home", url="https://a.example/")
    out = tmp_path / "page.html"
    out.write_text(as_html(html_page(status(*rows, home))), encoding="utf-8")
    with browser() as tab:
        tab.opens(out)
        tab.says("location.hash = document.querySelector('#all tbody tr.alive').id")
        tab.says("new Promise(requestAnimationFrame).then(String)")
        assert tab.says(f"{ROWS}.at(-1).textContent").startswith("aliveHome")


def test_what_has_the_focus_is_seen(page: Tab) -> None:
    for selector in ("#q", "#controls input", "#all thead button", "#all tbody button"):
        page.tab_to(selector)
        style = page.says("getComputedStyle(document.activeElement).outlineStyle")
        assert style != "none", selector


@pytest.mark.parametrize("width", [1200, 390])
def test_a_verdict_of_two_words_stays_beside_the_title(page: Tab, width: int) -> None:
    screen = {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": False}
    page.ask("Emulation.setDeviceMetricsOverride", **screen)
    verdicts = "[...document.querySelectorAll('#all tr:not([hidden]) > td:first-child .v')]"
    right = "getBoundingClientRect().right"
    beyond = f"{verdicts}.filter(one => one.{right} > one.closest('td').{right})"
    assert page.says(f"{verdicts}.some(one => one.textContent === 'not requested')")
    assert page.says(f"{beyond}.length") == 0


@pytest.fixture(scope="module")
def thousand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    """A list of 1,000 links, of which 155 need attention."""
    counts = {State.DEAD: 74, State.MOVED: 17, State.STALE: 28, State.BLOCKED: 36, State.ALIVE: 845}
    states = [state for state, count in counts.items() for _ in range(count)]
    rows = []
    for n, state in enumerate(states):
        title, path = f"Learning to attend to long contexts {n}", f"learning-to-attend-to-long-{n}"
        moved = {"suggestion": f"https://moved.example/{path}"} if state is State.MOVED else {}
        rows.append(row(state, title, n, url=f"https://site{n}.example/papers/{path}", **moved))
    out = tmp_path_factory.mktemp("thousand") / "page.html"
    out.write_text(as_html(html_page(status(*rows))), encoding="utf-8")
    with browser() as tab:
        tab.opens(out)
        yield tab


def test_a_thousand_links_are_printed_on_twelve_pages(thousand: Tab) -> None:
    thousand.says(f"{BOXES}.forEach(box => box.checked || box.click())")
    assert thousand.says(f"{ALL}.length") == 1_000
    pdf = b64decode(thousand.ask("Page.printToPDF", paperWidth=8.5, paperHeight=11)["data"])
    assert 5 < len(re.findall(rb"/Type /Page\b", pdf)) <= 12


def test_a_narrow_screen_shows_reasons_and_does_not_scroll_sideways(thousand: Tab) -> None:
    screen = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    thousand.ask("Emulation.setDeviceMetricsOverride", **screen)
    assert thousand.says("document.documentElement.scrollWidth") == 390
    reasons = "[...document.querySelectorAll('#changes td.note')]"
    assert thousand.says(f"{reasons}.length") == 30
    assert thousand.says(f"{reasons}.every(one => one.offsetHeight > 0 && one.innerText)")
    broken = (
        "[...document.querySelectorAll('.groups tbody th')].filter(one => one.offsetHeight > 40)"
    )
    assert thousand.says(f"{broken}.length") == 0
