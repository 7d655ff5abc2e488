"""The house keeps its own habits: what is promised in words is held here."""

import argparse
import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from flows.arguments import parser
from flows.reading import from_data
from flows.settings import Settings
from tests.conftest import LONGEST

ROOT = Path(__file__).parents[1]
ROOMS = ("flows", "reports", "warehouse", "curated", "links", "sources", "web")
MODULES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
NAMES = [str(path.relative_to(ROOT)) for path in MODULES]
LONGEST_FILE = 300
LONGEST_FUNCTION = 60
NOT_IN_THE_FILE = {
    "authorities.github.token",  # a secret: from the environment only
    "authorities.github.stale_after_days",  # freshness.stale_after_days is the knob
    "sources.feeds",  # the user's own, by name
}


def verbs() -> list[str]:
    """Every verb that the command line knows."""
    (choices,) = (
        action.choices
        for action in parser()._actions
        if isinstance(action, argparse._SubParsersAction)
    )
    return list(choices)


@pytest.mark.parametrize("verb", verbs())
def test_every_verb_stands_in_the_readme(verb: str) -> None:
    assert f"staycurrent {verb}" in (ROOT / "README.md").read_text(encoding="utf-8")


def defaults(section: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every setting with its default, by its key in the file."""
    for one in fields(section):
        key, value = f"{path}{one.name}", getattr(section, one.name)
        if is_dataclass(value):
            yield from defaults(value, f"{key}.")
        elif key not in NOT_IN_THE_FILE:
            yield key, list(value) if isinstance(value, tuple) else value


def written() -> dict[str, Any]:
    """What the settings file says."""
    return tomllib.loads((ROOT / "staycurrent.toml").read_text(encoding="utf-8"))


def at(data: dict[str, Any], key: str) -> Any:
    for part in key.split("."):
        data = data[part]
    return data


@pytest.mark.parametrize(("key", "default"), list(defaults(Settings())))
def test_every_setting_stands_in_the_file_with_its_default(key: str, default: Any) -> None:
    assert at(written(), key) == default


def test_the_file_sets_nothing_but_defaults() -> None:
    assert from_data(written(), {}) == Settings() == from_data({}, {})


def calls(tree: ast.Module, owner: str, name: str) -> bool:
    """Whether `owner.name` is used anywhere."""
    return any(
        isinstance(node, ast.Attribute)
        and node.attr == name
        and isinstance(node.value, ast.Name)
        and node.value.id == owner
        for node in ast.walk(tree)
    )


def users(owner: str, *names: str) -> set[str]:
    """Modules that use one of these."""
    return {
        shown
        for path, shown in zip(MODULES, NAMES, strict=True)
        if any(calls(parsed(path), owner, name) for name in names)
    }


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def test_the_clock_is_read_at_the_two_doors_only() -> None:
    assert users("datetime", "now", "utcnow", "today") <= {"flows/cli.py", "flows/pipeline.py"}
    assert users("date", "today") == set()
    assert users("time", "time") == set()


def test_the_environment_is_read_in_one_place_only() -> None:
    assert users("os", "environ", "getenv") == {"flows/settings.py"}


@pytest.mark.parametrize("path", MODULES, ids=NAMES)
def test_a_module_says_in_one_sentence_what_it_is(path: Path) -> None:
    says = ast.get_docstring(parsed(path))
    assert says
    assert "\n\n" not in says
    assert says.endswith(".")
    assert not re.search(r"\. [A-Z]", says)


@pytest.mark.parametrize("path", MODULES, ids=NAMES)
def test_a_module_and_its_functions_are_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            assert node.end_lineno - node.lineno < LONGEST_FUNCTION, node.name


def test_every_room_is_installed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    rooms = {str(path.parent.relative_to(ROOT)).replace("/", ".") for path in MODULES}
    assert set(project["tool"]["setuptools"]["packages"]) == rooms


def test_no_module_is_called_by_what_it_is_not() -> None:
    assert not {"utils", "helpers", "manager", "base", "common", "misc"} & {
        path.stem for path in MODULES
    }


@pytest.mark.parametrize("name", LONGEST)
def test_what_is_to_begin_first_is_there(name: str) -> None:
    assert (Path(__file__).parent / name).is_file()
