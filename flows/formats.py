"""Which format tells the status."""

from collections.abc import Callable, Mapping
from typing import TextIO

from flows.screen import screen_of
from reports.as_json import as_json
from reports.as_junit import as_junit
from reports.as_markdown import as_markdown
from reports.as_sarif import as_sarif
from reports.as_text import as_text
from reports.on_screen import on_screen
from reports.status import Status

_FORMATS: Mapping[str, Callable[[Status], str]] = {
    "text": as_text,
    "json": as_json,
    "markdown": as_markdown,
    "junit": as_junit,
    "sarif": as_sarif,
}


def told(status: Status, form: str, out: TextIO, environment: Mapping[str, str]) -> str:
    """The status in one of the formats of `--format`; text as the terminal can show it."""
    screen = screen_of(out, environment) if form == "text" else None
    return on_screen(status, screen) if screen else _FORMATS[form](status)
