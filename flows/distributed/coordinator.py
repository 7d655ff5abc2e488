"""A night's looks in parts: handed out as files, looked at by several, taken in by one."""

import math
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from pathlib import Path
from shutil import rmtree
from urllib.parse import urlsplit

from staycurrent.flows.checking.buffer import ObservationBuffer
from staycurrent.flows.checking.targets import CheckPlan
from staycurrent.flows.context import RunContext
from staycurrent.flows.distributed.executor import exit_with_parent
from staycurrent.flows.distributed.shard import ShardTask, check_shard, written_url
from staycurrent.flows.settings.sections import ScaleSettings, Secrets
from staycurrent.links.link import Link, link
from staycurrent.links.scheduler import LowerBound
from staycurrent.links.shards import assign_shards, host_groups
from staycurrent.warehouse import shards

ShardDone = Callable[[Path], None]
Executor = Callable[[Iterable[ShardTask], ShardDone], None]
"""Looks at parts, in whatever order and wherever, and tells the folder of each that is done.

Orders are taken from the iterator, and told of, in the thread that calls.
"""
_AHEAD = 1
"""So many parts are handed out before anybody asks for them."""
_MOST_PARTS, _LEAST_PARTS = 50, 10
"""Of a night on many machines: fewer would not fill them, more would cost more than they save."""
_TRIES = 3
"""So often a part is handed out whose process died: memory may have been short for a while."""


@dataclass(frozen=True, slots=True)
class ShardTotals:
    """What the parts of a night came to."""

    requests: int
    waiting: int
    bound: LowerBound
    """The longest of the parts' bounds."""


def process_count(links: int, settings: ScaleSettings) -> int:
    """How many processes are worth their start for so many links."""
    allowed = settings.processes or _cores()
    return max(1, min(allowed, links // settings.process_links))


def _cores() -> int:
    """How many this process may use, where the system tells."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def shard_count(links: int, settings: ScaleSettings, *, elsewhere: bool = False) -> int:
    """In how many parts so many links are looked at; 1: as they are, without files."""
    if settings.shards:
        return settings.shards
    by_size = math.ceil(links / settings.shard_links)
    if elsewhere:
        return min(max(by_size, _LEAST_PARTS), _MOST_PARTS)
    return max(by_size, process_count(links, settings))


def check_in_shards(
    ctx: RunContext,
    notebook: ObservationBuffer,
    links: Mapping[str, Link],
    chosen: CheckPlan,
    count: int,
    executor: Executor | None,
) -> ShardTotals:
    """Look at the links in so many parts; each is taken in, whole, as it is done."""
    total = len(chosen.keys)
    at_once = count if executor else min(count, process_count(total, ctx.settings.scale))
    hands = executor or process_executor(at_once)
    with _folder(ctx) as folder, ctx.reporter.progress("parts", count) as advance:
        taking = _Taking(ctx, notebook, chosen.limited, total, at_once)

        def done(part: Path) -> None:
            taking.take_in(part)
            advance()

        parts = _parts(links, chosen.keys, count)
        hands(taking.orders(parts, links, folder), done)
        if taking.held:
            hands([taking.last(folder / "last")], taking.take_in)
    return ShardTotals(taking.requests, taking.waiting, taking.bound)


def process_executor(count: int) -> Executor:
    """So many processes of this machine; a part whose process died is handed out again."""

    def hands(orders: Iterable[ShardTask], done: ShardDone) -> None:
        for _ in range(_TRIES):
            left: list[ShardTask] = []
            _look_at_once(orders, count, done, left)
            if not left:
                return
            orders = left
        raise RuntimeError(f"{left[0].folder}: every process that looks at this part dies")

    return hands


def _look_at_once(
    orders: Iterable[ShardTask], count: int, done: ShardDone, left: list[ShardTask]
) -> None:
    """Look at parts in so many processes; those that died with one are left."""
    under_way: dict[Future[Path], ShardTask] = {}

    def one_ends() -> None:
        for future in wait(under_way, return_when=FIRST_COMPLETED).done:
            order = under_way.pop(future)
            try:
                done(future.result())
            except BrokenProcessPool:
                left.append(order)

    # A fork would take the locks of DuckDB's threads along; one that ends gives its memory back.
    spawn = get_context("spawn")
    with ProcessPoolExecutor(count, spawn, exit_with_parent, max_tasks_per_child=1) as pool:
        for order in orders:
            try:
                under_way[pool.submit(check_shard, order)] = order
            except BrokenProcessPool:
                left.append(order)
            while len(under_way) >= count + _AHEAD:
                one_ends()
        while under_way:
            one_ends()


@contextmanager
def _folder(ctx: RunContext) -> Iterator[Path]:
    """Where the parts are handed over: beside the warehouse, and gone with the night."""
    folder = ctx.warehouse_path.absolute().with_name(f"{ctx.warehouse_path.name}.parts")
    rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        rmtree(folder, ignore_errors=True)


def _parts(links: Mapping[str, Link], keys: Sequence[str], count: int) -> list[list[str]]:
    """The keys of each part, in their order; part 0 has all that authorities are asked for."""
    known = host_groups(links[key] for key in keys)
    part_of = assign_shards(known.weights, count)
    found: list[list[str]] = [[] for _ in range(count)]
    for key in keys:
        found[part_of[known.of(urlsplit(key).hostname or "")]].append(key)
    return found


@dataclass(slots=True)
class _Taking:
    """The one who hands parts out and takes them in; nobody else touches the warehouse."""

    ctx: RunContext
    notebook: ObservationBuffer
    limited: bool
    links: int
    askers: int
    folders: list[Path] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)
    """By address, the print of its page, where only the whole night can tell."""
    requests: int = 0
    waiting: int = 0
    bound: LowerBound = field(default_factory=lambda: LowerBound(0.0, "no look"))

    def orders(
        self, parts: Iterable[Sequence[str]], links: Mapping[str, Link], folder: Path
    ) -> Iterator[ShardTask]:
        """Hand the parts out, each when it is asked for; nothing of one is kept meanwhile."""
        for number, keys in enumerate(parts):
            if keys:
                own, is_first = folder / f"{number:03}", number == 0
                yield self._order([links[key] for key in keys], own, conducted=is_first)

    def last(self, folder: Path) -> ShardTask:
        """The part of what was held back, with who shows these pages anywhere."""
        links = [one for one in map(link, self.held) if isinstance(one, Link)]
        shown = shards.hosts_by_fingerprint(self.folders, set(self.held.values()))
        self.held.clear()
        return replace(self._order(links, folder, conducted=True, shown=shown), is_last=True)

    def take_in(self, folder: Path) -> None:
        """Append what a part brought, in one transaction, and count it."""
        came = shards.merge_result(self.notebook.warehouse, self.notebook.run_id, folder)
        self.folders.append(folder)
        self.notebook.recorded += came.checked
        self.requests += came.requests
        self.waiting += came.remaining
        self.held.update(came.undecided)
        if came.lower_bound_s > self.bound.seconds:
            self.bound = LowerBound(came.lower_bound_s, came.bottleneck)
        for line in came.log_lines:
            self.ctx.reporter.info(line)

    def _order(
        self,
        links: Sequence[Link],
        folder: Path,
        *,
        conducted: bool,
        shown: Iterable[tuple[str, str]] = (),
    ) -> ShardTask:
        night, settings = self.ctx, self.ctx.settings
        folder.mkdir()
        keys, urls = [one.key for one in links], [written_url(one) for one in links]
        shards.write_shard(
            self.notebook.warehouse, folder, urls, keys, run_date=night.run_date, shown=shown
        )
        share = math.ceil(settings.links.budget_requests * len(links) / self.links)
        return ShardTask(
            folder=folder,
            settings=replace(settings, links=replace(settings.links, budget_requests=share)),
            secrets=night.secrets if conducted else Secrets(),
            as_of=night.clock.as_of,
            now=night.now(),
            limited=self.limited,
            askers=self.askers,
            conducted=conducted,
            is_last=False,
        )
