"""The Atom feed: what RFC 4287 demands, ids that stay, and no way to a site that was taken over."""

from dataclasses import replace
from datetime import date, timedelta
from xml.etree import ElementTree as ET

import feedparser
import pytest

from staycurrent.links.verdict import VerdictState
from staycurrent.reports.atom_report import as_atom
from staycurrent.reports.model import LinkRow, Status
from staycurrent.warehouse.history import VerdictChange
from tests.support.values import HOSTILE, MOMENT, STATUS_DATE, row, run, status

ATOM = "{http://www.w3.org/2005/Atom}"
URL = "https://a.example/x"
FIRST = replace(run(), run_date=date(2026, 11, 1))


def change(
    state: VerdictState, previous: VerdictState | None = VerdictState.ALIVE, *, day: int = 0
) -> VerdictChange:
    on = STATUS_DATE + timedelta(days=day)
    return VerdictChange(on, URL, previous, state, "missing", "https://b.example/new")


def entries(shown: Status, *changes: VerdictChange) -> list[ET.Element]:
    root = ET.fromstring(as_atom(shown, changes, FIRST))  # noqa: S314 -- our own output
    return root.findall(f"{ATOM}entry")


def events(shown: Status, *changes: VerdictChange) -> list[str]:
    terms = (one.find(f"{ATOM}category") for one in entries(shown, *changes))
    return [term.attrib["term"] for term in terms if term is not None]


ALIVE = VerdictState.ALIVE


@pytest.mark.parametrize(
    ("previous", "state", "found"),
    [
        (ALIVE, VerdictState.DEAD, ["dead"]),
        (VerdictState.SUSPECT, VerdictState.DEAD, ["dead"]),
        (ALIVE, VerdictState.MOVED, ["moved"]),
        (VerdictState.DEAD, ALIVE, ["back"]),
        (VerdictState.DEAD, VerdictState.STALE, ["back"]),
        (VerdictState.DEAD, VerdictState.MOVED, ["moved"]),
        (VerdictState.DEAD, VerdictState.BLOCKED, []),
        (VerdictState.MOVED, ALIVE, []),
        (ALIVE, VerdictState.SUSPECT, []),
        (None, ALIVE, ["added"]),
        (None, VerdictState.MOVED, ["moved", "added"]),
    ],
)
def test_each_event_is_an_entry(
    previous: VerdictState | None, state: VerdictState, found: list[str]
) -> None:
    assert events(status(row(state)), change(state, previous)) == found


def test_what_was_there_at_the_first_judged_run_was_not_added() -> None:
    first = replace(change(ALIVE, None), run_date=FIRST.run_date)
    assert events(status(row(ALIVE)), first) == []


@pytest.mark.parametrize("field", ["kept", "held_back"])
def test_what_the_list_does_not_flag_is_no_event(field: str) -> None:
    hidden = replace(row(), **{field: True})  # type: ignore[arg-type]
    assert events(status(hidden), change(VerdictState.DEAD)) == []


def test_a_feed_library_reads_every_part() -> None:
    lost = replace(row().verdict, archive="https://web.archive.org/web/2026/https://a.example/x")
    raw = as_atom(
        status(replace(row(), verdict=lost)),
        [change(VerdictState.MOVED, day=-9), change(VerdictState.DEAD)],
        FIRST,
    )
    feed = feedparser.parse(raw.encode())
    assert not feed.bozo
    assert feed.feed.title == "Links of curated.md"
    assert feed.feed.author == "staycurrent"
    assert feed.feed.updated == "2026-12-03T00:00:00Z"
    dead, moved = feed.entries
    assert [dead.title, moved.title] == ["Dead: A title", "Moved: A title"]
    assert [dead.link, moved.link] == [URL, "https://b.example/new"]
    assert [one.href for one in dead.links] == [URL, lost.archive]
    assert dead.content[0].value == (
        f"link: {URL}\nin: curated.md / Foundations / Papers\nwhy: not found\n"
        f"snapshot: {lost.archive}"
    )
    assert moved.content[0].value.endswith("new address: https://b.example/new")


def required(element: ET.Element, *names: str) -> None:
    for name in names:
        (found,) = element.findall(f"{ATOM}{name}")
        assert found.text or len(found)


def test_a_feed_has_what_the_rfc_demands_and_hostile_text_stays_text() -> None:
    shown = status(row(title=HOSTILE, url=URL))
    root = ET.fromstring(as_atom(shown, [change(VerdictState.DEAD)], FIRST))  # noqa: S314
    assert root.tag == f"{ATOM}feed"
    required(root, "id", "title", "updated", "author")
    for entry in root.findall(f"{ATOM}entry"):
        required(entry, "id", "title", "updated", "content")
        assert "\x1b" not in (entry.findtext(f"{ATOM}title") or "")


def test_ids_stay_and_differ_by_event_date_list_and_history() -> None:
    changes = [change(VerdictState.DEAD, day=-9), change(ALIVE, VerdictState.DEAD, day=-8)]
    changes.append(change(VerdictState.DEAD))

    def ids(shown: Status) -> set[str | None]:
        return {one.findtext(f"{ATOM}id") for one in entries(shown, *changes)}

    shown = status(row())
    assert len(ids(shown)) == 3
    assert ids(replace(shown, as_of=MOMENT + timedelta(days=30))) == ids(shown)
    assert not ids(status(replace(row(), list="other.md"))) & ids(shown)
    other = replace(FIRST, started_at=FIRST.started_at + timedelta(seconds=1))
    assert as_atom(shown, changes, other) != as_atom(shown, changes, FIRST)


def test_the_id_of_a_feed_stays_when_a_list_has_no_link_any_more() -> None:
    whole = replace(
        status(row(), replace(row(), list="other.md")), lists=("curated.md", "other.md")
    )
    emptied = replace(whole, links=whole.links[:1])
    heads = [ET.fromstring(as_atom(one, [], FIRST)) for one in (whole, emptied)]  # noqa: S314
    for name in ("id", "title"):
        first, second = (one.findtext(f"{ATOM}{name}") for one in heads)
        assert first == second


def test_the_id_of_a_feed_stays_when_a_list_is_added() -> None:
    shown = replace(status(row()), lists=("curated.md",))
    more = replace(shown, lists=("curated.md", "other.md"))
    own, later, other = (
        ET.fromstring(as_atom(one, [], FIRST)).findtext(f"{ATOM}id")  # noqa: S314
        for one in (shown, more, replace(more, lists=("other.md",)))
    )
    assert own == later != other


def test_the_same_history_is_the_same_bytes_on_every_day() -> None:
    shown, changes = status(row()), [change(VerdictState.DEAD)]
    later = replace(shown, as_of=MOMENT + timedelta(days=30))
    assert as_atom(later, changes, FIRST) == as_atom(shown, changes, FIRST)


def test_an_address_that_several_lists_or_lines_have_is_an_entry_for_each_list() -> None:
    rows: tuple[LinkRow, ...] = (row(), row(line=13), replace(row(), list="other.md"))
    assert len(entries(status(*rows), change(VerdictState.DEAD))) == 2


def test_what_an_address_may_not_have_as_it_is_is_escaped_where_it_is_a_link() -> None:
    """Browsers request `|` as it is; RFC 3987 lets no address have it."""
    on = "https://web.archive.org/web/2026/https://a.example/a|b"
    lost = replace(row().verdict, link="https://a.example/a|b[1]?c={d}", archive=on)
    shown = status(replace(row(), url=lost.link, verdict=lost))
    (entry,) = entries(shown, replace(change(VerdictState.DEAD), link=lost.link))
    assert [one.attrib["href"] for one in entry.findall(f"{ATOM}link")] == [
        "https://a.example/a%7Cb%5B1%5D?c=%7Bd%7D",
        "https://web.archive.org/web/2026/https://a.example/a%7Cb",
    ]
    assert f"link: {lost.link}\n" in (entry.findtext(f"{ATOM}content") or "")


def test_no_address_of_a_malformed_link_is_a_link() -> None:
    shown = status(row(VerdictState.REFUSED, url="https://a b.example/"))
    added = replace(change(VerdictState.REFUSED, None), link="https://a b.example/")
    (entry,) = entries(shown, added)
    assert entry.find(f"{ATOM}link") is None


def test_the_newest_hundred_events_are_shown() -> None:
    changes = [change(VerdictState.DEAD, day=day) for day in range(-120, 1)]
    found = [one.findtext(f"{ATOM}updated") for one in entries(status(row()), *changes)]
    assert len(found) == 100
    assert found[0] == "2026-12-03T00:00:00Z"


def test_before_the_first_run_there_is_a_feed_without_entries() -> None:
    root = ET.fromstring(as_atom(status(row()), [], None))  # noqa: S314 -- our own output
    required(root, "id", "title", "updated", "author")
    assert root.findall(f"{ATOM}entry") == []
