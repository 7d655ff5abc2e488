"""Divides the links of a run into shards, hands them out, and merges their results."""

import asyncio
import math
import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain, repeat
from pathlib import Path
from shutil import rmtree

import msgspec

from staycurrent.flows.checking.interruption import Interruption
from staycurrent.flows.checking.runner import Budget, CheckRunner, ObservationBuffer
from staycurrent.flows.checking.targets import CheckPlan
from staycurrent.flows.context import RunContext
from staycurrent.flows.distributed.executor import Executor, process_executor
from staycurrent.flows.distributed.shard import STOP_FILE, ShardTask, check_shard
from staycurrent.flows.errors import NotJudged
from staycurrent.flows.lists import CheckTargets, in_batches
from staycurrent.flows.settings.sections import ScaleSettings, Secrets
from staycurrent.links.link import Link
from staycurrent.links.page.analysis import PageAnalysis
from staycurrent.links.providers.registry import PROVIDERS
from staycurrent.links.scheduler import LowerBound
from staycurrent.warehouse import observations, shards
from staycurrent.web.client import Client

_UNDECIDED_BATCH = 500
"""First checks that are in memory at once; the words of a long page take 200 kB."""
_PAGE, _LIGHT = 10, 1
"""Weights of a page and of a provider's link: those are requested in batches or slowly."""


def divide(links: Sequence[Link], count: int) -> list[list[Link]]:
    """The links of each of so many shards; shard 0 has all hosts with links of a provider.

    A host is in one shard, with and without `www.`: the heaviest first, each to the lightest shard
    (Graham 1969). The result does not depend on the order of the links.
    """
    weights, claimed = Counter[str](), set[str]()
    for one in links:
        host = one.host.removeprefix("www.")
        is_claimed = any(provider.claims(one) is not None for provider in PROVIDERS)
        weights[host] += _LIGHT if is_claimed else _PAGE
        if is_claimed:
            claimed.add(host)
    shard_of, loads = dict.fromkeys(claimed, 0), [0] * count
    loads[0] = sum(weights[host] for host in claimed)
    for host in sorted(weights.keys() - claimed, key=lambda one: (-weights[one], one)):
        lightest = loads.index(min(loads))
        loads[lightest] += weights[host]
        shard_of[host] = lightest
    shards: list[list[Link]] = [[] for _ in range(count)]
    for one in links:
        shards[shard_of[one.host.removeprefix("www.")]].append(one)
    return shards


_MIN_REMOTE_SHARDS, _MAX_REMOTE_SHARDS = 10, 50
"""For many machines: fewer would not keep them busy, more would cost more than they save."""


def process_count(links: int, settings: ScaleSettings) -> int:
    """How many processes are worth their start for so many links."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    allowed = settings.processes or usable or 1
    return max(1, min(allowed, links // settings.process_links))


def shard_count(links: int, settings: ScaleSettings, *, elsewhere: bool = False) -> int:
    """Into how many shards so many links are divided; 1: they are checked without shards.

    `elsewhere`: by an executor of other machines.
    """
    if settings.shards:
        return settings.shards
    by_size = math.ceil(links / settings.shard_links)
    if elsewhere:
        return min(max(by_size, _MIN_REMOTE_SHARDS), _MAX_REMOTE_SHARDS)
    return max(by_size, process_count(links, settings))


def check_in_shards(
    ctx: RunContext,
    buffer: ObservationBuffer,
    targets: CheckTargets,
    plan: CheckPlan,
    count: int,
    executor: Executor | None,
    interruption: Interruption,
) -> "ShardedCheck":
    """Check the planned links in so many shards; each result is merged as soon as it is done.

    `executor` None: processes of this machine. When interrupted, the shards are told to stop, and
    what they observed until then is merged, as where processes die; `lost` says so.
    """
    at_once = count if executor else min(count, process_count(len(plan.keys), ctx.settings.scale))
    execute = executor or process_executor(at_once, check_shard)
    changed_on = observations.identities_changed_on(buffer.warehouse, ctx.run_date)
    sharded = ShardedCheck(ctx, buffer, plan, targets, changed_on, at_once, interruption)
    # Always the same folder, which only the writer of the warehouse uses: what a killed run left
    # there is removed before as much is written again, and nothing of ours while it is in use.
    folder = ctx.warehouse_path.absolute().with_name(f"{ctx.warehouse_path.name}.shards")
    rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        with ctx.reporter.progress("shards", count) as advance:

            def merge(shard: Path) -> None:
                sharded.merge(shard)
                advance()

            interruption.on_signal = (folder / STOP_FILE).touch
            try:
                execute(sharded.tasks(count, folder), merge)
            except NotJudged as error:
                sharded.lost = str(error)
        if not interruption:
            asyncio.run(sharded.decide())
    finally:
        interruption.on_signal = lambda: None
        rmtree(folder, ignore_errors=True)
    return sharded


@dataclass(slots=True)
class ShardedCheck:
    """Writes the shards, merges the results and adds them up, apart from their observations.

    Nothing else uses the warehouse meanwhile.
    """

    ctx: RunContext
    buffer: ObservationBuffer
    plan: CheckPlan
    targets: CheckTargets
    identities_changed_on: Mapping[str, date]
    """As in `CheckRunner`; only dates before this run count."""
    shards_at_once: int
    interruption: Interruption
    folders: list[Path] = field(default_factory=list)
    """Of the shards that are done."""
    requests: int = 0
    remaining: int = 0
    """Links that are due and did not fit the budget."""
    lost: str = ""
    """Why shards have no result; empty if all have one."""
    bound: LowerBound = field(default_factory=lambda: LowerBound(0.0, "nothing was checked"))
    """The largest of the shards' lower bounds."""

    def tasks(self, count: int, folder: Path) -> Iterator[ShardTask]:
        """The tasks; each is written when it is asked for. Shard 0 has all links of providers."""
        links = [self.targets.links[key] for key in self.plan.keys]
        for number, own in enumerate(divide(links, count)):
            if own and not self.interruption:
                yield self._write_task(own, folder / f"{number:03}", is_local=number == 0)

    async def decide(self) -> None:
        """Decide what no shard could, as a run in one process: registries are asked here.

        The hosts with the strongest suspicion come first. All questions of a run are asked about
        the first batch; later ones are decided by what is known.
        """
        by_host: defaultdict[str, list[str]] = defaultdict(list)
        for key in shards.undecided(self.folders):
            by_host[self.targets.links[key].host].append(key)
        if not by_host:
            return
        ctx, links = self.ctx, self.ctx.settings.links
        asking_nobody = replace(
            links,
            rdap=replace(links.rdap, per_run=0),
            wayback=replace(links.wayback, former_per_run=0),
        )
        later = replace(ctx, settings=replace(ctx.settings, links=asking_nobody))
        batches = in_batches(chain.from_iterable(by_host.values()), _UNDECIDED_BATCH)
        async with ctx.open_client(ctx.settings.web, ctx.run_date) as client:
            for keys, own in zip(batches, chain([ctx], repeat(later)), strict=False):
                if self.interruption:
                    break
                await self._decide_batch(own, client, keys)
            self.requests += client.requests_sent

    async def _decide_batch(self, ctx: RunContext, client: Client, keys: Sequence[str]) -> None:
        analysed = {
            key: msgspec.msgpack.decode(encoded, type=PageAnalysis)
            for key, encoded in shards.first_checks(self.folders, keys).items()
        }
        pages = {str(one.fingerprint) for one in analysed.values()}
        runner = CheckRunner(
            ctx,
            client,
            Budget(ctx, client, self.interruption, limited=False),
            self.buffer,
            self.identities_changed_on,
            self.targets.entries,
            shards.hosts_by_fingerprint(self.folders, pages),
            analysed=analysed,
        )
        await runner.check([self.targets.links[key] for key in keys])
        runner.exclude_outages()

    def merge(self, folder: Path) -> None:
        """Append the result of a shard to the warehouse, in one transaction."""
        result = shards.merge_result(self.buffer.warehouse, self.buffer.run_id, folder)
        self.folders.append(folder)
        self.buffer.recorded += result.checked
        self.requests += result.requests
        self.remaining += result.remaining
        if result.lower_bound_s > self.bound.seconds:
            self.bound = LowerBound(result.lower_bound_s, result.bottleneck)
        for line in result.log_lines:
            self.ctx.reporter.info(line)

    def _write_task(self, links: Sequence[Link], folder: Path, *, is_local: bool) -> ShardTask:
        ctx, settings = self.ctx, self.ctx.settings
        entries = self.targets.entries
        folder.mkdir()
        keys = [one.key for one in links]
        shards.write_shard(self.buffer.warehouse, folder, keys, run_date=ctx.run_date)
        share = math.ceil(settings.links.budget_requests * len(links) / len(self.plan.keys))
        return ShardTask(
            folder=folder,
            links=tuple(links),
            settings=replace(settings, links=replace(settings.links, budget_requests=share)),
            secrets=ctx.secrets if is_local else Secrets(),
            as_of=ctx.clock.as_of,
            now=ctx.now(),
            is_limited=self.plan.limited,
            shards_at_once=self.shards_at_once,
            is_local=is_local,
            identities_changed_on=self.identities_changed_on,
            entries={key: entries[key] for key in keys if key in entries},
        )
