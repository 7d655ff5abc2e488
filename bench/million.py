"""A night of very many links: what it takes of memory and time, second by second."""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Thread

from bench.__main__ import machine
from bench.lists import One
from bench.peers import HERE, environment, serving
from staycurrent.flows.commands.demo import LED_OFF
from staycurrent.flows.settings.sections import FILE_NAME
from staycurrent.warehouse.shards import RESULT_FOLDER
from tests.support.folder import FEEDS_OFF

PER_LIST = 1000
"""Links of a list: a registry of lists is many of them, not one of a hundred megabytes."""
FAILING = 100
"""One link of so many is missing."""
PART = 20_000
_EVERY_S = 1.0
_MB = 1 << 20
_PAGE = 4096
_HELD = re.compile(r"^Rss(Anon|File):\s+(\d+) kB", re.MULTILINE)
_SETTINGS = """\
[list]
paths = {paths}
[web]
allow_networks = ["127.0.0.0/8"]
allow_ports = [{port}]
canaries = ["http://127.64.0.1:{port}/0/200/canary"]
slow_hosts = []
[links]
second_look_s = {second_look_s}
budget_requests = 0
budget_minutes = 0
[links.wayback]
enabled = false
[links.witness]
enabled = false
[scale]
processes = {processes}
shard_links = {part}
"""


@dataclass(frozen=True, slots=True)
class Sample:
    """One moment of the run; megabytes are resident ones."""

    seconds: float
    checked: int
    """Links of the parts that were handed back."""
    conductor: float
    largest: float
    """The largest other process of ours."""
    together: float
    """All of ours, the conductor among them; a page that several share counts once."""
    disk: float
    """Of the warehouse, its log and the files next to them."""


@dataclass(slots=True)
class Run:
    """What one command came to."""

    what: str
    links: int
    hosts: int
    processes: int
    machine: str
    began: float = field(default_factory=time.monotonic)
    seconds: float = 0.0
    code: int = 0
    said: list[tuple[float, str]] = field(default_factory=list)
    """What it said, and after how many seconds."""
    curve: list[Sample] = field(default_factory=list)

    def peak(self, name: str) -> float:
        """The most of one number over all samples."""
        return max((float(getattr(one, name)) for one in self.curve), default=0.0)

    @property
    def checks_per_s(self) -> float:
        """Looks a second while pages were looked at; 0 where it did not say."""
        found = [re.search(r"(\d+) pages took ([\d.]+) s", line) for _, line in self.said]
        return next((int(one[1]) / max(float(one[2]), 1.0) for one in found if one), 0.0)

    def as_fields(self) -> dict[str, object]:
        """All of it, for a file, with a curve of at most 120 moments that keeps the peaks."""
        peaks = {name: round(self.peak(name)) for name in ("conductor", "largest", "together")}
        own = {key: value for key, value in asdict(self).items() if key not in ("began", "curve")}
        thinned = [_rounded(one) for one in thin(self.curve, 120)]
        derived = {"checks_per_s": round(self.checks_per_s), "shared": "once", "peaks": peaks}
        return {**own, **derived, "curve": thinned}


def main(argv: Sequence[str]) -> int:
    """Run a verb on a list of so many links; print its curve and keep it as JSON."""
    parser = argparse.ArgumentParser(prog="python -m bench.million")
    parser.add_argument("links", nargs="?", type=int, default=1_000_000)
    parser.add_argument("hosts", nargs="?", type=int, default=100_000)
    parser.add_argument("--per-list", type=int, default=PER_LIST)
    parser.add_argument("--processes", type=int, default=0)
    parser.add_argument("--part", type=int, default=PART)
    parser.add_argument("--second-look", type=float, default=2.0)
    parser.add_argument("--verbs", nargs="+", default=["check --all -v"])
    parser.add_argument("--out", type=Path)
    parser.add_argument("--folder", type=Path, help="kept, and gone on with where it is there")
    asked = parser.parse_args(argv)
    folder = asked.folder or Path(tempfile.mkdtemp())
    found = []
    with serving(0, None, _port(folder)) as port:
        if not (folder / FILE_NAME).exists():
            lay_out(folder, asked, port)
        for verb in asked.verbs:
            run = Run(verb, asked.links, asked.hosts, asked.processes, machine())
            watch(folder, run, asked.part)
            say(run)
            found.append(run.as_fields())
    if asked.out:
        asked.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    if not asked.folder:
        shutil.rmtree(folder)
    return max(int(str(one["code"])) for one in found)


def _port(folder: Path) -> int:
    """The port that a folder's lists were written for; 0 where there are none yet."""
    settings = folder / FILE_NAME
    found = (
        re.search(r"allow_ports = \[(\d+)\]", settings.read_text()) if settings.exists() else None
    )
    return int(found[1]) if found else 0


def lay_out(folder: Path, asked: argparse.Namespace, port: int) -> None:
    """Write the lists and their settings."""
    folder.mkdir(parents=True, exist_ok=True)
    names = []
    for first in range(0, asked.links, asked.per_list):
        names.append(f"lists/{first // asked.per_list:04}.md")
        path = folder / names[-1]
        path.parent.mkdir(exist_ok=True)
        numbers = range(first, min(first + asked.per_list, asked.links))
        path.write_text(listed([url(n, asked.hosts, port) for n in numbers]), encoding="utf-8")
    settings = _SETTINGS.format(
        paths=json.dumps(names),
        port=port,
        processes=asked.processes,
        part=asked.part,
        second_look_s=asked.second_look,
    )
    (folder / FILE_NAME).write_text(settings + FEEDS_OFF + LED_OFF, encoding="utf-8")


def url(number: int, hosts: int, port: int) -> str:
    """The address of a link; its host answers at once."""
    status = 200 if number % FAILING else 404
    return One(number % hosts, 0, status).url("http", port, number)


def listed(urls: Sequence[str]) -> str:
    """A list of these addresses, in sections of fifty."""
    lines = ["# A list", ""]
    for number, url in enumerate(urls):
        if number % 50 == 0:
            lines += ["", f"## Section {number // 50}", ""]
        lines.append(f"- [Entry {number}]({url}) - What it is about, in a few words.")
    return "\n".join([*lines, ""])


def watch(folder: Path, run: Run, part: int) -> None:
    """Run the command to its end, and measure its processes every second."""
    argv = [str(HERE / "staycurrent"), *run.what.split()]
    child = subprocess.Popen(
        argv,
        cwd=folder,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    run.began = time.monotonic()
    listener = Thread(target=_listen, args=(child, run), daemon=True)
    listener.start()
    back = 0
    while child.poll() is None:
        beside = folder / ".staycurrent"
        done = len(list(beside.glob(f"*.shards/*/{RESULT_FOLDER}")))
        back = max(back, done)
        run.curve.append(_sample(child.pid, run, min(back * part, run.links), beside))
        time.sleep(_EVERY_S)
    listener.join()
    run.seconds = time.monotonic() - run.began
    run.code = child.returncode


def _listen(child: "subprocess.Popen[str]", run: Run) -> None:
    assert child.stderr is not None
    for line in child.stderr:
        if line.startswith(("settings: ", "lists: ", "warehouse: ")):
            continue  # a thousand names, and paths of this machine
        after = time.monotonic() - run.began
        run.said.append((round(after, 1), line.rstrip()[:200]))
        now = run.curve[-1].conductor if run.curve else 0.0
        print(f"{after:8.1f} s {now:6.0f} MB  {line.rstrip()[:200]}", flush=True)


def _sample(pid: int, run: Run, checked: int, beside: Path) -> Sample:
    family = list(_family(pid))
    sizes = {one: _resident(one) for one in family}
    own = sizes.pop(pid, 0.0)
    disk = sum(one.stat().st_size for one in beside.glob("warehouse*") if one.is_file()) / _MB
    return Sample(
        seconds=time.monotonic() - run.began,
        checked=checked,
        conductor=own,
        largest=max(sizes.values(), default=0.0),
        together=_together(family),
        disk=disk,
    )


def _family(pid: int) -> Iterator[int]:
    """A process and all that it started."""
    yield pid
    try:
        names = Path(f"/proc/{pid}/task").glob("*/children")
        children = [int(word) for name in names for word in name.read_text().split()]
    except OSError:
        return
    for child in children:
        yield from _family(child)


def _resident(pid: int) -> float:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE / _MB
    except OSError:
        return 0.0


def _together(family: Sequence[int]) -> float:
    """All that is a process's own, and once what is of files: they run the same libraries.

    The kernel's own reckoning (`Pss`) would leave out what a stranger maps as well.
    """
    held = [_held(one) for one in family]
    return sum(anon for anon, _ in held) + max((file for _, file in held), default=0.0)


def _held(pid: int) -> tuple[float, float]:
    """Megabytes that are a process's own, and of files."""
    try:
        fields = dict(_HELD.findall(Path(f"/proc/{pid}/status").read_text()))
    except OSError:
        return 0.0, 0.0
    return int(fields.get("Anon", 0)) * 1024 / _MB, int(fields.get("File", 0)) * 1024 / _MB


def thin(curve: Sequence[Sample], most: int) -> list[Sample]:
    """Of each slice the moment at which the conductor held most."""
    step = max(1, -(-len(curve) // most))
    slices = (curve[start : start + step] for start in range(0, len(curve), step))
    return [max(one, key=lambda sample: sample.conductor) for one in slices]


def _rounded(one: Sample) -> dict[str, float]:
    return {key: round(value) for key, value in asdict(one).items()}


def say(run: Run) -> None:
    """Print the curve, thinned to what fits a screen, and the peaks."""
    print(f"\n{run.what}: {run.links} links over {run.hosts} hosts")
    print("  seconds    links  conductor  largest part  together  disk, MB")
    for one in thin(run.curve, 30):
        sizes = f"{one.conductor:9.0f} {one.largest:13.0f} {one.together:9.0f} {one.disk:9.0f}"
        print(f"  {one.seconds:7.0f} {one.checked:8} {sizes}")
    peaks = ", ".join(f"{n} {run.peak(n):.0f} MB" for n in ("conductor", "largest", "together"))
    print(
        f"  peaks: {peaks}; {run.seconds:.0f} s, {run.checks_per_s:.0f} checks/s, exit {run.code}"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
