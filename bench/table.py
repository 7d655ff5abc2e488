"""The measurements as a table in docs/benchmarks.md, made of docs/benchmarks.json alone."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"
RESULTS = DOCS / "benchmarks.json"
PAGE = DOCS / "benchmarks.md"
BEGIN, END = "<!-- measured:begin -->", "<!-- measured:end -->"
_PART = re.compile(f"(?s){BEGIN}.*{END}")


def table(results: Mapping[str, object]) -> str:
    """The rows of one run of `python -m bench`, between their markers."""
    rows = results["rows"]
    assert isinstance(rows, Sequence)
    head = ["| what | asked for | ours | peer | ratio |", "|---|---:|---:|---:|---:|"]
    body = [_row(**{key: one[key] for key in ("what", "ours", "theirs", "goal")}) for one in rows]
    return "\n".join([BEGIN, f"{results['machine']}", "", *head, *body, END])


def rewritten(page: str, results: Mapping[str, object]) -> str:
    """The page with the table of these results."""
    return _PART.sub(lambda _: table(results), page)


def write() -> None:
    """Put the table of the last full run into the page."""
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(rewritten(page, results), encoding="utf-8")


def _row(what: str, ours: float, theirs: float | None, goal: str) -> str:
    beside = ("", "") if theirs is None else (f"{theirs:.2f}", f"{ours / theirs:.2f}")
    return f"| {what} | {goal} | {ours:.2f} | {beside[0]} | {beside[1]} |"


if __name__ == "__main__":
    write()
