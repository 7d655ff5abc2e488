"""Parking services are recognised by what their pages' tags name."""

import pytest

from staycurrent.links.page.signals import has_parking_markup


@pytest.mark.parametrize(
    ("tags", "is_parked"),
    [
        ("script src=https://img.sedoparking.com/x.js", True),
        ("a href=//dan.com/buy", True),
        ("a href=https://jordan.com/blog", False),
        ("a href=https://my-bodis.com", False),
        ("script src=/adsense/domains/caf.js", True),
        ("meta content=\"0;url='/lander'\"", True),
        ("a href='/landers'", False),
        ("window.park = 1", True),
        ("a href=https://example.org/parking", False),
    ],
)
def test_parking_markup_is_a_whole_name(tags: str, *, is_parked: bool) -> None:
    assert has_parking_markup(tags) is is_parked
