"""Cookies of one request: to whom they go back, and what is not taken."""

import pytest

from staycurrent.web.address import Address, parse
from staycurrent.web.cookies import CookieJar


def at(url: str) -> Address:
    address = parse(url)
    assert isinstance(address, Address)
    return address


HERE = at("https://www.example.org/a")


@pytest.mark.parametrize(
    ("line", "url", "sent"),
    [
        ("a=b", "https://www.example.org/c", "a=b"),
        ("a=b; Path=/elsewhere; HttpOnly; SameSite=Lax", "https://www.example.org/", "a=b"),
        ("a=b", "https://example.org/", ""),
        ("a=b", "https://x.www.example.org/", ""),
        ("a=b; Domain=example.org", "https://example.org/", "a=b"),
        ("a=b; domain=.Example.Org", "https://id.example.org/", "a=b"),
        ("a=b; Domain=example.org", "https://notexample.org/", ""),
        ("a=b; Domain=other.org", "https://other.org/", ""),
        ("a=b; Domain=other.org", "https://www.example.org/", "a=b"),
        ("a=b; Domain=org", "https://other.org/", ""),
        ("a=b; Domain=www.example.org", "https://x.www.example.org/", "a=b"),
        ("a=b; Domain=ww.example.org", "https://ww.example.org/", ""),
        ("a=b; Secure", "https://www.example.org/", "a=b"),
        ("a=b; Secure", "http://www.example.org/", ""),
        ("a=b; insecure=no", "http://www.example.org/", "a=b"),
        ("a=", "https://www.example.org/", "a="),
        ("a=b; Max-Age=0", "https://www.example.org/", ""),
        ("a=b; Max-Age=60", "https://www.example.org/", "a=b"),
        ("no pair", "https://www.example.org/", "no pair"),
        ("=no name", "https://www.example.org/", "no name"),
        ("a b = c=d", "https://www.example.org/", "a b=c=d"),
        ("prefs[lang]=en", "https://www.example.org/", "prefs[lang]=en"),
        ('"a:b"={1,2}', "https://www.example.org/", '"a:b"={1,2}'),
        ("; Path=/", "https://www.example.org/", ""),
        ("é=a", "https://www.example.org/", ""),
        ("a=b\x00c", "https://www.example.org/", ""),
        ("a=b\r\nX-Evil: 1", "https://www.example.org/", ""),
        ("a=é", "https://www.example.org/", ""),
        (f"a={'x' * 5000}", "https://www.example.org/", ""),
    ],
)
def test_a_cookie_is_sent_back_to_the_host_that_set_it(line: str, url: str, sent: str) -> None:
    jar = CookieJar()
    jar.store(HERE, [line])
    assert jar.header_for(at(url)) == sent


def test_a_later_cookie_replaces_or_removes_an_earlier_one() -> None:
    jar = CookieJar()
    jar.store(HERE, ["a=1", "b=2", "a=3"])
    assert jar.header_for(HERE) == "a=3; b=2"
    jar.store(HERE, ["a=; Max-Age=-1"])
    assert jar.header_for(HERE) == "b=2"


EPOCH = "Thu, 01 Jan 1970 00:00:00 GMT"


@pytest.mark.parametrize(
    ("attributes", "sent", "left"),
    [
        (f"Expires={EPOCH}", "", "b=2"),
        ("expires=Thu, 01-Jan-1970 00:00:01 GMT; path=/", "", "b=2"),
        ("expires=Tue, 12-Oct-1999 07:00:00 GMT; path=/; HttpOnly", "", "b=2"),
        ("Expires=Sat, 21 Nov 2026 02:00:00 GMT", "Sun, 22 Nov 2026 02:00:00 GMT", "b=2"),
        ("Expires=Sat, 21 Nov 2026 02:00:00 GMT", "", "a=; b=2"),
        ("Expires=Mon, 23 Nov 2026 02:00:00 GMT", "Sun, 22 Nov 2026 02:00:00 GMT", "a=; b=2"),
        (f"Expires={EPOCH}; Max-Age=60", "", "a=; b=2"),
        (f"Expires={EPOCH}; Max-Age=soon", "", "b=2"),
        ("Expires=yesterday", "", "a=; b=2"),
    ],
)
def test_a_cookie_that_has_expired_is_removed(attributes: str, sent: str, left: str) -> None:
    jar = CookieJar()
    jar.store(HERE, ["a=1", "b=2"])
    jar.store(HERE, [f"a=; {attributes}"], sent)
    assert jar.header_for(HERE) == left


def test_too_many_cookies_are_neither_stored_nor_sent() -> None:
    jar = CookieJar()
    jar.store(HERE, [f"c{n}={'x' * 10}" for n in range(1000)])
    assert jar.header_for(HERE).count("=") == 50
    heavy = CookieJar()
    heavy.store(HERE, [f"c{n}={'x' * 4000}" for n in range(3)])
    assert heavy.header_for(HERE) == ""


def test_a_jar_knows_that_a_cookie_was_set_even_if_it_took_none() -> None:
    jar = CookieJar()
    assert not jar.was_set
    jar.store(HERE, ["é=a"])
    assert jar.was_set
