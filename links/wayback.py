"""What the web's archive said of a link that fails: small, stored, never changed."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import takewhile
from urllib.parse import urlencode

from staycurrent.links.link import Link, link
from staycurrent.links.observation import Observation
from staycurrent.links.providers.base import unavailable
from staycurrent.links.settings import WaybackSettings
from staycurrent.links.verdict import Verdict, VerdictState, is_failing
from staycurrent.web.guard import ip_literal
from staycurrent.web.json_body import is_complete
from staycurrent.web.response import Failure, Fetch, Response


class LookupResult(StrEnum):
    """What a look-up came to; a closed set, stored."""

    FOUND = "found"
    NOTHING = "nothing"
    """An empty answer, or one that cannot be used. It never proves that there is no snapshot:
    false empties are common (internetarchive/wayback#296), so it is asked again."""
    BLOCKED = "blocked"
    """The archive shows nothing of this site, by its owner's wish or a court's."""


@dataclass(frozen=True, slots=True)
class SnapshotLookup:
    """What the archive said of one link on one night."""

    link: str
    """The link's key."""
    run_date: date
    before: date
    """Snapshots of earlier days were wanted."""
    result: LookupResult
    address: str | None = None
    """Of the snapshot, where one was found."""


_REPLAY = "https://web.archive.org/web"
_ROWS = 10
_TIMESTAMP = re.compile(r"(?:19|20)\d{12}", re.ASCII)
_FIELDS = ("timestamp", "original", "statuscode")
_ALL_FIELDS = ("urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length")
_UNREACHED = (Failure.DNS, Failure.DNS_TROUBLE, Failure.REFUSED, Failure.TLS)


@dataclass(frozen=True, slots=True)
class IndexResponse:
    """One answer of the index, read."""

    result: LookupResult | None
    """None where the archive was not reached, or asked us to stop: no more questions tonight."""
    address: str | None = None
    """Of the snapshot, where one was found."""
    reason: str = ""
    """Why the answer cannot be used; empty where it can."""


def index_query_url(api: str, key: str, before: date, *, tries: int) -> str:
    """The address to ask: a few good snapshots of earlier days, the nearest among them.

    Ten rows, as a limit of one switches on a short cut that brings much older ones
    (remy/unrot.link#7), and `closest` means nothing without `sort` (internetarchive/wayback#237).
    Every second try takes the index's other road to the same rows.
    """
    last = (before - timedelta(days=1)).strftime("%Y%m%d")
    asked = {
        "url": key,
        "matchType": "exact",  # else an address that ends with `*` asks for a whole folder
        "output": "json",
        "fl": ",".join(_FIELDS),
        "filter": "statuscode:200",
        "to": last,
    }
    if tries % 2:
        asked |= {"limit": f"-{_ROWS}"}
    else:
        asked |= {"limit": f"{_ROWS}", "closest": f"{last}235959", "sort": "closest"}
    return f"{api}?{urlencode(asked)}"


def parse_index_response(answer: Response, key: str, before: date) -> IndexResponse:
    """Conclude from an answer: the newest row that can be believed is the snapshot.

    The snapshot's address is made of the row's time and of the link's own key: nothing that the
    archive wrote gets into a report or a list.
    """
    unheard = _unheard(answer)
    if unheard is not None:
        return unheard
    captures = _captures(answer)
    if captures is None:
        return IndexResponse(
            LookupResult.NOTHING, reason=f"an answer that cannot be read (status {answer.status})"
        )
    good = [capture.timestamp for capture in captures if capture.is_good(key, before)]
    if not good:
        return IndexResponse(LookupResult.NOTHING)
    return IndexResponse(LookupResult.FOUND, f"{_REPLAY}/{max(good)}/{key}")


def _unheard(answer: Response) -> IndexResponse | None:
    """What an answer without rows amounts to; None where there should be rows."""
    if answer.failure in _UNREACHED:
        return IndexResponse(None, reason=f"the archive was not reached ({answer.failure})")
    silent = unavailable(answer)
    if silent is not None:
        return IndexResponse(None if silent.stop else LookupResult.NOTHING, reason=silent.reason)
    if answer.status == 403 and b"AccessControlException" in answer.body:
        return IndexResponse(LookupResult.BLOCKED)
    return None


@dataclass(frozen=True, slots=True)
class _Capture:
    """A row of the index."""

    timestamp: str
    original: str
    statuscode: str

    def is_good(self, key: str, before: date) -> bool:
        """A page of the site that was asked for, as it was when all was well."""
        return (
            self.statuscode == "200"
            and _TIMESTAMP.fullmatch(self.timestamp) is not None
            and self.timestamp[:8] < before.strftime("%Y%m%d")
            and _site(self.original) == _site(key)
        )


def _site(url: str) -> str | None:
    """The host as the index files it: it knows no `www.`, no port and no scheme."""
    found = link(url)
    return re.sub(r"^www\d*\.", "", found.host) if isinstance(found, Link) else None


def _captures(answer: Response) -> list[_Capture] | None:
    """The rows of an answer; None where it is cut, of another host, or no list of captures."""
    if answer.status != 200 or not is_complete(answer):
        return None
    table = _table(answer)
    captures = [_capture(names, row) for names, row in table or ()]
    if table is None or None in captures:
        return None
    return [capture for capture in captures if capture is not None]


def _table(answer: Response) -> list[tuple[Sequence[str], Sequence[str]]] | None:
    """Each row with the names of its columns, from JSON or from lines of words.

    What stands behind an empty row is the key of a next page.
    """
    try:
        data: object = json.loads(answer.body)
    except (ValueError, RecursionError):
        lines = takewhile(bool, answer.text.splitlines())
        return [(_names(row), row) for row in (line.split(" ") for line in lines)]
    if not isinstance(data, list) or not all(_is_row(row) for row in data):
        return None
    return [(data[0], row) for row in takewhile(bool, data[1:])]


def _names(row: Sequence[str]) -> Sequence[str]:
    return _FIELDS if len(row) == len(_FIELDS) else _ALL_FIELDS


def _is_row(row: object) -> bool:
    return isinstance(row, list) and all(isinstance(cell, str) for cell in row)


def _capture(names: Sequence[str], row: Sequence[str]) -> _Capture | None:
    cells = dict(zip(names, row, strict=False)) if len(names) == len(row) else {}
    found = [cells[name] for name in _FIELDS if name in cells]
    return _Capture(*found) if len(found) == len(_FIELDS) else None


_MOST_DOUBLINGS = 5
# RFC 6761, RFC 6762, RFC 7686, RFC 8375: names of one network only, which are nobody's business
# outside of it; and the archive, which keeps no snapshots of itself.
_NEVER = re.compile(r"[^.]+|(.+\.)?(localhost|local|internal|home\.arpa|onion|web\.archive\.org)")


@dataclass(frozen=True, slots=True)
class FailingLink:
    """A link that fails, and what is needed to look for its last good snapshot."""

    link: Link
    before: date
    """It was still well until this day."""
    dead: bool
    tries: int = 0
    """Answers without a snapshot in the present streak."""


def failing_link(failed: Link, verdict: Verdict, history: Sequence[Observation]) -> FailingLink:
    """What to look for on a link that is failing; raises ValueError on one that is not."""
    if verdict.since is None or not is_failing(verdict):
        raise ValueError(f"{failed.key} is {verdict.state}: it needs no snapshot")
    return FailingLink(
        failed, _well_until(verdict.since, history), verdict.state is VerdictState.DEAD
    )


def _well_until(since: date, history: Sequence[Observation]) -> date:
    """The streak's first night; after the last good look where a bad page says 200 as well.

    A snapshot of a parked domain or a soft 404 looks good to the archive.
    """
    good = [look.run_date for look in history if look.outcome.is_success and look.run_date < since]
    soft = any(look.outcome.is_soft for look in history if look.run_date >= since)
    return good[-1] + timedelta(days=1) if soft and good else since


def due_lookups(
    failing: Iterable[FailingLink],
    memory: Mapping[str, Sequence[SnapshotLookup]],
    night: date,
    settings: WaybackSettings,
) -> tuple[FailingLink, ...]:
    """Those to look up tonight: the least tried first, of these the dead, no more than allowed.

    `memory` has every earlier look-up by link, oldest first, also of links that left the list.
    """
    blocked = _blocked_hosts(memory, night, settings)
    open_ones = (one for one in failing if _is_told(one.link) and one.link.host not in blocked)
    tried = (_tried(one, memory.get(one.link.key, ()), night, settings) for one in open_ones)
    due = sorted(
        (one for one in tried if one is not None), key=lambda one: (one.tries, not one.dead)
    )
    return tuple(due[: max(0, settings.per_run)])


def _tried(
    one: FailingLink, earlier: Sequence[SnapshotLookup], night: date, settings: WaybackSettings
) -> FailingLink | None:
    """The link with its vain tries; None where a snapshot is known or it is too early to ask."""
    if _is_settled(one, earlier, settings):
        return None
    vain = [
        look
        for look in earlier
        if look.result is LookupResult.NOTHING and look.run_date >= one.before
    ]
    return replace(one, tries=len(vain)) if _is_due(vain, night, settings) else None


def _is_settled(
    one: FailingLink, earlier: Sequence[SnapshotLookup], settings: WaybackSettings
) -> bool:
    """A snapshot is known, and another one would be hardly nearer to the day it failed."""
    found = [look for look in earlier if look.result is LookupResult.FOUND]
    nearer = timedelta(days=settings.settled_for_nights)
    return bool(found) and one.before - found[-1].before < nearer


def _is_due(vain: Sequence[SnapshotLookup], night: date, settings: WaybackSettings) -> bool:
    if not vain:
        return True
    doublings = min(len(vain) - 1, _MOST_DOUBLINGS)
    wait = max(1, settings.retry_after_nights) * 2**doublings
    return night - vain[-1].run_date >= timedelta(days=wait)


def _blocked_hosts(
    memory: Mapping[str, Sequence[SnapshotLookup]], night: date, settings: WaybackSettings
) -> frozenset[str]:
    patient = timedelta(days=settings.settled_for_nights)
    refused = (
        link(one.link)
        for earlier in memory.values()
        for one in earlier
        if one.result is LookupResult.BLOCKED and night - one.run_date < patient
    )
    return frozenset(one.host for one in refused if isinstance(one, Link))


def _is_told(failed: Link) -> bool:
    """The archive may hear of it, and could know it: a public name, no key in its query."""
    is_public = ip_literal(failed.host) is None and not _NEVER.fullmatch(failed.host)
    return is_public and not failed.address.is_signed


async def look_up_snapshots(
    asked: Sequence[FailingLink],
    *,
    settings: WaybackSettings,
    ask: Fetch,
    now: Callable[[], datetime],
    night: date,
    note: Callable[[SnapshotLookup], None],
) -> str:
    """Ask for one link after another and hand over what came; why it ended early, or empty.

    One request under way at a time, none after the archive asked us to stop, none for a host that
    it blocks; the pause between two of them is `web.slow_hosts`' to keep.
    """
    begins, vain = now(), 0
    blocked: set[str] = set()
    for one in asked:
        if one.link.host in blocked:
            continue
        if (now() - begins).total_seconds() >= settings.budget_s:
            return f"out of time after {settings.budget_s:g} s"
        asking = index_query_url(settings.api, one.link.key, one.before, tries=one.tries)
        reply = parse_index_response(
            await ask(asking, follow_redirects=False), one.link.key, one.before
        )
        if reply.result is None:
            return reply.reason
        note(SnapshotLookup(one.link.key, night, one.before, reply.result, reply.address))
        if reply.result is LookupResult.BLOCKED:
            blocked.add(one.link.host)
        vain = vain + 1 if reply.reason else 0
        if vain >= settings.patience:
            return f"{reply.reason}, {vain} times in a row"
    return ""
