"""Why an answer cannot be a feed's answer, whatever its body says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from statistics import median
from urllib.parse import urlsplit

from staycurrent.sources.item import FeedReading, Item
from staycurrent.sources.weeks import last_closed_week
from staycurrent.web.response import Response

MAX_FEED_BYTES = 5_000_000
"""How much of a feed is read, in bytes; the largest archive feed has 2.5 MB."""
MAX_PAGE_BYTES = 2_000_000
"""How much of a page is read, in bytes; GitHub's has 0.7 MB."""


class BodyFormat(StrEnum):
    """What kind of body a feed promises."""

    HTML = "html"
    JSON = "json"
    FEED = "feed"
    """RSS or Atom; hosts of raw files call it text/plain, so only HTML is refused by its type."""


def response_problem(answer: Response, shape: BodyFormat, *, same_host: bool = True) -> str | None:
    """Say why the answer is not to be believed, as a sentence without full stop; None if it may be.

    A source that was sold, retired or walled off answers 200 from elsewhere or with another type:
    paperswithcode.com did both in July 2025.
    """
    if answer.failure is not None:
        return f"no answer: {answer.failure.value.replace('_', ' ')}"
    if same_host and _host(answer.final_url) != _host(answer.url):
        return f"was sent on from {_host(answer.url)} to {_host(answer.final_url)}"
    if "challenge" in answer.headers.get("cf-mitigated", ""):
        return "answers with a challenge for browsers"
    if answer.status != 200:
        return f"answers {answer.status}"
    if answer.truncated:
        return f"body was cut after {len(answer.body)} bytes"
    if not answer.body.strip():
        return "body is empty"
    return _wrong_type(answer, shape)


def _wrong_type(answer: Response, shape: BodyFormat) -> str | None:
    declared = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not declared:
        return None
    is_html = declared in ("text/html", "application/xhtml+xml")
    is_json = declared.endswith(("/json", "+json")) or declared == "text/plain"
    right = {BodyFormat.HTML: is_html, BodyFormat.JSON: is_json, BodyFormat.FEED: not is_html}[
        shape
    ]
    return None if right else f"content type is {declared}, not {shape.value}"


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


@dataclass(frozen=True, slots=True)
class PastReading:
    """Rows that were believed on an earlier night, and the adapter that brought them."""

    run_date: date
    adapter: str
    items: tuple[Item, ...]


PastReadings = Sequence[PastReading]
"""At most one for each night, in any order; kept rows of bad nights are not in."""

_WINDOW = timedelta(days=14)
_LEAST_NIGHTS = 3
_SAME_WEEK = 0.5


class UpdateFrequency(StrEnum):
    """How often a feed is meant to change."""

    DAILY = "daily"
    WORKDAYS = "workdays"
    """Friday's rows stand until Monday's come, and Monday's may come after our night."""
    WEEKLY = "weekly"
    ANY = "any"
    """A feed of a user's own: it may stand still for months."""


_FROZEN_NIGHTS = {UpdateFrequency.DAILY: 2, UpdateFrequency.WORKDAYS: 4}
"""Earlier nights with tonight's rows in tonight's order after which nobody is at home."""


def reading_problem(
    reading: FeedReading,
    earlier: PastReadings,
    run_date: date,
    rhythm: UpdateFrequency = UpdateFrequency.DAILY,
) -> str | None:
    """Say why tonight's rows cannot be, as a sentence without full stop; None if they can."""
    past = sorted((one for one in earlier if one.run_date < run_date), key=lambda one: one.run_date)
    standing = past[-_FROZEN_NIGHTS[rhythm] :] if rhythm in _FROZEN_NIGHTS else []
    if standing and _frozen(reading.items, standing, _FROZEN_NIGHTS[rhythm]):
        return f"same rows in the same order as on {_told(standing)}"
    if rhythm is UpdateFrequency.WEEKLY:
        repeated = _repeated(reading.items, past, run_date)
        if repeated is not None:
            return f"repeats the week that was read on {repeated}"
    return None if rhythm is UpdateFrequency.ANY else _shrunk(reading, past, run_date)


def _told(standing: PastReadings) -> str:
    first, *_, last = (one.run_date for one in standing)
    return f"{last} and {first}"


def _frozen(items: Sequence[Item], standing: PastReadings, nights: int) -> bool:
    """Nothing new and nothing reordered over so many nights.

    GitHub's page stood still from 2025-11-13 to 2025-12-04 while its counters went on changing.
    The archive leaves out some rows of the same page, so a part in the same order counts too.
    """
    tonight = [item.identity for item in items]
    return len(standing) == nights and all(_part_of(tonight, one.items) for one in standing)


def _part_of(tonight: Sequence[str], rows: Sequence[Item]) -> bool:
    shown = set(tonight)
    kept = [item.identity for item in rows if item.identity in shown]
    return kept == list(tonight) and 2 * len(kept) >= len(rows)


def _repeated(items: Sequence[Item], past: PastReadings, night: date) -> date | None:
    """Night of the newest reading of another week that shares over half of tonight's rows."""
    week = last_closed_week(night)
    others = [one for one in past if last_closed_week(one.run_date) != week]
    if not others:
        return None
    then = others[-1]
    tonight, before = {item.identity for item in items}, {item.identity for item in then.items}
    union = tonight | before
    return then.run_date if union and len(tonight & before) / len(union) > _SAME_WEEK else None


def _shrunk(reading: FeedReading, past: PastReadings, night: date) -> str | None:
    """Fewer than half of what this adapter usually brings; a few nights of history tell nothing.

    Adapters differ in length by nature: a newsletter's ten papers are no shrunken fifty. The
    window is one of calendar nights, so that a feed that has become short for good is believed
    again when it has passed.
    """
    lengths = [
        len(one.items)
        for one in past
        if one.adapter == reading.adapter and one.run_date >= night - _WINDOW
    ]
    if len(lengths) < _LEAST_NIGHTS:
        return None
    usual = median(lengths)
    if 2 * len(reading.items) >= usual:
        return None
    return f"{len(reading.items)} rows, fewer than half of the usual {usual:g}"
