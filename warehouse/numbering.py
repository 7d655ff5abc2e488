"""The numbers under which links are kept, so that a link's text is stored once."""

from collections.abc import Iterable

from links.link import Link, link
from warehouse.open import Warehouse

_ALL = "SELECT link, id FROM links"


def numbers(w: Warehouse) -> dict[str, int]:
    """Every link's number; a list has thousands of links, so they are read at once."""
    return dict(w.select(_ALL))


def numbered(w: Warehouse, links: Iterable[str]) -> dict[str, int]:
    """As `numbers`, after numbering those of `links` that had none."""
    known = numbers(w)
    new = [text for text in dict.fromkeys(links) if text not in known]
    first = max(known.values(), default=0) + 1
    added = dict(zip(new, range(first, first + len(new)), strict=True))
    if added:
        w.append("links", ((number, text, _host(text)) for text, number in added.items()))
    return known | added


def _host(text: str) -> str | None:
    found = link(text)
    return found.host if isinstance(found, Link) else None
