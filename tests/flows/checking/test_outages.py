"""Hosts that are down as a whole: their links are not counted, however the run ends."""

from datetime import UTC, date, datetime, timedelta

import pytest

from staycurrent.flows.checking.runner import ObservationBuffer
from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.settings import OutageSettings
from staycurrent.warehouse import observations, runs
from staycurrent.warehouse.open import Warehouse, open_in_memory

TODAY = date(2026, 11, 2)
NOW = datetime(2026, 11, 2, 2, tzinfo=UTC)
LINKS = [f"https://site.example/{n}" for n in range(6)]


def seen(link: str, outcome: Outcome, on: date = TODAY) -> Observation:
    return Observation(link, on, NOW, outcome, "page")


@pytest.fixture
def warehouse() -> Warehouse:
    """All links were well yesterday."""
    w, yesterday = open_in_memory(), TODAY - timedelta(days=1)
    run_id = runs.begin(w, run_date=yesterday, started_at=NOW, links=len(LINKS))
    observations.add(w, run_id, [seen(link, Outcome.OK, yesterday) for link in LINKS])
    runs.finish(
        w,
        run_id,
        status=runs.RunStatus.JUDGED,
        reason="",
        finished_at=NOW,
        checked=len(LINKS),
        requests=len(LINKS),
        seconds=1.0,
    )
    return w


@pytest.mark.parametrize(
    ("checked", "is_complete", "recorded"),
    [
        (len(LINKS), True, 1),
        (len(LINKS), False, 1),
        (2, False, 1),
        (2, True, 3),
    ],
    ids=["the host is down", "interrupted at the end", "interrupted before", "too few links"],
)
def test_weak_outcomes_count_once_it_is_known_that_their_host_is_not_down(
    warehouse: Warehouse, *, checked: int, is_complete: bool, recorded: int
) -> None:
    run_id = runs.begin(warehouse, run_date=TODAY, started_at=NOW, links=len(LINKS))
    buffer = ObservationBuffer(warehouse, run_id)
    buffer.add(seen("https://other.example/", Outcome.OK))
    for link in LINKS[:checked]:
        buffer.add(seen(link, Outcome.TIMEOUT))
    buffer.resolve_outages(OutageSettings(), is_complete=is_complete)
    buffer.flush()
    assert buffer.recorded == recorded
    assert len(observations.checked_links(warehouse, TODAY)) == recorded
