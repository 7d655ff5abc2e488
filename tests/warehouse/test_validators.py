"""PageValidators: what a page can be asked for again by, one a link, of nights that count."""

import pytest

from staycurrent.links.revalidation import PageValidators, ValidatorTrust
from staycurrent.warehouse import lookups
from staycurrent.warehouse.file import WarehouseUnusable
from staycurrent.warehouse.open import Warehouse
from staycurrent.warehouse.runs import RunStatus
from tests.support.values import CODE, PAPER, began, ended, night


def made(
    n: int, link: str = PAPER, trust: ValidatorTrust = ValidatorTrust.UNTRIED
) -> PageValidators:
    return PageValidators(link, night(n), f'W/"{n}"', None, trust)


def given(
    w: Warehouse, n: int, *those: PageValidators, status: RunStatus = RunStatus.JUDGED
) -> None:
    run_id = began(w, n, {})
    lookups.add_validators(w, run_id, those)
    ended(w, run_id, n, status)


def test_what_was_given_comes_back_as_it_was(w: Warehouse) -> None:
    dated = PageValidators(
        CODE, night(1), None, "Sun, 01 Nov 2026 02:00:00 GMT", ValidatorTrust.PROVEN
    )
    given(w, 1, made(1), dated)
    assert lookups.validators(w, night(2)) == {PAPER: made(1), CODE: dated}


def test_a_link_has_those_of_its_last_page_only(w: Warehouse) -> None:
    given(w, 1, made(1), made(1, CODE))
    given(w, 2, made(2), made(2, trust=ValidatorTrust.NONE))
    assert lookups.validators(w, night(3)) == {
        PAPER: made(2, trust=ValidatorTrust.NONE),
        CODE: made(1, CODE),
    }
    assert w.select("SELECT count(*) FROM validators") == [(2,)]


def test_after_a_night_that_does_not_count_nothing_is_known_of_what_it_saw(w: Warehouse) -> None:
    given(w, 1, made(1), made(1, CODE))
    given(w, 2, made(2), status=RunStatus.NOT_JUDGED)
    assert lookups.validators(w, night(3)) == {CODE: made(1, CODE)}


def test_validators_of_a_dead_run_count_on_its_date(w: Warehouse) -> None:
    lookups.add_validators(w, began(w, 1, {}), [made(1)])
    assert lookups.validators(w, night(1)) == {PAPER: made(1)}
    assert lookups.validators(w, night(2)) == {}


def test_a_trust_of_a_later_version_is_named(w: Warehouse) -> None:
    given(w, 1, made(1))
    w.execute("UPDATE validators SET trust = 'x'")
    with pytest.raises(WarehouseUnusable, match="the warehouse has the validator trust 'x', which"):
        lookups.validators(w, night(2))
