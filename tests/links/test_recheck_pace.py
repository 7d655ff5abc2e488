"""The pace over many nights: no night far from the mean, nothing forgotten, no host in a burst."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import pytest

from staycurrent.links.observation import Observation
from staycurrent.links.schedule import due_links, last_check
from staycurrent.links.settings import RecheckSettings, Rules
from tests.links.test_changes import look
from tests.support.values import DEFAULT_COSTS, policy_from_histories

BIG = [f"https://big.example/essays/{n}" for n in range(120)]
SMALL = [f"https://site-{n}.example/essays/{n}" for n in range(180)]
REPOSITORIES = [f"https://github.com/owner-{n}/name" for n in range(100)]
LINKS = [*BIG, *SMALL, *REPOSITORIES]
FIRST = date(2026, 11, 1)
PAUSE = range(31, 51)
NIGHTS = 80
NIGHTLY = [number for number in range(1, NIGHTS + 1) if number not in PAUSE]


def nights(
    costs: Mapping[str, float], numbers: Sequence[int] = NIGHTLY
) -> dict[int, tuple[str, ...]]:
    """What each run checks, of links that are always well; twenty nights do not happen."""
    histories: dict[str, list[Observation]] = {key: [] for key in LINKS}
    chosen = {}
    for number in numbers:
        policy = policy_from_histories(LINKS, histories, RecheckSettings(), costs)
        night = FIRST + timedelta(number - 1)
        checked = {key: last_check(history, Rules()) for key, history in histories.items()}
        known = {key: last for key, last in checked.items() if last is not None}
        chosen[number] = due_links(LINKS, known, night, policy)
        for key in chosen[number]:
            seen = look(number)
            histories[key].append(
                Observation(key, seen.run_date, seen.seen_at, seen.outcome, "page")
            )
    return chosen


@pytest.fixture(scope="module", params=[DEFAULT_COSTS, {**DEFAULT_COSTS, "github": 0.02}])
def chosen(request: pytest.FixtureRequest) -> dict[int, tuple[str, ...]]:
    return nights(request.param)


def test_no_night_but_the_first_takes_more_than_the_share_that_is_allowed(
    chosen: dict[int, tuple[str, ...]],
) -> None:
    first, *rest = chosen.items()
    assert first == (1, tuple(LINKS))
    pages = {n: sum("github.com" not in key for key in keys) for n, keys in rest}
    assert max(pages.values()) <= 0.1 * 1.05 * len(LINKS) + 1
    assert sum(pages.values()) / len(pages) > 0.06 * len(LINKS)


def test_nothing_rests_longer_than_it_may_but_for_the_pause(
    chosen: dict[int, tuple[str, ...]],
) -> None:
    last: defaultdict[str, int] = defaultdict(int)
    longest = 0
    for number, keys in chosen.items():
        for key in keys:
            if number < PAUSE[0]:
                longest = max(longest, number - last[key])
            last[key] = number
    assert longest <= 16  # 14, and a little for nights that were full
    assert min(last.values()) > NIGHTS - 17
    assert len(last) == len(LINKS)


def test_no_host_gets_more_than_twice_its_share_after_a_pause_either(
    chosen: dict[int, tuple[str, ...]],
) -> None:
    later = [keys for number, keys in chosen.items() if number > 1]
    most = max(Counter(key.split("/")[2] for key in keys)["big.example"] for keys in later)
    assert 10 <= most <= 2 * len(BIG) / 6


def test_what_is_asked_in_batches_is_asked_every_night() -> None:
    found = nights({**DEFAULT_COSTS, "github": 0.01})
    assert all(set(REPOSITORIES) <= set(keys) for keys in found.values())


def test_a_list_that_is_checked_every_week_is_checked_whole() -> None:
    """A run has the share of seven days then: with that of one, nothing was checked for months."""
    last: dict[str, int] = {}
    longest = 0
    for number, keys in nights(DEFAULT_COSTS, range(1, NIGHTS, 7)).items():
        for key in keys:
            longest = max(longest, number - last.get(key, number))
            last[key] = number
    assert longest <= 14 + 7
    assert min(last.values()) > NIGHTS - 14 - 7
