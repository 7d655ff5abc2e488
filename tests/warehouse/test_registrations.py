"""What registries said of domains: the last answer that can be used counts."""

from dataclasses import replace

from staycurrent.links.rdap import Registration, RegistrationState
from staycurrent.warehouse import witnesses
from staycurrent.warehouse.open import Warehouse
from tests.support.values import night


def test_the_last_answer_of_a_domain_is_read_as_it_was(w: Warehouse) -> None:
    registered = RegistrationState.REGISTERED
    old = Registration("a.example", night(1), RegistrationState.FREE)
    new = Registration("a.example", night(5), registered, night(1), night(9), ("ns.b.example",))
    other = replace(old, domain="b.example")
    for one in (old, new, other):
        witnesses.add_registration(w, one)
    assert witnesses.registrations(w, night(9)) == {"a.example": new, "b.example": other}
    assert witnesses.registrations(w, night(4)) == {"a.example": old, "b.example": other}


def test_an_answer_that_could_not_be_used_does_not_hide_the_one_before(w: Warehouse) -> None:
    free = Registration("a.example", night(1), RegistrationState.FREE)
    known = replace(free, run_date=night(2), state=RegistrationState.REGISTERED)
    vain = replace(free, state=RegistrationState.UNKNOWN)
    only = replace(vain, domain="b.example", run_date=night(3))
    for one in (free, known, *(replace(vain, run_date=night(n)) for n in (5, 8)), only):
        witnesses.add_registration(w, one)
    held = replace(known, asked_again=night(8))
    assert witnesses.registrations(w, night(9)) == {"a.example": held, "b.example": only}
    assert witnesses.registrations(w, night(3)) == {"a.example": known, "b.example": only}
