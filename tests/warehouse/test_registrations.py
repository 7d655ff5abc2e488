"""What registries said of domains: the last answer counts."""

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
