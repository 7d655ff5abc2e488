"""Behaviours that are not judged right yet, each with what is missing; none may stay for long."""

from collections.abc import Sequence

import pytest

from tests.truth.cases import Played

PENDING = {
    "length_negative": "web/carrier.py: a head that h11 refuses counts as not HTTP",
    "robots_disallow": "nobody asks for robots.txt",
}


def named(parts: Sequence[Played]) -> list[object]:
    """The cases as parameters of a test, under their own names; the pending ones must fail."""
    return [pytest.param(part, id=part.case.id, marks=_marks(part.case.id)) for part in parts]


def _marks(name: str) -> list[pytest.MarkDecorator]:
    return [pytest.mark.xfail(strict=True, reason=PENDING[name])] if name in PENDING else []
