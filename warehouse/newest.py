"""What is asked for seldom: appended by runs, and of each thing the newest remembered."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from staycurrent.warehouse import runs
from staycurrent.warehouse.open import Value, Warehouse

OF_NO_RUN: Final = 0
"""In the place of a run: what was asked for beside the nights' runs, as by a pull."""
# Judged runs, and what died runs of tonight asked: that is not asked twice in a night.
_NEWEST = """
SELECT {columns} FROM {table} AS t
LEFT JOIN runs AS r ON r.id = t.run_id
WHERE (t.run_id = {of_no_run} OR r.status = 'judged' OR (r.status = 'running' AND t.night = ?))
    AND t.night > ? AND t.night <= ?
QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY t.night DESC, t.run_id DESC) = 1
"""


@dataclass(frozen=True, slots=True)
class Shelf:
    """A table with a `run_id`, a `night` and what else was learned, the first column its key."""

    table: str
    columns: tuple[str, ...]

    def add(self, w: Warehouse, run_id: int, rows: Iterable[tuple[Value, ...]]) -> None:
        """Append what a running run learned; raises ValueError for a run that ended."""
        with w.transaction():
            runs.running(w, run_id)
            w.append(self.table, rows)

    def add_unjudged(self, w: Warehouse, rows: Iterable[tuple[Value, ...]]) -> None:
        """Append what was learned beside the runs; it counts whatever becomes of the night."""
        w.append(self.table, rows)

    def newest(
        self, w: Warehouse, night: date, *, after: date = date.min
    ) -> list[tuple[Value, ...]]:
        """Of each key the last row up to a night and after another one, of nights that count."""
        columns = ", ".join(f"t.{name}" for name in self.columns)
        key = f"t.{self.columns[0]}"
        asked = _NEWEST.format(columns=columns, table=self.table, key=key, of_no_run=OF_NO_RUN)
        return w.select(asked, night, after, night)
