"""The body of the dashboard issue: what stands, whether or not a pull request says so too."""

from collections.abc import Iterator, Sequence
from typing import Final

from staycurrent.reports.proposed import Beside, Row, Section, counts, told
from staycurrent.reports.pull_request import folded

LABEL: Final = "staycurrent"
TITLE: Final = "Links of this list: what stands"
MARK: Final = "<!--stay:dashboard-->"


def body(rows: Sequence[Row], waiting: Sequence[tuple[Section, int]], beside: Beside) -> str | None:
    """Markdown, or None where there is nothing left to say."""
    if not (rows or waiting or beside.suspect or beside.chores):
        return None
    return "\n".join(_lines(rows, waiting, beside)) + "\n"


def _lines(
    rows: Sequence[Row], waiting: Sequence[tuple[Section, int]], beside: Beside
) -> Iterator[str]:
    yield MARK
    yield f"- in the pull request: {told(counts(rows)) or 'nothing'}"
    yield f"- waiting for the next one: {told(waiting) or 'nothing'}"
    yield f"- suspect, not yet long enough: {len(beside.suspect)}"
    yield f"- blocked, which a robot cannot tell: {len(beside.blocked)}"
    yield f"- kept, because you said so: {len(beside.kept)}"
    yield ""
    yield from folded(beside)
    yield "This issue is updated in place by `staycurrent pr`, and closes itself."
