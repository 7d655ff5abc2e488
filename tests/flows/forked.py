"""Verbs as processes of their own, forked from one that has imported them: a start costs 20 ms."""

import atexit
import json
import os
import select
import socket
import subprocess
import sys
import tempfile
from functools import cache
from importlib import import_module
from pathlib import Path
from shutil import rmtree
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[2]
_STREAMS = (0, 1, 2)
_UNUSED = ("pipeline", "orchestration")
"""They bring Prefect, which no verb of these tests needs."""
# Asks for a process with its own arguments, folder, environment and streams, and ends as that does.
PROGRAM = """\
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as asker:
    asker.connect({door!r})
    said = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
    socket.send_fds(asker, [len(said).to_bytes(8, "big")], [0, 1, 2])
    asker.sendall(said)
    code = asker.recv(1)
sys.exit(code[0])
"""


@cache
def door() -> str:
    """Where this process of tests asks for verbs; begun when it is first wanted."""
    folder = Path(tempfile.mkdtemp())  # a socket's path may have 107 letters, tmp_path has more
    path = folder / "door"
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.flows.forked", str(path)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": str(folder)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    atexit.register(rmtree, folder)
    atexit.register(process.wait)
    atexit.register(process.stdin.close)  # the last one registered comes first
    return str(path)


def _wait_to_be(path: str) -> list[str]:
    """Fork for everybody who asks, until the tests end; what one who was forked is to run."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        os.write(1, b"ready\n")
        born: set[int] = set()
        while True:
            ready, _, _ = select.select([listener.fileno(), 0], [], [])
            born = {one for one in born if os.waitpid(one, os.WNOHANG) == (0, 0)}
            if listener.fileno() not in ready:
                os._exit(0)
            asker, _ = listener.accept()
            with asker:
                child = os.fork()
                if not child:
                    listener.close()
                    return _be(asker)
                born.add(child)


def _be(asker: socket.socket) -> list[str]:
    """Become a process as the asker wants it; another one waits beside and tells how it ended."""
    head, streams, _, _ = socket.recv_fds(asker, 8, len(_STREAMS))
    with asker.makefile("rb") as said:
        argv, folder, environment = json.loads(said.read(int.from_bytes(head, "big")))
    child = os.fork()
    if child:
        _tell_how_it_ends(child, asker)
    for stream, own in zip(streams, _STREAMS, strict=True):
        os.dup2(stream, own)
        os.close(stream)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 -- to the process's end
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", 1, "utf-8", "backslashreplace", closefd=False)  # noqa: SIM115
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    return list(argv)


def _tell_how_it_ends(child: int, asker: socket.socket) -> NoReturn:
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    asker.sendall(bytes([code if code >= 0 else 128 - code]))
    os._exit(0)


def _import_all() -> None:
    for file in sorted((ROOT / "flows").rglob("*.py")):
        module = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        if not any(one in module.split(".") for one in _UNUSED):
            import_module(module)


if __name__ == "__main__":
    sys.path[0] = str(ROOT)  # and never the folder of who asks
    _import_all()
    sys.argv[1:] = _wait_to_be(sys.argv[1])
    import_module("flows.cli").entry()
