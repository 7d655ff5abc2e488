"""What a terminal can show: a real one, of the kernel's making."""

import os
import pty
from collections.abc import Iterator
from io import StringIO, TextIOWrapper

import pytest

from staycurrent.flows.reporter import screen_of
from staycurrent.reports.text import Screen


@pytest.fixture
def terminal() -> Iterator[TextIOWrapper]:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w", encoding="utf-8") as out:
        yield out
    os.close(ours)


@pytest.mark.parametrize(
    ("environment", "screen"),
    [
        ({"COLUMNS": "100"}, Screen(100, colours=True)),
        ({"COLUMNS": "100", "NO_COLOR": "1"}, Screen(100, colours=False)),
        ({"COLUMNS": "100", "NO_COLOR": ""}, Screen(100, colours=True)),
        ({"COLUMNS": "10"}, Screen(40, colours=True)),
        ({"COLUMNS": "900"}, Screen(140, colours=True)),
        ({"COLUMNS": "wide"}, Screen(80, colours=True)),
        ({"COLUMNS": "²"}, Screen(80, colours=True)),
        ({"TERM": "dumb"}, None),
        ({"TERM": "xterm-256color"}, Screen(80, colours=True)),
    ],
)
def test_the_environment_says_what_is_wanted(
    terminal: TextIOWrapper, environment: dict[str, str], screen: Screen | None
) -> None:
    assert screen_of(terminal, environment) == screen


def test_a_pipe_and_a_poor_encoding_get_plain_text(terminal: TextIOWrapper) -> None:
    assert screen_of(StringIO(), {}) is None
    terminal.reconfigure(encoding="ascii")
    assert screen_of(terminal, {}) is None
