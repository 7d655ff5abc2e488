"""A year of nights: how large the memory grows, and what a night and `status` then take."""

import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from staycurrent.flows.commands.demo import LED_OFF
from staycurrent.flows.commands.run import run
from staycurrent.flows.commands.status import status
from staycurrent.flows.context import RunContext, fixed_clock, load_context
from staycurrent.flows.database import back_up
from staycurrent.flows.link_states import current_verdicts, rules_fingerprint
from staycurrent.flows.lists import check_targets, read_lists
from staycurrent.flows.reporter import Reporter
from staycurrent.links.observation import Observation, Outcome
from staycurrent.warehouse import observations, runs, verdicts
from staycurrent.warehouse.open import Warehouse, open_warehouse
from staycurrent.warehouse.parquet import export_parquet
from tests.support.folder import FEEDS_OFF, with_database

NIGHTS = 365
QUIET_FROM = 16
"""Nights after which every link was looked at more than once."""
FAILING = ("missing", "server_error")
"""How links fail on the played web."""
FIRST = datetime(2026, 1, 1, 2, tzinfo=UTC)
SETTINGS = """
[web]
recording = "web.toml"
pause_s = 0
slow_hosts = []
[links]
second_look_s = 0
[links.wayback]
enabled = false
[links.witness]
enabled = false
"""
CANARIES = """first_night = 2026-01-01
[[page]]
url = ["https://www.wikipedia.org/", "https://www.python.org/", "https://www.cloudflare.com/",
       "https://www.debian.org/", "https://www.iana.org/"]
title = "Welcome"
"""


def main() -> None:
    """Observations straight into the warehouse; with `played`, a year of whole runs: an hour."""
    if sys.argv[1:] == ["played"]:
        with tempfile.TemporaryDirectory() as folder:
            played(Path(folder), 1000)
        return
    for count, every in ((1000, 6), (3000, 6), (3000, 1)):
        with tempfile.TemporaryDirectory() as folder:
            straight(Path(folder), count, every)


def played(folder: Path, count: int) -> None:
    """The whole `run`, backups and all, over a played network, night after night."""
    lay_out(folder, count)
    seconds, asked = [], []
    for number in range(NIGHTS):
        night = night_in(folder, number)
        began = time.perf_counter()
        came = with_database(run, night).check
        seconds.append(time.perf_counter() - began)
        asked.append(came.requests)
        if number % 30 == 29:
            print(f"  night {number + 1}: {seconds[-1]:.2f} s, {size(night):.1f} MB", flush=True)
    print(f"{count:,} links, {NIGHTS} nights of `run` over a played network")
    say("a night, median of the first 30, s", statistics.median(seconds[1:31]))
    say("a night, median of the last 30, s", statistics.median(seconds[-30:]))
    say("the slowest night but the first, s", max(seconds[1:]))
    with open_warehouse(night.warehouse_path, read_only=True) as w:
        say_asked(w, asked, count)
        say_found(w, count)
    print_sizes(folder)


def say_asked(w: Warehouse, asked: list[int], count: int) -> None:
    """Requests of quiet nights, those for failing links apart: two for each."""
    nights = (
        f"SELECT run_date, count(*) FROM link_timeline WHERE outcome IN {FAILING} GROUP BY run_date"  # noqa: S608
    )
    failing: dict[date, int] = dict(w.select(nights))
    days = [(FIRST + timedelta(days=number)).date() for number in range(NIGHTS)]
    extra = [2 * failing.get(day, 0) for day in days]
    quiet = [100 * (a - b) / count for a, b in zip(asked, extra, strict=True)][QUIET_FROM:]
    say("requests on a quiet night, median, % of the links", statistics.median(quiet))
    say("  on the night with the most", max(quiet))
    say("  for failing links on top, median", statistics.median(extra[QUIET_FROM:]))
    say("  and the most", max(extra[QUIET_FROM:]))


def say_found(w: Warehouse, count: int) -> None:
    """How soon each dead link was called so, in nights beyond those of its rule (404: 7)."""
    died = {address(n): FIRST.date() + timedelta(days=dies(n) - 1) for n in range(0, count, 20)}
    first: dict[str, date] = dict(
        w.select("SELECT link, min(run_date) FROM verdict_changes WHERE state = 'dead' GROUP BY 1")
    )
    failed: dict[str, date] = dict(
        w.select(
            "SELECT link, min(run_date) FROM link_timeline WHERE outcome = 'missing' GROUP BY 1"
        )
    )
    late = [(first[link] - failed[link]).days - 6 for link in died if link in first]
    since = [(first[link] - day).days - 6 for link, day in died.items() if link in first]
    say("dead links found", len(late))
    say("  of", len(died))
    say("  links that were called dead and lived", len(first.keys() - died.keys()))
    say("  nights late, from the first check that failed, the most", max(late))
    say("  nights late, from the death itself, mean", statistics.mean(since))
    say("  and the most", max(since))


def straight(folder: Path, count: int, every: int) -> None:
    """Observations written straight into the warehouse, each link's every so many nights."""
    lay_out(folder, count)
    night = night_in(folder, 0)
    keys = list(check_targets(read_lists(night), night).links)
    chance = random.Random(7)  # noqa: S311
    for number in range(NIGHTS):
        night = night_in(folder, number)
        seen = [look(key, n, number, night, chance) for n, key in enumerate(keys)]
        due = [one for n, one in enumerate(seen) if (n + number) % every == 0]
        began = time.perf_counter()
        with open_warehouse(night.warehouse_path) as w, w.transaction():
            run_id = runs.begin(w, run_date=night.run_date, started_at=night.now(), links=count)
            observations.add(w, run_id, due)
            finish(w, run_id, night, len(due))
            if number >= NIGHTS - 2:  # the first of them has the whole year to conclude on
                stored = verdicts.stored(w, keys, rules_fingerprint(night))
                before = {
                    key: one.verdict for key, one in stored.items() if one.verdict is not None
                }
                verdicts.record(w, run_id, current_verdicts(night, w, keys).values(), before)
                verdicts.record_rules_version(w, run_id, rules_fingerprint(night))
        took = time.perf_counter() - began
    print(
        f"{count:,} links, {NIGHTS} nights straight into the warehouse, every {every} nights each"
    )
    say("the last night: note, conclude and record, s", took)
    began = time.perf_counter()
    with_database(back_up, night)
    say("backup, read through, s", time.perf_counter() - began)
    print_sizes(folder)


def print_sizes(folder: Path) -> None:
    """What a year left."""
    night = night_in(folder, NIGHTS - 1)
    with open_warehouse(night.warehouse_path, read_only=True) as w:
        (rows,) = w.select("SELECT count(*) FROM all_observations")[0]
        (kept,) = w.select(
            "SELECT count(*) + (SELECT count(*) FROM compacted_observations) FROM observations"
        )[0]
    say("observations, thousands", rows / 1000)
    say("  rows that hold them, thousands", kept / 1000)
    say("warehouse, MB", size(night))
    began = time.perf_counter()
    export_parquet(night.warehouse_path, folder / "export")
    say("export, s", time.perf_counter() - began)
    say("export, MB", sum(one.stat().st_size for one in (folder / "export").iterdir()) / 1e6)
    times = []
    for _ in range(3):
        began, worked = time.perf_counter(), time.process_time()
        with_database(status, night)
        times.append((time.perf_counter() - began, time.process_time() - worked))
    say("`status`, without the start of the process, s", min(times)[0])
    say("  of which work of the processor, s", min(times)[1])
    say("peak memory so far, MB", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def finish(w: object, run_id: int, night: RunContext, checked: int) -> None:
    runs.finish(
        w,  # type: ignore[arg-type]
        run_id,
        status=runs.RunStatus.JUDGED,
        reason="",
        finished_at=night.now(),
        checked=checked,
        requests=checked,
        seconds=1.0,
    )


def look(key: str, n: int, number: int, night: RunContext, chance: random.Random) -> Observation:
    """A look as that kind of link shows it: most are well, some are flaky, gone, moved or shut."""
    kind, ms = n % 20, chance.randrange(40, 900)
    outcome, final = Outcome.OK, None
    if kind == 0 and number > 100 + n % 200:
        outcome = Outcome.MISSING
    elif kind == 1 and chance.random() < 0.2:
        outcome = Outcome.TIMEOUT
    elif kind == 2:
        outcome, final = Outcome.REDIRECTED, f"{key}/"
    elif kind == 3:
        outcome = Outcome.BLOCKED
    said = f"{outcome} twice" if outcome.is_negative else "200"
    page = f"html 6 {n * 2654435761 % 2**64:016x} A page of number {n}"
    shown = page if outcome.is_success else None
    at = night.now() + timedelta(milliseconds=37 * n)
    return Observation(
        key,
        night.run_date,
        at,
        outcome,
        "page",
        200,
        final,
        bool(final),
        None,
        None,
        1,
        ms,
        said,
        shown,
    )


def night_in(folder: Path, number: int) -> RunContext:
    as_of = fixed_clock(FIRST + timedelta(days=number))
    return load_context(folder / "staycurrent.toml", as_of, Reporter(), environment={})


def lay_out(folder: Path, count: int) -> None:
    """List, settings and a web on which a twentieth dies, a twentieth flickers, some have moved."""
    urls = [address(n) for n in range(count)]
    entries = "".join(f"- [Title {n}]({url}) - What it is.\n" for n, url in enumerate(urls))
    (folder / "curated.md").write_text(f"# A list\n\n{entries}", encoding="utf-8")
    (folder / "staycurrent.toml").write_text(SETTINGS + FEEDS_OFF + LED_OFF, encoding="utf-8")
    (folder / "web.toml").write_text(CANARIES + "".join(web(urls)), encoding="utf-8")


def address(n: int) -> str:
    return f"https://h{n % 300}.example/some/page-{n}"


def dies(n: int) -> int:
    """The night, from 1, from which on a link of the twentieth that dies is missing."""
    return 100 + n % 200


def web(urls: list[str]) -> Iterator[str]:
    for number in range(NIGHTS):
        day = (FIRST + timedelta(days=number)).strftime("%Y%m%d")
        yield f'[[host]]\nname = "canary-{day}.invalid"\ndns = "missing"\n'
    for n, url in enumerate(urls):
        if n % 20 == 0:
            yield f'[[page]]\nurl = "{url}"\nstatus = 404\nnights = "{dies(n)}-400"\n'
        elif n % 20 == 1:
            yield f'[[page]]\nurl = "{url}"\nstatus = 500\nnights = "{1 + n % 150}-{3 + n % 150}"\n'
        elif n % 20 == 2:
            yield f'[[page]]\nurl = "{url}"\nstatus = 301\nlocation = "{url}-new"\n'
        elif n % 20 == 3:
            yield f'[[page]]\nurl = "{url}"\nstatus = 403\n'
        yield f'[[page]]\nurl = ["{url}", "{url}-new"]\ntitle = "Number {n}"\n'


def size(night: RunContext) -> float:
    return night.warehouse_path.stat().st_size / 1e6


def say(what: str, number: float) -> None:
    print(f"  {what:58} {number:10.2f}", flush=True)


if __name__ == "__main__":
    main()
