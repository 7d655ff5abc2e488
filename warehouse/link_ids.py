"""The numbers under which links are kept, so that a link's text is stored once."""

from collections.abc import Collection, Iterable

from staycurrent.links.link import Link, link
from staycurrent.warehouse.open import Warehouse

_ALL = "SELECT link, id FROM links"
_THESE = "SELECT link, id FROM links WHERE link IN (SELECT unnest(?::VARCHAR[]))"
_LAST = "SELECT coalesce(max(id), 0) FROM links"


def find_ids(w: Warehouse, links: Collection[str] | None = None) -> dict[str, int]:
    """The numbers of the links that have one: of these, or of every one."""
    if links is None:
        return dict(w.select(_ALL))
    return dict(w.select(_THESE, list(links))) if links else {}


def ensure_ids(w: Warehouse, links: Iterable[str]) -> dict[str, int]:
    """The numbers of these links, after numbering those that had none."""
    asked = list(dict.fromkeys(links))
    known = find_ids(w, asked)
    new = [text for text in asked if text not in known]
    first = w.select(_LAST)[0][0] + 1
    added = dict(zip(new, range(first, first + len(new)), strict=True))
    if added:
        w.append("links", ((number, text, _host(text)) for text, number in added.items()))
    return known | added


def _host(text: str) -> str | None:
    found = link(text)
    return found.host if isinstance(found, Link) else None
