"""What the documents promise of the whole project."""

import argparse
import ast
import tomllib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from staycurrent.flows.cli import parser
from staycurrent.flows.settings.loading import load_settings
from staycurrent.flows.settings.sections import Settings

ROOT = Path(__file__).parents[1]
ROOMS = ("flows", "reports", "warehouse", "curated", "links", "sources", "web")
MODULES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
LONGEST_FILE = 500
LONGEST_FUNCTION = 60
NOT_IN_THE_FILE = {
    "links.providers.github.token",  # a secret: from the environment only
    "sources.feeds",  # the user's own, by name
    "list.paths",  # the file is that of this repository
}


def verbs() -> dict[str, argparse.ArgumentParser]:
    """Every verb that the command line knows, with its own parser."""
    (choices,) = (
        action.choices
        for action in parser()._actions
        if isinstance(action, argparse._SubParsersAction)
    )
    return dict(choices)


@pytest.mark.parametrize(("verb", "of_verb"), verbs().items(), ids=verbs())
def test_every_verb_stands_in_the_readme_with_its_formats(
    verb: str, of_verb: argparse.ArgumentParser
) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"staycurrent {verb}" in readme
    formats = [one.choices or () for one in of_verb._actions if one.dest == "format"]
    assert all(f"--format {'|'.join(one)}" in readme.replace("\\|", "|") for one in formats)


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


def test_every_setting_stands_in_the_file_with_its_default() -> None:
    given = written()
    assert [key for key, default in defaults(Settings()) if at(given, key) != default] == []


def test_the_file_sets_nothing_but_defaults() -> None:
    given = written()
    del given["list"]
    assert load_settings(None, {}, given) == Settings() == load_settings(None, {})


def too_long(path: Path) -> Iterator[str]:
    """What is longer in a module than a reader should have to hold in mind."""
    text = path.read_text(encoding="utf-8")
    length = len(text.splitlines())
    if length >= LONGEST_FILE:
        yield f"{path}: {length} lines"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            if node.end_lineno - node.lineno >= LONGEST_FUNCTION:
                yield f"{path}: {node.name}: {node.end_lineno - node.lineno + 1} lines"


def test_modules_and_functions_are_short_enough_to_read() -> None:
    assert len(MODULES) > 100
    assert [offender for path in MODULES for offender in too_long(path)] == []


def test_no_module_is_called_by_what_it_is_not() -> None:
    assert not {"utils", "helpers", "manager", "common", "misc"} & {path.stem for path in MODULES}
