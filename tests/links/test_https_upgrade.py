"""What an upgrade is: the same address by https, and nothing else."""

import pytest

from staycurrent.links.moves import is_https_upgrade


@pytest.mark.parametrize(
    ("began", "ended"),
    [
        ("http://a.test/x", "https://a.test/x"),
        ("http://a.test", "https://a.test/"),
        ("http://a.test/x", "https://a.test/x/"),
        ("http://a.test/x/", "https://a.test/x"),
        ("http://a.test/x?q=1", "https://a.test/x/?q=1"),
        ("http://a.test:80/x", "https://a.test/x"),
        ("http://a.test/x", "https://a.test:443/x"),
        ("http://A.test/x", "https://a.test/x"),
        ("http://a.test/%7Eme", "https://a.test/~me"),
        ("http://bücher.test/", "https://xn--bcher-kva.test/"),
        ("http://a.test/x", "https://a.test/x#part"),
    ],
)
def test_the_same_address_by_https_is_an_upgrade(began: str, ended: str) -> None:
    assert is_https_upgrade(began, ended)


@pytest.mark.parametrize(
    ("began", "ended"),
    [
        ("http://a.test/x", "http://a.test/x"),
        ("https://a.test/x", "https://a.test/x/"),
        ("https://a.test/x", "http://a.test/x"),
        ("http://a.test/x", "https://www.a.test/x"),
        ("http://a.test/x", "https://a.test/y"),
        ("http://a.test/x", "https://a.test/x//"),
        ("http://a.test/x", "https://a.test/X"),
        ("http://a.test/x", "https://a.test/x?"),
        ("http://a.test/x?q=1", "https://a.test/x?q=2"),
        ("http://a.test/x?q=1", "https://a.test/x?q=1/"),
        ("http://a.test:8080/x", "https://a.test/x"),
        ("http://a.test/x", "https://a.test:8443/x"),
        ("http://a.test/x", "https:///x"),
        ("hhttp://a.test/x", "https://a.test/x"),
    ],
)
def test_whatever_else_differs_makes_it_another_kind_of_move(began: str, ended: str) -> None:
    assert not is_https_upgrade(began, ended)
