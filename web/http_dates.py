"""What servers say of time: when an answer was sent, and when to come back."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from staycurrent.web.response import Response


@dataclass(frozen=True, slots=True)
class SentInterval:
    """The span in which an answer left its server; a cache keeps the `Date` that it was given."""

    earliest: datetime
    latest: datetime
    """By so much `Age` later (RFC 9111 section 5.1)."""

    def clock_offset(self, now: datetime) -> timedelta:
        """How far a clock that shows `now` is ahead of it; negative where it is behind."""
        return now - min(max(now, self.earliest), self.latest)


def sent_interval(answer: Response) -> SentInterval | None:
    """When the answer was sent, by its server's own clock; None where it does not say."""
    date = parse_http_date(answer.headers.get("date", ""))
    if date is None:
        return None
    age = answer.headers.get("age", "").strip()
    seconds = int(age) if re.fullmatch(r"[0-9]{1,8}", age) else 0
    room = datetime.max.replace(tzinfo=UTC) - date
    return SentInterval(date, date + min(timedelta(seconds=seconds), room))


def parse_retry_after(text: str, date: str | None) -> float | None:
    """Seconds that `Retry-After` names (RFC 9110 section 10.2.3), by the server's own clock."""
    digits = text.strip()
    if re.fullmatch(r"[0-9]+", digits):
        return float(digits) if len(digits) < 10 else 1e9
    then, now = parse_http_date(text), parse_http_date(date or "")
    return None if then is None or now is None else max(0.0, (then - now).total_seconds())


def parse_http_date(text: str) -> datetime | None:
    """An HTTP date (RFC 9110 section 5.6.7) as an aware moment; None where it is none."""
    try:
        found = parsedate_to_datetime(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None
