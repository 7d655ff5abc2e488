"""What has no peer: start-up, reading a list, judging a year, writing a list that stands."""

import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from bench.peers import HERE, environment
from staycurrent.curated.document import parse
from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.settings import Rules
from staycurrent.links.verdict import conclude_verdict


def alone(times: int) -> Iterator[tuple[str, float, float | None]]:
    """Each measurement's name, its median, and the most that it may be."""
    command("--help")  # compiles what was never compiled
    yield "staycurrent --help, s", median(times, lambda: command("--help")), 1.0
    document = listing(3000)
    copies = iter([document + b"\n" * number for number in range(times)])
    seconds = median(times, lambda: parse(next(copies)))
    yield "extract 3,000 links, s", seconds, None
    yield "  the same, MB/s", len(document) / seconds / 1e6, None
    histories = [history(number) for number in range(3000)]
    yield "judge 3,000 links with a year, s", median(times, lambda: judge_all(histories)), None
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "curated.md").write_bytes(document)
        command("render", "-q", folder=folder)
        seconds = median(times, lambda: command("render", "-q", folder=folder))
        yield "render 3,000 links, nothing changed, s", seconds, 5.0


def command(*argv: str, folder: Path | None = None) -> None:
    """Run one of our commands to its end."""
    program = str(HERE / "staycurrent")
    subprocess.run(
        [program, *argv], cwd=folder, env=environment(), check=True, stdout=subprocess.DEVNULL
    )


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
    for history in histories:
        conclude_verdict(history[0].link, history, Rules())


def median(times: int, run: Callable[[], object]) -> float:
    """Median seconds of so many runs."""
    found = []
    for _ in range(times):
        began = time.perf_counter()
        run()
        found.append(time.perf_counter() - began)
    return statistics.median(found)
