"""Beats: how long each kind of links rests, as the last judged run reckoned it."""

import pytest

from staycurrent.links.schedule import RecheckPolicy
from staycurrent.links.settings import RecheckSettings
from staycurrent.warehouse import runs
from staycurrent.warehouse.open import Warehouse
from staycurrent.warehouse.runs import RunStatus
from tests.links.test_changes import look
from tests.support.values import CODE, PAPER, began, ended, policy_from_histories

EARLIER = policy_from_histories(
    [PAPER, "https://github.com/owner/name"], {PAPER: [look(1), look(8)]}, RecheckSettings()
)
LATER = policy_from_histories([PAPER, CODE], {}, RecheckSettings(alive_every=3))


def test_what_was_reckoned_comes_back_as_it_was(w: Warehouse) -> None:
    run_id = began(w, 1, {})
    runs.add_statistics(w, run_id, EARLIER)
    assert runs.latest_statistics(w) == {}
    ended(w, run_id, 1)
    assert runs.latest_statistics(w) == EARLIER.statistics


@pytest.mark.parametrize(
    ("status", "holds"), [(RunStatus.JUDGED, LATER), (RunStatus.NOT_JUDGED, EARLIER)]
)
def test_the_last_run_that_counts_holds(
    w: Warehouse, status: RunStatus, holds: RecheckPolicy
) -> None:
    for n, one, how in ((1, EARLIER, RunStatus.JUDGED), (2, LATER, status)):
        run_id = began(w, n, {})
        runs.add_statistics(w, run_id, one)
        ended(w, run_id, n, how)
    assert runs.latest_statistics(w) == holds.statistics
