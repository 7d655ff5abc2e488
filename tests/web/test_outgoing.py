"""Requests that are not made by httpx: what goes over the wire is what it would have been."""

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from staycurrent.web.address import Address, parse
from staycurrent.web.http1 import of_httpx, plainly
from staycurrent.web.replay.transport import ReplayTransport
from staycurrent.web.settings import WebSettings
from staycurrent.web.transport import Carrier, Transport

HEADERS = {"Host": "site.test", "Accept-Encoding": "gzip", "connection": "close"}
IP = "192.0.2.1"
SIGNS = "az09./?&=%~!$'()*+,;:@[]{}|^ -_\"\\é"


def address(url: str) -> Address:
    found = parse(url)
    assert isinstance(found, Address)
    return found


def by_httpx(here: Address, ip: str = IP) -> httpx.Request:
    request = httpx.Request("GET", here.url, headers=HEADERS, content=b"")
    request.extensions["address"] = ip
    return request


@pytest.mark.parametrize(
    ("url", "is_plain"),
    [
        ("https://site.test/", True),
        ("https://site.test/a/b.html?q=1&r=/../x", True),
        ("https://site.test:8443/%7Ea/%C3%A9//b?", True),
        ("http://münchen.test/ü?ä", True),
        ("http://site.xn--p1ai/", True),
        ("http://192.0.2.1:8080/a", True),
        ("http://[2001:db8::1]/a", False),  # it is vetted for another address here
        ("https://site.test/a/../b", False),
        ("https://site.test/.well-known/x", False),
        ("https://site.test/it's", False),
        ("https://site.test/[a]", False),
        ("http://127.1/", False),
        ("http://1.2.3.999/", False),
        (f"https://site.test/{'x' * 9000}", False),
    ],
)
def test_most_addresses_are_plain(url: str, *, is_plain: bool) -> None:
    here = address(url)
    outgoing = plainly(here, IP, HEADERS, 5)
    assert (outgoing is not None) is is_plain
    assert outgoing is None or outgoing == of_httpx(by_httpx(here), 5)


@given(st.text(SIGNS, max_size=30), st.sampled_from(["", "a.", "1.", "1.2.3.", "x_-"]))
def test_what_is_plain_goes_out_as_httpx_would_have_it(target: str, name: str) -> None:
    here = parse(f"http://{name}site.test/{target}")
    if isinstance(here, Address):
        outgoing = plainly(here, IP, HEADERS, 5)
        assert outgoing is None or outgoing == of_httpx(by_httpx(here), 5)


def test_an_address_of_the_sixth_version_is_itself() -> None:
    here = address("http://[2001:db8::1]:81/a")
    ip = "2001:db8::1"
    assert plainly(here, ip, HEADERS, 5) == of_httpx(by_httpx(here, ip), 5)


def test_who_asks_to_be_alone_shares_no_connection() -> None:
    here = address("https://site.test/")
    alone, shared = (plainly(here, IP, headers, 5) for headers in (HEADERS, {"Host": "x"}))
    assert alone is not None
    assert shared is not None
    assert (alone.may_share, shared.may_share) == (False, True)


def test_only_the_network_takes_them() -> None:
    assert isinstance(Transport(WebSettings()), Carrier)
    assert not issubclass(ReplayTransport, Carrier)
