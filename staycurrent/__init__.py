"""Keeps a curated markdown list honest and current.

The rooms of the product are packages of this one: `staycurrent.flows`, `staycurrent.links`, ...
In the repository they are folders at the top, and this folder holds symbolic links to them.

Three functions are the public Python API (docs/api.md); everything else may change in any release:

    staycurrent.check(["https://example.org/"])     # observations of one check each
    staycurrent.parse(Path("README.md").read_bytes())   # the links of a list, with byte spans
    staycurrent.open(".staycurrent/warehouse.duckdb")   # the history, read-only
"""

from collections.abc import Iterable
from os import PathLike
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from staycurrent.curated.document import Document
    from staycurrent.links.observation import Observation
    from staycurrent.warehouse.open import Warehouse

__all__ = ["check", "open", "parse"]


def check(
    urls: Iterable[str], *, settings: str | PathLike[str] | None = None
) -> tuple["Observation", ...]:
    """Check each URL once, and a failing one twice, and return its observation, in this order.

    Equal URLs share one observation. A single check never proves that a link is dead. `settings`
    is a `staycurrent.toml` (None: all defaults). Raises `SettingsError` for bad settings and
    `NotJudged` where no result can be trusted, because this machine is offline or its clock is
    wrong. Runs an event loop of its own: in a coroutine, call it in a thread.
    """
    import asyncio
    from datetime import UTC, datetime
    from pathlib import Path

    from staycurrent.flows.checking.runner import check_once, refused_observation
    from staycurrent.flows.context import load_context, system_clock
    from staycurrent.flows.errors import NotJudged
    from staycurrent.flows.reporter import Reporter
    from staycurrent.flows.settings.sections import environment
    from staycurrent.links.link import Link, link

    if isinstance(urls, str):  # an iterable of its characters
        raise TypeError(f"urls must be a list of URLs, not {urls!r}")
    path = None if settings is None else Path(settings)
    clock = system_clock(datetime.now(UTC))
    ctx = load_context(path, clock, Reporter(), environment=environment())
    targets = [(url, link(url)) for url in urls]
    links = {target.key: target for _, target in targets if isinstance(target, Link)}
    error, observed = asyncio.run(check_once(ctx, "check", links)) if links else (None, {})
    if error is not None:
        raise NotJudged(error)
    return tuple(
        observed[target.key] if isinstance(target, Link) else refused_observation(ctx, url, target)
        for url, target in targets
    )


def parse(raw: bytes) -> "Document":
    """The document of a markdown list: every use of a link with its byte span, flags, headings."""
    from staycurrent.curated.document import parse as parse_document

    return parse_document(raw)


def open(path: str | PathLike[str]) -> "Warehouse":  # noqa: A001 -- as `gzip.open`
    """The warehouse at `path`, read-only; a context manager whose `select` runs SQL.

    Raises `WarehouseMissing`, `WarehouseBusy` (another process writes it) and
    `WarehouseUnusable` (damaged, or of another version).
    """
    from pathlib import Path

    from staycurrent.warehouse.open import open_warehouse

    return open_warehouse(Path(path), read_only=True)
