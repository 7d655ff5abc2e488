"""The action's script as a runner runs it, with stand-ins for the verbs that others' tests play."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tests.flows.played import FIRST

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "action"
URL = "https://github.com/owner/list/pull/7"
_STAND_IN = """#!{python}
import os, shutil, sys
from pathlib import Path
sys.path.insert(0, "{root}")
verb, *argv = sys.argv[1:]
warehouse = Path(next(one for one in argv if one.startswith("--warehouse=")).split("=", 1)[1])
here = Path("{here}")
if f"{{verb}}-fails" in os.listdir(here):
    sys.exit(f"::error::{{verb}} fails")
if verb == "export":
    out = Path(argv[argv.index("--out") + 1])
    out.mkdir()
    shutil.copy(warehouse, out / "warehouse.parquet")
    (out / "manifest.json").write_text("{{}}")
elif verb == "import":
    if warehouse.exists():
        sys.exit("there is a warehouse already")
    shutil.copy(Path(argv[-1]) / "warehouse.parquet", warehouse)
elif verb == "pr":
    (here / "proposed").write_bytes(Path("curated.md").read_bytes())
    print("::set-output name=x::y opened {url}")
elif verb == "report":
    Path(argv[argv.index("--out") + 1]).write_text("<!doctype html>")
else:
    if verb == "lint":  # no stranger's settings play the web; here they do
        assert os.environ.pop("STAYCURRENT_WEB__RECORDING") == ""
    from flows.cli import entry
    sys.argv[2:2] = ["--as-of", os.environ["PLAYED_AS_OF"]]
    entry()
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
) -> Step:
    """Run the script in a checkout with these inputs, on a runner that has nothing else."""
    files = checkout.parent / f"{checkout.name}-step"
    files.mkdir(exist_ok=True)
    stand_in = files / "bin" / "staycurrent"
    stand_in.parent.mkdir(exist_ok=True)
    text = _STAND_IN.format(python=sys.executable, root=ROOT, here=checkout.parent, url=URL)
    stand_in.write_text(text, encoding="utf-8")
    stand_in.chmod(0o755)
    ended = subprocess.run(
        [str(SCRIPT)],
        cwd=checkout,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(files),
            "RUNNER_TEMP": str(files),
            "GITHUB_OUTPUT": str(files / "outputs"),
            "GITHUB_EVENT_NAME": event,
            "GITHUB_STEP_SUMMARY": str(files / "summary.md"),
            "PLAYED_AS_OF": (FIRST + timedelta(days=night - 1)).isoformat(),
            "STAY_BIN": str(stand_in.parent),
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
