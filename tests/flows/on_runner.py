"""The action's script as a runner runs it, with the real verbs on a played night."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tests.flows import forked
from tests.flows.played import FIRST

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "action"
# The real verbs, with the clock of a played night. The web of its links is a recording, GitHub
# is not: `pr` asks the hub. (`lint` clears the recording, for its settings are a stranger's.)
_PROGRAM = """#!{python} -ISE
import os, sys
if sys.argv[1] == "pr":
    os.environ["STAYCURRENT_WEB__RECORDING"] = ""
elif sys.argv[1] == "lint":
    assert os.environ.pop("STAYCURRENT_WEB__RECORDING") == ""
sys.argv[2:2] = ["--as-of", os.environ["PLAYED_AS_OF"]]
"""


@dataclass(frozen=True, slots=True)
class Step:
    """How the script ended, as the runner understood what it printed."""

    code: int
    log: str
    outputs: Mapping[str, str]
    commands: tuple[str, ...]
    """Lines that the runner obeyed; what stands between `stop-commands` and its token is none."""
    files: Path
    """The runner's folder for this step."""


def step(
    mode: str,
    checkout: Path,
    inputs: Mapping[str, str] | None = None,
    *,
    night: int = 1,
    event: str = "schedule",
    token: str = "",
) -> Step:
    """Run the script in a checkout with these inputs, on a runner that has nothing else."""
    files = checkout.parent / f"{checkout.name}-step"
    files.mkdir(exist_ok=True)
    program = files / "bin" / "staycurrent"
    program.parent.mkdir(exist_ok=True)
    played = _PROGRAM.format(python=sys.executable) + forked.PROGRAM.format(door=forked.door())
    program.write_text(played, encoding="utf-8")
    program.chmod(0o755)
    ended = subprocess.run(
        [str(SCRIPT)],
        cwd=checkout,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(files),
            "RUNNER_TEMP": str(files),
            "GITHUB_OUTPUT": str(files / "outputs"),
            "GITHUB_EVENT_NAME": event,
            "GITHUB_TOKEN": token,
            "GITHUB_STEP_SUMMARY": str(files / "summary.md"),
            "PLAYED_AS_OF": (FIRST + timedelta(days=night - 1)).isoformat(),
            "STAY_BIN": str(program.parent),
            "STAY_BRANCH": "staycurrent-data",
            "STAY_MODE": mode,
            **{f"STAY_{name.upper()}": value for name, value in (inputs or {}).items()},
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    log = ended.stdout.decode()
    written = files / "outputs"
    lines = written.read_text().splitlines() if written.exists() else []
    outputs = dict(line.split("=", 1) for line in lines)
    return Step(ended.returncode, log, outputs, tuple(_obeyed(log)), files)


def _obeyed(log: str) -> list[str]:
    """As the runner's ActionCommand.cs and ActionCommandManager.cs read a log."""
    obeyed, stopped = [], None
    for line in log.splitlines():
        begun = line.lstrip()
        if stopped is not None:
            stopped = None if begun == f"::{stopped}::" else stopped
            continue
        stopping = re.match(r"::stop-commands::(\w{16,})$", begun)
        if stopping:
            stopped = stopping.group(1)
        elif begun.startswith("::") or "##[" in line:
            obeyed.append(line)
    assert stopped is None
    return obeyed
