"""A private network for one process: its own loopback, and the name server that a test runs."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[2]
_UNSHARE = ("unshare", "--map-root-user", "--net", "--mount", "--")
_RESOLV = "nameserver 127.0.0.1\n"


@lru_cache(maxsize=1)
def why_not() -> str:
    """Why this machine gives no private network, or an empty text."""
    if sys.platform != "linux" or not shutil.which("unshare") or not shutil.which("ip"):
        return "needs Linux with unshare and ip"
    script = "ip link set lo up && mount --bind /etc/hosts /etc/resolv.conf"
    tried = subprocess.run(
        [*_UNSHARE, "sh", "-c", script], capture_output=True, text=True, check=False, timeout=20
    )
    said = tried.stderr.strip().splitlines()
    return "" if tried.returncode == 0 else f"no private network here: {''.join(said[-1:])}"


def alone(module: str, function: str, timeout_s: float = 30.0) -> Any:
    """What a function without arguments returns, as JSON, when it runs in a private network."""
    ended = subprocess.run(
        [*_UNSHARE, sys.executable, "-m", "tests.web_of_tests.namespace", module, function],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout_s,
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def _enter() -> None:
    """Bring loopback up, and let the C library ask 127.0.0.1 for names and nothing else."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for name, text in (("resolv.conf", _RESOLV), ("nsswitch.conf", "hosts: files dns\n")):
        with tempfile.TemporaryDirectory() as folder:  # what is mounted outlives its name
            file = Path(folder) / name
            file.write_text(text, encoding="utf-8")
            subprocess.run(["mount", "--bind", str(file), f"/etc/{name}"], check=True)


if __name__ == "__main__":
    os.environ.pop("LOCALDOMAIN", None)
    os.environ.pop("RES_OPTIONS", None)
    _enter()
    print(json.dumps(getattr(import_module(sys.argv[1]), sys.argv[2])()))  # noqa: T201
