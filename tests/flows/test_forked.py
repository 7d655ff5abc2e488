"""A verb that was forked is to those who started it what one that began anew is."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.flows import forked
from tests.flows.played import Folder

ANEW = "import sys; sys.path[0] = {root!r}; from flows.cli import entry; entry()"
AS_OF = ("--as-of", "2026-11-01T02:00:00+00:00")
LIST = "- [Typo](hhttps://typo.example/a) - Malformed.\n"


def ended(command: list[str], folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """A command in a folder, with an environment of its own."""
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), **more}
    return subprocess.run(
        command, cwd=folder, env=env, text=True, capture_output=True, check=False, timeout=60
    )


@pytest.mark.parametrize(
    ("argv", "code", "more"),
    [
        (["status", *AS_OF], 0, {}),
        (["status", "--fail-on", "malformed", *AS_OF], 1, {}),
        (["status", *AS_OF], 2, {"STAYCURRENT_WEB__CONCURRENCY": "many"}),
        (["nothing"], 2, {}),
    ],
    ids=["status", "findings", "another environment", "no verb"],
)
def test_it_says_and_ends_as_one_that_began_anew(
    folder: Folder, argv: list[str], code: int, more: dict[str, str]
) -> None:
    folder.write(listed=LIST)
    anew = ended(
        [sys.executable, "-c", ANEW.format(root=str(forked.ROOT)), *argv], folder.path, **more
    )
    program = forked.PROGRAM.format(door=forked.door())
    again = ended([sys.executable, "-ISEc", program, *argv], folder.path, **more)
    assert (again.returncode, again.stdout, again.stderr) == (
        anew.returncode,
        anew.stdout,
        anew.stderr,
    )
    assert anew.returncode == code, anew.stderr
    assert anew.stdout or anew.stderr


def test_it_leaves_nothing_to_the_next_one(folder: Folder) -> None:
    folder.write(listed=LIST)
    program = forked.PROGRAM.format(door=forked.door())
    argv = [sys.executable, "-ISEc", program, "status", *AS_OF]
    refused = ended(argv, folder.path, STAYCURRENT_WEB__CONCURRENCY="many")
    assert refused.returncode == 2
    assert ended(argv, folder.path).returncode == 0
