"""One shard of a check, as a function from files to files: the same wherever it is called."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit

import msgspec

from staycurrent.flows.checking.interruption import Interruption
from staycurrent.flows.checking.runner import (
    Budget,
    CheckRunner,
    ObservationBuffer,
    report_few_files,
)
from staycurrent.flows.context import Clock, RunContext
from staycurrent.flows.reporter import Reporter
from staycurrent.flows.settings.sections import Secrets, Settings
from staycurrent.links.link import Entry, Link
from staycurrent.links.page.analysis import PageAnalysis
from staycurrent.links.providers.registry import split_by_provider
from staycurrent.links.soft_404 import suspicion
from staycurrent.warehouse import runs, shards
from staycurrent.warehouse.shards import RESULT_FOLDER, ShardResult

STOP_FILE = "stop"
"""Next to the folders of the shards, it tells them to stop: they return what they have so far."""


@dataclass(frozen=True, slots=True)
class ShardTask:
    """One shard: everything that its check needs, apart from the files in `folder`."""

    folder: Path
    """Holds what the warehouse knows of the links, and then the result."""
    links: tuple[Link, ...]
    settings: Settings
    secrets: Secrets
    as_of: datetime
    """When the run began."""
    now: datetime
    """The time of the run when the task was made."""
    is_limited: bool
    """Whether the budget holds; the settings have this shard's part of it."""
    shards_at_once: int
    """How many shards are checked at the same time; each takes its part of shared limits."""
    is_local: bool
    """Providers are requested with our tokens: it is checked by the process that has them."""
    identities_changed_on: Mapping[str, date]
    """As in `CheckRunner`."""
    entries: Mapping[str, Entry]
    """What the lists say of its links, by key."""


class _StoredReporter(Reporter):
    """Keeps the lines for the process that merges the result."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def info(self, line: str) -> None:
        """Keep a line."""
        self.lines.append(line)


def check_shard(task: ShardTask) -> Path:
    """Check the links of a shard and write the result into its folder; returns the folder.

    It may be called again after its process died: the result is written as a whole or not at all,
    and no page is requested again once it is.
    """
    if (task.folder / RESULT_FOLDER).exists():
        return task.folder
    reporter, began = _StoredReporter(), monotonic()
    ctx = RunContext(
        settings=task.settings,
        secrets=task.secrets,
        folder=task.folder,
        list_paths=(),
        warehouse_path=task.folder / "none",
        clock=Clock(task.as_of, lambda: task.now + timedelta(seconds=monotonic() - began)),
        reporter=reporter,
    )
    with (
        Interruption(task.folder.with_name(STOP_FILE)) as interruption,
        shards.open_shard(task.folder) as warehouse,
    ):
        count = len(task.links)
        run_id = runs.begin(warehouse, run_date=ctx.run_date, started_at=ctx.now(), links=count)
        buffer = ObservationBuffer(warehouse, run_id)
        result = asyncio.run(_check(task, ctx, buffer, interruption))
        buffer.flush()
        result = replace(result, log_lines=tuple(reporter.lines))
        shards.write_result(warehouse, task.folder, run_id, result)
    return task.folder


async def _check(
    task: ShardTask,
    ctx: RunContext,
    buffer: ObservationBuffer,
    interruption: Interruption,
) -> ShardResult:
    hosts_by_page: defaultdict[str, set[str]] = defaultdict(set)
    undecided: list[tuple[str, int, bytes]] = []

    def hold(one: Link, analysis: PageAnalysis) -> None:
        encoded = msgspec.msgpack.encode(analysis)
        undecided.append((one.key, suspicion(analysis), encoded))

    async with ctx.open_client(ctx.settings.web, ctx.run_date) as client:
        if task.is_local:  # once a run
            report_few_files(ctx, client)
        client.limiter.set_share(_own_hosts(task.links, ctx.settings), task.shards_at_once)
        budget = Budget(ctx, client, interruption, limited=task.is_limited)
        runner = CheckRunner(
            ctx,
            client,
            budget,
            buffer,
            task.identities_changed_on,
            task.entries,
            hosts_by_page,
            hold=hold,
        )
        bound = await runner.check(task.links)
        runner.exclude_outages()
        return ShardResult(
            checked=buffer.recorded,
            requests=client.requests_sent,
            remaining=len(task.links) - buffer.recorded if interruption else budget.deferred,
            lower_bound_s=bound.seconds,
            bottleneck=bound.reason,
            shown=tuple((page, host) for page, hosts in hosts_by_page.items() for host in hosts),
            undecided=tuple(undecided),
        )


def _own_hosts(links: Sequence[Link], settings: Settings) -> frozenset[str]:
    """Hosts that no other shard requests: those of the links, and the APIs of their providers."""
    providers = settings.links.providers.by_name()
    names = split_by_provider(links)[0]
    values = [value for name in names for value in asdict(providers[name]).values()]
    apis = {urlsplit(value).hostname or "" for value in values if isinstance(value, str)}
    return frozenset({one.host for one in links} | apis)
