"""Schedule and jobs from one command, with a Prefect server of its own where none is named."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import prefect
from prefect.client.orchestration import get_client
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
    PREFECT_HOME,
    temporary_settings,
)

from staycurrent.flows.deployments import HEARTBEAT_S, Deployment
from staycurrent.flows.errors import UsageError
from staycurrent.flows.orchestration.deploy import register, runner
from staycurrent.flows.reporter import Reporter
from staycurrent.flows.settings.sections import PrefectSettings

_START_S = 120.0


def serve(
    wanted: Sequence[Deployment],
    schedule: PrefectSettings,
    voice: Reporter,
    *,
    environment: Mapping[str, str],
    home: Path,
) -> None:
    """Run schedule and jobs from here until interrupted; starts a server where none is named."""
    with _server(voice, environment, home):
        with get_client(sync_client=True) as client:
            register(client, wanted, schedule)
        for one in wanted:
            voice.info(f"serving {one.title}: {one.cron or 'when asked'}")
        with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: HEARTBEAT_S}):
            prefect.serve(*(runner(one) for one in wanted), print_starting_message=False)


@contextmanager
def _server(voice: Reporter, environment: Mapping[str, str], home: Path) -> Iterator[None]:
    """The server that is named, or one of our own on loopback, gone afterwards."""
    if PREFECT_API_URL.value():
        voice.info(f"serve: the server at {PREFECT_API_URL.value()}")
        yield
        return
    port = _free_port()
    url = f"http://127.0.0.1:{port}/api"
    home.mkdir(parents=True, exist_ok=True)
    own = {**environment, "PREFECT_HOME": str(home), "PREFECT_SERVER_UI_API_URL": url}
    command = [sys.executable, "-m", "prefect", "server", "start"]
    where = ["--host", "127.0.0.1", "--port", str(port)]
    with (home / "server.log").open("wb") as log:
        child = subprocess.Popen([*command, *where], env=own, stdout=log, stderr=log)  # noqa: S603
    try:
        with temporary_settings({PREFECT_API_URL: url, PREFECT_HOME: home}):
            _await_server(child, home / "server.log")
            voice.info(f"serve: a server of our own, with its pages at http://127.0.0.1:{port}")
            yield
    finally:
        child.terminate()
        try:
            child.wait(15)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _await_server(child: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _START_S
    with get_client(sync_client=True) as client:
        while client.api_healthcheck() is not None:
            if child.poll() is not None or time.monotonic() > until:
                raise UsageError(f"Prefect's server did not start; {log} says why")
            time.sleep(0.5)


def _free_port() -> int:
    """Prefect's usual port if nobody has it, else any."""
    for wanted in (4200, 0):
        with socket.socket() as free:
            free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                free.bind(("127.0.0.1", wanted))
            except OSError:
                continue
            return int(free.getsockname()[1])
    raise UsageError("no port of 127.0.0.1 is free")
