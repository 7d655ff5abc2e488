"""Behaviours that are not judged right yet, each with what is missing; none may stay for long."""

from collections.abc import Sequence

import pytest

from tests.truth.cases import Played

PENDING = {
    "fifteen_hops": "web/policy.py: ten hops are followed, browsers follow twenty",
    "moved_to_fragment": "web/client.py: the fragment of a `Location` is lost",
    "length_negative": "web/carrier.py: a head that h11 refuses counts as not HTTP",
    "ipv6_only": "web/carrier.py: no road to an IPv6 address is our lack, not the host's",
    "robots_disallow": "nobody asks for robots.txt",
    "gh_taken_over": "flows/check.py: links.takeover is not asked",
    "run_one_page_for_all": "links/night.py: one page at many hosts is not noticed",
    "run_host_outage": "links/night.py: an outage of one host is not quarantined",
    "run_ip_banned": "links/night.py: many hosts that begin to refuse us are not noticed",
}


def named(parts: Sequence[Played]) -> list[object]:
    """The cases as parameters of a test, under their own names; the pending ones must fail."""
    return [pytest.param(part, id=part.case.id, marks=_marks(part.case.id)) for part in parts]


def _marks(name: str) -> list[pytest.MarkDecorator]:
    return [pytest.mark.xfail(strict=True, reason=PENDING[name])] if name in PENDING else []
