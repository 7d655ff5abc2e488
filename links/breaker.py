"""When a host that has stopped answering is left alone for the rest of a night."""

from collections import Counter, defaultdict
from collections.abc import Collection

from staycurrent.links.link import Link
from staycurrent.links.observation import Outcome

_STILL_TRIED = 8
"""Of the links behind an open breaker, one in so many is looked at: the host may be back."""
_SILENT = frozenset((Outcome.TIMEOUT, Outcome.REFUSED, Outcome.RESET, Outcome.DNS_TROUBLE))


class Breaker:
    """Counts by host the looks in a row that no answer came to.

    Only at hosts that were well lately, whose looks `links.outage` would leave out: no verdict
    can rest on them, and a night need not wait for each to time out. Links that were failing
    already do not count, for they prove nothing about their host.
    """

    def __init__(self, hosts: Collection[str], *, after: int) -> None:
        self._hosts = hosts
        self._after = after
        self._row: Counter[str] = Counter()
        self._aside: defaultdict[str, list[Link]] = defaultdict(list)
        self._passed: Counter[str] = Counter()

    def sets_aside(self, link: Link) -> bool:
        """Whether this link is not to be looked at unless its host answers again."""
        host = link.host
        if self._row[host] < self._after or host not in self._hosts:
            return False
        self._passed[host] += 1
        if self._passed[host] % _STILL_TRIED == 0:
            return False
        self._aside[host].append(link)
        return True

    def heard(self, link: Link, outcome: Outcome, *, failing: bool) -> list[Link]:
        """Take in how a look ended; the links that were set aside, if the host is back."""
        host = link.host
        if outcome in _SILENT:
            self._row[host] += not failing
            return []
        self._row[host] = 0
        return self._aside.pop(host, [])
