"""Whatever an observation holds comes back as it was noted."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from staycurrent.links.observation import Freshness, Observation, Outcome
from staycurrent.warehouse import observations, runs
from staycurrent.warehouse.open import Warehouse
from tests.support.values import PAPER, at, ended, night

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

words = st.text(max_size=40)
moments = st.integers(-(10**15), 5 * 10**15).map(lambda us: EPOCH + timedelta(microseconds=us))
counts = st.integers(0, 2**31 - 1)
seen = st.builds(
    Observation,
    link=st.just(PAPER) | words,
    run_date=st.just(night(1)),
    seen_at=moments,
    outcome=st.sampled_from(Outcome),
    checked_by=words,
    status=st.none() | st.integers(100, 999),
    final_url=st.none() | words,
    permanent=st.booleans(),
    freshness=st.none() | st.sampled_from(Freshness),
    identity=st.none() | words,
    checks=counts,
    elapsed_ms=counts,
    evidence=words,
    fingerprint=st.none() | words,
)


class TakenBack(Exception):
    """What an example wrote is not for the next one to find."""


def comes_back(w: Warehouse, noted: list[Observation]) -> None:
    run_id = runs.begin(w, run_date=night(1), started_at=at(1), links=1)
    observations.add(w, run_id, noted)
    ended(w, run_id, 1)
    assert observations.histories(w) == {one.link: (one,) for one in noted}


def test_every_observation_comes_back_as_it_was_noted(w: Warehouse) -> None:
    @settings(max_examples=50, deadline=None)
    @given(st.lists(seen, max_size=5, unique_by=lambda one: one.link))
    def holds(noted: list[Observation]) -> None:
        with suppress(TakenBack), w.transaction():
            comes_back(w, noted)
            raise TakenBack

    holds()
