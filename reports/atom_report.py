"""What changed in the lists as an Atom feed (RFC 4287): added, dead, usurped, moved, back."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Final
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from staycurrent.links.verdict import VerdictState
from staycurrent.reports.model import LinkRow, Status
from staycurrent.reports.text import sanitise
from staycurrent.reports.wording import reason_text
from staycurrent.web.address import Address, parse

if TYPE_CHECKING:  # DuckDB is slow to import
    from staycurrent.warehouse.history import VerdictChange
    from staycurrent.warehouse.runs import Run

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_HOME = "https://github.com/staycurrent/staycurrent"
_MOST_ENTRIES = 100
ADDED: Final = "added"
BACK: Final = "back"
_HEADINGS: Final = {
    ADDED: "Added",
    "dead": "Dead",
    "usurped": "Now another site",
    "moved": "Moved",
    BACK: "Works again",
}
"""The kinds of events, which are also the categories of the entries."""
_LOST = ("dead", "usurped")
_WORKING = (VerdictState.ALIVE, VerdictState.STALE)


def as_atom(status: Status, changes: Sequence["VerdictChange"], first: "Run | None") -> str:
    """A feed of what `changes` (oldest first) did to the links of the status, newest first.

    The same events have the same ids and bytes on every day and machine. An id contains the moment
    of `first`, the first judged run, so that no two histories share one. What was in the list at
    that run counts as known, not as added.
    """
    began = f"{first.started_at:%Y-%m-%dT%H:%M:%S.%f}" if first else ""
    rows: dict[str, dict[str, LinkRow]] = {}
    for row in status.links:
        rows.setdefault(row.verdict.link, {}).setdefault(row.list, row)
    entries: dict[str, Element] = {}
    for change, event in _events(changes, first.run_date if first else None):
        for row in rows.get(change.link, {}).values():
            if event in (ADDED, BACK) or not (row.kept or row.held_back):
                key = _id(began, row.list, change.link, event, str(change.run_date))
                entries[key] = _entry(key, row, change, event)
    newest = list(entries.values())[: -_MOST_ENTRIES - 1 : -1]
    names = list(dict.fromkeys((*status.lists, *(row.list for row in status.links))))
    feed = Element("feed", xmlns="http://www.w3.org/2005/Atom")
    SubElement(feed, "id").text = _id(began, *names[:1])  # stays when a list is added
    SubElement(feed, "title").text = f"Links of {sanitise(', '.join(names))}"
    updated = newest[0].findtext("updated") if newest else None
    last = first.run_date if first else status.as_of.date()
    SubElement(feed, "updated").text = updated or _moment(last)
    SubElement(SubElement(feed, "author"), "name").text = "staycurrent"
    SubElement(feed, "generator", uri=_HOME).text = "staycurrent"
    feed.extend(newest)
    indent(feed)
    return f"{_DECLARATION}{tostring(feed, encoding='unicode')}\n"


def _events(
    changes: Sequence["VerdictChange"], first: date | None
) -> Iterator[tuple["VerdictChange", str]]:
    """The changes that are events, each with its kind; a link may be added and dead at once."""
    for change in changes:
        if change.previous is None and first is not None and change.run_date > first:
            yield change, ADDED
        if change.state in _HEADINGS:
            yield change, str(change.state)
        elif change.previous in _LOST and change.state in _WORKING:
            yield change, BACK


def _entry(key: str, row: LinkRow, change: "VerdictChange", event: str) -> Element:
    """The entry of one event; it leads to no site that another party has taken over."""
    entry = Element("entry")
    SubElement(entry, "id").text = key
    title = sanitise(row.title) or sanitise(row.url)
    SubElement(entry, "title").text = f"{_HEADINGS[event]}: {title}"
    SubElement(entry, "updated").text = _moment(change.run_date)
    SubElement(entry, "category", term=event)
    target = (change.suggestion if event == "moved" else None) or change.link
    if event != "usurped" and isinstance(parse(target), Address):
        SubElement(entry, "link", rel="alternate", href=_iri(target))
    snapshot = row.verdict.archive if event in _LOST else None
    if snapshot:
        SubElement(entry, "link", rel="related", href=_iri(snapshot))
    facts: Mapping[str, str] = {
        "link": row.url,
        "in": " / ".join((row.list, *row.section)),
        "why": reason_text(change.reason) if event in (*_LOST, "moved") else "",
        "new address": target if event == "moved" and target != change.link else "",
        "snapshot": snapshot or "",
    }
    lines = (f"{name}: {sanitise(text)}" for name, text in facts.items() if text)
    SubElement(entry, "content", type="text").text = "\n".join(lines)
    return entry


def _iri(url: str) -> str:
    """A URL with escapes for what RFC 3987 does not allow behind the host; browsers do."""
    end = url.find("/", len("https://"))
    return url[:end] + quote(url[end:], safe="/?#@!$&'()*+,;=:%~")


def _id(*parts: str) -> str:
    return f"urn:uuid:{uuid5(NAMESPACE_URL, chr(10).join(parts))}"


def _moment(day: date) -> str:
    return f"{day}T00:00:00Z"
