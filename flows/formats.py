"""Which format tells the status."""

from collections.abc import Callable, Mapping, Sequence

from staycurrent.reports.as_json import as_json
from staycurrent.reports.as_junit import as_junit
from staycurrent.reports.as_markdown import as_markdown
from staycurrent.reports.as_sarif import as_sarif
from staycurrent.reports.as_text import as_text
from staycurrent.reports.screen import Screen
from staycurrent.reports.status import Status

_FORMATS: Mapping[str, Callable[[Status], str]] = {
    "text": as_text,
    "json": as_json,
    "junit": as_junit,
    "sarif": as_sarif,
}


def told(status: Status, form: str, hints: Sequence[str], screen: Screen | None) -> str:
    """The status in one of the formats of `--format`; text as the terminal can show it."""
    if form == "markdown":
        return as_markdown(status, hints)
    if form == "text" and screen is not None:
        from staycurrent.reports.on_screen import (
            on_screen,  # late: it draws with rich, and few look at it
        )

        return on_screen(status, screen)
    return _FORMATS[form](status)
