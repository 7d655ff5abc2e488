"""The number of a repository in its identity, and nothing where there is none."""

import pytest

from staycurrent.links.providers.github.observations import repository_number


@pytest.mark.parametrize(
    ("identity", "number"),
    [
        ("1300192", 1_300_192),
        ("1300192 R_kgDOABPW4A", 1_300_192),
        ("1300192 R_kgDOABPW4A owner:5", 1_300_192),
        ("1300192 owner:5", 1_300_192),
        ("R_kgDOABPW4A owner:5", None),
        ("2101.00001", None),
        ("", None),
    ],
)
def test_the_number_of_a_repository_is_the_first_of_its_names(
    identity: str, number: int | None
) -> None:
    assert repository_number(identity) == number
