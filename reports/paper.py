"""A page of markdown with so much room and no more: what does not fit is counted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from staycurrent.reports.counting import plural

_FOR_THE_REST = 200
"""Characters kept for the word on what is left out."""
_OF_LIST = 100
"""Rows of a folded section; the rest is counted."""


@dataclass(slots=True)
class Paper:
    """Lines that fit; what does not is counted, never cut within a row."""

    room: int
    lines: list[str] = field(default_factory=list)

    def add(self, lines: Iterator[str] | Sequence[str]) -> None:
        """Lines that stand together, or not at all."""
        block = list(lines)
        if self._cost(block) <= self.room:
            self._put(block)

    def table(self, head: Sequence[str], rows: Sequence[str], *, room: int) -> None:
        """A head, and as many rows as fit within `room` and the page."""
        shown = self._fitting(rows, min(self.room, room) - self._cost(head) - _FOR_THE_REST)
        left = len(rows) - shown
        more = ["", f"And {plural(left, 'more line')} that this page has no room for."]
        self.add([*head, *rows[:shown], *(more if left else []), ""])

    def folded(self, what: str, lines: Sequence[str]) -> None:
        """A section that is closed until somebody opens it."""
        if not lines:
            return
        head = [f"<details><summary>{what}</summary>", ""]
        shown = self._fitting(lines[:_OF_LIST], self.room - self._cost(head) - _FOR_THE_REST)
        left = len(lines) - shown
        more = ["", f"And {left} more."] if left else []
        if shown:
            self._put([*head, *lines[:shown], *more, "", "</details>", ""])

    def _fitting(self, lines: Sequence[str], room: int) -> int:
        shown = 0
        for line in lines:
            room -= len(line) + 1
            if room < 0:
                break
            shown += 1
        return shown

    def _put(self, block: Sequence[str]) -> None:
        self.lines += block
        self.room -= self._cost(block)

    def _cost(self, block: Sequence[str]) -> int:
        return sum(len(line) + 1 for line in block)
