"""Nights of a fixed seed and of a fresh one; a failure names the seed, and `make simulate` more."""

from random import SystemRandom

import pytest

from tests.simulation.run import Simulation, simulate

pytestmark = pytest.mark.timeout(1200)
FIXED = (3, 8)
"""A seed and its nights; a job of its own in CI plays hundreds."""


@pytest.fixture(scope="module")
def fixed() -> Simulation:
    """The nights of the fixed seed."""
    return simulate(*FIXED)


def test_no_invariant_breaks_on_any_night_of_a_fixed_seed(fixed: Simulation) -> None:
    assert fixed.counts["nights"] == FIXED[1]
    assert fixed.counts["judged"] > FIXED[1] / 2


def test_no_invariant_breaks_on_any_night_of_a_fresh_seed() -> None:
    simulation = simulate(SystemRandom().randrange(10**6), 6)
    assert simulation.counts["nights"] == 6
    assert simulation.counts["judged"]


def test_a_seed_is_played_alike_each_time() -> None:
    one, other = (simulate(FIXED[0], 2) for _ in range(2))
    assert (one.story, one.known) == (other.story, other.known)
