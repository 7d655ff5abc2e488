"""A process that writes runs until it is killed; it imports no more than that takes."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from staycurrent.links.observation import Observation, Outcome
from staycurrent.warehouse import observations, runs
from staycurrent.warehouse.open import open_warehouse

ROWS = 300


def write_until_killed(path: Path, checkpoint_every: int | None) -> None:
    """Commit one run after the other, and print the number of each that is committed."""
    with open_warehouse(path) as warehouse:
        for number in range(1, 100_000):
            at = datetime(2026, 12, 1, 2, tzinfo=UTC) + timedelta(days=number - 1)
            with warehouse.transaction():
                run = runs.begin(warehouse, run_date=at.date(), started_at=at, links=ROWS)
                seen = (
                    Observation(f"https://example.org/{n}", at.date(), at, Outcome.OK, "page")
                    for n in range(ROWS)
                )
                observations.add(warehouse, run, list(seen))
                runs.finish(
                    warehouse,
                    run,
                    status=runs.RunStatus.JUDGED,
                    reason="",
                    finished_at=at,
                    checked=ROWS,
                    requests=ROWS,
                    seconds=1.5,
                )
            sys.stdout.write(f"{number}\n")
            sys.stdout.flush()
            if checkpoint_every and number % checkpoint_every == 0:
                warehouse.execute("CHECKPOINT")
