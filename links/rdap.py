"""Since when a domain is registered, and until when: RDAP (RFC 9082, RFC 9083), asked rarely."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from staycurrent.links.moves import registrable_domain
from staycurrent.links.providers.base import unavailable
from staycurrent.links.settings import RdapSettings
from staycurrent.web.response import Fetch, Response, is_complete, json_object

_FIRST_DOMAIN = date(1985, 1, 1)
"""No date of a registration is earlier: symbolics.com was the first one, in March 1985. Registries
that know none may give the year 1."""
_RETRY_AFTER = timedelta(days=7)
"""After an answer that cannot be used."""


class RegistrationState(StrEnum):
    """What a registry says of a name; a closed set, stored."""

    REGISTERED = "registered"
    FREE = "free"
    """Nobody has registered it."""
    UNKNOWN = "unknown"
    """The registry gave no answer that can be used."""


@dataclass(frozen=True, slots=True)
class Registration:
    """The answer of a registry about one domain."""

    domain: str
    run_date: date
    """When it was asked."""
    state: RegistrationState
    registered: date | None = None
    """None if it is not said, or cannot be believed."""
    expires: date | None = None
    name_servers: tuple[str, ...] = ()
    asked_again: date | None = None
    """When it was last asked after this, without an answer that can be used."""

    def is_fresh(self, run_date: date, settings: RdapSettings) -> bool:
        """Whether it still stands for an answer on that date."""
        days = timedelta(days=settings.keep_days)
        if self.asked_again is not None or self.state is not RegistrationState.REGISTERED:
            days = min(days, _RETRY_AFTER)
        elif self.expires is not None and self.run_date <= self.expires < run_date:
            return False  # it was renewed, or it is free
        return timedelta(0) <= run_date - (self.asked_again or self.run_date) < days


def parse_registration(response: Response, domain: str, run_date: date) -> Registration:
    """Conclude from a response; whatever is not surely about this domain is unknown.

    A 404 says that the domain is free only if it comes from an RDAP server.
    """
    unknown = Registration(domain, run_date, RegistrationState.UNKNOWN)
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in ("application/rdap+json", "application/json") or not is_complete(response):
        return unknown
    if response.status == 404:
        return Registration(domain, run_date, RegistrationState.FREE)
    data = (json_object(response) if response.status == 200 else None) or {}
    name = str(data.get("ldhName")).lower().rstrip(".")
    if (data.get("objectClassName"), name) != ("domain", domain):
        return unknown
    dates = {str(one.get("eventAction")): one.get("eventDate") for one in _objects(data, "events")}
    began, expires = (read_date(dates.get(name)) for name in ("registration", "expiration"))
    registered = began if began and _FIRST_DOMAIN <= began <= run_date else None
    expires = expires if expires and expires >= _FIRST_DOMAIN else None
    names = (str(one.get("ldhName", "")) for one in _objects(data, "nameservers"))
    servers = tuple(sorted({one.lower().rstrip(".") for one in names if one}))
    state = RegistrationState.REGISTERED
    return Registration(domain, run_date, state, registered, expires, servers)


def _objects(data: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    found = data.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else ()


def read_date(text: object) -> date | None:
    """The date that a text begins with (ISO 8601), or None."""
    try:
        return date.fromisoformat(str(text)[:10])
    except ValueError:
        return None


class _Bootstrap(msgspec.Struct):
    services: list[tuple[list[str], list[str]]]


def parse_bootstrap(body: bytes) -> dict[str, str] | None:
    """The RDAP server of each top-level domain (RFC 9224), https only; None for anything else."""
    try:
        services = msgspec.json.decode(body, type=_Bootstrap).services
    except (ValueError, RecursionError):  # also of what is not UTF-8
        return None
    found: dict[str, str] = {}
    for names, urls in services:
        secure = [url.rstrip("/") for url in urls if url.startswith("https://")]
        found |= {name.lower(): secure[0] for name in names if secure}
    return found or None


@cache
def shipped_bootstrap() -> Mapping[str, str]:
    """The servers as of the release: IANA's file that comes with the package."""
    body = files("staycurrent.links").joinpath("rdap_bootstrap.json").read_bytes()
    return parse_bootstrap(body) or {}


@dataclass(slots=True)
class RegistrationLookup:
    """Asks registries, a few times in a run, and keeps every answer; used for one run."""

    ask: Fetch
    settings: RdapSettings
    run_date: date
    known: dict[str, Registration]
    """The last answer by domain."""
    keep: Callable[[Registration], None]
    read_servers: Callable[[], Awaitable[Mapping[str, str]]]
    """Reads the server of each top-level domain; called before the first question."""
    shipped: Mapping[str, str] = field(default_factory=shipped_bootstrap)
    """Servers by which it is known, without a request, whether there is anybody to ask."""
    asked: int = 0
    _closed: set[str] = field(default_factory=set)
    """Servers that asked to come back later."""
    _vain: int = 0
    _servers: Mapping[str, str] | None = None

    async def of_host(self, host: str) -> Registration | None:
        """The registration of the domain of a host, from before or asked now.

        None if it is not known: for addresses and names of a hosting service, for registries
        without RDAP, and once the questions of the run are used up or registries do not answer.
        """
        domain = registrable_domain(host, only_registries=True)
        if domain is None or domain != registrable_domain(host):
            return None  # its owner registered nothing: `user.github.io`
        before = self.known.get(domain)
        if before is not None and before.is_fresh(self.run_date, self.settings):
            return before
        top_level = domain.rpartition(".")[2]
        if top_level not in (self._servers or self.shipped) or not self._may_ask():
            return None
        self._servers = self._servers or await self.read_servers()
        server = self._servers.get(top_level)
        if server is None or server in self._closed:
            return None
        self.asked += 1
        response = await self.ask(f"{server}/domain/{domain}")
        found = parse_registration(response, domain, self.run_date)
        self._vain = self._vain + 1 if found.state is RegistrationState.UNKNOWN else 0
        if (reply := unavailable(response)) and reply.stop:
            self._closed.add(server)
            return None
        self.keep(found)
        if before is not None and found.state is RegistrationState.UNKNOWN:
            found = replace(before, asked_again=self.run_date)
        self.known[domain] = found
        return found

    def _may_ask(self) -> bool:
        limits = self.settings
        return limits.enabled and self.asked < limits.per_run and self._vain < limits.patience
