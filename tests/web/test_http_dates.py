"""Dates in HTTP headers."""

from datetime import UTC, datetime, timedelta

import pytest

from staycurrent.web.response import Response, clock_offset, parse_http_date

DATE = "Sun, 22 Nov 2026 02:00:00 GMT"
THEN = datetime(2026, 11, 22, 2, tzinfo=UTC)


def response(**headers: str) -> Response:
    return Response("https://a.test/", "https://a.test/", (), 0.1, status=200, headers=headers)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (DATE, THEN),
        ("Sun, 22 Nov 2026 03:00:00 +0100", THEN),
        ("Sun, 22 Nov 2026 02:00:00", THEN),
        ("Sunday, 22-Nov-26 02:00:00 GMT", THEN),
        ("", None),
        ("yesterday", None),
        ("Mon, 01 Jan 99999 00:00:00 +9999", None),
        ("Fri, 31 Dec 9999 23:59:59 -1200", None),
    ],
)
def test_http_dates(text: str, expected: datetime | None) -> None:
    assert parse_http_date(text) == expected


@pytest.mark.parametrize(
    ("age", "seconds"), [("0", 0), ("3600", 3600), ("", 0), ("-5", 0), ("soon", 0), ("9" * 40, 0)]
)
def test_a_response_was_sent_between_its_date_and_its_age(age: str, seconds: int) -> None:
    sent = response(date=DATE, age=age)
    assert clock_offset(sent, THEN) == timedelta(0)
    assert clock_offset(sent, THEN + timedelta(seconds=seconds)) == timedelta(0)
    assert clock_offset(sent, THEN + timedelta(seconds=seconds + 60)) == timedelta(seconds=60)
    assert clock_offset(sent, THEN - timedelta(hours=1)) == -timedelta(hours=1)


def test_an_age_does_not_overflow() -> None:
    sent = response(date="Fri, 31 Dec 9999 23:59:59 GMT", age="99999999")
    last = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert clock_offset(sent, last) == timedelta(0)


def test_without_a_date_there_is_nothing_to_compare() -> None:
    assert clock_offset(response(age="60"), THEN) is None
