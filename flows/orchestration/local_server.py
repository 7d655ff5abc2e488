"""Prefect's server for `serve`, on the loopback interface; one for each folder of its data."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.settings import PREFECT_API_URL, PREFECT_HOME, temporary_settings

from staycurrent.files import LockFile, make_own_folder
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
    with closing(LockFile(home / "serve.lock")) as own, ExitStack() as stack:
        if not own.take():
            raise UsageError(f"another `staycurrent serve` is running here{_process(own)}")
        own.name_holder(os.getpid())
        try:
            port = _free_port(_USUAL_PORT)
            stack.enter_context(_started_server(reporter, environment, home, port))
        except _ServerEnded:  # another one, as of a second `serve`, may have taken its port
            port = _free_port(0)
            stack.enter_context(_started_server(reporter, environment, home, port))
        yield


@contextmanager
def _started_server(
    reporter: Reporter, environment: Mapping[str, str], home: Path, port: int
) -> Iterator[None]:
    url = f"http://127.0.0.1:{port}/api"
    log = home / "server.log"
    # The server holds the lock as long as it lives, also when we are gone.
    with closing(LockFile(home / "server.lock")) as lock:
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
                pass_fds=[lock.descriptor],
                start_new_session=True,
            )
        lock.name_holder(server.pid)
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


def _end_leftover(reporter: Reporter, lock: LockFile) -> None:
    """Take the server's lock; a process that holds it is ended."""
    if lock.take():
        return
    pid = lock.holder()
    if pid is None:
        raise UsageError("a server of an earlier `staycurrent serve` is still starting: end it")
    reporter.info(f"serve: ends the server of a `serve` that was killed (process {pid})")
    for order in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(pid, order)
        deadline = time.monotonic() + _STOP_S
        while time.monotonic() < deadline:
            if lock.take():
                return
            time.sleep(0.1)
    raise UsageError(f"the server of an earlier `serve` does not end{_process(lock)}")


def _process(lock: LockFile) -> str:
    holder = lock.holder()
    return f" (process {holder})" if holder else ""


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
