"""How the page writes what it shows: verdicts, dates, and strangers' words."""

from datetime import date

from htpy import Element, a, span, time

from staycurrent.links.verdict import State
from staycurrent.reports.meaning import MEANINGS
from staycurrent.reports.terminal import inert
from staycurrent.web.address import Address, parse


def verdict(state: State) -> Element:
    """Glyph and word, so that colour is never the only sign."""
    return span(class_=f"v {state}")[str(state)]


def day(when: date | None) -> Element | str:
    """A date as people sort it."""
    return time(datetime=when.isoformat())[when.isoformat()] if when else "never"


def short_day(when: date) -> str:
    """`3 Dec`: for axes, where the year is plain."""
    return f"{when.day} {when:%b}"


def long_day(when: date) -> str:
    """`3 December 2026`."""
    return f"{when.day} {when:%B %Y}"


def linked(url: str) -> Element | str:
    """A link where the address is one that could be asked; else the address as text."""
    address = parse(url)
    if not isinstance(address, Address):
        return inert(url)
    fragment = f"#{address.fragment}" if address.fragment else ""
    shown = inert(url).partition("://")[2] or inert(url)
    return a(href=f"{address.url}{fragment}")[shown]


def glyph_rules() -> str:
    """The style sheet's rules that put each verdict's glyph before its word."""
    return "".join(
        f'.v.{state}::before{{content:"{meaning.glyph}";content:"{meaning.glyph}"/""}}\n'
        for state, meaning in MEANINGS.items()
    )
