"""What the terminal can show, as it and the environment say."""

import os
from collections.abc import Mapping
from typing import TextIO

from staycurrent.reports.screen import Screen

_NARROWEST, _WIDEST = 40, 140
_GLYPHS = "✕▲→■≠⊘●"


def screen_of(out: TextIO, environment: Mapping[str, str]) -> Screen | None:
    """The terminal behind a stream; None where plain text is wanted.

    That is a pipe, `TERM=dumb`, and an encoding that has no glyphs. `NO_COLOR` (any value)
    leaves the layout and takes the colours; `COLUMNS` says the width where it is set.
    """
    if not out.isatty() or environment.get("TERM") in ("dumb", "unknown"):
        return None
    try:
        _GLYPHS.encode(out.encoding or "ascii")
    except UnicodeEncodeError:
        return None
    width = min(max(_width(out, environment.get("COLUMNS", "")), _NARROWEST), _WIDEST)
    return Screen(width, colours=not environment.get("NO_COLOR"))


def _width(out: TextIO, columns: str) -> int:
    if columns.isdigit() and int(columns) > 0:
        return int(columns)
    try:
        return os.get_terminal_size(out.fileno()).columns or 80
    except OSError:
        return 80
