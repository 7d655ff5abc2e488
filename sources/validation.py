"""Whether a response can come from the feed that was requested, and its rows be current.

Weekly feeds name ISO weeks; the week to ask for is always one that has ended. Of what came, items
may be proposed whose addresses the link checker would request.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from math import inf
from urllib.parse import urlsplit

from staycurrent.sources.item import FeedDrift, Item, PullResult
from staycurrent.sources.parsing import JsonValue, parse_json, plain_text
from staycurrent.web.address import Address, parse
from staycurrent.web.guard import allowed_ips, ip_literal
from staycurrent.web.response import Fetch, Response
from staycurrent.web.settings import WebSettings


@dataclass(frozen=True, slots=True)
class IsoWeek:
    """The seven days from a Monday on."""

    monday: date

    @property
    def name(self) -> str:
        """ISO 8601 name, `2026-W53`: the year is that of the week, not of the day."""
        return f"{self.monday:%G-W%V}"

    @property
    def sunday(self) -> date:
        """The last day."""
        return self.monday + timedelta(days=6)


def last_closed_week(run_date: date) -> IsoWeek:
    """Return the last week that ended before the run date.

    For a week that has just begun, Hugging Face returns 4 to 9 papers instead of over 100.
    """
    return IsoWeek(run_date - timedelta(days=run_date.weekday() + 7))


def last_workdays(run_date: date) -> tuple[date, ...]:
    """Return the last five days from Monday to Friday before the run date, oldest first."""
    days = (run_date - timedelta(days=back) for back in range(7, 0, -1))
    return tuple(day for day in days if day.weekday() < 5)


class BodyFormat(StrEnum):
    """The format of the body that a feed serves."""

    HTML = "html"
    JSON = "json"
    FEED = "feed"
    """RSS, Atom, JSON Feed or text. Hosts declare any type, so only HTML itself is refused."""


_FEED_START = re.compile(
    rb"(?:\s|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^<>]*>)*+(?:<(?:\w+:)?(?:rss|feed|rdf)\b|\{)",
    re.IGNORECASE | re.DOTALL,
)
_BYTE_ORDER_MARKS = b"\xef\xbb\xbf\xfe\xff"


async def fetch_valid(
    fetch: Fetch,
    url: str,
    body_format: BodyFormat,
    *,
    headers: Mapping[str, str] | None = None,
    max_bytes: int = 5_000_000,
    same_host: bool = True,
) -> Response | FeedDrift:
    """Fetch a feed and check that it can be the feed, whatever its body says.

    With `same_host`, redirects must stay on the host. A site that was sold, retired or put behind a
    bot wall answers 200 from another host or with another content type: paperswithcode.com did both
    in July 2025. The largest feed has 2.5 MB.
    """
    response = await fetch(url, headers=headers or {}, body_bytes=max_bytes)
    if response.failure is not None:
        return FeedDrift(f"not reached: {response.failure.words}")
    host, final_host = (urlsplit(each).hostname for each in (response.url, response.final_url))
    if same_host and final_host != host:
        return FeedDrift(f"redirected from {host} to {final_host}")
    if "challenge" in response.headers.get("cf-mitigated", ""):
        return FeedDrift("answers with a challenge for browsers")
    if response.status != 200:
        return FeedDrift(f"answers {response.status}", response.status)
    if response.truncated:
        return FeedDrift(f"body was cut after {len(response.body)} bytes")
    if not response.body.strip():
        return FeedDrift("body is empty")
    declared = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    is_html = declared in ("text/html", "application/xhtml+xml")
    is_json = declared.endswith(("/json", "+json")) or declared == "text/plain"
    start = response.body[:4_096].replace(b"\0", b"").lstrip(_BYTE_ORDER_MARKS)
    is_feed = not is_html or _FEED_START.match(start) is not None
    expected = {BodyFormat.HTML: is_html, BodyFormat.JSON: is_json, BodyFormat.FEED: is_feed}
    if declared and not expected[body_format]:
        return FeedDrift(f"content type is {plain_text(declared, 80)}, not {body_format.value}")
    return response


async def fetch_json(
    fetch: Fetch, url: str, headers: Mapping[str, str] | None = None
) -> JsonValue | FeedDrift:
    """Fetch a page of an API as `fetch_valid` does, and parse it."""
    headers = headers or {"Accept": "application/json"}
    page = await fetch_valid(fetch, url, BodyFormat.JSON, headers=headers)
    if isinstance(page, FeedDrift):
        return page
    return parse_json(page.body) or FeedDrift("body is not JSON")


@dataclass(frozen=True, slots=True)
class PastReading:
    """Rows that were used on an earlier date, and the adapter that read them."""

    run_date: date
    adapter: str
    items: tuple[Item, ...]


class UpdateFrequency(StrEnum):
    """How often the rows of a feed are expected to change."""

    DAILY = "daily"
    WORKDAYS = "workdays"
    """Friday's rows stay until Monday's come, which may be after our run."""
    WEEKLY = "weekly"
    ANY = "any"
    """A feed from the settings: it may stay the same for months."""


_FROZEN_AFTER = {UpdateFrequency.DAILY: 2, UpdateFrequency.WORKDAYS: 4}
"""Earlier dates with the same rows in the same order after which a feed counts as frozen."""
_LENGTH_WINDOW = timedelta(days=14)
_MIN_LENGTHS = 3


def reading_problem(
    adapter: str,
    items: Sequence[Item],
    past: Sequence[PastReading],
    run_date: date,
    frequency: UpdateFrequency,
    *,
    most: float = inf,
) -> str | None:
    """Return why rows cannot be those of the run date, as a sentence without full stop, or None.

    Rows are not current if they are frozen, if a weekly feed repeats another week, or if there are
    fewer than half as many as `adapter` usually reads, of the `most` that the settings ask for
    now. `past` are readings of earlier dates, at most one a date, the oldest first.
    """
    dates = _FROZEN_AFTER.get(frequency, 0)
    recent = past[-dates:] if dates else []
    if recent and len(recent) == dates and all(_is_frozen(items, one.items) for one in recent):
        return f"same rows in the same order as on {recent[-1].run_date} and {recent[0].run_date}"
    if frequency is UpdateFrequency.ANY:
        return None
    if frequency is UpdateFrequency.WEEKLY:
        week = last_closed_week(run_date)
        others = [one for one in past if last_closed_week(one.run_date) != week]
        if others and _share_in_common(items, others[-1].items) > 0.5:
            return f"repeats the week that was read on {others[-1].run_date}"
    # Adapters are compared with themselves: a newsletter has ten papers where an API has fifty.
    # The window is one of dates, so that a feed that has become short for good is used again.
    since = run_date - _LENGTH_WINDOW
    lengths = [len(one.items) for one in past if one.adapter == adapter and one.run_date >= since]
    from statistics import median  # 20 ms, and every command imports this module

    if len(lengths) >= _MIN_LENGTHS and 2 * len(items) < (usual := min(median(lengths), most)):
        return f"{len(items)} rows, fewer than half of the usual {usual:g}"
    return None


def _is_frozen(items: Sequence[Item], earlier: Sequence[Item]) -> bool:
    """Whether no row is new and none has moved; at least half of the earlier rows must be left.

    GitHub's page was frozen from 2025-11-13 to 2025-12-04 while its counters went on changing.
    The archive leaves out some rows of the same page.
    """
    identities = [item.identity for item in items]
    shown = set(identities)
    left = [item.identity for item in earlier if item.identity in shown]
    return left == identities and 2 * len(left) >= len(earlier)


def _share_in_common(items: Sequence[Item], others: Sequence[Item]) -> float:
    """Jaccard index of the identities."""
    these, those = {item.identity for item in items}, {item.identity for item in others}
    return len(these & those) / max(1, len(these | those))


_MAX_URL = 8_000
"""What every server must take (RFC 9110 section 4.1)."""
_LOCAL_NAMES = (".local", ".internal", ".lan", ".home.arpa", ".intranet", ".corp", ".onion")
"""Names that the public DNS does not have (RFC 6762, RFC 8375, RFC 7686, ICANN)."""
# Scripts that are written together in one word; any with Latin (UTS #39, "Highly Restrictive").
_WRITTEN_TOGETHER = (
    {"CJK", "HIRAGANA", "KATAKANA", "LATIN"},
    {"CJK", "BOPOMOFO", "LATIN"},
    {"CJK", "HANGUL", "LATIN"},
)
_LIKE_LATIN = frozenset("асԁеһіјӏорԛѕԝхуъьвгкмнтѡүҽпзѵαικνορτυωχηγϲաոօսցհյզգք")
"""Cyrillic, Greek and Armenian letters of which a name can be made that looks like Latin."""


def without_refused(result: PullResult, settings: WebSettings) -> PullResult:
    """Leave out the items that may not be proposed; the note says how many and why."""
    reasons_by_item = [refusal(item.url, settings) for item in result.items]
    if not any(reasons_by_item):
        return result
    kept = [item for item, reason in zip(result.items, reasons_by_item, strict=True) if not reason]
    counts = Counter(filter(None, reasons_by_item))
    reasons = ", ".join(f"{reason} ({count})" for reason, count in sorted(counts.items()))
    note = f"{len(result.items) - len(kept)} of {len(result.items)} items left out: {reasons}"
    return replace(result, items=tuple(kept), note="; ".join(filter(None, [result.note, note])))


def refusal(url: str, settings: WebSettings) -> str:
    """Why an address may not be proposed, in a few words; empty if it may be."""
    address = parse(url)
    if not isinstance(address, Address):
        return address.reason
    if len(address.target) + len(address.fragment) > _MAX_URL:
        return f"an address of more than {_MAX_URL:,} characters"
    if address.is_signed:
        return "the address carries a key"
    if reason := unreachable(address, settings):
        return reason
    host = address.host.removesuffix(".")
    if ":" in host:
        return "an IPv6 address, whose brackets markdown encodes"
    if not _is_own(host) and ("." not in host or host.endswith(_LOCAL_NAMES)):
        return "the name of a private network"
    labels = host.split(".")
    foreign = [label.removeprefix("xn--") for label in labels if label.startswith("xn--")]
    # Below a domain in its own script a name is not taken for a Latin one.
    is_ascii_domain = not labels[-1].startswith("xn--")
    if any(_imitates(label, is_ascii_domain=is_ascii_domain) for label in foreign):
        return f"{host} has letters that imitate another name"
    return ""


def unreachable(address: Address, settings: WebSettings) -> str:
    """Why an address is never requested, as far as it shows itself; empty if it may be."""
    host = address.host.removesuffix(".")
    literal = "127.0.0.1" if _is_own(host) else ip_literal(host)
    networks, ports = settings.allow_networks, settings.allow_ports
    if literal and not allowed_ips((literal,), address.port, networks=networks, ports=ports):
        return "a private address or an unusual port"
    if literal is None and address.port not in ports and not networks:  # these allow every port
        return "an unusual port"
    return ""


def _is_own(host: str) -> bool:
    return host == "localhost" or host.endswith(".localhost")


def _imitates(label: str, *, is_ascii_domain: bool) -> bool:
    """Whether a label in Punycode mixes scripts, or has only letters that look like Latin ones."""
    try:
        text = label.encode().decode("punycode")
    except UnicodeError:
        return True
    letters = [one for one in text if unicodedata.category(one) in ("Ll", "Lo", "Lu")]
    scripts = {unicodedata.name(one, "").replace("-", " ").partition(" ")[0] for one in letters}
    if len(scripts) > 1 and not any(scripts <= together for together in _WRITTEN_TOGETHER):
        return True
    return is_ascii_domain and bool(letters) and _LIKE_LATIN.issuperset(letters)
