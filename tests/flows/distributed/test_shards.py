"""A check in shards, by several processes, records what one process would have recorded."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable
from contextlib import nullcontext, suppress
from multiprocessing import Pipe, active_children
from pathlib import Path
from shutil import copytree
from threading import Thread
from time import monotonic, sleep
from types import SimpleNamespace
from typing import Any

import pytest

from staycurrent.flows.commands.check import check
from staycurrent.flows.commands.demo import RECORDED
from staycurrent.flows.context import fixed_clock, load_context
from staycurrent.flows.distributed import executor
from staycurrent.flows.distributed.coordinator import process_count, shard_count
from staycurrent.flows.distributed.executor import process_executor
from staycurrent.flows.distributed.shard import ShardTask, check_shard
from staycurrent.flows.errors import NotJudged
from staycurrent.flows.reporter import Reporter
from staycurrent.flows.settings.sections import ScaleSettings
from staycurrent.warehouse import shards
from staycurrent.warehouse.shards import RESULT_FOLDER, write_result
from tests.flows.distributed.dying import check_and_die, check_and_raise
from tests.support.folder import FEEDS_OFF, FIRST, ROWS, Folder, rows, with_database
from tests.support.processes import ROOT

IN_SHARDS = """
[scale]
processes = 2
shards = 3
"""
PDFS = [f"https://papers-{name}.example/{name}.pdf" for name in "abcdef"]
ALONE = "https://papers-z.example/z.pdf"
OTHERS = [
    "https://github.com/tagged/repository",
    "https://given.example/page",
    "https://soft.example/folder/page",
]
PAGES = f"""
[[page]]
url = {PDFS}
headers = {{ content-type = "text/html" }}
body = "<title>Welcome</title><p>This network wants you to agree to its terms before you go on."
[[page]]
url = "{ALONE}"
headers = {{ content-type = "text/html" }}
body = "<title>Our new site</title><p>All that we have written moved to another place this year."
[[page]]
url = "https://api.github.com/repos/tagged/repository"
headers = {{ etag = '"one"' }}
[page.json]
full_name = "tagged/repository"
node_id = "R_tagged"
private = false
archived = false
disabled = false
pushed_at = "2026-10-20T00:00:00Z"
[[page]]
url = "https://given.example/page"
headers = {{ etag = '"two"' }}
title = "Given with a tag"
[[page]]
url = "https://soft.example/*"
title = "Page not found"
"""


def laid_out(path: Path, more: str) -> Folder:
    """The demo's list and web, with pages that only all shards together decide; `more` settings."""
    folder = Folder(path)
    copytree(RECORDED, path)
    web = (path / "web.toml").read_text(encoding="utf-8")
    listed = folder.text + "".join(f"- [Paper]({url}) - One.\n" for url in [*PDFS, ALONE, *OTHERS])
    folder.write(listed=listed, settings=FEEDS_OFF + more)
    (path / "web.toml").write_text(web + PAGES, encoding="utf-8")
    return folder


@pytest.mark.timeout(300)
def test_shards_record_what_one_process_records(tmp_path: Path) -> None:
    whole, sharded = laid_out(tmp_path / "whole", ""), laid_out(tmp_path / "sharded", IN_SHARDS)
    whole.nights(1, 2)
    # Processes take a second to start: the night after one with shards in this process has them.
    settings = sharded.path / "staycurrent.toml"
    by_processes = settings.read_text(encoding="utf-8")
    alone = by_processes.replace("processes = 2", "processes = 1")
    settings.write_text(alone, encoding="utf-8")
    sharded.nights(1, 1)
    settings.write_text(by_processes, encoding="utf-8")
    sharded.nights(2, 2)
    found = rows(sharded)
    assert found == rows(whole)
    assert all(found[table] for table in ROWS)
    assert sharded.text == whole.text
    assert not folders_beside(sharded.warehouse)
    # Pages that hosts of several shards show are known in all of them.
    outcomes = {row[0]: row[2] for row in found["observations"]}
    assert {outcomes[url] for url in PDFS} == {"ok"}
    assert outcomes[ALONE] == "soft_missing"


def lay_out_slow(folder: Folder) -> None:
    """Shards that take seconds, so that something can happen in the middle of one."""
    listed = "".join(f"- [Page](https://host-{n % 4}.example/{n}) - One.\n" for n in range(40))
    web = "".join(f'[[host]]\nname = "host-{n}.example"\n' for n in range(4))
    web += '[[page]]\nurl = "https://host-*"\ntitle = "Here"\n'
    folder.write(listed=listed, web=web, settings=FEEDS_OFF + IN_SHARDS)
    settings = folder.path / "staycurrent.toml"
    slowly = settings.read_text(encoding="utf-8").replace("pause_s = 0", "pause_s = 0.2")
    settings.write_text(slowly, encoding="utf-8")


def children_of(parent: int) -> dict[int, bytes]:
    """Processes that this one started, with the beginning of their command."""
    found = {}
    for one in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            number, _, rest = one.read_text().partition(" (")
            state, above = rest.rpartition(") ")[2].split()[:2]
            if int(above) == parent and state != "Z":
                found[int(number)] = (one.parent / "cmdline").read_bytes()
    return found


def shard_processes(parent: int) -> set[int]:
    """The processes that check shards for this one, with the server that forks them."""
    servers = {one for one, command in children_of(parent).items() if b"forkserver" in command}
    forked = {child for server in servers for child in children_of(server)}
    return servers | forked if forked else set()


def folders_beside(warehouse: Path) -> set[str]:
    """What is next to a warehouse, but files."""
    return {one.name for one in warehouse.parent.iterdir() if one.is_dir()}


@pytest.mark.timeout(300)
def test_processes_end_if_their_parent_is_killed_and_the_next_run_removes_their_files(
    folder: Folder,
) -> None:
    lay_out_slow(folder)
    program = "import sys; from staycurrent.flows.cli import main; main(['check', '-q'])"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", program], cwd=folder.path, env=env) as process:
        until = monotonic() + 120
        while not (children := shard_processes(process.pid)) and monotonic() < until:
            sleep(0.1)
        sleep(1)
        process.kill()
        process.wait()
    until = monotonic() + 60
    while (alive := {one for one in children if Path(f"/proc/{one}").exists()}) and (
        monotonic() < until
    ):
        sleep(0.1)
    assert children
    assert not alive
    assert folders_beside(folder.warehouse)
    folder.check_in_shards(1)
    assert not folders_beside(folder.warehouse)


@pytest.mark.timeout(300)
def test_the_shard_of_a_killed_process_is_checked_again(folder: Folder) -> None:
    lay_out_slow(folder)
    killed: list[int] = []

    def kill_one() -> None:
        until = monotonic() + 60
        while not killed and monotonic() < until:
            for child in active_children():
                if child.pid is not None and child.is_alive():
                    os.kill(child.pid, signal.SIGKILL)
                    killed.append(child.pid)
                    return
            sleep(0.05)

    killer = Thread(target=kill_one)
    killer.start()
    folder.nights(1, 1)
    killer.join()
    assert killed
    assert {row["verdict"] for row in folder.status(1)["links"]} == {"alive"}


def run(
    done: list[str], count: int, check: Callable[[ShardTask], Path], folder: Path, *names: str
) -> None:
    """Check folders, by processes; adds the names of those that are done."""
    tasks: Any = [SimpleNamespace(folder=folder / name) for name in names]
    process_executor(count, check)(tasks, lambda folder: done.append(folder.name))


@pytest.mark.timeout(300)
def test_processes_that_die_now_and_then_do_not_end_a_run(tmp_path: Path) -> None:
    done: list[str] = []
    run(done, 1, check_and_die, tmp_path, "a", "b", "server", "c")
    assert sorted(done) == ["a", "b", "c", "server"]
    with pytest.raises(NotJudged, match="processes die or cannot start, as happens"):
        run(done, 2, check_and_die, tmp_path, "always", "d")
    assert done[-1] == "d"


def test_a_process_that_dies_while_it_sends_its_result_has_none() -> None:
    receiver, sender = Pipe(duplex=False)
    with sender:
        os.write(sender.fileno(), b"\0\0\0\x09half")
    assert not executor._has_ended(receiver)


@pytest.mark.parametrize(("allowed", "waits"), [(1, 1), (0, 3)])
def test_processes_that_cannot_start_wait_for_those_that_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, allowed: int, waits: int
) -> None:
    context = executor._start_method(check_and_die.__module__)
    waited, done = list[float](), list[str]()

    def start_method(_: str) -> object:
        if len(active_children()) >= allowed:
            raise BlockingIOError
        return context

    monkeypatch.setattr(executor, "_start_method", start_method)
    monkeypatch.setattr(executor, "sleep", waited.append)
    names = "abcdef"
    for name in names:
        tmp_path.joinpath(name).mkdir()
    cannot = pytest.raises(NotJudged, match="processes die or cannot start")
    with nullcontext() if allowed else cannot:
        run(done, 4, check_and_die, tmp_path, *names)
    assert sorted(done) == list(names) * allowed
    assert len(waited) == waits


@pytest.mark.parametrize("error", ["Unreadable(3)", "SystemExit(3)"])
def test_where_a_shard_raises_the_others_stop_and_report_what_they_have(
    tmp_path: Path, error: str
) -> None:
    done: list[str] = []
    with pytest.raises(RuntimeError) as raised:
        run(done, 2, check_and_raise, tmp_path, "stopped", error, "another")
    assert str(raised.value) == error
    assert "in check_and_raise" in raised.value.__notes__[0]
    assert done == ["stopped"]


def test_a_run_that_lost_shards_keeps_the_others_and_is_continued(folder: Folder) -> None:
    listed = "".join(f"- [Page](https://host-{n}.example/) - One.\n" for n in range(2))
    web = "".join(f'[[host]]\nname = "host-{n}.example"\n' for n in range(2))
    web += '[[page]]\nurl = "https://host-*"\ntitle = "Here"\n'
    folder.write(listed=listed, web=web, settings=FEEDS_OFF + IN_SHARDS.replace("3", "2"))

    def execute(given: Iterable[ShardTask], done: Callable[[Path], None]) -> None:
        for task in given:
            done(check_shard(task))
            if not lost:
                lost.append(task.folder)
                raise NotJudged("processes end")

    lost: list[Path] = []
    settings = folder.path / "staycurrent.toml"
    ctx = load_context(settings, fixed_clock(FIRST), Reporter(), environment={})
    words = r"processes end; 1 of 2 links are checked and kept; the next run of this date goes on"
    with pytest.raises(NotJudged, match=words):
        with_database(check, ctx, executor=execute)
    assert {*folder.verdicts().values()} == {"unchecked"}
    assert with_database(check, ctx, executor=execute).checked == 1
    assert [*folder.verdicts().values()] == ["alive", "alive"]


def test_a_shard_whose_process_died_after_its_result_is_not_checked_again(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.write(listed=f"- [Page]({OTHERS[1]}) - One.\n", web=PAGES, settings=FEEDS_OFF)

    handlers: list[object] = []

    def write(*arguments: Any) -> None:
        handlers.append(signal.getsignal(signal.SIGTERM))
        write_result(*arguments)

    def execute(given: Iterable[ShardTask], done: Callable[[Path], None]) -> None:
        handlers.append(signal.getsignal(signal.SIGTERM))
        for task in given:
            result = check_shard(task) / RESULT_FOLDER
            written = result.stat().st_mtime_ns
            done(check_shard(task))
            assert result.stat().st_mtime_ns == written

    settings = folder.path / "staycurrent.toml"
    ctx = load_context(settings, fixed_clock(FIRST), Reporter(), environment={})
    monkeypatch.setattr(shards, "write_result", write)
    with_database(check, ctx, executor=execute)
    assert handlers[0] != handlers[1]  # a SIGTERM does not end it while it writes
    assert folder.verdicts() == {"https://given.example/page": "alive"}


@pytest.mark.parametrize(
    ("links", "settings", "wanted"),
    [
        (1_000, ScaleSettings(processes=2), (1, 1)),
        (9_999, ScaleSettings(processes=2), (1, 1)),
        (10_000, ScaleSettings(processes=2), (2, 2)),
        (10_000, ScaleSettings(processes=1), (1, 1)),
        (30_000, ScaleSettings(processes=1), (1, 2)),
        (1_000_000, ScaleSettings(processes=2), (2, 50)),
        (100, ScaleSettings(processes=2, shards=3), (1, 3)),
    ],
)
def test_a_check_is_divided_where_it_pays(
    links: int, settings: ScaleSettings, wanted: tuple[int, int]
) -> None:
    assert (process_count(links, settings), shard_count(links, settings)) == wanted


def test_many_machines_get_enough_shards_and_not_too_many() -> None:
    found = [shard_count(n, ScaleSettings(), elsewhere=True) for n in (1, 500_000, 9_000_000)]
    assert found == [10, 25, 50]


def test_a_token_goes_only_to_the_shard_with_the_links_of_providers(
    folder: Folder,
) -> None:
    listed = "".join(f"- [Page]({url}) - One.\n" for url in [*PDFS, *OTHERS])
    folder.write(listed=listed, web=PAGES, settings=FEEDS_OFF + IN_SHARDS)
    tasks: list[ShardTask] = []

    def execute(given: Iterable[ShardTask], done: Callable[[Path], None]) -> None:
        for task in given:
            tasks.append(task)
            done(check_shard(task))

    token = {"GITHUB_TOKEN": "a-token"}
    settings = folder.path / "staycurrent.toml"
    ctx = load_context(settings, fixed_clock(FIRST), Reporter(), environment=token)
    with_database(check, ctx, executor=execute)
    assert [one.secrets.github_token for one in tasks if one.is_local] == ["a-token"]
    assert len([one for one in tasks if not one.is_local]) == 2
    assert "a-token" not in repr([one for one in tasks if not one.is_local])
    assert not any(one.secrets.github_token for one in tasks if not one.is_local)


@pytest.mark.parametrize("name", ["t", "too-long-for-a-socket" * 5])
def test_shard_processes_end_without_output(folder: Folder, name: str) -> None:
    """If a thread still has DuckDB imported at the end, its binding prints forty lines on leaks."""
    temporary = folder.path / name
    temporary.mkdir()
    listed = "".join(f"- [Page](https://host-{n}.example/) - One.\n" for n in range(6))
    folder.write(
        listed=listed,
        web='[[page]]\nurl = "https://host-*"\ntitle = "Here"\n',
        settings=FEEDS_OFF + IN_SHARDS.replace("3", "2"),
    )
    program = "import sys; from staycurrent.flows.cli import main; sys.exit(main(['check', '-q']))"
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(temporary)}
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=folder.path, env=env, capture_output=True, check=True
    )
    assert (ended.stdout, ended.stderr) == (b"", b"")
    assert not list(temporary.iterdir())
