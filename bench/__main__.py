"""Prints every measurement as a table: ours, and a peer's where one exists."""

import os
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from bench import page, truth
from curated.document import parse
from links.observation import Observation, Outcome
from links.verdict import Rules, judge

PAIRS = 5
HERE = Path(sys.executable).parent


def main() -> None:
    """Run all of it; several minutes, most of them the nights of `bench.truth`."""
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"{'what':58} {'ours':>10} {'lychee':>10}")
    say("staycurrent --help, s", median(lambda: command("--help")))
    document = listing(3000)
    seconds = median(lambda: parse(document))
    say("extract 3,000 links, s", seconds)
    say("  the same, MB/s", len(document) / seconds / 1e6)
    histories = [history(number) for number in range(3000)]
    say("judge 3,000 links with a year of history, s", median(lambda: judge_all(histories)))
    say("render 3,000 links, nothing changed, s", median(rendering(document)))
    with server(delay_s=0.05) as port:
        looks(port)
    page.main()
    print()
    truth.main()


def looks(port: int) -> None:
    """1,000 links on 50 hosts that answer after 50 ms: time and peak memory, interleaved."""
    urls = [f"http://127.64.{n % 50}.1:{port}/{n}" for n in range(1000)]
    ours, theirs = [], []
    for _ in range(PAIRS):
        ours.append(night(urls))
        theirs.append(lychee(urls))
    for name, column in (("look at 1,000 links on 50 hosts, s", 0), ("  the same, peak MB", 1)):
        pair = [statistics.median(row[column] for row in rows) for rows in (ours, theirs)]
        say(name, *pair)


def night(urls: list[str]) -> tuple[float, float]:
    """One `check --all` at lychee's own limits per host (10 at once, 50 ms apart)."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "curated.md").write_text(bullets(urls), encoding="utf-8")
        Path(folder, "staycurrent.toml").write_text(
            '[web]\nallow_networks = ["127.0.0.0/8"]\ncanaries = []\nper_host = 10\n'
            "pause_s = 0.05\nslow_hosts = []\n[links]\nsecond_look_s = 0\n",
            encoding="utf-8",
        )
        return measured([str(HERE / "staycurrent"), "check", "--all", "-q"], folder)


def lychee(urls: list[str]) -> tuple[float, float]:
    """The same links by lychee with its defaults; NaN where it is not installed."""
    program = shutil.which("lychee", path=str(HERE))
    if program is None:
        return float("nan"), float("nan")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "curated.md").write_text(bullets(urls), encoding="utf-8")
        return measured([program, "--no-progress", "-q", "curated.md"], folder)


def measured(argv: list[str], folder: str) -> tuple[float, float]:
    """Seconds and peak resident megabytes of a command that must succeed."""
    measure = [sys.executable, "-S", str(Path(__file__).parent / "measure.py")]
    ended = subprocess.run(
        [*measure, *argv], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True
    )
    seconds, megabytes = ended.stderr.split()[-2:]
    return float(seconds), float(megabytes)


def rendering(document: bytes) -> Callable[[], None]:
    """`render` in a folder of its own."""
    folder = Path(tempfile.mkdtemp())
    (folder / "curated.md").write_bytes(document)
    return lambda: command("render", "-q", folder=folder)


def command(*argv: str, folder: Path | None = None) -> None:
    """Run one of our commands to its end."""
    program = str(HERE / "staycurrent")
    subprocess.run([program, *argv], cwd=folder, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def server(*, delay_s: float) -> Iterator[int]:
    """The local server in a process of its own; yields its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    argv = [sys.executable, "-m", "bench.server", str(port), str(delay_s)]
    child = subprocess.Popen(argv, stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    try:
        yield port
    finally:
        child.kill()
        child.wait()


def bullets(urls: list[str]) -> str:
    """A list of these addresses."""
    return "# List\n\n" + "".join(f"- [Entry {n}]({url}) - Text.\n" for n, url in enumerate(urls))


def listing(count: int) -> bytes:
    """A list of so many links as lists are: sections, bullets, one table."""
    rows = [
        f"- [Entry {n}](https://host{n % 400}.example/{n}) - Text on it.\n" for n in range(count)
    ]
    parts = [f"\n## Section {n}\n\n{''.join(rows[n::40])}" for n in range(40)]
    return ("# List\n" + "".join(parts)).encode()


def history(number: int) -> list[Observation]:
    """A year of nights of one link; every tenth one fails at the end."""
    first = date(2026, 1, 1)
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    failing = number % 10 == 0
    return [
        Observation(
            f"https://example.org/{number}",
            first + timedelta(days=day),
            moment,
            Outcome.MISSING if failing and day > 350 else Outcome.OK,
            "page",
        )
        for day in range(365)
    ]


def judge_all(histories: list[list[Observation]]) -> None:
    """Conclude on every link."""
    for looks_at_one in histories:
        judge(looks_at_one[0].link, looks_at_one, Rules())


def median(run: Callable[[], object]) -> float:
    """Median seconds of five runs."""
    times = []
    for _ in range(PAIRS):
        began = time.perf_counter()
        run()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def say(what: str, ours: float, theirs: float | None = None) -> None:
    """One row of the table."""
    print(f"{what:58} {ours:10.3f} {'' if theirs is None else f'{theirs:10.3f}'}")


if __name__ == "__main__":
    main()
