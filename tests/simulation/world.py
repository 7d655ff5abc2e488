"""The world that a seed plays: servers that die and come back, feeds, an archive, a provider."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from enum import StrEnum
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit

from staycurrent.web.httpx_import import httpx
from staycurrent.web.replay.scenario import (
    Dns,
    Fault,
    HostRule,
    PageRule,
    ReplayResponse,
    ScenarioNight,
    Tcp,
    Tls,
)
from staycurrent.web.replay.transport import ReplayResolver, ReplayTransport
from staycurrent.web.response import Failure, TransportError
from tests.support.folder import trending
from tests.support.github import Reply
from tests.support.played_github import PlayedGraphql, Repository
from tests.support.values import Question, node

FIRST_DATE = date(2026, 11, 1)
CANARIES = ("wikipedia.org", "python.org", "cloudflare.com", "debian.org", "iana.org")
SUBJECTS = ("attention", "retrieval", "alignment", "quantization", "agents", "diffusion", "speech")
_SERVICES = ("github.com", "api.github.com", "web.archive.org", "feed.example", "forge.example")
_HTML = (("content-type", "text/html; charset=utf-8"),)
_UNTIL_CHECKED = 10
"""Nights within which a repository that is in the list is checked at least once."""


def drawn(*purpose: object) -> Random:
    """Chance for one purpose: what else is drawn does not change it."""
    return Random(repr(purpose))  # noqa: S311


class Condition(StrEnum):
    """How a page is, and which outcome that must have."""

    OK = "ok"
    GONE = "gone"
    MISSING = "missing"
    ERROR = "server_error"
    WALLED = "blocked"
    MOVED = "redirected"
    UNNAMED = "dns"
    UNSERVED = "dns_trouble"
    """Its name servers fail, are silent, or know the name without an address."""
    REFUSED = "refused"
    SILENT = "timeout"
    INSECURE = "tls"
    CUT = "reset"


class RepositoryCondition(StrEnum):
    """How a repository is; the provider answers for it."""

    OK = "ok"
    MISSING = "missing"
    ARCHIVED = "archived"
    RENAMED = "renamed"


class Weather(StrEnum):
    """What is wrong with everything for one night."""

    CLEAR = "clear"
    OFFLINE = "offline"
    """No name can be looked up."""
    LYING_RESOLVER = "lying resolver"
    """Every name has an address, those that cannot exist too."""
    PORTAL = "captive portal"
    """Every page is that of a hotel."""
    OUTAGE = "outage"
    """Half of the hosts fail."""
    FORGETFUL_PROVIDER = "the provider finds nothing"
    CHANGED_IDENTITIES = "the provider has other identities"
    BROKEN_PROVIDER = "the provider fails"
    BROKEN_FEEDS = "the feeds fail"
    BROKEN_ARCHIVE = "the archive fails"

    @property
    def is_ours(self) -> bool:
        """Whether nothing that is seen in it may be judged."""
        return self in (Weather.OFFLINE, Weather.LYING_RESOLVER, Weather.PORTAL)


@dataclass(slots=True)
class Site:
    """A page with a host of its own, or one that it shares."""

    number: int
    host: str
    condition: Condition = Condition.OK

    @property
    def url(self) -> str:
        return f"https://{self.host}/p{self.number}"

    @property
    def moved_to(self) -> str:
        return f"https://{self.host}/new/p{self.number}"

    @property
    def title(self) -> str:
        return f"On {SUBJECTS[self.number % len(SUBJECTS)]} {self.number}"


@dataclass(slots=True)
class Project:
    """A repository on GitHub."""

    name: str
    condition: RepositoryCondition = RepositoryCondition.OK

    @property
    def url(self) -> str:
        return f"https://github.com/{self.name}"


@dataclass(slots=True)
class World:
    """Everything outside of the list's folder, as it is on one night."""

    seed: int
    night: int = 0
    sites: list[Site] = field(default_factory=list)
    projects: list[Project] = field(default_factory=list)
    weather: Weather = Weather.CLEAR
    restlessness: float = 0.01
    """How probable it is that a site changes on a night."""
    stormy: float = 0.1
    """How probable it is that everything has a trouble on a night."""
    host_answer: Callable[[str, str, Any, str], Reply] | None = None
    """What the host of the list answers to method, target, body and token; None: there is none."""
    truths: dict[tuple[str, date], set[str]] = field(default_factory=dict)
    """Outcomes that the checks of a link on a run date may have had."""
    served: Counter[str] = field(default_factory=Counter)
    """On how many nights each repository had its own identity."""
    misnamed: set[str] = field(default_factory=set)
    """Repositories that may have been seen first with another identity: nobody can know better."""

    @classmethod
    def of(cls, seed: int) -> "World":
        random = drawn(seed, "world")
        world = cls(
            seed,
            restlessness=random.choice([0.002, 0.01, 0.03]),
            stormy=random.choice([0.0, 0.1, 0.25]),
        )
        for _ in range(random.randint(6, 18)):
            world.new_site(random)
        for number in range(random.randint(0, 5)):
            world.projects.append(Project(f"owner{number}/code{number}"))
        return world

    def new_site(self, random: Random) -> Site:
        """Another site; a quarter share a host."""
        number = len(self.sites)
        host = "shared.example" if random.random() < 0.25 else f"h{number}.example"
        self.sites.append(Site(number, host))
        return self.sites[-1]

    @property
    def today(self) -> date:
        return FIRST_DATE + timedelta(days=self.night - 1)

    def turn(self) -> None:
        """Another night: some sites change, and the weather."""
        self.night += 1
        random = self.random("servers")
        for site in self.sites:
            if site.condition is not Condition.OK and random.random() < 0.04:
                site.condition = Condition.OK
            elif random.random() < self.restlessness:
                site.condition = random.choice(list(Condition))
        for project in self.projects:
            if random.random() < self.restlessness:
                project.condition = random.choice(list(RepositoryCondition))
        is_stormy = random.random() < self.stormy
        self.weather = random.choice(list(Weather)) if is_stormy else Weather.CLEAR
        for project in self.projects:
            if project.condition is RepositoryCondition.MISSING:
                continue
            if self.weather is not Weather.CHANGED_IDENTITIES:
                self.served[project.url] += 1
            elif self.served[project.url] < _UNTIL_CHECKED:
                self.misnamed.add(project.url)
            else:
                self.served[project.url] = 0  # what was known before such a night counts no more

    def random(self, what: str) -> Random:
        """Chance for one purpose on this night."""
        return drawn(self.seed, self.night, what)

    def expected(self, site: Site) -> set[str]:
        """What a check of a site may see on this night."""
        seen = {str(site.condition)}
        is_host_fault = site.host == "shared.example"
        if is_host_fault:  # the host's troubles are those of any of its pages
            seen |= {str(one.condition) for one in self.sites if one.host == site.host}
        if self.weather is Weather.OUTAGE:
            seen.add("server_error")
        if self.weather.is_ours:
            seen |= set(Condition)
        return seen

    def remember(self, run_date: date) -> None:
        """Note what the checks of this run may see."""
        for site in self.sites:
            self.truths.setdefault((site.url, run_date), set()).update(self.expected(site))
            moved = self.truths.setdefault((site.moved_to, run_date), set())
            moved.update({"ok", *self.expected(site)})
        for project in self.projects:
            seen = {"missing"} if project.condition is RepositoryCondition.MISSING else {"ok"}
            if project.condition is RepositoryCondition.RENAMED:
                seen = {"redirected"}
            if self.weather is Weather.FORGETFUL_PROVIDER or self.weather.is_ours:
                seen |= {"missing", "ok", "redirected", "dns", "timeout"}
            if self.weather is Weather.CHANGED_IDENTITIES or project.url in self.misnamed:
                seen |= {"taken_over", "ok"}
            self.truths.setdefault((project.url, run_date), set()).update(seen)

    def scenario(self) -> ScenarioNight:
        """The pages and hosts of this night."""
        hosts = {f"www.{name}": HostRule(f"www.{name}") for name in CANARIES}
        pages = [PageRule(f"https://www.{name}/", _page("Welcome")) for name in CANARIES]
        hosts |= {name: HostRule(name) for name in _SERVICES}
        outage = self.random("outage")
        for site in self.sites:
            rule = hosts.get(site.host, HostRule(site.host))
            hosts[site.host] = _host(rule, site)
            is_out = self.weather is Weather.OUTAGE and outage.random() < 0.5
            pages.append(PageRule(site.url, _response(site, is_out=is_out)))
            pages.append(PageRule(site.moved_to, _page(site.title)))
        return ScenarioNight(self.night, hosts, tuple(pages))

    def github(self) -> PlayedGraphql:
        """The provider's API."""
        found = {}
        for project in self.projects:
            names = [project.name]
            changes = node(project.name, pushedAt=f"{self.today}T00:00:00Z")
            del changes["nameWithOwner"]  # that of the name which it is found by
            match project.condition:
                case RepositoryCondition.MISSING:
                    continue
                case RepositoryCondition.ARCHIVED:
                    changes["isArchived"] = True
                case RepositoryCondition.RENAMED:
                    names.append(f"{project.name}-renamed")
            if self.weather is Weather.CHANGED_IDENTITIES:
                changes |= {"databaseId": 7, "id": f"R_other_{project.name}"}
                changes |= {"owner": {"databaseId": 7}}
            for name in names:
                found[name.lower()] = Repository(names[-1], changes=changes)
        return PlayedGraphql({} if self.weather is Weather.FORGETFUL_PROVIDER else found)

    def trending_names(self) -> list[str]:
        """What the feeds show: each project for about a week."""
        week = self.night // 7
        return [f"lab{n}/{SUBJECTS[n % len(SUBJECTS)]}-{n}" for n in range(week, week + 5)]


def _page(title: str) -> ReplayResponse:
    body = f"<!doctype html><html><head><title>{title}</title></head><body><h1>{title}</h1><p>"
    body += f"{title} explains {title} at length.</p></body></html>"
    return ReplayResponse(200, _HTML, body.encode())


def _host(rule: HostRule, site: Site) -> HostRule:
    match site.condition:
        case Condition.UNNAMED:
            return replace(rule, dns=Dns.MISSING)
        case Condition.UNSERVED:
            return replace(rule, dns=(Dns.SERVFAIL, Dns.SILENT, Dns.NODATA)[site.number % 3])
        case Condition.REFUSED:
            return replace(rule, tcp=Tcp.REFUSED)
        case Condition.SILENT:
            return replace(rule, tcp=Tcp.SILENT)
        case Condition.INSECURE:
            return replace(rule, tls=Tls.EXPIRED)
    return rule


def _response(site: Site, *, is_out: bool) -> ReplayResponse:
    if is_out:
        return ReplayResponse(503, _HTML, b"<title>Down</title>")
    match site.condition:
        case Condition.GONE:
            return ReplayResponse(410, _HTML, b"<title>Gone</title>")
        case Condition.MISSING:
            return ReplayResponse(404, _HTML, b"<title>Not found</title>")
        case Condition.ERROR:
            return ReplayResponse(500, _HTML, b"<title>Error</title>")
        case Condition.WALLED:
            return ReplayResponse(403, _HTML, b"<title>Forbidden</title>")
        case Condition.MOVED:
            return ReplayResponse(301, (("location", site.moved_to),))
        case Condition.CUT:
            return replace(_page(site.title), fault=Fault.RESET)
    return _page(site.title)


class PlayedTransport(httpx.AsyncBaseTransport):
    """What the world answers in one run; every answer carries the true time."""

    def __init__(
        self, world: World, now: Callable[[], datetime], on_request: Callable[[], None]
    ) -> None:
        self._world = world
        self._now = now
        self._on_request = on_request
        self._pages = ReplayTransport(world.scenario())
        self._github = world.github()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._on_request()
        response = await self._answer(request, request.url.host)
        response.headers["date"] = format_datetime(self._now().astimezone(UTC), usegmt=True)
        return response

    async def _answer(self, request: httpx.Request, host: str) -> httpx.Response:
        world, target = self._world, request.extensions["target"].decode()
        if world.weather is Weather.PORTAL:
            return _answered(request, 200, _page("Hotel Wi-Fi: please log in").body)
        if host == "api.github.com":
            if world.weather is Weather.BROKEN_PROVIDER or target != "/graphql":
                return _answered(request, 502, b"<html>Bad Gateway")
            asked = Question(f"https://{host}{target}", content=request.content)
            found = self._github(asked)
            return _answered(request, found.status, found.body, "application/json")
        if host == "forge.example" and world.host_answer is not None:
            token = request.headers.get("authorization", "").removeprefix("Bearer ")
            body = json.loads(request.content or b"null")
            reply = world.host_answer(request.method, target, body, token)
            return _answered(
                request, reply.status, json.dumps(reply.body).encode(), "application/json"
            )
        if host == "web.archive.org":
            if world.weather is Weather.BROKEN_ARCHIVE:
                raise TransportError(Failure.TIMEOUT, "no answer in time")
            return _answered(request, 200, self._captures(target), "application/json")
        if host == "github.com" and target == "/trending":
            if world.weather is Weather.BROKEN_FEEDS:
                return _answered(request, 200, b"<html><title>Unicorn!</title>")
            return _answered(request, 200, trending(*world.trending_names()).encode())
        if host == "feed.example":
            return _answered(request, 200, self._feed(), "application/feed+json")
        return await self._pages.handle_async_request(request)

    def _captures(self, target: str) -> bytes:
        if "url=" not in target:  # robots.txt, or a snapshot that the list links to
            return _page("A snapshot").body
        url = parse_qs(urlsplit(target).query)["url"][0]
        rows = [["timestamp", "original", "statuscode"], ["20240102030405", url, "200"]]
        return json.dumps(rows if len(url) % 2 else []).encode()

    def _feed(self) -> bytes:
        if self._world.weather is Weather.BROKEN_FEEDS:
            return b"<html>Maintenance</html>"
        items = [
            {"id": name, "url": f"https://github.com/{name}", "title": f"About {name}"}
            for name in self._world.trending_names()[:3]
        ]
        feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Notes", "items": items}
        return json.dumps(feed).encode()


def _answered(
    request: httpx.Request, status: int, body: bytes, kind: str = "text/html; charset=utf-8"
) -> httpx.Response:
    headers = {"content-type": kind, "content-length": str(len(body))}
    return httpx.Response(status, headers=headers, stream=httpx.ByteStream(body), request=request)


class PlayedResolver:
    """The names of one night."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._names = ReplayResolver(world.scenario())

    async def resolve(self, host: str) -> tuple[str, ...]:
        """As `Resolver.resolve`."""
        if self._world.weather is Weather.OFFLINE:
            kind = Failure.DNS if self._world.night % 2 else Failure.DNS_TROUBLE
            raise TransportError(kind, "the name servers failed")
        if self._world.weather in (Weather.LYING_RESOLVER, Weather.PORTAL):
            return ("1.2.3.4",)
        return await self._names.resolve(host)
