"""Nights of a fixed seed and of a fresh one; a failure names the seed, and `make simulate` more."""

from random import SystemRandom

import pytest

from tests.simulation.run import simulate

NIGHTS = 12

pytestmark = pytest.mark.timeout(1200)


@pytest.mark.parametrize("seed", [3, None], ids=["fixed", "fresh"])
def test_no_invariant_breaks_on_any_night(seed: int | None) -> None:
    simulation = simulate(SystemRandom().randrange(10**6) if seed is None else seed, NIGHTS)
    assert simulation.counts["nights"] == NIGHTS
    assert simulation.counts["judged"] > NIGHTS / 2


def test_a_seed_is_played_alike_each_time() -> None:
    first, second = simulate(3, 4), simulate(3, 4)
    assert first.story == second.story
    assert first.known == second.known
