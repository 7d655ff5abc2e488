"""Patterns of `links.ignore`: hosts, globs and regular expressions."""

import pytest

from staycurrent.links.settings import covers

URL = "https://docs.example.org/guide/a?b=1"


@pytest.mark.parametrize(
    ("pattern", "covered"),
    [
        ("example.org", True),
        ("Docs.Example.org", True),
        ("ample.org", False),
        ("*.example.org", True),
        ("*.example.net", False),
        ("https://docs.example.org/*", True),
        ("https://docs.example.org/", False),
        ("docs.example.org/guide/*", True),
        ("example.org/guide/*", False),
        ("docs.example.org/guide/a?b=1", True),
        ("^https?://docs", True),
        ("/guide/(a|b)", True),
        ("^docs", False),
    ],
)
def test_what_a_pattern_covers(pattern: str, *, covered: bool) -> None:
    assert covers(pattern, URL) is covered
    assert not covers(pattern, "mailto:a@b.example")


@pytest.mark.parametrize(
    ("url", "pattern"),
    [
        ("http://[x/y", "x"),
        ("http://[::1]:80/", "::1"),
        ("http://me@Example.org:99999/", "example.org"),
        ("ftp://example.org", "example.org"),
        ("//example.org/guide", "example.org"),
        ("//example.org/guide", "example.org/*"),
    ],
)
def test_the_host_of_a_url_that_cannot_be_requested_may_be_ignored(url: str, pattern: str) -> None:
    assert covers(pattern, url)
    assert not covers("other.example", url)


def test_what_has_no_host_is_covered_by_none() -> None:
    assert not any(covers("x", url) for url in ("http://", "x//y", "x\u2100", "mailto:a@x"))
