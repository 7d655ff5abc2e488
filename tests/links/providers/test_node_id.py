"""Node ids: the number in either form, and nothing where it cannot be read."""

import pytest

from staycurrent.links.providers.github.observations import repository_number

READ = [
    ("MDEwOlJlcG9zaXRvcnkxMzAwMTky", 1_300_192),
    ("MDEwOlJlcG9zaXRvcnk3", 7),
    ("R_kgAH", 7),
    ("R_kgDMyA", 200),
    ("R_kgDN-9A", 64_464),
    ("R_kgDOABPW4A", 1_300_192),
    ("R_kgDORHkddg", 1_148_788_086),
    ("R_kgDPAAAAAgAAAAA", 2**33),
    ("1300192 R_unreadable", 1_300_192),
    ("1300192", 1_300_192),
    ("1300192 R_unreadable owner:5", 1_300_192),
    ("1300192 owner:5", 1_300_192),
    ("R_kgDOABPW4A owner:5", 1_300_192),
]
UNREAD = [
    "",
    "R_",
    "kgDOABPW4A",
    "R_kgDOABPW",
    "R_kgDOABPW4AAA",
    "R_kgD?ABPW4A",
    "R_naïve",
    "MDQ6VXNlcjU4MzIzMQ==",
    "2101.00001",
    "R_unreadable owner:5",
]


@pytest.mark.parametrize(("node_id", "number"), READ)
def test_the_number_is_read_out_of_either_form(node_id: str, number: int) -> None:
    assert repository_number(node_id) == number


@pytest.mark.parametrize("text", UNREAD)
def test_what_is_no_repository_of_either_form_has_no_number(text: str) -> None:
    assert repository_number(text) is None
