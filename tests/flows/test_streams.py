"""Closed, full and broken standard streams: the work is done, and the exit status says how."""

import os
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

from tests.support.folder import FIRST, LIST, Folder

ROOT = Path(__file__).parents[2]
WEB = '[[page]]\nurl = "https://*"\ntitle = "T"\n'


def shell(folder: Folder, command: str, redirection: str) -> subprocess.CompletedProcess[str]:
    """A command by a shell that closes or redirects its streams; `$?` of staycurrent itself."""
    as_of = "" if command.startswith("-") else f"--as-of {FIRST.isoformat()}"
    program = f"{sys.executable} -m staycurrent {command} {as_of}"
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", f"{program} {redirection}"],
        cwd=folder.path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def listed(folder: Folder) -> Folder:
    folder.write(listed=LIST + "- [B](hhttps://b.example/) - Text.\n" * 1000, web=WEB)
    return folder


@pytest.mark.parametrize(
    ("command", "redirection"),
    [
        *product(["--help", "--version"], [">&-", "<&- >&- 2>&-", "| head -c 1", "> >(true)"]),
        *product(["status --quiet"], ["<&- >&- 2>&-", "| head -c 1"]),
    ],
)
def test_nobody_reads_the_output(listed: Folder, command: str, redirection: str) -> None:
    ended = shell(listed, command, redirection)
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize(
    "command",
    [
        "status --format markdown",
        "report --out -",
        "render --diff --create",
    ],
)
def test_what_programs_read_is_utf_8_in_every_locale(
    folder: Folder, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.write(listed="# Ül → 漢\n\n- [Ül → 漢](htps://good.example/Ül)\n")
    expected = folder.staycurrent(*command.split()).out
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    assert shell(folder, command, "").stdout == expected
    assert "Ül" in expected


def test_findings_are_findings_whoever_reads_them(listed: Folder) -> None:
    listed.nights(1, 1)
    for redirection in (">&-", "| head -1", "2>&-", "2>/dev/full"):
        ended = shell(listed, "status --fail-on refused", redirection)
        assert (ended.returncode, ended.stderr) == (1, ""), redirection


@pytest.mark.parametrize("command", ["status --quiet", "--help", "--version"])
def test_a_full_disk_is_reported(listed: Folder, command: str) -> None:
    ended = shell(listed, command, ">/dev/full")
    assert ended.returncode == 2
    sentence = "staycurrent: the output cannot be written (No space left on device)\n"
    assert ended.stderr == sentence


@pytest.mark.parametrize("redirection", ["2>/dev/full", "<&- >&- 2>&-"])
def test_a_run_needs_no_stderr(folder: Folder, redirection: str) -> None:
    folder.write(listed=LIST, web=WEB)
    ended = shell(folder, "run", redirection)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "stay:malformed" in folder.text
    assert folder.status(1)["run"]["status"] == "judged"
