"""RSS and Atom, parsed in a process of its own: an XML bomb costs that process, not the night."""

import asyncio
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from staycurrent.sources.row import Row, load

_CHILD = Path(__file__).with_name("feed_child.py")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as the feed has it: text and summary still with the stranger's markup."""

    title: str
    link: str
    summary: str
    published: date | None
    announced: str
    """arXiv's `new`, `cross`, `replace` or `replace-cross`; empty elsewhere."""


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed's entries in its own order."""

    title: str
    updated: date | None
    """When the feed says that it was built."""
    entries: tuple[Entry, ...]
    fault: str
    """Why it is not well-formed XML, where it is not; the entries may then be only a part."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A body that is no feed, with the reason: a sentence without full stop."""

    reason: str


async def parse(body: bytes, *, seconds: float = 60.0) -> Feed | Unreadable:
    """Parse a body within `seconds` of wall time; the child bounds its own memory and CPU.

    Its processor time is a third of that: a busy machine makes no feed unreadable.
    """
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", str(_CHILD)),  # isolated: neither our folder nor PYTHONPATH
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        written, _ = await asyncio.wait_for(child.communicate(body), seconds)
    except TimeoutError:
        return Unreadable(f"could not be parsed within {seconds:g} s")
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    found = load(written) if child.returncode == 0 else None
    if found is None:
        return Unreadable("could not be parsed within the limits of memory and time")
    return _feed(found)


def _feed(found: Row) -> Feed | Unreadable:
    fault = found.text("fault") or ""
    if found.text("version") is None:
        return Unreadable(f"is no feed ({fault})" if fault else "is no feed")
    if "amplification" in fault:  # expat's name for a billion laughs
        return Unreadable("expands without bound (an XML bomb)")
    entries = tuple(_entry(row) for row in found.rows("entries") or ())
    return Feed(found.text("title") or "", found.day("updated"), entries, fault)


def _entry(row: Row) -> Entry:
    return Entry(
        title=row.text("title") or "",
        link=row.text("link") or "",
        summary=row.text("summary") or "",
        published=row.day("published"),
        announced=row.text("announced") or "",
    )
