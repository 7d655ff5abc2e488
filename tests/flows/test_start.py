"""A command starts at once: it imports what it is about, and nothing heavy beside that."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.flows.played import FIRST, Folder

ROOT = Path(__file__).parents[2]
LIST = "# List\n\n- [A](https://a.example/x) - Text.\n"
PROGRAM = """
import sys
from flows.cli import main
try:
    code = main(sys.argv[1:])
except SystemExit as left:
    code = left.code
print(*sys.modules, file=sys.stderr)
sys.exit(code)
"""
ORCHESTRA = frozenset({"prefect", "pydantic", "dask", "fastapi", "sqlalchemy"})
NETWORK = frozenset({"asyncio", "ssl", "httpx", "h11", "web.client", "web.guard", "protego"})
FEEDS = frozenset({"bs4", "feedparser", "sources.registry", "sources.relevance"})
CHECKER = frozenset({"links.probe", "links.page", "links.signs", "links.outcome"})
PAPER = frozenset({"rich", "click", "htpy", "markupsafe"})
ALL = ORCHESTRA | NETWORK | FEEDS | CHECKER | PAPER
HEAVY = {
    "--help": ALL | {"duckdb", "pyromark", "flows.settings", "flows.night", "curated.document"},
    "render": ALL | {"statistics", "links.rhythm", "links.kinds", "links.authorities.registry"},
    "render --check": ALL | {"statistics", "links.rhythm"},
    "status": ALL,
    "status --format json": ALL,
    "explain https://a.example/x": ALL,
    "keep https://a.example/x": ALL,
    "report": ALL - PAPER | {"rich", "click"},
    "check": ORCHESTRA | FEEDS | PAPER | {"httpx._main"},
    "run": ORCHESTRA | PAPER | {"httpx._main"},
}
"""What a command has no need of; with a settings file, as most lists have."""


def imported(folder: Folder, command: str) -> set[str]:
    """All modules that a process of its own had at its end."""
    verb, *rest = command.split()
    as_of = () if verb.startswith("-") else ("--as-of", FIRST.isoformat())
    argv = [sys.executable, "-c", PROGRAM, verb, *as_of, *rest]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(
        argv, cwd=folder.path, env=env, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return set(ended.stderr.splitlines()[-1].split())


@pytest.mark.parametrize(("command", "heavy"), HEAVY.items(), ids=HEAVY.keys())
def test_a_command_imports_nothing_heavy_that_it_has_no_need_of(
    folder: Folder, command: str, heavy: frozenset[str]
) -> None:
    folder.write(listed=LIST)
    found = imported(folder, command)
    assert "flows.cli" in found
    assert found & heavy == set()


def test_what_can_be_set_is_known_without_what_obeys_it() -> None:
    program = "import sys, flows.settings; print(*sys.modules)"
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    rooms = ("flows", "reports", "warehouse", "curated", "links", "sources", "web")
    ours = {one for one in ended.stdout.split() if one.partition(".")[0] in rooms}
    assert ours - {one for one in ours if one in rooms} == {
        "flows.settings",
        "links.authorities",
        "links.authorities.settings",
        "links.ignore",
        "links.settings",
        "sources.settings",
        "web.policy",
    }
