"""A command starts at once: it imports only the heavy modules that it needs."""

import asyncio
import os
import ssl
import statistics
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import bs4
import click
import duckdb
import feedparser
import h11
import htpy
import httpx
import markupsafe
import protego
import pyromark
import pytest
import rich

from staycurrent.curated import document
from staycurrent.flows import context
from staycurrent.flows.settings import sections as settings
from staycurrent.links import checker, classification, schedule
from staycurrent.links import settings as link_settings
from staycurrent.links.page import scanner, signals
from staycurrent.links.providers import registry as providers
from staycurrent.reports import model as reports_model
from staycurrent.sources import chain
from staycurrent.sources import settings as source_settings
from staycurrent.sources.relevance import model
from staycurrent.web import client
from staycurrent.web import settings as web_settings
from tests.support.folder import FIRST, Folder
from tests.support.github import git

ROOT = Path(__file__).parents[2]
LIST = "# List\n\n- [A](https://a.example/x) - Text.\n"
PROGRAM = """
import sys
from staycurrent.flows.cli import main
try:
    code = main(sys.argv[1:])
except SystemExit as left:
    code = left.code
print(*sys.modules, file=sys.stderr)
sys.exit(code)
"""


def names(*modules: ModuleType) -> frozenset[str]:
    """The names of modules that were really imported here, so that none can be misspelt."""
    return frozenset(module.__name__ for module in modules)


PREFECT = frozenset(("prefect", "pydantic", "fastapi", "sqlalchemy"))
"""Imported by a test below: every worker would import them to collect this one."""
NETWORK = names(asyncio, ssl, httpx, h11, protego, client)
FEEDS = names(bs4, feedparser, chain, model)
CHECKER = names(checker, scanner, signals, classification)
RENDERING = names(rich, click, htpy, markupsafe)
ALL = PREFECT | NETWORK | FEEDS | CHECKER | RENDERING
STATISTICS = names(statistics, schedule)
LIGHT = ALL | names(duckdb, pyromark, settings, context, document, reports_model)
HEAVY = {
    "--help": LIGHT,
    "status --help": LIGHT,
    "render": ALL | STATISTICS | names(schedule, providers),
    "render --check": ALL | STATISTICS,
    "status": ALL,
    "explain https://a.example/x": ALL,
    "keep https://a.example/x": ALL,
    "report": ALL - RENDERING | names(rich, click),
    "lint --offline": ALL | names(duckdb),
    "check": PREFECT | FEEDS | RENDERING,
    "pull": PREFECT | names(checker, signals, classification),
    "run": PREFECT | RENDERING,
}
"""What a command has no need of; with a settings file, as most lists have."""


def imported(folder: Folder, command: str, wanted: int = 0) -> set[str]:
    """All modules that a process of its own had at its end."""
    verb, *rest = command.split()
    as_of = () if "--help" in command else ("--as-of", FIRST.isoformat())
    argv = [sys.executable, "-c", PROGRAM, verb, *as_of, *rest]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(
        argv, cwd=folder.path, env=env, capture_output=True, text=True, check=False
    )
    assert ended.returncode == wanted, ended.stderr
    return set(ended.stderr.splitlines()[-1].split())


def test_what_prefect_brings_is_named_as_it_is_imported() -> None:
    for name in PREFECT:
        import_module(name)


@pytest.mark.parametrize(("command", "heavy"), HEAVY.items(), ids=HEAVY.keys())
def test_a_command_imports_nothing_heavy_that_it_has_no_need_of(
    folder: Folder, command: str, heavy: frozenset[str]
) -> None:
    folder.write(listed=LIST)
    git(folder.path, "init", "--quiet")  # `lint` compares with a commit
    found = imported(folder, command)
    assert "staycurrent.flows.cli" in found
    assert found & heavy == set()


@pytest.mark.parametrize(
    "command",
    ["no-such-command", "status --no-such-option", "status --fail-on x", "check --limit 0", "keep"],
)
def test_a_usage_error_imports_nothing_heavy(folder: Folder, command: str) -> None:
    folder.write(listed=LIST)
    found = imported(folder, command, wanted=2)
    heavy = ALL | (frozenset() if "--fail-on" in command else names(duckdb, pyromark, settings))
    assert found & heavy == set()


def test_settings_are_read_without_importing_what_uses_them() -> None:
    program = f"import sys, {settings.__name__}; print(*sys.modules)"
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found = {name for name in ended.stdout.split() if name.startswith("staycurrent.")}
    packages = {name for name in found if hasattr(sys.modules[name], "__path__")}
    allowed = names(settings, link_settings, source_settings, web_settings)
    assert found - packages <= allowed
