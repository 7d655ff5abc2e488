"""The hooks for pre-commit call commands that exist, and fail on kinds that exist."""

import re
import shlex
from pathlib import Path

import pytest

from staycurrent.flows.cli import parser
from staycurrent.reports.text import LINT_TERMS

HOOKS = (Path(__file__).parents[1] / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
CALLS = re.findall(r'(?m)^  entry: staycurrent (.+)\n  args: \["--fail-on", "(.+)"\]$', HOOKS)


def test_both_hooks_are_found() -> None:
    assert re.findall(r"(?m)^- id: (.+)$", HOOKS) == ["staycurrent-lint", "staycurrent-lint-online"]
    assert [entry for entry, _ in CALLS] == ["lint --offline", "lint"]


@pytest.mark.parametrize(("entry", "kinds"), CALLS)
def test_a_hook_calls_a_command_that_exists(entry: str, kinds: str) -> None:
    arguments = parser().parse_args([*shlex.split(entry), "--fail-on", kinds])
    assert arguments.command == "lint"
    assert set(kinds.split(",")) <= set(LINT_TERMS)
