"""Prefect's server for `serve`, on the loopback interface; one for each folder of its data."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.settings import PREFECT_API_URL, PREFECT_HOME, temporary_settings

from staycurrent.files import make_own_folder
from staycurrent.flows.errors import UsageError
from staycurrent.flows.reporter import Reporter

_START_S = 120.0
_STOP_S = 15.0
_USUAL_PORT = 4200


class _ServerEnded(UsageError):
    """The server ended before it answered."""


@contextmanager
def local_server(reporter: Reporter, environment: Mapping[str, str], home: Path) -> Iterator[None]:
    """A server with its data in `home`, which is the configured one meanwhile.

    A server that a killed `serve` left is ended first: two would write to one database. Raises
    UsageError if another `serve` runs, or the server does not start.
    """
    make_own_folder(home.parent)
    home.mkdir(exist_ok=True)
    own = _open_lock(home / "serve.lock")
    try:
        if not _try_lock(own):
            raise UsageError(f"another `staycurrent serve` is running here{_process(own)}")
        os.truncate(own, 0)
        os.pwrite(own, b"%d" % os.getpid(), 0)
        with ExitStack() as stack:
            try:
                port = _free_port(_USUAL_PORT)
                stack.enter_context(_started_server(reporter, environment, home, port))
            except _ServerEnded:  # another one, as of a second `serve`, may have taken its port
                port = _free_port(0)
                stack.enter_context(_started_server(reporter, environment, home, port))
            yield
    finally:
        os.close(own)


@contextmanager
def _started_server(
    reporter: Reporter, environment: Mapping[str, str], home: Path, port: int
) -> Iterator[None]:
    url = f"http://127.0.0.1:{port}/api"
    log = home / "server.log"
    # The server holds the lock as long as it lives, also when we are gone.
    lock = _open_lock(home / "server.lock")
    try:
        _end_leftover(reporter, lock)
        log.unlink(missing_ok=True)
        with log.open("xb") as output:
            server = subprocess.Popen(  # noqa: S603 -- our own arguments
                [
                    *(sys.executable, "-m", "prefect", "server", "start"),
                    *("--host", "127.0.0.1", "--port", str(port)),
                ],
                env={**environment, "PREFECT_HOME": str(home), "PREFECT_SERVER_UI_API_URL": url},
                stdout=output,
                stderr=output,
                pass_fds=[lock],
                start_new_session=True,
            )
        os.truncate(lock, 0)
        os.pwrite(lock, b"%d" % server.pid, 0)
    finally:
        os.close(lock)
    try:
        with temporary_settings({PREFECT_API_URL: url, PREFECT_HOME: home}):
            deadline = time.monotonic() + _START_S
            with get_client(sync_client=True) as client:
                while not _answers(client, home):
                    if server.poll() is not None:
                        raise _ServerEnded(f"Prefect's server did not start; see {log}")
                    if time.monotonic() > deadline:
                        raise UsageError(f"Prefect's server does not answer; see {log}")
                    time.sleep(0.5)
            reporter.info(f"serve: started a server; its pages are at http://127.0.0.1:{port}")
            yield
    finally:
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def _answers(client: SyncPrefectClient, home: Path) -> bool:
    """Whether the server answers that has its data in `home`, and none that took its port."""
    if client.api_healthcheck() is not None:
        return False
    return bool(client.request("GET", "/admin/settings").json().get("home") == str(home))


def _end_leftover(reporter: Reporter, lock: int) -> None:
    """Take the server's lock; a process that holds it is ended."""
    if _try_lock(lock):
        return
    pid = os.pread(lock, 20, 0)
    if not pid.isdigit():
        raise UsageError("a server of an earlier `staycurrent serve` is still starting: end it")
    reporter.info(f"serve: ends the server of a `serve` that was killed (process {int(pid)})")
    for order in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(int(pid), order)
        deadline = time.monotonic() + _STOP_S
        while time.monotonic() < deadline:
            if _try_lock(lock):
                return
            time.sleep(0.1)
    raise UsageError(f"the server of an earlier `serve` does not end{_process(lock)}")


def _open_lock(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)


def _try_lock(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _process(lock: int) -> str:
    holder = os.pread(lock, 20, 0)
    return f" (process {int(holder)})" if holder.isdigit() else ""


def _free_port(wanted: int) -> int:
    """That port if it is free, else any free one."""
    for port in (wanted, 0):
        with socket.socket() as free:
            free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                free.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(free.getsockname()[1])
    raise UsageError("no port of 127.0.0.1 is free")
