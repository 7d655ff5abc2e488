"""What hosts allow: remembered for weeks, of nights that count, the last answer first."""

from staycurrent.warehouse import lookups
from staycurrent.warehouse.open import Warehouse
from staycurrent.warehouse.runs import RunStatus
from staycurrent.web.robots import ERROR_CACHE_DAYS, MIN_CACHE_DAYS, RobotsTxt
from tests.support.values import began, ended, night

HOST = "site.example:8080"


def made(n: int, status: int = 404, rules: str = "") -> RobotsTxt:
    return RobotsTxt(HOST, night(n), status, rules)


def learned(w: Warehouse, n: int, one: RobotsTxt, status: RunStatus = RunStatus.JUDGED) -> None:
    run_id = began(w, n, {})
    lookups.add_robots_txt(w, run_id, [one])
    ended(w, run_id, n, status)


def test_what_was_learned_comes_back_as_it_was(w: Warehouse) -> None:
    stored = made(1, 200, "User-agent: *\nDisallow: /caf\u00e9 \U0001f916")
    learned(w, 1, stored)
    assert lookups.robots_txt(w, night(2)) == {HOST: stored}


def test_it_is_cached_as_long_as_it_applies(w: Warehouse) -> None:
    learned(w, 1, made(1))
    ages = [n for n in range(1, 3 * MIN_CACHE_DAYS) if lookups.robots_txt(w, night(n))]
    assert ages == [n for n in range(1, 3 * MIN_CACHE_DAYS) if made(1).is_fresh(night(n))]
    assert MIN_CACHE_DAYS <= len(ages) < 2 * MIN_CACHE_DAYS


def test_a_missing_response_is_cached_for_a_week(w: Warehouse) -> None:
    learned(w, 1, made(1, 0))
    assert lookups.robots_txt(w, night(ERROR_CACHE_DAYS)) == {HOST: made(1, 0)}
    assert lookups.robots_txt(w, night(ERROR_CACHE_DAYS + 1)) == {}


def test_the_last_answer_of_a_host_counts_and_none_of_a_later_night(w: Warehouse) -> None:
    learned(w, 1, made(1))
    learned(w, 3, made(3, 200, "User-agent: *\nDisallow: /"))
    assert lookups.robots_txt(w, night(4)) == {HOST: made(3, 200, "User-agent: *\nDisallow: /")}
    assert lookups.robots_txt(w, night(2)) == {HOST: made(1)}


def test_a_night_that_was_not_judged_taught_nothing(w: Warehouse) -> None:
    learned(w, 1, made(1), RunStatus.NOT_JUDGED)
    assert lookups.robots_txt(w, night(2)) == {}


def test_a_dead_run_of_the_date_counts_on_that_date(w: Warehouse) -> None:
    lookups.add_robots_txt(w, began(w, 1, {}), [made(1)])
    assert lookups.robots_txt(w, night(1)) == {HOST: made(1)}
    assert lookups.robots_txt(w, night(2)) == {}
