"""Nights of a fixed seed and of a fresh one; a failure names the seed, and `make simulate` more."""

from random import SystemRandom

import pytest

from tests.simulation.run import simulate

pytestmark = pytest.mark.timeout(1200)


@pytest.mark.parametrize(("seed", "nights"), [(3, 20), (None, 10)], ids=["fixed", "fresh"])
def test_no_invariant_breaks_on_any_night(seed: int | None, nights: int) -> None:
    simulation = simulate(SystemRandom().randrange(10**6) if seed is None else seed, nights)
    assert simulation.counts["nights"] == nights
    assert simulation.counts["judged"] > nights / 2


def test_a_seed_is_played_alike_each_time() -> None:
    first, second = simulate(3, 3), simulate(3, 3)
    assert first.story == second.story
    assert first.known == second.known
