"""A part of a night's looks, as a plain function of files: the same wherever it is called."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit

from staycurrent.flows.checking.budget import Budget
from staycurrent.flows.checking.buffer import ObservationBuffer
from staycurrent.flows.checking.runner import CheckRunner
from staycurrent.flows.context import Clock, RunContext
from staycurrent.flows.reporter import Advance
from staycurrent.flows.settings.sections import Secrets, Settings
from staycurrent.links.link import Link, link
from staycurrent.links.providers.registry import split_by_provider
from staycurrent.warehouse import runs, shards
from staycurrent.warehouse.runs import RunStatus
from staycurrent.warehouse.shards import ShardResult


@dataclass(frozen=True, slots=True)
class ShardTask:
    """One part: everything that looks at it need, but for the files in `folder`."""

    folder: Path
    """What the warehouse knows of these links; what came goes there as well."""
    settings: Settings
    secrets: Secrets
    as_of: datetime
    """The beginning of the night's run."""
    now: datetime
    """The night's clock when this was handed out."""
    limited: bool
    """Whether the night's budget holds; the settings say this part's share of it."""
    askers: int
    """How many parts are looked at at once: each keeps to its share of what others allow."""
    conducted: bool
    """It has what authorities are asked for, with our tokens: it stays where these are."""
    is_last: bool
    """No other part has a say on its pages any more."""


def check_shard(order: ShardTask) -> Path:
    """Look at a part's links, and leave what came beside what was handed out; its folder.

    May be called again after it died: nothing that counts was written.
    """
    lines = _Lines()
    ctx = _night(order, lines)
    with shards.open_shard(order.folder) as warehouse:
        urls = shards.urls_to_check(warehouse)
        run_id = runs.begin(warehouse, run_date=ctx.run_date, started_at=ctx.now(), links=len(urls))
        notebook = ObservationBuffer(warehouse, run_id)
        shown: defaultdict[str, set[str]] = defaultdict(set)
        for print_, host in shards.known_fingerprints(warehouse):
            shown[print_].add(host)
        came = asyncio.run(_looked(order, ctx, notebook, shown))
        notebook.flush()
        runs.finish(
            warehouse,
            run_id,
            status=RunStatus.JUDGED,
            reason="",
            finished_at=ctx.now(),
            checked=came.checked,
            requests=came.requests,
            seconds=0.0,
        )
        flat = ((print_, host) for print_, hosts in shown.items() for host in hosts)
        shards.write_result(
            warehouse, order.folder, run_id, replace(came, log_lines=lines.said()), flat
        )
    return order.folder


async def _looked(
    order: ShardTask,
    ctx: RunContext,
    notebook: ObservationBuffer,
    shown: defaultdict[str, set[str]],
) -> ShardResult:
    asked = [
        one for one in map(link, shards.urls_to_check(notebook.warehouse)) if isinstance(one, Link)
    ]
    held: list[tuple[str, str]] = []

    def hold(one: Link, print_: str) -> None:
        held.append((written_url(one), print_))

    async with ctx.open_client(ctx.settings.web, ctx.run_date) as web:
        web.limiter.set_share(_hosts(asked, ctx.settings), order.askers)
        allowance = Budget(ctx, web, limited=order.limited)
        looking = CheckRunner(
            ctx, web, allowance, notebook, shown, hold=None if order.is_last else hold
        )
        bound = await looking.check(asked, lambda: None)
        looking.exclude_outages()
        came = (
            notebook.recorded,
            web.requests_sent,
            allowance.deferred,
            bound.seconds,
            bound.reason,
        )
        return ShardResult(*came, undecided=tuple(held))


def written_url(one: Link) -> str:
    """The address with its fragment, as the list has it."""
    return f"{one.key}#{one.address.fragment}" if one.address.fragment else one.key


def _hosts(asked: list[Link], settings: Settings) -> frozenset[str]:
    """Hosts that nobody else asks: those of the links, and what authorities are asked at."""
    sections = [getattr(settings.links.providers, name) for name in split_by_provider(asked)[0]]
    values = [getattr(one, key.name) for one in sections for key in fields(one)]
    apis = {urlsplit(one).hostname or "" for one in values if isinstance(one, str)}
    return frozenset({one.host for one in asked} | apis)


def _night(order: ShardTask, voice: "_Lines") -> RunContext:
    """The surroundings of a part: the night's, with a clock that goes on from the order."""
    began = monotonic()
    clock = Clock(order.as_of, lambda: order.now + timedelta(seconds=monotonic() - began))
    nowhere = order.folder / "nowhere"  # it has neither lists nor a warehouse of its own
    return RunContext(order.settings, order.secrets, order.folder, (), nowhere, clock, voice)


@dataclass(frozen=True, slots=True)
class _Lines:
    """A voice that is heard when the part is taken in."""

    lines: list[str] = field(default_factory=list)

    def said(self) -> tuple[str, ...]:
        return tuple(self.lines)

    def info(self, line: str) -> None:
        """Keep a line."""
        self.lines.append(line)

    @contextmanager
    def progress(self, what: str, total: int) -> Iterator[Advance]:  # noqa: ARG002
        """Count nothing."""
        yield lambda: None
