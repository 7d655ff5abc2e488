"""The Wayback Machine, asked for the last good snapshot of what fails: of what, when, and how."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from staycurrent.links.link import Link, link
from staycurrent.links.observation import Observation
from staycurrent.links.settings import Archive
from staycurrent.links.snapshot import LookUp, Said
from staycurrent.links.verdict import State, Verdict, is_failing
from staycurrent.links.wayback_index import question, read
from staycurrent.web.guard import ip_literal
from staycurrent.web.response import Fetch

_MOST_DOUBLINGS = 5
# RFC 6761, RFC 6762, RFC 7686, RFC 8375: names of one network only, which are nobody's business
# outside of it; and the archive, which keeps no snapshots of itself.
_NEVER = re.compile(r"[^.]+|(.+\.)?(localhost|local|internal|home\.arpa|onion|web\.archive\.org)")


@dataclass(frozen=True, slots=True)
class Lost:
    """A link that fails, and what is needed to look for its last good snapshot."""

    link: Link
    before: date
    """It was still well until this day."""
    dead: bool
    tries: int = 0
    """Answers without a snapshot in the present streak."""


def lost(failed: Link, verdict: Verdict, history: Sequence[Observation]) -> Lost:
    """What to look for on a link that is failing; raises ValueError on one that is not."""
    if verdict.since is None or not is_failing(verdict):
        raise ValueError(f"{failed.key} is {verdict.state}: it needs no snapshot")
    return Lost(failed, _well_until(verdict.since, history), verdict.state is State.DEAD)


def _well_until(since: date, history: Sequence[Observation]) -> date:
    """The streak's first night; after the last good look where a bad page says 200 as well.

    A snapshot of a parked domain or a soft 404 looks good to the archive.
    """
    good = [look.night for look in history if look.outcome.is_success and look.night < since]
    soft = any(look.outcome.is_soft for look in history if look.night >= since)
    return good[-1] + timedelta(days=1) if soft and good else since


def wanted(
    failing: Iterable[Lost],
    memory: Mapping[str, Sequence[LookUp]],
    night: date,
    settings: Archive,
) -> tuple[Lost, ...]:
    """Those to look up tonight: the least tried first, of these the dead, no more than allowed.

    `memory` has every earlier look-up by link, oldest first, also of links that left the list.
    """
    blocked = _blocked_hosts(memory, night, settings)
    open_ones = (one for one in failing if _is_told(one.link) and one.link.host not in blocked)
    tried = (_tried(one, memory.get(one.link.key, ()), night, settings) for one in open_ones)
    due = sorted(
        (one for one in tried if one is not None), key=lambda one: (one.tries, not one.dead)
    )
    return tuple(due[: max(0, settings.per_night)])


def _tried(one: Lost, earlier: Sequence[LookUp], night: date, settings: Archive) -> Lost | None:
    """The link with its vain tries; None where a snapshot is known or it is too early to ask."""
    if _is_settled(one, earlier, settings):
        return None
    vain = [look for look in earlier if look.said is Said.NOTHING and look.night >= one.before]
    return replace(one, tries=len(vain)) if _is_due(vain, night, settings) else None


def _is_settled(one: Lost, earlier: Sequence[LookUp], settings: Archive) -> bool:
    """A snapshot is known, and another one would be hardly nearer to the day it failed."""
    found = [look for look in earlier if look.said is Said.FOUND]
    nearer = timedelta(days=settings.settled_for_nights)
    return bool(found) and one.before - found[-1].before < nearer


def _is_due(vain: Sequence[LookUp], night: date, settings: Archive) -> bool:
    if not vain:
        return True
    doublings = min(len(vain) - 1, _MOST_DOUBLINGS)
    wait = max(1, settings.retry_after_nights) * 2**doublings
    return night - vain[-1].night >= timedelta(days=wait)


def _blocked_hosts(
    memory: Mapping[str, Sequence[LookUp]], night: date, settings: Archive
) -> frozenset[str]:
    patient = timedelta(days=settings.settled_for_nights)
    refused = (
        link(one.link)
        for earlier in memory.values()
        for one in earlier
        if one.said is Said.BLOCKED and night - one.night < patient
    )
    return frozenset(one.host for one in refused if isinstance(one, Link))


def _is_told(failed: Link) -> bool:
    """The archive may hear of it, and could know it: a public name, no key in its query."""
    is_public = ip_literal(failed.host) is None and not _NEVER.fullmatch(failed.host)
    return is_public and not failed.address.is_signed


async def look_up(
    asked: Sequence[Lost],
    *,
    settings: Archive,
    ask: Fetch,
    now: Callable[[], datetime],
    night: date,
    note: Callable[[LookUp], None],
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
        asking = question(settings.api, one.link.key, one.before, tries=one.tries)
        reply = read(await ask(asking, follow_redirects=False), one.link.key, one.before)
        if reply.said is None:
            return reply.why
        note(LookUp(one.link.key, night, one.before, reply.said, reply.address))
        if reply.said is Said.BLOCKED:
            blocked.add(one.link.host)
        vain = vain + 1 if reply.why else 0
        if vain >= settings.patience:
            return f"{reply.why}, {vain} times in a row"
    return ""
