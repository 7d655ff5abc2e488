"""What a robots.txt says to us: RFC 9309 as a table, and how long the response holds."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from protego._ruleset import _RuleSet

from staycurrent.web.response import Failure, Response
from staycurrent.web.robots import (
    ERROR_CACHE_DAYS,
    MAX_ROBOTS_BYTES,
    MAX_RULES,
    MIN_CACHE_DAYS,
    RobotsTxt,
    product_token,
    read_robots_txt,
    relevant_lines,
)

NIGHT = date(2026, 11, 1)
SITE = "https://site.example"
AGENT = "staycurrent"
STAR = "User-agent: *\n"
OPEN, CLOSED = "", "robots.txt disallows it"
UNREADABLE = "its robots.txt is unreadable: more than 5000 rules"
# file, path, whether we may ask for it
RULES = [
    ("", "/a", OPEN),
    (STAR + "Disallow:", "/a", OPEN),
    (STAR + "Disallow: /", "/a", CLOSED),
    (STAR + "Disallow: /a", "/abc", CLOSED),
    (STAR + "Disallow: /a/", "/a", OPEN),
    (STAR + "Disallow: /A", "/a", OPEN),
    ("USER-AGENT : *\nDISALLOW : /a", "/a", CLOSED),
    # the longest rule that fits holds, and of two alike the one that allows (section 2.2.2)
    (STAR + "Disallow: /a\nAllow: /a/open", "/a/open/x", OPEN),
    (STAR + "Allow: /a\nDisallow: /a/closed", "/a/closed/x", CLOSED),
    (STAR + "Disallow: /a\nAllow: /a", "/a", OPEN),
    # wildcards (section 2.2.3)
    (STAR + "Disallow: /*.pdf$", "/x/paper.pdf", CLOSED),
    (STAR + "Disallow: /*.pdf$", "/x/paper.pdf?page=2", OPEN),
    (STAR + "Disallow: /*since=*", "/trending?since=daily", CLOSED),
    (STAR + "Disallow: /*since=*", "/trending", OPEN),
    (STAR + "Disallow: /*/*/pulse", "/owner/name/pulse", CLOSED),
    (STAR + "Disallow: /*/*/pulse", "/owner/pulse", OPEN),
    (STAR + "Disallow: /*?", "/search?q=1", CLOSED),
    (STAR + "Disallow: /a$", "/a", CLOSED),
    (STAR + "Disallow: /a$", "/ab", OPEN),
    # one spelling of an address is as good as another (section 2.2.2)
    (STAR + "Disallow: /caf%C3%A9", "/caf%c3%a9", CLOSED),
    (STAR + "Disallow: /café", "/caf%C3%A9", CLOSED),
    (STAR + "Disallow: /%7Ejoe", "/~joe/x", CLOSED),
    # groups (section 2.2.1): ours before everybody's, several names over one group, one group
    # in several pieces
    (STAR + "Disallow: /\nUser-agent: staycurrent\nDisallow: /b", "/a", OPEN),
    (STAR + "Disallow: /\nUser-agent: StayCurrent\nDisallow:", "/a", OPEN),
    ("User-agent: staycurrent\nDisallow: /a\n\n" + STAR + "Allow: /", "/a", CLOSED),
    ("User-agent: other\nUser-agent: *\nDisallow: /a", "/a", CLOSED),
    ("User-agent: other\nDisallow: /", "/a", OPEN),
    ("User-agent: current\nDisallow: /", "/a", OPEN),
    (STAR + "Disallow: /b\nUser-agent: x\nDisallow: /\n" + STAR + "Disallow: /a", "/a", CLOSED),
    (STAR + "Crawl-delay: 5\nUser-agent: greedy\nDisallow: /", "/a", OPEN),
    (STAR + "Sitemap: https://site.example/map.xml\nDisallow: /a", "/a", CLOSED),
    ("Disallow: /", "/a", OPEN),
    # lines end in any way, comments are none, a mark of the byte order is none
    ("User-agent: *\rDisallow: /a\r", "/a", CLOSED),
    ("User-agent: *\r\n\r\nDisallow: /a # all of it\r\n", "/a", CLOSED),
    ("\ufeffUser-agent: *\nDisallow: /a", "/a", CLOSED),
    ("# Disallow: /\n" + STAR + "Allow: /", "/a", OPEN),
    # a page in its place is not a robots.txt
    ("<!doctype html><p>\nUser-agent: *\nDisallow: /\n", "/a", OPEN),
    (STAR + "Disallow: /", "/robots.txt", OPEN),
    (STAR + "Disallow: //[::1\nDisallow: /%zz\nDisallow: /a", "/a", CLOSED),
]  # fmt: skip


def robots(text: str | bytes) -> RobotsTxt:
    body = text if isinstance(text, bytes) else text.encode()
    return read_robots_txt("site.example", NIGHT, said(200, body))


def said(status: int, body: bytes = b"", failure: Failure | None = None) -> Response:
    url = f"{SITE}/robots.txt"
    return Response(url, url, (), 0.1, failure, status=status, body=body)


@pytest.mark.parametrize(("text", "path", "expected"), RULES)
def test_the_rules_are_those_of_rfc_9309(text: str, path: str, expected: str) -> None:
    assert robots(text).why_disallowed(SITE + path, AGENT) == expected


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 429, 500, 503, 301, 0])
def test_only_a_2xx_response_disallows_anything(status: int) -> None:
    found = read_robots_txt("site.example", NIGHT, said(status, b"User-agent: *\nDisallow: /"))
    assert found.why_disallowed(f"{SITE}/a", AGENT) == OPEN
    assert found.is_known is (400 <= status < 500)


def test_a_failure_disallows_nothing_and_is_not_known() -> None:
    found = read_robots_txt("site.example", NIGHT, said(0, failure=Failure.TIMEOUT))
    assert found == RobotsTxt("site.example", NIGHT, 0)
    assert not found.is_known


def test_what_is_behind_500_kib_is_not_read() -> None:
    rule = b"User-agent: *\nDisallow: /a\n"
    room = MAX_ROBOTS_BYTES - len(rule) - 1
    assert robots(b"#" * room + b"\n" + rule).why_disallowed(f"{SITE}/a", AGENT) == CLOSED
    assert (
        robots(b"#" * (room + len(rule)) + b"\n" + rule).why_disallowed(f"{SITE}/a", AGENT) == OPEN
    )


def test_only_relevant_lines_are_kept() -> None:
    text = "# hello\nUser-agent: *\n\nDisallow: /a # this\nSitemap: https://site.example/map\n"
    assert relevant_lines(text.encode()) == "User-agent: *\nDisallow: /a"
    assert relevant_lines(b"User-agent: *\nAllow: /\nCrawl-delay: 3\n") == ""


def test_hosts_of_one_date_expire_on_different_dates() -> None:
    hosts = [RobotsTxt(f"host-{n}.example", NIGHT, 404) for n in range(1000)]
    ages = [next(n for n in range(99) if not one.is_fresh(at(n))) for one in hosts]
    assert (min(ages), max(ages)) == (MIN_CACHE_DAYS, 2 * MIN_CACHE_DAYS - 1)
    assert max(ages.count(age) for age in ages) < 70


def test_a_failure_is_cached_for_a_week() -> None:
    unknown = RobotsTxt("site.example", NIGHT, 503)
    assert [unknown.is_fresh(at(n)) for n in (-1, 0, 6, 7)] == [False, True, True, False]
    assert ERROR_CACHE_DAYS == 7


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("staycurrent/0.1 (+https://example.org)", "staycurrent"),
        ("my-bot", "my-bot"),
        ("9lives/1", "9lives/1"),
    ],
)
def test_the_product_token_is_the_first_word_of_the_user_agent(header: str, token: str) -> None:
    assert product_token(header) == token


@given(st.binary(max_size=200), st.text("/aé%*$?", max_size=20))
def test_no_bytes_raise(body: bytes, path: str) -> None:
    found = robots(b"User-agent: *\nDisallow: " + body)
    assert found.why_disallowed(f"{SITE}/{path}", AGENT) in (OPEN, CLOSED)


HOSTILE = [
    "Disallow: /" + "*a" * 300_000,
    f"Disallow: /{'*a' * 20}$\n" * MAX_RULES,
    "User-agent: a\n",
    "".join(f"User-agent: a{n}\n" for n in range(12_000)) + "Disallow: /a$\n" * 12_000,
    "".join(f"User-agent: a{n}\n" for n in range(12_000))
    + "User-agent: staycurrent\n"
    + "Disallow: /a$\n" * MAX_RULES,
    "a:\n",
]


@pytest.mark.parametrize("rule", HOSTILE)
def test_a_hostile_file_costs_a_rule_a_line_at_most(
    rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    added: list[str] = []
    add = _RuleSet.disallow

    def counted(rules: _RuleSet, pattern: str) -> None:
        added.append(pattern)
        add(rules, pattern)

    monkeypatch.setattr(_RuleSet, "disallow", counted)
    text = STAR + rule * max(1, MAX_ROBOTS_BYTES // len(rule))
    # Matching that backtracks would run into the time limit of the tests.
    assert robots(text).why_disallowed(f"{SITE}/{'b' * 8000}", AGENT) in (OPEN, UNREADABLE)
    assert len(added) <= 2 * MAX_RULES + 2  # a rule with `$` counts twice


def test_a_file_with_too_many_rules_for_us_disallows_everything() -> None:
    others = "User-agent: other\n" + "Disallow: /a\n" * (MAX_RULES + 1)
    assert robots(others + STAR + "Allow: /").why_disallowed(f"{SITE}/a", AGENT) == OPEN
    found = robots(STAR + "Disallow: /b\n" * (MAX_RULES + 1))
    assert found.why_disallowed(f"{SITE}/a", AGENT) == UNREADABLE


def at(nights: int) -> date:
    return NIGHT + timedelta(nights)
