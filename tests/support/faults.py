"""A command one of whose file-changing calls fails or kills it; see faults.c.

The command is a fork of a process that has imported all that it needs, so that a point costs what
the command itself does, and not the second that its imports take.
"""

import errno
import gc
import json
import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib import import_module
from pathlib import Path

from tests.support.folder import Ended

_SOURCE = Path(__file__).with_suffix(".c")
_PLAN = struct.Struct("4l4096s")
_ROOT = Path(__file__).parents[2]


class Fault(Enum):
    """What happens at a call: its error, 0 for a kill, and whether later calls fail too."""

    KILL = (0, False)
    EIO = (errno.EIO, False)
    ENOSPC = (errno.ENOSPC, False)
    FULL = (errno.ENOSPC, True)
    """The disk is full from this call on."""


@cache
def has_compiler() -> bool:
    """Whether the library can be compiled here; some compilers come without the C headers."""
    if sys.platform != "linux" or shutil.which("cc") is None:
        return False
    checked = subprocess.run(["cc", "-fsyntax-only", _SOURCE], check=False, capture_output=True)
    return checked.returncode == 0


@dataclass(frozen=True, slots=True)
class Launcher:
    """Commands below a folder, each in a process of its own."""

    home: Path
    """Where the library, its plan and the output of the commands are."""
    process: "subprocess.Popen[str]"

    def run(
        self,
        folder: Path,
        *argv: str,
        fault: Fault = Fault.KILL,
        at: int = 0,
        below: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Ended:
        """A command in a folder, with a fault at its call of that number; 0: with none.

        Calls count that change something in the folder, or `below` another one. Killed: code -9.
        """
        error, stays = fault.value
        root = str((below or folder).resolve()).encode()
        last = sys.maxsize if stays and at else at
        (self.home / "plan").write_bytes(_PLAN.pack(0, at, last, error, root))
        (self.home / "calls").write_bytes(b"")
        job = {"cwd": str(folder), "argv": argv, "env": dict(env or {})}
        code = int(self._asked(job))
        (self.home / "plan").write_bytes(_PLAN.pack(0, 0, 0, 0, b""))
        out, err = ((self.home / name).read_text("utf-8", "replace") for name in ("out", "err"))
        return Ended(code, out, err)

    def calls(self) -> list[str]:
        """The calls of the latest command that changed files: name and path, in order."""
        lines = (self.home / "calls").read_text("utf-8", "replace").splitlines()
        return [line.partition(" ")[2] for line in lines]

    def _asked(self, job: Mapping[str, object]) -> str:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline()


@contextmanager
def launching(home: Path) -> Iterator[Launcher]:
    """A launcher, gone afterwards with its process."""
    library = home / "faults.so"
    compiled = ["cc", "-shared", "-fPIC", "-O1", "-o", str(library), str(_SOURCE), "-ldl"]
    subprocess.run(compiled, check=True)
    (home / "plan").write_bytes(_PLAN.pack(0, 0, 0, 0, b""))
    own = {
        "LD_PRELOAD": str(library),
        "FAULTS_PLAN": str(home / "plan"),
        "FAULTS_LOG": str(home / "calls"),
        "PYTHONPATH": str(_ROOT),
        "PYTHONWARNINGS": "ignore",
    }
    (home / "calls").touch()
    with subprocess.Popen(
        [sys.executable, "-m", __name__, str(home)],
        cwd=_ROOT,
        env=os.environ | own,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Launcher(home, process)
        process.stdin.close()  # type: ignore[union-attr]  # it is a pipe


def _serve(home: Path) -> None:
    imported: set[str] = set(sys.modules)
    for line in sys.stdin:
        job = json.loads(line)
        child = os.fork()
        if child == 0:
            _play(home, **job)
        _, status = os.waitpid(child, 0)
        modules = home / "modules"
        if modules.exists():  # those that a command imported: the next ones have them
            for name in set(modules.read_text("utf-8").split()) - imported:
                import_module(name)
                imported.add(name)
            modules.unlink()
            gc.freeze()
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201


def _play(home: Path, cwd: str, argv: Sequence[str], env: Mapping[str, str]) -> None:
    os.setsid()  # a kill is one of the whole group, with git in it
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # DuckDB then has one thread
    for stream, name in ((0, os.devnull), (1, home / "out"), (2, home / "err")):
        opened = os.open(name, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        os.dup2(opened, stream)
    os.chdir(cwd)
    os.environ.update(env)
    before = set(sys.modules)
    from staycurrent.flows.cli import main

    code = main(list(argv))
    sys.stdout.flush()
    sys.stderr.flush()
    if code == 0 and set(sys.modules) != before:
        (home / "modules").write_text("\n".join(set(sys.modules) - before), "utf-8")
    os._exit(code)


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
