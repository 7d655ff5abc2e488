"""HTTP headers with a grammar of their own: dates, `Retry-After`, and validators (`ETag`)."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Self

from staycurrent.web.response import Response


@dataclass(frozen=True, slots=True)
class SentInterval:
    """When a response was sent by its server; a cache keeps the `Date` of the original response."""

    earliest: datetime
    latest: datetime
    """`Age` seconds later (RFC 9111 section 5.1)."""

    def clock_offset(self, now: datetime) -> timedelta:
        """How far a clock that shows `now` is ahead of the server's; negative if behind."""
        return now - min(max(now, self.earliest), self.latest)


def sent_interval(response: Response) -> SentInterval | None:
    """When the response was sent, by its server's clock; None if it does not say."""
    date = parse_http_date(response.headers.get("date", ""))
    if date is None:
        return None
    age = response.headers.get("age", "").strip()
    seconds = int(age) if re.fullmatch(r"[0-9]{1,8}", age) else 0
    longest = datetime.max.replace(tzinfo=UTC) - date
    return SentInterval(date, date + min(timedelta(seconds=seconds), longest))


def parse_retry_after(text: str, date: str | None) -> float | None:
    """Seconds of `Retry-After` (RFC 9110 section 10.2.3); a date counts from the `date` header.

    None if the header is missing or malformed.
    """
    digits = text.strip()
    if re.fullmatch(r"[0-9]+", digits):
        return float(digits) if len(digits) < 10 else 1e9
    until, now = parse_http_date(text), parse_http_date(date or "")
    if until is None or now is None:
        return None
    return max(0.0, (until - now).total_seconds())


def parse_http_date(text: str) -> datetime | None:
    """An HTTP date (RFC 9110 section 5.6.7) with its time zone; None if it is not one."""
    try:
        date = parsedate_to_datetime(text)
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None


_ETAG = re.compile(r'(W/)?"[!#-~]{1,200}"')
_HTTP_DATE = re.compile(r"[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} (199|2\d\d)\d \d{2}:\d{2}:\d{2} GMT")


@dataclass(frozen=True, slots=True)
class Validators:
    """What identifies a version of a page (RFC 9110 section 8.8), as it is sent back."""

    etag: str = ""
    """Empty if the server sent none that is well formed."""
    last_modified: str = ""

    @classmethod
    def of(cls, response: Response) -> Self:
        """The validators of a response; malformed ones are left out, so they can be sent."""
        etag = response.headers.get("etag", "").strip()
        last_modified = response.headers.get("last-modified", "").strip()
        return cls(
            etag if _ETAG.fullmatch(etag) else "",
            last_modified if _HTTP_DATE.fullmatch(last_modified) else "",
        )

    def __bool__(self) -> bool:
        return bool(self.etag or self.last_modified)

    @property
    def headers(self) -> dict[str, str]:
        """Request headers, both if both are known: old caches know only one (section 13.1.3)."""
        headers = {"if-none-match": self.etag, "if-modified-since": self.last_modified}
        return {name: value for name, value in headers.items() if value}


def from_not_modified(response: Response, body: bytes, content_type: str = "") -> Response:
    """The 200 that a 304 stands for (RFC 9110 section 15.4.5), with the body that was stored."""
    headers = {**response.headers, **({"content-type": content_type} if content_type else {})}
    return replace(response, status=200, headers=headers, body=body, truncated=False)
