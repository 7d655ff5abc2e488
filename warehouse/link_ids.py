"""The ids of links: the text of a link is stored once."""

from collections.abc import Collection, Iterable

from staycurrent.links.link import Link, link
from staycurrent.warehouse.open import Warehouse

_ALL = "SELECT link, id FROM links"
_NEXT_ID = "SELECT coalesce(max(id), 0) + 1 FROM links"


def find_ids(warehouse: Warehouse, links: Collection[str] | None = None) -> dict[str, int]:
    """The ids of these links, or of all; links without an id are absent."""
    if links is None:
        return dict(warehouse.select(_ALL))
    these = f"{_ALL} WHERE link IN (SELECT unnest(?::VARCHAR[]))"
    return dict(warehouse.select(these, list(links))) if links else {}


def ensure_ids(warehouse: Warehouse, links: Iterable[str]) -> dict[str, int]:
    """The ids of these links; those without one get one."""
    texts = list(dict.fromkeys(links))
    known = find_ids(warehouse, texts)
    if len(known) < len(texts):
        first: int = warehouse.select(_NEXT_ID)[0][0]
        new = [text for text in texts if text not in known]
        rows = [(link_id, text, _host(text)) for link_id, text in enumerate(new, first)]
        warehouse.append("links", rows)
        known |= {text: link_id for link_id, text, _ in rows}
    return known


def _host(text: str) -> str | None:
    parsed = link(text)
    return parsed.host if isinstance(parsed, Link) else None
