"""The memory of very many links, as tables and a drawing made of what `bench.million` told."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from htpy import Element, Fragment, fragment, line, path, style, svg, text

from bench.table import DOCS

RESULTS = DOCS / "million.json"
VERBS = DOCS / "verbs.json"
"""Of several verbs in a row over fewer links."""
PAGE = DOCS / "scale.md"
DRAWING = DOCS / "million.svg"
_MARKS: Final = ("<!-- {}:begin -->", "<!-- {}:end -->")
_WIDTH, _HEIGHT, _LEFT, _BELOW = 720, 300, 60, 40
_ROWS = 12
_CEILING: Final = 600
"""Megabytes that all processes together may take."""
_LINES: Final = {"conductor": "the process that conducts", "together": "all processes together"}
_STYLE = """
text { font: 12px sans-serif; fill: #57606a }
path { fill: none; stroke-width: 1.5 }
.conductor { stroke: #0969da } .together { stroke: #8c959f }
.ceiling { stroke: #cf222e; stroke-dasharray: 4 3 } .axis { stroke: #d0d7de }
"""

Run = Mapping[str, Any]
"""A run as `bench.million` recorded it."""


def table(runs: Sequence[Run]) -> str:
    """The curve of each run, thinned to a dozen moments."""
    return "\n".join([runs[0]["machine"] if runs else "", "", *(_table(run) for run in runs)])


def verbs(runs: Sequence[Run]) -> str:
    """What each verb took in its process, and how long, one a row."""
    head = f"{runs[0]['machine']}; {runs[0]['links']:,} links\n" if runs else ""
    columns = ["| | most in the process, MB | seconds |", "|---|---:|---:|"]
    rows = [
        f"| `{run['what']}` | {run['peaks']['conductor']} | {run['seconds']:.0f} |" for run in runs
    ]
    return "\n".join([head, *columns, *rows, ""])


def _table(run: Run) -> str:
    peaks = run["peaks"]
    head = (
        f"`staycurrent {run['what']}`, {run['links']:,} links over {run['hosts']:,} hosts: "
        f"{run['seconds']:,.0f} s, {run['checks_per_s']} checks a second; at most "
        f"{peaks['conductor']} MB in the process that conducts, {peaks['largest']} MB in one that "
        f"checks, {peaks['together']} MB in all together "
        f"(what they share counted {run.get('shared', 'in each')}; asked for: {_CEILING}).\n"
    )
    curve = run["curve"]
    rows = [curve[len(curve) * number // _ROWS] for number in range(_ROWS)] if curve else []
    body = [_row(one) for one in (*rows, *curve[-1:])]
    columns = "| seconds | checked | conducts, MB | largest that checks | together | on disk |"
    return "\n".join([head, columns, "|---:|---:|---:|---:|---:|---:|", *body, ""])


def _row(one: Mapping[str, int]) -> str:
    names = ("seconds", "checked", "conductor", "largest", "together", "disk")
    return f"| {' | '.join(f'{one[name]:,}' for name in names)} |"


def rewritten(page: str, runs: Sequence[Run], others: Sequence[Run]) -> str:
    """The page with the tables of the run of very many links, and of the other verbs."""
    return _filled(_filled(page, "million", table(runs)), "verbs", verbs(others))


def _filled(page: str, name: str, text: str) -> str:
    begin, end = (mark.format(name) for mark in _MARKS)
    return re.sub(f"(?s){begin}.*{end}", lambda _: f"{begin}\n{text}\n{end}", page)


def drawing(run: Run) -> str:
    """The first run's megabytes over its minutes, as an SVG of its own."""
    curve = run["curve"]
    ends, most = max(one["seconds"] for one in curve), max(one["together"] for one in curve)
    across, up = _WIDTH / max(ends, 1), _HEIGHT / max(most, _CEILING)
    found = svg(
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_LEFT + _WIDTH + 10} {_HEIGHT + _BELOW + 20}",
        role="img",
        aria_label="Megabytes of the processes over the minutes of the run",
    )[
        style[_STYLE],
        _axes(ends, max(most, _CEILING), across, up),
        [_curve(name, curve, across, up) for name in _LINES],
        _level("ceiling", _CEILING, up),
    ]
    return f"{found}\n"


def _curve(name: str, curve: Sequence[Mapping[str, int]], across: float, up: float) -> Fragment:
    points = [f"{_x(one['seconds'] * across)} {_y(one[name] * up)}" for one in curve]
    last = curve[len(curve) * 2 // 3]
    where = {"x": _x(last["seconds"] * across), "y": _y(last[name] * up - 18)}
    return fragment[path(class_=name, d=f"M{' L'.join(points)}"), text(**where)[_LINES[name]]]


def _axes(ends: int, most: int, across: float, up: float) -> Iterator[Element]:
    for megabytes in range(0, most + 1, 100):
        yield _level("axis", megabytes, up)
        yield text(x="0", y=_y(megabytes * up - 4))[f"{megabytes} MB"]
    step = max(60, 60 * (ends // 60 // 8))
    for seconds in range(0, ends + 1, step):
        yield text(x=_x(seconds * across), y=str(_HEIGHT + _BELOW))[f"{seconds // 60} min"]


def _level(name: str, megabytes: int, up: float) -> Element:
    y = _y(megabytes * up)
    return line(class_=name, x1=str(_LEFT), x2=str(_LEFT + _WIDTH), y1=y, y2=y)


def _x(across: float) -> str:
    return f"{_LEFT + across:.1f}"


def _y(up: float) -> str:
    return f"{_HEIGHT + 10 - up:.1f}"


def write() -> None:
    """Put the tables of the last runs into the page, and draw the first."""
    runs, others = (json.loads(one.read_text(encoding="utf-8")) for one in (RESULTS, VERBS))
    PAGE.write_text(rewritten(PAGE.read_text(encoding="utf-8"), runs, others), encoding="utf-8")
    DRAWING.write_text(drawing(runs[0]), encoding="utf-8")


if __name__ == "__main__":
    write()
