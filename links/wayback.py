"""The Wayback Machine: the last good snapshot of failing links, looked up in its index (CDX)."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import chain, takewhile
from urllib.parse import urlencode

import msgspec

from staycurrent.links.link import Link
from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.providers.base import unavailable
from staycurrent.links.settings import WaybackSettings
from staycurrent.links.verdict import ELSEWHERE_REASON, Verdict, VerdictState, is_failing
from staycurrent.web.address import host_of
from staycurrent.web.guard import ip_literal
from staycurrent.web.response import Failure, Fetch, Response, is_complete

_MAX_DOUBLINGS = 5
# RFC 6761, RFC 6762, RFC 7686, RFC 8375: names of private networks, which nobody outside needs to
# know; and the archive, which keeps no snapshots of itself.
_NEVER = re.compile(r"[^.]+|(.+\.)?(localhost|local|internal|home\.arpa|onion|web\.archive\.org)")


class LookupResult(StrEnum):
    """The result of a lookup; a closed set, stored."""

    FOUND = "found"
    """There is a snapshot."""
    NOTHING = "nothing"
    """No snapshot, or a response that cannot be used. It never proves that there is none: false
    empty responses are common (internetarchive/wayback#296), so the lookup is repeated."""
    BLOCKED = "blocked"
    """The archive may not show this site, on demand of its owner or a court."""


@dataclass(frozen=True, slots=True)
class SnapshotLookup:
    """The lookup of one link on one run date."""

    link: str
    """The link's key."""
    run_date: date
    before: date
    """Only snapshots of earlier days count."""
    result: LookupResult
    address: str | None = None
    """URL of the snapshot, if one was found."""


_REPLAY = "https://web.archive.org/web"
_ROWS = 10
_TIME_FORMAT = "%Y%m%d%H%M%S"
_EVER = datetime.min.replace(tzinfo=UTC)
_TIMESTAMP = re.compile(r"(?:19|20)\d{12}", re.ASCII)
_FIELDS = ("timestamp", "original", "statuscode")
_ALL_FIELDS = ("urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length")
_UNREACHED = (Failure.DNS, Failure.DNS_TROUBLE, Failure.REFUSED, Failure.TLS)


@dataclass(frozen=True, slots=True)
class IndexResponse:
    """One parsed response of the index."""

    result: LookupResult | None
    """None if the archive was not reached, or asked us to stop: no more lookups in this run."""
    times: tuple[datetime, ...] = ()
    """When good captures were made, oldest first; at least one if something was found."""
    reason: str = ""
    """Why the response cannot be used; empty if it can."""


def index_query_url(api: str, key: str, before: date, *, tries: int) -> str:
    """The URL to request: a few good snapshots of earlier days, the nearest among them.

    Ten rows, because a limit of one enables a shortcut that returns much older ones
    (remy/unrot.link#7), and `closest` needs `sort` (internetarchive/wayback#237). Every second
    try uses the index's other query for the same rows.
    """
    last = _day_before(before).strftime(_TIME_FORMAT)
    limits = {"to": last[:8]}
    newest, nearest = _query_urls(api, key, limits, {"limit": f"-{_ROWS}"}, last)
    return newest if tries % 2 else nearest


def _day_before(day: date) -> datetime:
    """The last second of the day before."""
    return datetime.combine(day, time(), UTC) - timedelta(seconds=1)


def _query_urls(
    api: str, url: str, limits: Mapping[str, str], first: Mapping[str, str], closest: str
) -> tuple[str, str]:
    """The URLs to request for good captures of a URL, by either query of the index."""
    asked = {
        "url": url,
        "matchType": "exact",  # else a URL that ends with `*` means a whole folder
        "output": "json",
        "fl": ",".join(_FIELDS),
        "filter": "statuscode:200",
        **limits,
    }
    nearest = {"limit": f"{_ROWS}", "closest": closest, "sort": "closest"}
    return f"{api}?{urlencode({**asked, **first})}", f"{api}?{urlencode({**asked, **nearest})}"


def parse_index_response(
    answer: Response, url: str, until: datetime, since: datetime = _EVER
) -> IndexResponse:
    """Conclude from a response: the good captures of a URL after one moment, up to another.

    Good is a page of the requested site. No text of the archive gets into a report or a list.
    """
    if answer.failure is not None and answer.failure in _UNREACHED:
        return IndexResponse(None, reason=f"not reached ({answer.failure.words})")
    if silent := unavailable(answer):
        return IndexResponse(None if silent.stop else LookupResult.NOTHING, reason=silent.reason)
    if answer.status == 403 and b"AccessControlException" in answer.body:
        return IndexResponse(LookupResult.BLOCKED)
    rows = _rows(answer) if answer.status == 200 and is_complete(answer) else None
    if rows is None:
        reason = f"an unreadable response (status {answer.status})"
        return IndexResponse(LookupResult.NOTHING, reason=reason)
    site = _site(url)
    good = [
        timestamp
        for timestamp, original, status in rows
        if status == "200" and _TIMESTAMP.fullmatch(timestamp) and _site(original) == site
    ]
    try:
        times = [datetime.strptime(f"{one}+0000", f"{_TIME_FORMAT}%z") for one in sorted(good)]
    except ValueError:
        return IndexResponse(LookupResult.NOTHING, reason="a capture of no date")
    found = tuple(one for one in times if since < one <= until)
    return IndexResponse(LookupResult.FOUND if found else LookupResult.NOTHING, found)


def replay_url(url: str, taken_at: datetime) -> str:
    """The URL of a snapshot, for people."""
    return f"{_REPLAY}/{taken_at.strftime(_TIME_FORMAT)}/{url}"


def captures_query_urls(api: str, url: str, since: datetime, now: datetime) -> tuple[str, str]:
    """The URLs to request: the last good captures since a moment, by either query of the index.

    The second is for the case that the first one shows none, which is often wrong.
    """
    start = {"from": since.astimezone(UTC).strftime(_TIME_FORMAT)}
    closest = now.astimezone(UTC).strftime(_TIME_FORMAT)
    return _query_urls(api, url, start, {"limit": f"-{_ROWS}"}, closest)


def captures_near_query_urls(api: str, url: str, line: date, now: datetime) -> tuple[str, str]:
    """The URLs to request: good captures around a date, by either query of the index.

    The first asks for one of each month until now, from three years before, the second for the
    nearest ones, in case that the first shows none.
    """
    first = f"{line - timedelta(days=3 * 365):%Y%m%d}"
    monthly = {"from": first, "collapse": "timestamp:6", "limit": "200"}
    to = {"to": now.astimezone(UTC).strftime(_TIME_FORMAT)}
    return _query_urls(api, url, to, monthly, f"{line:%Y%m%d}120000")


def capture_url(url: str, taken_at: datetime) -> str:
    """The URL of a captured page as it was sent, without what the archive adds."""
    return f"{_REPLAY}/{taken_at.strftime(_TIME_FORMAT)}id_/{url}"


def _site(url: str) -> str | None:
    """The host as the index knows it: without `www.`, port and scheme."""
    return re.sub(r"^www\d*\.", "", host_of(url)) or None


def _rows(response: Response) -> list[list[str]] | None:
    """The `_FIELDS` of each row, from JSON or from lines of words; None if it lists no captures.

    What follows an empty row is the key of the next page.
    """
    try:
        rows = msgspec.convert(json.loads(response.body), list[list[str]])
        table = [(tuple(rows[0]), row) for row in takewhile(bool, rows[1:])]
    except msgspec.ValidationError:
        return None
    except (ValueError, RecursionError):
        lines = [line.split(" ") for line in takewhile(bool, response.text.splitlines())]
        table = [(_FIELDS if len(row) == len(_FIELDS) else _ALL_FIELDS, row) for row in lines]
    if not all(len(names) == len(row) and {*_FIELDS} <= {*names} for names, row in table):
        return None
    return [[row[names.index(name)] for name in _FIELDS] for names, row in table]


@dataclass(frozen=True, slots=True)
class FailingLink:
    """A failing link, or one that is about to end, and what the lookup of a snapshot needs."""

    link: Link
    before: date
    """It worked until this day."""
    dead: bool
    ending: bool = False
    """It works: it is looked up after all that fails."""
    tries: int = 0
    """Lookups without a snapshot in the present streak."""


def failing_link(
    failed: Link, verdict: Verdict, history: Sequence[Observation]
) -> FailingLink | None:
    """The lookup for a failing link; None for one that is not failing.

    None also where nothing shows since when it leads to another party's site.
    """
    since = verdict.since
    if since is None or not is_failing(verdict):
        return None
    # Snapshots of parked domains and soft 404s look good to the archive: where the page came with
    # a status of success, only those from before the last good check count.
    good = [seen for seen in history if seen.shows_own_page and seen.run_date < since]
    if not good and verdict.reason in (Outcome.TAKEN_OVER, ELSEWHERE_REASON):
        return None
    soft = any(seen.outcome.is_soft for seen in history if seen.run_date >= since)
    soft = soft or verdict.reason == ELSEWHERE_REASON
    before = good[-1].run_date + timedelta(days=1) if soft and good else since
    return FailingLink(failed, before, verdict.state is VerdictState.DEAD)


def ending_link(ending: Link, verdict: Verdict) -> FailingLink | None:
    """The lookup for a link that is about to end, as it was at its last check; None if it fails."""
    if is_failing(verdict) or verdict.last_checked is None:
        return None
    before = verdict.last_checked + timedelta(days=1)
    return FailingLink(ending, before, dead=False, ending=True)


def due_lookups(
    failing: Iterable[FailingLink],
    earlier: Mapping[str, Sequence[SnapshotLookup]],
    run_date: date,
    settings: WaybackSettings,
) -> tuple[FailingLink, ...]:
    """The links to look up in this run: the least tried first, of these the dead ones first.

    What is only about to end comes after all others.

    `earlier` has every earlier lookup by link, oldest first, also of links that left the list.
    """
    patience = timedelta(days=settings.settled_for_days)
    lookups = chain.from_iterable(earlier.values())
    blocked = [one for one in lookups if one.result is LookupResult.BLOCKED]
    blocked_hosts = {host_of(one.link) for one in blocked if run_date - one.run_date < patience}
    due = [
        replace(one, tries=tries)
        for one in failing
        if one.link.host not in blocked_hosts and is_archivable(one.link)
        if (tries := _due_after(one, earlier.get(one.link.key, ()), run_date, settings)) is not None
    ]
    due.sort(key=lambda one: (one.ending, one.tries, not one.dead))
    return tuple(due[: settings.per_run])


def _due_after(
    one: FailingLink, earlier: Sequence[SnapshotLookup], run_date: date, settings: WaybackSettings
) -> int | None:
    """The number of failed lookups; None if a snapshot is known or it is too early for another."""
    found = [lookup for lookup in earlier if lookup.result is LookupResult.FOUND]
    # another snapshot would hardly be nearer to the day on which the link failed
    settled = timedelta(days=settings.settled_for_days)
    if found and one.before - found[-1].before < settled:
        return None
    began = one.before - settled if one.ending else one.before
    vain = [lookup for lookup in earlier if lookup.result is LookupResult.NOTHING]
    failed = [lookup for lookup in vain if lookup.run_date >= began]
    if not failed:
        return 0
    doublings = min(len(failed) - 1, _MAX_DOUBLINGS)
    wait = timedelta(days=settings.retry_after_days * 2**doublings)
    return len(failed) if run_date - failed[-1].run_date >= wait else None


def is_archivable(failed: Link) -> bool:
    """Whether the archive may learn of the link, and can know it: a public name, no secret."""
    if ip_literal(failed.host) is not None or _NEVER.fullmatch(failed.host):
        return False
    return not failed.address.is_signed


async def look_up_snapshots(
    due: Sequence[FailingLink],
    *,
    settings: WaybackSettings,
    ask: Fetch,
    now: Callable[[], datetime],
    run_date: date,
    note: Callable[[SnapshotLookup], None],
) -> str:
    """Look up one link after another; returns why it ended early, or an empty text.

    One request at a time, none after the archive asked us to stop, none for a host that it
    blocks; the pause between them is in `web.slow_hosts`.
    """
    began, unusable, blocked = now(), 0, set[str]()
    for one in due:
        if one.link.host in blocked:
            continue
        if (now() - began).total_seconds() >= settings.budget_s:
            return f"out of time after {settings.budget_s:g} s"
        url = index_query_url(settings.api, one.link.key, one.before, tries=one.tries)
        response = await ask(url, follow_redirects=False)
        found = parse_index_response(response, one.link.key, _day_before(one.before))
        if found.result is None:
            return found.reason
        snapshot = replay_url(one.link.key, found.times[-1]) if found.times else None
        note(SnapshotLookup(one.link.key, run_date, one.before, found.result, snapshot))
        if found.result is LookupResult.BLOCKED:
            blocked.add(one.link.host)
        unusable = unusable + 1 if found.reason else 0
        if unusable >= settings.patience:
            return f"{found.reason}, {unusable} times in a row"
    return ""
