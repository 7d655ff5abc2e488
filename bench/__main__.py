"""Prints every measurement as a table and as JSON: ours, and a peer's where one exists."""

import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field

from bench import page, table, truth
from bench.alone import alone
from bench.ideal import Limits, ideal
from bench.lists import One, even, hostile, realistic
from bench.peers import Cost, lychee_limits, place

PAIRS = 5
WIDE = Limits(ceiling=256, per_host=64, pause_s=0.001)
"""Where hosts allow much, so that the order decides and not the pause."""
NARROW = Limits(ceiling=128, per_host=32, pause_s=0.001)
"""The same under lychee's own ceiling."""
SECOND_PEER = "md-dead-link-check"


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement; `most` is what its ratio to the other may be in `--check`."""

    what: str
    ours: float
    theirs: float | None = None
    most: float | None = None
    goal: str = ""
    """What is asked for, in words."""

    @property
    def ratio(self) -> float | None:
        """Ours by theirs: below 1 we need less."""
        return self.ours / self.theirs if self.theirs else None


@dataclass(slots=True)
class Table:
    """The rows, printed as they come."""

    pairs: int
    rows: list[Row] = field(default_factory=list)

    def say(self, row: Row) -> None:
        """Take a row in."""
        self.rows.append(row)
        ratio = "" if row.ratio is None else f"{row.ratio:8.2f}"
        peer = "" if row.theirs is None else f"{row.theirs:10.3f}"
        print(f"{row.what:66} {row.ours:10.3f} {peer:>10} {ratio:>8} {row.goal}", flush=True)

    def pair(self, one: Callable[[], Cost], other: Callable[[], Cost]) -> tuple[Cost, Cost]:
        """Medians of both, measured in turns."""
        rows = [(one(), other()) for _ in range(self.pairs)]
        ours, theirs = zip(*rows, strict=True)
        return _median(ours), _median(theirs)


def main(argv: Sequence[str]) -> int:
    """Run what is asked for; `--check` fails where a ratio is worse than its limit."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("--short", action="store_true", help="small lists, one pair, no truth")
    parser.add_argument("--check", action="store_true", help="exit 1 where a ratio has regressed")
    parser.add_argument("--pairs", type=int, default=PAIRS, help="how many, interleaved")
    asked = parser.parse_args(argv)
    print(machine())
    print(f"{'what':66} {'ours':>10} {'peer':>10} {'ratio':>8}")
    table = Table(1 if asked.short else asked.pairs)
    before = os.getloadavg()[0]
    for what, seconds, most in alone(table.pairs):
        table.say(Row(what, seconds, most=most))
    beside_peer(table, 500 if asked.short else 2000)
    if not asked.short:
        load = f"load {before:.1f} before, {os.getloadavg()[0]:.1f} after, {table.pairs} pairs"
        keep({"machine": f"{machine()}; {load}", "rows": [asdict(row) for row in table.rows]})
        page.main()
        print()
        truth.main()
    worse = [row for row in table.rows if row.most is not None and (_value(row) > row.most)]
    for row in worse:
        print(f"worse than {row.most}: {row.what}")
    return 1 if asked.check and worse else 0


def beside_peer(table: Table, links: int) -> None:
    """What checking costs, how long nights take, and what a quiet one asks."""
    with place(even(1, 1, 0)) as there:
        there.ours()  # compiles what was never compiled, which would be half of a short list's CPU
    cpu(table, "http", links, 50, Row("plain", 0, goal="at most 4 times", most=8.0))
    cpu(table, "https", links, links, Row("a host each, TLS", 0, goal="at most 1.5", most=6.0))
    cpu(table, "https", links, 50, Row("TLS, both keep connections", 0, most=6.0))
    is_short = links < 1000
    size = (1000, 200) if is_short else (5000, 1000)
    night(table, Night("50 hosts", even(links // 2, 50, 50), Limits(), most=12.0))
    list_of = realistic(*size)
    night(table, Night("realistic, 64 a host, 256 at once", list_of, WIDE, most=3.0))
    night(table, Night("realistic, 32 a host, 128 at once", list_of, NARROW, most=3.0))
    if not is_short:
        once = Table(1, table.rows)  # a hundred seconds, of which all but a few are the pause
        night(once, Night("realistic, as set by default", list_of, Limits(), most=3.0))
    night(table, Night("hostile", hostile(size[0] // 5, 200), Limits(), most=4.0))
    quiet(table, 200 if is_short else 1000)


def cpu(table: Table, scheme: str, links: int, hosts: int, row: Row) -> None:
    """CPU of one check: of a list less that of a list of one link, so that no start is in it."""
    limits = Limits(pause_s=0.001)
    costs = []
    for measured in (even(links, hosts, 0), even(1, 1, 0)):
        with place(measured, scheme=scheme, limits=limits) as there:
            peer = lychee_limits(limits)
            costs.append(table.pair(there.ours, lambda: there.lychee(*peer)))  # noqa: B023
    (ours, theirs), (start, their_start) = costs
    own, peers = (
        1000 * (full.cpu - first.cpu) / (links - 1)
        for full, first in ((ours, start), (theirs, their_start))
    )
    table.say(Row(f"CPU per check, {row.what}, ms", own, peers, row.most, row.goal))


@dataclass(frozen=True, slots=True)
class Night:
    """A list that is looked at once as a whole."""

    name: str
    links: list[One]
    limits: Limits
    most: float


def night(table: Table, asked: Night) -> None:
    """A whole `check --all` at the same limits, with the peers and an ideal order.

    lychee links once here, so that it is compared with the time until each link was checked once.
    As it comes it tries again, as we do, so that it is compared with the whole command.
    """
    limits, links = asked.limits, asked.links
    with place(links, limits=limits) as there:
        ours, theirs = table.pair(there.ours, lambda: there.lychee(*lychee_limits(limits)))
        timeout = ("--timeout", f"{limits.timeout_s:.0f}")
        theirs_as_it_comes = there.lychee(*timeout) if table.pairs > 1 else None
        second_peer = there.md_dead_link_check(limits) if table.pairs > 1 else None
    once, whole = ideal(links, limits, second=False), ideal(links, limits, second=True)
    what = f"{len(links)} links, {asked.name}: each checked once, s"
    table.say(Row(what, ours.once_s, theirs.seconds, asked.most))
    table.say(Row("  by the ideal order (ratio: ours to it), s", ours.once_s, once, goal="1.10"))
    table.say(Row("  second checks too, and the ideal order, s", ours.checks_s, whole, goal="1.10"))
    table.say(Row("  the whole command, s", ours.seconds, theirs.seconds))
    for peer, cost in (("lychee as it comes", theirs_as_it_comes), (SECOND_PEER, second_peer)):
        if cost is not None:
            table.say(Row(f"  ... and {peer}, one run, s", ours.seconds, cost.seconds))
    table.say(Row("  peak MB", ours.megabytes, theirs.megabytes))


def quiet(table: Table, links: int) -> None:
    """The nights after the first one: how many links are looked at, and how long it takes."""
    nights = []
    with place(even(links, links // 5, 50), limits=Limits()) as there:
        for number in range(1, 9):
            day = f"2026-11-{number:02}T02:00:00+00:00"
            asked = ("--all",) if number == 1 else ()
            nights.append(there.ours("--as-of", day, *asked))
    share = 100 * max(one.pages for one in nights[1:]) / links
    slowest = max(one.seconds for one in nights[1:])
    table.say(Row(f"a quiet night of {links} links, s", slowest, most=10.0, goal="under 10"))
    table.say(Row("  links checked in it, percent", share, most=15.0, goal="at most 15"))


def keep(results: dict[str, object]) -> None:
    """Write the results down, and the table that is made of them."""
    table.RESULTS.write_text(f"{json.dumps(results, indent=1)}\n", encoding="utf-8")
    table.write()


def machine() -> str:
    """What this was measured on."""
    return f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def _median(costs: Sequence[Cost]) -> Cost:
    return Cost(*(statistics.median(column) for column in zip(*costs, strict=True)))


def _value(row: Row) -> float:
    return row.ours if row.ratio is None else row.ratio


if __name__ == "__main__":
    began = time.perf_counter()
    code = main(sys.argv[1:])
    print(f"{time.perf_counter() - began:.0f} s")
    sys.exit(code)
