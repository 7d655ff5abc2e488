"""The page of docs on behaviours, from the same data that the tests play."""

import sys
from collections.abc import Iterator
from itertools import groupby

from tests.truth.cases import NOT_JUDGED, Case, introduction, load_cases

_HEAD = """\
# What staycurrent concludes

Written by `python -m tests.truth.table > docs/behaviours.md`; change `tests/truth/behaviours/`
instead. Every row is a test: a server does this for fifteen nights, over real sockets, and the
whole pipeline looks at it once a night. Nights are counted from the first one on which it
behaves so. The rules behind them stand in `[links.rules]` of the settings.
"""
_COLUMNS = (
    "| behaviour | what the server does | verdict | in the list | when |\n|---|---|---|---|---|"
)


def table() -> str:
    """The whole page, markdown."""
    parts = load_cases()
    sections = [
        "\n".join(_section(family, [part.case for part in group]))
        for family, group in groupby(parts, key=lambda part: part.family)
    ]
    return "\n".join([_HEAD, *sections])


def _section(family: str, cases: list[Case]) -> Iterator[str]:
    yield f"## {family.capitalize()}\n\n{introduction(family)}\n\n{_COLUMNS}"
    for case in cases:
        cells = (f"`{case.id}`", case.what, case.verdict, case.flag or "", _when(case))
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
    yield ""


def _when(case: Case) -> str:
    if case.verdict == NOT_JUDGED:
        return (
            "only these links are left out" if case.rest_is_judged else "exit 75, nothing written"
        )
    ending = "; the flag goes when it is well again" if case.then else ""
    if case.by is None:
        return "at once" if case.flag else "never flagged"
    if case.by == case.not_before:
        return f"night {case.by}{ending}"
    return f"by night {case.by}, not before night {case.not_before}{ending}"


if __name__ == "__main__":
    sys.stdout.write(table())
