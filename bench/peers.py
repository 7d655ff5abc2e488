"""Our command and the peer's on the same list, each in a process that is measured alone."""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from bench.ideal import Limits
from bench.lists import One

HERE = Path(sys.executable).parent
ROOT = Path(__file__).parents[1]
_PYC = tempfile.mkdtemp()
_SAME = Limits()


_PACE = re.compile(
    rb"check: (\d+) pages took ([\d.]+) s with their confirmations(?:, of which ([\d.]+) s)?"
)


class Cost(NamedTuple):
    """Wall seconds, CPU seconds, and peak resident megabytes of a process."""

    seconds: float
    cpu: float
    megabytes: float
    pages: float = 0.0
    """And where it is ours: pages that were checked,"""
    checks_s: float = 0.0
    """how many seconds that took,"""
    once_s: float = 0.0
    """and how many until each had been checked once."""


@dataclass(frozen=True, slots=True)
class Place:
    """A folder with a list whose links the server answers."""

    folder: Path
    surroundings: dict[str, str]

    def ours(self, *argv: str) -> Cost:
        """Our `check`, in a warehouse of its own unless the arguments name a night."""
        if not argv:
            shutil.rmtree(self.folder / ".staycurrent", ignore_errors=True)
        return self.measured(str(HERE / "staycurrent"), "check", *(argv or ("--all",)), "-v")

    def lychee(self, *argv: str) -> Cost:
        """The peer, which calls what fails an error of its own; NaN where it is not installed."""
        program = shutil.which("lychee", path=str(HERE))
        if program is None:
            return Cost(*[float("nan")] * 3)
        return self.measured(program, "--no-progress", "-q", *argv, "curated.md", fails=True)

    def md_dead_link_check(self, limits: Limits) -> Cost:
        """A peer in Python (aiohttp), which has no limits for a host; NaN where it is missing."""
        program = shutil.which("md-dead-link-check", path=str(HERE))
        if program is None:
            return Cost(*[float("nan")] * 3)
        settings = self.folder / "peer.toml"
        settings.write_text(
            f"[tool.md_dead_link_check]\ntimeout = {limits.timeout_s:.0f}\n"
            'force_get_requests_for_links = ["*"]\nthrottle_groups = 1000000\n',
            encoding="utf-8",
        )
        subprocess.run(["git", "init", "-q"], cwd=self.folder, check=True)
        subprocess.run(["git", "add", "curated.md"], cwd=self.folder, check=True)
        return self.measured(program, "-c", str(settings), "curated.md", fails=True)

    def measured(self, *argv: str, fails: bool = False) -> Cost:
        """Run a command to its end; it must succeed, or may say that links are broken."""
        measure = [sys.executable, "-S", str(Path(__file__).parent / "measure.py")]
        ended = subprocess.run(
            [*measure, *argv],
            cwd=self.folder,
            env=self.surroundings,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=False,
        )
        assert ended.returncode in ((0, 1, 2) if fails else (0,)), ended.stderr.decode()
        pace = _PACE.search(ended.stderr)
        fields = (*ended.stderr.split()[-3:], *(pace.groups() if pace else ()))
        return Cost(*(float(word) for word in fields))


def environment() -> dict[str, str]:
    """As a user has it: what was compiled once is not compiled again."""
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": _PYC}


def lychee_limits(limits: Limits) -> tuple[str, ...]:
    """The peer's options for the same limits, without the retries that we do not make."""
    return (
        *("--max-concurrency", str(limits.ceiling), "--max-retries", "0"),
        *("--timeout", f"{limits.timeout_s:.0f}", "--host-concurrency", str(limits.per_host)),
        *("--host-request-interval", f"{limits.pause_s * 1000:.0f}ms"),
    )


@contextmanager
def place(links: list[One], *, scheme: str = "http", limits: Limits = _SAME) -> Iterator[Place]:
    """Serve a list, and lay it out with settings; robots.txt is not asked for, as by the peer."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        papers = folder / "ca.pem"
        hosts = max(one.host for one in links) + 1
        with serving(hosts, papers if scheme == "https" else None) as port:
            urls = [one.url(scheme, port, number) for number, one in enumerate(links)]
            canary = One(links[0].host, 0).url(scheme, port, -1)
            (folder / "curated.md").write_text(bullets(urls), encoding="utf-8")
            (folder / "staycurrent.toml").write_text(
                f'[web]\nallow_networks = ["127.0.0.0/8"]\ncanaries = ["{canary}"]\n'
                f"per_host = {limits.per_host}\npause_s = {limits.pause_s}\nslow_hosts = []\n"
                f"concurrency = {limits.ceiling}\ntimeout_s = {limits.timeout_s}\n"
                "robots = false\n[links]\nsecond_look_s = 0\n[scale]\nprocesses = 1\n",
                encoding="utf-8",
            )
            trusted = {"SSL_CERT_FILE": str(papers)} if scheme == "https" else {}
            yield Place(folder, environment() | trusted)


@contextmanager
def serving(hosts: int, papers: Path | None, port: int = 0) -> Iterator[int]:
    """Have a server in a process of its own, with papers or without; its port (0: a free one)."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = port or free.getsockname()[1]
    argv = [sys.executable, "-m", "bench.server", str(port), str(hosts)]
    argv += [str(papers)] if papers else []
    child = subprocess.Popen(argv, stdout=subprocess.PIPE, cwd=ROOT)
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
