"""Registries: what their answers amount to, of what they are asked, and how often."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Unpack

import pytest

from staycurrent.links.rdap import (
    Registration,
    RegistrationLookup,
    RegistrationState,
    parse_bootstrap,
    parse_registration,
    shipped_bootstrap,
)
from staycurrent.links.settings import RdapSettings
from staycurrent.web.response import Failure, RequestOptions, Response

NOW = date(2026, 11, 10)
DOMAIN = "site.example"
SERVERS = {"example": "https://rdap.example/v1", "other": "https://rdap.other"}
RDAP = "application/rdap+json"


def said(body: object = b"", status: int = 200, kind: str = RDAP) -> Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    url = f"{SERVERS['example']}/domain/{DOMAIN}"
    headers = {"content-type": kind, "content-length": str(len(raw))}
    return Response(url, url, (), 0.1, status=status, headers=headers, body=raw)


def domain(name: str = "Site.Example", *, registered: object = None, **more: object) -> object:
    events = [{"eventAction": "registration", "eventDate": registered or "2026-08-01T10:00:00Z"}]
    return {"objectClassName": "domain", "ldhName": name, "events": events, **more}


UNDATED = Registration(DOMAIN, NOW, RegistrationState.REGISTERED)
KNOWN = replace(UNDATED, registered=date(2026, 8, 1))
UNKNOWN = Registration(DOMAIN, NOW, RegistrationState.UNKNOWN)
FREE = Registration(DOMAIN, NOW, RegistrationState.FREE)
ANSWERS = {
    "a registration": (said(domain()), KNOWN),
    "with a charset": (said(domain(), kind=f"{RDAP}; charset=utf-8"), KNOWN),
    "as plain JSON": (said(domain(), kind="application/json"), KNOWN),
    "with its end and name servers": (
        said(
            domain(
                events=[
                    {"eventAction": "registration", "eventDate": "2026-08-01"},
                    {"eventAction": "expiration", "eventDate": "2027-08-01T00:00:00+02:00"},
                ],
                nameservers=[{"ldhName": "NS2.park.example."}, {"ldhName": "ns1.park.example"}, {}],
            )
        ),
        replace(
            KNOWN,
            expires=date(2027, 8, 1),
            name_servers=("ns1.park.example", "ns2.park.example"),
        ),
    ),
    "without a date": (said(domain(events=[])), UNDATED),
    "events that are none": (said(domain(events={"a": 1})), UNDATED),
    "a date that is none": (said(domain(registered="yesterday")), UNDATED),
    "a date in the future": (said(domain(registered="2027-01-01T00:00:00Z")), UNDATED),
    "a date before all domains": (said(domain(registered="1970-01-01T00:00:00Z")), UNDATED),
    "an end before all domains": (
        said(domain(events=[{"eventAction": "expiration", "eventDate": "0001-01-01T00:00:00Z"}])),
        UNDATED,
    ),
    "another domain": (said(domain("other.example")), UNKNOWN),
    "another kind of object": (said({"objectClassName": "entity", "ldhName": DOMAIN}), UNKNOWN),
    "no object": (said([1, 2]), UNKNOWN),
    "broken JSON": (said(b'{"objectClassName": "dom'), UNKNOWN),
    "deep JSON": (said(b"[" * 100_000), UNKNOWN),
    "a page": (said(b"<html>welcome</html>", kind="text/html"), UNKNOWN),
    "an error": (said({"errorCode": 500}, status=500), UNKNOWN),
    "a limit": (said({"errorCode": 429}, status=429), UNKNOWN),
    "nobody has it": (said(b"", status=404), FREE),
    "a 404 of another server": (said(b"<h1>404</h1>", status=404, kind="text/html"), UNKNOWN),
    "cut off": (replace(said(domain()), truncated=True), UNKNOWN),
    "no answer": (replace(said(), failure=Failure.TIMEOUT), UNKNOWN),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_counts_only_if_it_is_surely_about_the_domain(name: str) -> None:
    response, expected = ANSWERS[name]
    assert parse_registration(response, DOMAIN, NOW) == expected


FRESH = {
    "asked today": (KNOWN, 0, True),
    "within the days": (KNOWN, 29, True),
    "after them": (KNOWN, 30, False),
    "asked later than this run": (KNOWN, -1, False),
    "free, for a week": (FREE, 6, True),
    "free, a week ago": (FREE, 7, False),
    "unknown, for a week": (UNKNOWN, 6, True),
    "renewed or free since": (replace(KNOWN, expires=NOW + timedelta(2)), 3, False),
    "asked again in vain, for a week": (replace(KNOWN, asked_again=NOW + timedelta(40)), 46, True),
    "and then no longer": (replace(KNOWN, asked_again=NOW + timedelta(40)), 47, False),
    "ends on this day": (replace(KNOWN, expires=NOW + timedelta(2)), 2, True),
}


@pytest.mark.parametrize("name", FRESH)
def test_how_long_an_answer_is_used(name: str) -> None:
    one, days, fresh = FRESH[name]
    assert one.is_fresh(NOW + timedelta(days=days), RdapSettings()) is fresh


def test_the_shipped_file_is_ianas_and_knows_the_large_registries() -> None:
    servers = shipped_bootstrap()
    assert servers["com"] == "https://rdap.verisign.com/com/v1"
    assert len(servers) > 1000
    assert all(url.startswith("https://") for url in servers.values())


BOOTSTRAPS: dict[str, tuple[object, Mapping[str, str] | None]] = {
    "two names": (
        {"services": [[["Com", "net"], ["http://a.example/", "https://a.example/x/"]]]},
        {"com": "https://a.example/x", "net": "https://a.example/x"},
    ),
    "only without encryption": ({"services": [[["kg"], ["http://a.example/"]]]}, None),
    "no services": ({"services": 3}, None),
    "services of another shape": ({"services": ["com"]}, None),
    "halves of services": ({"services": [[["com"]]]}, None),
    "a list": ([], None),
}


@pytest.mark.parametrize("name", BOOTSTRAPS)
def test_bootstrap_files(name: str) -> None:
    content, expected = BOOTSTRAPS[name]
    assert parse_bootstrap(json.dumps(content).encode()) == expected


def test_a_bootstrap_file_that_is_not_utf_8_is_none() -> None:
    assert parse_bootstrap(b'{"services": [[["\xff"], ["https://rdap.example"]]]}') is None


class Registry:
    """Answers with one response, and counts."""

    def __init__(self, response: Response | None = None) -> None:
        self.response = response
        self.asked: list[str] = []
        self.kept: list[Registration] = []

    async def ask(self, url: str, **_options: Unpack[RequestOptions]) -> Response:
        self.asked.append(url)
        return self.response or said(domain(url.rpartition("/")[2]))

    def lookup(
        self, *known: Registration, settings: RdapSettings | None = None
    ) -> RegistrationLookup:
        async def servers() -> Mapping[str, str]:
            return SERVERS

        by_domain = {one.domain: one for one in known}
        rdap = settings or RdapSettings()
        return RegistrationLookup(
            self.ask, rdap, NOW, by_domain, self.kept.append, servers, SERVERS
        )


async def test_a_domain_is_asked_about_once_and_its_answer_is_kept() -> None:
    registry = Registry()
    lookup = registry.lookup()
    answers = [await lookup.of_host(host) for host in ("www.site.example", "a.site.example")]
    assert answers == [KNOWN, KNOWN]
    assert registry.asked == [f"{SERVERS['example']}/domain/{DOMAIN}"]
    assert registry.kept == [KNOWN]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "user.github.io", "site.nowhere"])
async def test_nobody_is_asked_about_names_without_a_registry(host: str) -> None:
    registry = Registry()
    assert await registry.lookup().of_host(host) is None
    assert registry.asked == []


async def test_an_old_answer_is_asked_again_and_a_fresh_one_is_not() -> None:
    registry = Registry()
    old, fresh = (replace(KNOWN, run_date=NOW - timedelta(days=n)) for n in (40, 3))
    assert await registry.lookup(fresh).of_host(DOMAIN) == fresh
    assert registry.asked == []
    assert await registry.lookup(old).of_host(DOMAIN) == KNOWN


async def test_a_run_asks_as_often_as_the_settings_allow() -> None:
    registry = Registry()
    lookup = registry.lookup(settings=RdapSettings(per_run=2))
    answers = [await lookup.of_host(f"{name}.example") for name in "abc"]
    assert [one is None for one in answers] == [False, False, True]
    assert lookup.asked == 2
    assert await Registry().lookup(settings=RdapSettings(enabled=False)).of_host(DOMAIN) is None


async def test_a_registry_that_is_down_is_left_alone() -> None:
    registry = Registry(said(b"<html>", kind="text/html"))
    lookup = registry.lookup()
    found = [await lookup.of_host(f"{name}.example") for name in "abcd"]
    assert [one.state if one else None for one in found] == [*3 * [RegistrationState.UNKNOWN], None]


async def test_an_answer_that_cannot_be_used_does_not_hide_the_one_before() -> None:
    registry = Registry(said(status=500))
    old = replace(KNOWN, run_date=NOW - timedelta(days=40))
    lookup = registry.lookup(old)
    held = replace(old, asked_again=NOW)
    assert [await lookup.of_host(DOMAIN) for _ in range(2)] == [held, held]
    assert len(registry.asked) == 1
    assert registry.kept == [UNKNOWN]


async def test_a_registry_that_asks_to_come_back_later_is_left_alone_and_others_are_not() -> None:
    registry = Registry(said(status=429))
    lookup = registry.lookup()
    assert [await lookup.of_host(f"{name}.example") for name in "ab"] == [None, None]
    assert len(registry.asked) == 1
    assert registry.kept == []
    registry.response = None
    assert await lookup.of_host("site.other") == replace(KNOWN, domain="site.other")


async def test_no_file_of_servers_is_read_for_a_top_level_domain_without_one() -> None:
    registry = Registry()
    lookup = registry.lookup()
    lookup.shipped = {}
    assert await lookup.of_host(DOMAIN) is None
    assert registry.asked == []
