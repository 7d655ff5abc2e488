"""The HTML report: self-contained, accessible, and safe whatever text it shows."""

import json
import re
from base64 import b64encode
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256
from itertools import pairwise
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag

from staycurrent.curated.lint import FindingKind
from staycurrent.links.observation import Outcome
from staycurrent.links.verdict import VerdictState
from staycurrent.reports.html_report import as_html
from staycurrent.reports.model import FindingRow, LinkRow, Status, duplicate_links
from staycurrent.reports.page.elements import HtmlPage
from staycurrent.reports.page.health import groups_by_host, groups_by_section, needing_attention
from staycurrent.reports.wording import VERDICT_WORDING, verdict_text
from staycurrent.warehouse.history import (
    LinkHistory,
    NotableCheck,
    RunDay,
    VerdictChange,
    VerdictCount,
)
from staycurrent.warehouse.overrides import Override
from staycurrent.warehouse.runs import RunStatus
from tests.support.values import HOSTILE, MOMENT, STATUS_DATE, row, run, status

EVIL = f"</script><script>alert(1)</script><!-- {HOSTILE} \u2028 ' \" onload=x"
FIRST = STATUS_DATE - timedelta(days=59)
BUDGET = 3_000_000
_STATES = (VerdictState.DEAD, VerdictState.ALIVE)


def page(shown: Status, words: str = "404 twice") -> HtmlPage:
    """A status with a history of sixty days: its links worked for a month and are missing since."""
    days = [FIRST + timedelta(days=number) for number in range(60)]
    outcomes = tuple(Outcome.OK if day < date(2026, 11, 4) else Outcome.MISSING for day in days)
    seen = (
        NotableCheck(days[0], Outcome.OK, "200"),
        NotableCheck(days[-1], Outcome.MISSING, words),
    )
    suspect, dead = VerdictState.SUSPECT, VerdictState.DEAD
    links = {one.verdict.link for one in shown.links}
    kept = Override("https://a.example/x", "keep", "dead", None, words, MOMENT)
    return HtmlPage(
        status=replace(shown, overrides=(kept,)),
        runs=(*(RunDay(day, "judged", "", 41, 57) for day in days[:-1]),
                RunDay(STATUS_DATE, "not_judged", words, 0, 5)),
        health=tuple(VerdictCount(day, state, 3) for day in days for state in _STATES),
        histories={link: LinkHistory(tuple(days), outcomes, seen) for link in links},
        forecasts=dict.fromkeys(links, "one check clears it"),
        changes=tuple(
            VerdictChange(STATUS_DATE, link, suspect, dead, "missing", words) for link in links
        ),
        due={STATUS_DATE + timedelta(days=1): tuple(links)},
        pulls=shown.sources,
    )  # fmt: skip


def soup(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "html.parser")


def histories(tree: BeautifulSoup) -> dict[str, Any]:
    return dict(json.loads(tree.select_one("#histories").text))  # type: ignore[union-attr]


def hostile() -> HtmlPage:
    rows = (
        row(title=EVIL, flag="dead", suggestion=f"javascript:{EVIL}"),
        row(VerdictState.REFUSED, EVIL, url=f"javascript:alert(1){EVIL}"),
        row(
            VerdictState.MOVED,
            url="https://a.example/\"onmouseover=x'<b>",
            suggestion="data:text/html,x",
        ),
    )
    candidate = replace(status().candidates[0], title=EVIL, why=EVIL, section=(EVIL,))
    shown = replace(status(*rows, latest=run(RunStatus.NOT_JUDGED, EVIL)), candidates=(candidate,))
    pull = replace(shown.sources[0], note=EVIL)
    again = (*duplicate_links((rows[0], replace(rows[0], title="Two"))),)
    shown = replace(shown, sources=(pull,), duplicates=again)
    return page(replace(shown, links=tuple(replace(one, section=(EVIL,)) for one in rows)), EVIL)


def test_untrusted_text_makes_no_element_no_attribute_and_no_link() -> None:
    html = as_html(hostile())
    tree = soup(html)
    assert len(tree.find_all("script")) == 3
    assert not tree.find_all(["img", "iframe", "object", "embed", "base"])
    attributes = {name for tag in tree.select("*") for name in tag.attrs}
    assert not [name for name in attributes if name.startswith("on") or name in ("src", "style")]
    links = [str(tag["href"]) for tag in tree.find_all("a")]
    assert all(re.match(r"#[a-z]+(-\d+)?$|https?://", one) for one in links), links
    assert "alert(1)" in tree.select_one("#all").text  # type: ignore[union-attr]
    assert not set(html) & set("\x1b\u202e\u2028")


def test_the_data_of_the_script_cannot_end_the_script_element() -> None:
    html = as_html(hostile())
    raw = html.partition('type="application/json">')[2].partition("</script>")[0]
    assert not set(raw) & set("<>&\u2028\u2029")
    assert any("</script><script>alert(1)" in word for word in json.loads(raw)["words"])


def test_the_page_makes_no_request_and_allows_no_other_script() -> None:
    tree = soup(as_html(page(status(row(), latest=run()))))
    policy = str(tree.find("meta", {"http-equiv": "Content-Security-Policy"})["content"])  # type: ignore[index]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    code = [tag for tag in tree.find_all("script") if tag.get("type") is None]
    for tag in [*code, *tree.find_all("style")]:
        digest = b64encode(sha256(tag.text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert [tag["href"] for tag in tree.find_all("link")] == ["data:,"]
    styles = "".join(tag.text for tag in tree.find_all("style"))
    assert "@import" not in styles
    assert "url(" not in styles


def test_every_table_has_a_caption_and_every_heading_cell_a_scope() -> None:
    tree = soup(as_html(page(status(row(), row(VerdictState.ALIVE), latest=run()))))
    tables = tree.find_all("table")
    assert len(tables) >= 6
    for table in tables:
        assert table.find("caption")
        assert all(cell.get("scope") in ("col", "row") for cell in table.find_all("th"))


@pytest.mark.parametrize("rows", [(row(),), ()], ids=["a link", "an empty list"])
def test_landmarks_headings_and_labels_are_complete(rows: tuple[LinkRow, ...]) -> None:
    shown = page(status(*rows, latest=run()))
    tree = soup(as_html(shown if rows else replace(shown, health=())))
    assert ("no links in the list" in tree.text) is not bool(rows)
    for name in ("header", "nav", "main", "footer", "h1"):
        assert len(tree.find_all(name)) == 1
    levels = [int(tag.name[1]) for tag in tree.find_all(re.compile(r"^h[1-6]$"))]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    known = {str(tag["id"]) for tag in tree.find_all(id=True)}
    assert len(known) == len(tree.find_all(id=True))
    for anchor in tree.select('a[href^="#"]'):
        assert str(anchor["href"])[1:] in known
    for field in tree.find_all(["input", "select"]):
        inside = isinstance(field.parent, Tag) and field.parent.name == "label"
        assert inside or tree.find("label", {"for": field["id"]})
    for drawn in tree.find_all("svg"):
        assert drawn.get("aria-hidden") or (drawn.get("role"), bool(drawn["aria-label"])) == (
            "img",
            True,
        )


def test_each_verdict_has_a_glyph_and_a_word() -> None:
    html = as_html(page(status(*(row(state) for state in VerdictState), latest=run())))
    assert (
        len({meaning.glyph for meaning in VERDICT_WORDING.values()})
        == len(VerdictState)
        == len(VERDICT_WORDING)
    )
    tree = soup(html)
    words = [tag.text for tag in tree.select("#all tbody .v")]
    assert words == [verdict_text(state) for state in VERDICT_WORDING]  # the most urgent first
    for state, meaning in VERDICT_WORDING.items():
        assert f'.v.{state}::before{{content:"{meaning.glyph}"' in html


def test_the_history_of_a_link_is_a_letter_for_each_date() -> None:
    data = histories(soup(as_html(page(status(row(), latest=run())))))
    assert (data["first"], data["days"]) == ("2026-10-05", 60)
    assert data["runs"] == "j" * 59 + "n"
    ((letters, observations, forecast, next_check),) = data["links"]
    names = [name for name, _ in data["outcomes"]]
    assert {names[ord(letter) - ord("a")] for letter in letters} == {"works", "not found"}
    assert (len(letters), letters[29], letters[30]) == (60, "a", letters[59])
    words = list(data["words"])
    assert [(day, names[outcome], words[word]) for day, outcome, word in observations] == [
        (0, "works", "200"),
        (59, "not found", "404 twice"),
    ]
    assert (words[forecast], next_check) == ("one check clears it", "2026-12-04")


def test_a_check_from_before_the_first_run_has_its_letter_too() -> None:
    """As in a history that somebody forged."""
    shown = page(status(row(), latest=run()))
    data = histories(soup(as_html(replace(shown, runs=shown.runs[30:]))))
    assert (data["first"], data["days"]) == ("2026-10-05", 60)
    assert data["runs"] == "." * 30 + "j" * 29 + "n"
    assert len(data["links"][0][0]) == 60


def test_a_run_that_was_not_judged_is_mentioned_first() -> None:
    shown = status(row(), latest=run(RunStatus.NOT_JUDGED, "offline"))
    notice = soup(as_html(page(shown))).select_one("#summary > *")
    assert notice is not None
    assert "was not judged: offline" in notice.text


def test_a_run_that_was_killed_has_neither_counts_nor_a_reason() -> None:
    shown = page(status(row(), latest=run(RunStatus.RUNNING)))
    killed = replace(shown.runs[-1], status="running", reason="")
    text = soup(as_html(replace(shown, runs=(*shown.runs[:-1], killed)))).text
    assert "The run of 3 December 2026 did not finishHealth" in text
    assert "1 run not judged, the latest on 3 December 2026." in text


def test_the_date_in_the_middle_of_the_axis_is_in_the_middle_of_the_period() -> None:
    days = (date(2026, 10, day) for day in (1, 2, 3, 31))
    health = tuple(VerdictCount(day, VerdictState.DEAD, 1) for day in days)
    tree = soup(as_html(replace(page(status(row())), health=health)))
    assert [one.text for one in tree.select(".plot .x span")] == ["1 Oct", "16 Oct", "31 Oct"]


def test_links_that_failed_and_recovered_are_only_counted() -> None:
    ignored = row(VerdictState.UNCHECKED, title="Ignored")
    shown = page(status(ignored, row(), row(title="Again"), latest=run()))
    passing = replace(shown.changes[0], previous=VerdictState.ALIVE, state=VerdictState.SUSPECT)
    tree = soup(as_html(replace(shown, changes=(passing, *shown.changes))))
    part = tree.select_one("#changes")
    assert part is not None
    assert len(part.select("tbody tr")) == 1
    assert "1 time a link failed or recovered" in part.text
    assert "A title" in part.text  # as in the row to which the link leads


def test_before_the_first_run_the_page_says_so() -> None:
    empty = HtmlPage(status(), (), (), {}, {}, (), {}, ())
    text = soup(as_html(replace(empty, status=replace(empty.status, candidates=())))).text
    assert "There has been no run yet" in text
    assert "0 candidatesOverrides" in text  # nothing is said of feeds that were not pulled
    assert "No verdict changed in the last two weeks." in text


def test_the_same_page_is_the_same_bytes() -> None:
    assert as_html(hostile()) == as_html(hostile())


def test_groups_count_what_needs_attention_and_the_headline_what_works() -> None:
    rows = (
        row(VerdictState.DEAD, url="https://a.example/1"),
        row(VerdictState.ALIVE, url="https://a.example/2"),
        row(VerdictState.MOVED, url="https://b.example/1"),
        row(VerdictState.BLOCKED, url="https://a.example/3"),
        row(VerdictState.ALIVE, url="https://well.example/"),
        row(VerdictState.STALE, url="https://well.example/2", kept=True),
    )
    hosts, sections = groups_by_host(status(*rows)), groups_by_section(status(*rows))
    assert [
        (name, needing_attention(found), len(found))
        for name, found in [*hosts.items(), *sections.items()]
    ] == [
        ("a.example", 2, 3),
        ("b.example", 1, 1),
        ("Foundations / Papers", 3, 6),
    ]
    headline = soup(as_html(page(status(*rows)))).select_one(".headline")
    assert headline is not None
    assert headline.text == "80 %of 5 verified links work. 3 links need attention."


@pytest.mark.timeout(60)
def test_three_thousand_links_over_sixty_days_fit_the_budget() -> None:
    rows: tuple[LinkRow, ...] = tuple(
        row(
            VerdictState.ALIVE if number % 7 else VerdictState.DEAD,
            f"A title of the usual length, number {number}",
            number,
            url=f"https://host{number % 300}.example.org/a/path/of/usual/length/{number}.html",
        )
        for number in range(3000)
    )
    shown = replace(status(latest=run()), links=rows)
    assert len(as_html(page(shown)).encode()) < BUDGET


def test_findings_of_the_documents_are_a_section_of_their_own() -> None:
    wrong = FindingRow("a.md", 7, 5, FindingKind.BROKEN_ANCHOR, "#her", f"no {HOSTILE}", "#here")
    tree = soup(as_html(page(replace(status(row()), findings=(wrong,)))))
    (part,) = tree.select("#findings details")
    assert part.select_one("summary").text == "Links to headings that do not exist: 1"  # type: ignore[union-attr]
    assert part.select_one("tbody th").text == "a.md:7:5"  # type: ignore[union-attr]
    assert "#here" in part.text
    assert not part.select("script, img, a")
    assert not soup(as_html(page(status(row())))).select("#findings")
