"""Ctrl-C and SIGTERM while links are checked: real processes, real signals, real sockets."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from staycurrent.flows.commands import check
from staycurrent.flows.errors import Interrupted
from staycurrent.warehouse import runs
from staycurrent.warehouse.open import Warehouse, open_warehouse
from tests.support.folder import Folder

LINKS = 40
AS_OF = "2026-11-01T02:00:00+00:00"
ROOT = Path(__file__).parents[3]
# Tests may run as a job that ignores Ctrl-C, and canaries need a network: there is none here.
PROGRAM = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from staycurrent.flows.cli import entry
from staycurrent.flows.commands import check
from staycurrent.flows.errors import Interrupted
async def fine(client, ctx): return None
check.connectivity_error = fine
if __name__ == "__main__":
    entry()
"""


OBSERVED = "SELECT l.link FROM observations AS o JOIN links AS l ON l.id = o.link_id"


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Clients leave, as they are told to."""


class Site:
    """Answers so many requests, and holds the others until it is opened."""

    def __init__(self, answered: int) -> None:
        self.requests: Counter[str] = Counter()
        self.left = answered
        self.is_full, self.is_open = threading.Event(), threading.Event()
        self.lock = threading.Lock()
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                with site.lock:
                    site.requests[self.path] += 1
                    site.left -= 1
                    waits = site.left < 0
                if waits:
                    site.is_full.set()
                    site.is_open.wait(60)
                body = f"<title>Page {self.path}</title><p>Here it is.</p>".encode()
                self.send_response(410 if self.path.endswith("9") else 200)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = _Server(("", 0), Handler)  # all of 127.0.0.0/8
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def lay_out(self, folder: Path, *, shards: int) -> None:
        port = self.server.server_port
        # addresses of loopback are so many hosts, so that shards have something to divide
        links = [f"http://127.0.0.{1 + n % 4}:{port}/{n}" for n in range(LINKS)]
        rows = "".join(f"- [Page {n}]({url}) - Fine.\n" for n, url in enumerate(links))
        (folder / "curated.md").write_text(f"# A list\n\n{rows}", encoding="utf-8")
        self.set_shards(folder, shards)

    def set_shards(self, folder: Path, shards: int) -> None:
        port = self.server.server_port
        (folder / "staycurrent.toml").write_text(
            f"[web]\nrobots = false\npause_s = 0\nslow_hosts = []\nallow_ports = [{port}]\n"
            'allow_networks = ["127.0.0.0/8"]\ntimeout_s = 50\n'
            f"[links]\nsecond_look_s = 0\n[scale]\nshards = {shards}\n[warehouse]\nbackups = 0\n",
            encoding="utf-8",
        )

    def close(self) -> None:
        self.is_open.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def site() -> Iterator[Site]:
    one = Site(answered=15)
    yield one
    one.close()


def checking(folder: Path, text: str = PROGRAM) -> "subprocess.Popen[str]":
    program = folder / "program.py"
    program.write_text(text, encoding="utf-8")
    return subprocess.Popen(
        [sys.executable, str(program), "check", "--as-of", AS_OF],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


async def connected(*_: object) -> None:
    """There is no error of the connection, and nobody is asked."""


def observed(warehouse: Warehouse) -> int:
    ((count,),) = warehouse.select("SELECT count(DISTINCT link_id) FROM observations")
    assert isinstance(count, int)
    return count


@pytest.mark.parametrize(
    ("shards", "number", "to", "next_shards"),
    [
        (1, signal.SIGINT, "process", 1),
        (1, signal.SIGTERM, "group", 1),
        (2, signal.SIGINT, "group", 2),
        (2, signal.SIGTERM, "process", 1),
        (2, signal.SIGTERM, "group", 2),
    ],
)
def test_what_was_observed_is_kept_and_the_next_run_asks_about_the_others(
    site: Site,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    shards: int,
    number: signal.Signals,
    to: str,
    next_shards: int,
) -> None:
    site.lay_out(tmp_path, shards=shards)
    process = checking(tmp_path)
    assert site.is_full.wait(60)
    (process.send_signal if to == "process" else lambda it: os.killpg(process.pid, it))(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    found = re.search(
        r"interrupted: (\d+) of 40 links are checked and kept; "
        r"the next run of this date goes on with the others",
        said,
    )
    assert found, said
    assert "Traceback" not in said
    kept = int(found[1])
    assert 0 < kept < LINKS
    with open_warehouse(tmp_path / ".staycurrent" / "warehouse.duckdb", read_only=True) as w:
        assert observed(w) == kept
        run = runs.get(w, 1)
        assert (run.status, run.checked) == (runs.RunStatus.INTERRUPTED, kept)
        assert run.reason == found[0]
        links = {
            url
            for (url,) in w.select(
                "SELECT l.link FROM observations JOIN links AS l ON l.id = link_id"
            )
        }
    site.is_open.set()
    site.requests.clear()
    site.set_shards(tmp_path, next_shards)
    monkeypatch.setattr(check, "connectivity_error", connected)
    ended = Folder(tmp_path).plainly("check", "--as-of", AS_OF)
    assert ended.code == 0, ended.err
    known = f"{LINKS} links are due; {kept} checked earlier on this date"
    assert f"check: {LINKS - kept} of {known}\n" in ended.err
    assert not {url.rpartition("/")[2] for url in links} & {path[1:] for path in site.requests}
    with open_warehouse(tmp_path / ".staycurrent" / "warehouse.duckdb", read_only=True) as w:
        assert observed(w) == LINKS
        first, second = runs.get(w, 1), runs.get(w, 2)
        assert (first.status, first.checked) == (runs.RunStatus.JUDGED, kept)
        assert (second.status, second.checked) == (runs.RunStatus.JUDGED, LINKS - kept)


def test_a_signal_after_the_last_shard_is_no_bug(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the canaries are asked once more, and the folder of the shards is gone."""
    asked: list[object] = []

    async def signalled(*_: object) -> None:
        asked.append(...)
        if len(asked) == 2:
            signal.raise_signal(signal.SIGTERM)

    folder.write(
        listed="- [A](https://a.example/) - One.\n",
        web='[[page]]\nurl = "https://a.example/"\ntitle = "A"\n',
    )
    monkeypatch.setattr(check, "connectivity_error", signalled)
    with pytest.raises(Interrupted, match="1 of 1 link are checked and kept"):
        folder.check_in_shards(1)


def test_a_second_signal_ends_at_once(site: Site, tmp_path: Path) -> None:
    site.lay_out(tmp_path, shards=1)
    with_slow_end = PROGRAM.replace(
        "if __name__",
        """
import time
from staycurrent.flows.checking.runner import CheckRunner
def slow(self):
    print("still ending", file=sys.stderr, flush=True)
    time.sleep(600)
CheckRunner.exclude_outages = slow
if __name__""",
    )
    process = checking(tmp_path, with_slow_end)
    assert site.is_full.wait(60)
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    while "still ending" not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 130
    process.stderr.close()
