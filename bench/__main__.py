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
from pathlib import Path

from bench import page, truth
from bench.alone import alone
from bench.ideal import Limits, ideal
from bench.lists import One, even, hostile, realistic
from bench.peers import Cost, lychee_limits, place

PAIRS = 5
RESULTS = Path(__file__).parents[1] / "docs" / "benchmarks.json"


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement; `most` is what its ratio to the other may be in `--check`."""

    what: str
    ours: float
    theirs: float | None = None
    most: float | None = None

    @property
    def ratio(self) -> float | None:
        """Ours by theirs: below 1 we need less."""
        return self.ours / self.theirs if self.theirs else None


@dataclass(slots=True)
class Table:
    """The rows, printed as they come."""

    pairs: int
    rows: list[Row] = field(default_factory=list)

    def say(
        self, what: str, ours: float, theirs: float | None = None, *, most: float | None = None
    ) -> None:
        """Take a row in."""
        row = Row(what, round(ours, 5), None if theirs is None else round(theirs, 5), most)
        self.rows.append(row)
        ratio = "" if row.ratio is None else f"{row.ratio:8.2f}"
        peer = "" if theirs is None else f"{theirs:10.3f}"
        print(f"{what:62} {ours:10.3f} {peer:>10} {ratio:>8}", flush=True)

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
    asked = parser.parse_args(argv)
    print(machine())
    print(f"{'what':62} {'ours':>10} {'lychee':>10} {'ratio':>8}")
    table = Table(1 if asked.short else PAIRS)
    for what, seconds, most in alone(table.pairs):
        table.say(what, seconds, most=most)
    for scheme in ("http", "https"):
        cpu(table, scheme, 500 if asked.short else 2000)
    night(table, "50 hosts", even(500 if asked.short else 1000, 50, 50), most=12.0)
    size = (1000, 200) if asked.short else (5000, 1000)
    night(table, f"realistic, {size[1]} hosts", realistic(*size), most=3.0)
    night(table, "hostile, 200 hosts", hostile(size[0] // 5, 200), most=4.0)
    quiet(table, 200 if asked.short else 1000)
    if not asked.short:
        text = json.dumps({"machine": machine(), "rows": [asdict(row) for row in table.rows]})
        RESULTS.write_text(f"{json.dumps(json.loads(text), indent=1)}\n", encoding="utf-8")
        page.main()
        print()
        truth.main()
    worse = [row for row in table.rows if row.most is not None and (_value(row) > row.most)]
    for row in worse:
        print(f"worse than {row.most}: {row.what}")
    return 1 if asked.check and worse else 0


def cpu(table: Table, scheme: str, links: int) -> None:
    """CPU of one look: of a list less that of a list of one link, so that no start is in it."""
    many, one = even(links, 50, 0), even(1, 1, 0)
    limits = Limits(pause_s=0.001)
    with place(many, scheme=scheme, limits=limits) as all_of_them:
        ours, theirs = table.pair(
            all_of_them.ours, lambda: all_of_them.lychee(*lychee_limits(limits))
        )
    with place(one, scheme=scheme, limits=limits) as alone_there:
        start, their_start = table.pair(
            alone_there.ours, lambda: alone_there.lychee(*lychee_limits(limits))
        )
    own, peers = (
        1000 * (full.cpu - first.cpu) / (links - 1)
        for full, first in ((ours, start), (theirs, their_start))
    )
    table.say(f"CPU a look, {scheme}, ms", own, peers, most=30.0 if scheme == "http" else 14.0)


def night(table: Table, name: str, looks: list[One], *, most: float) -> None:
    """A whole `check --all` at the same limits, beside the peer and an ideal order."""
    limits = Limits()
    with place(looks, limits=limits) as there:
        ours, theirs = table.pair(there.ours, lambda: there.lychee(*lychee_limits(limits)))
    what = f"{len(looks)} links, {name}"
    table.say(f"{what}, s", ours.seconds, theirs.seconds, most=most)
    table.say("  by the ideal order, second looks included, s", ideal(looks, limits, second=True))
    table.say("  peak MB", ours.megabytes, theirs.megabytes)


def quiet(table: Table, links: int) -> None:
    """The nights after the first one: how many links are looked at, and how long it takes."""
    times = []
    with place(even(links, links // 5, 50), limits=Limits()) as there:
        for number in range(1, 9):
            day = f"2026-11-{number:02}T02:00:00+00:00"
            asked = ("--all",) if number == 1 else ()
            times.append(there.ours("--as-of", day, *asked).seconds)
    table.say(f"a quiet night of {links} links, the longest of seven, s", max(times[1:]), most=10.0)


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
