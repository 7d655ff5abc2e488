"""Scenario files and their rules: which request gets which response on which night."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from staycurrent.web.replay.scenario import (
    Dns,
    Fault,
    Ranges,
    ReplayRequest,
    ScenarioError,
    ScenarioNight,
)
from tests.support.web_server import written


def mistakes(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(ScenarioError) as refused:
        written(tmp_path, text)
    return str(refused.value).splitlines()


def get(view: ScenarioNight, url: str, memory: Counter[int] | None = None, **headers: str) -> int:
    return view.response(
        ReplayRequest("GET", url, headers), Counter() if memory is None else memory
    ).status


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("", [1, 2, 99], [0]),
        ("3", [3], [2, 4]),
        ("1-3,5", [1, 3, 5], [4, 6]),
        ("7-", [7, 700], [6]),
        (" 2 - 3 , 9 ", [2, 3, 9], [1, 4]),
    ],
)
def test_ranges(text: str, inside: list[int], outside: list[int]) -> None:
    ranges = Ranges.parse(text)
    assert all(number in ranges for number in inside)
    assert not any(number in ranges for number in outside)


@pytest.mark.parametrize("text", ["x", "1-2-3", "-3", "1,,2", "1.5"])
def test_a_malformed_range_is_quoted(text: str) -> None:
    with pytest.raises(ValueError, match="is not like"):
        Ranges.parse(text)


@pytest.mark.parametrize(
    ("toml", "sentence"),
    [
        ('[[page]]\nurl = "https://a.test/"\nstatsu = 200', "unknown field `statsu`"),
        (
            '[[page]]\nurl = "https://a.test/"\nstatus = "200"',
            "Expected `int`, got `str` - at `$.status`",
        ),
        (
            '[[page]]\nurl = "https://a.test/"\nstatus = true',
            "Expected `int`, got `bool` - at `$.status`",
        ),
        ('[[page]]\nurl = "a.test"', "`url` must be one absolute URL"),
        ("[[page]]\nstatus = 200", "missing required field `url`"),
        (
            '[[page]]\nurl = "https://a.test/"\nfault = "boom"',
            "Invalid enum value 'boom' - at `$.fault`",
        ),
        ('[[page]]\nurl = "https://a.test/"\nlocation = "/b"', "`location` needs a status of 3xx"),
        ('[[page]]\nurl = "https://a.test/"\nnights = "x"', "'x' is not like 1-3,5,8-"),
        ('[[page]]\nurl = "https://a.test/"\nbody_file = "no.html"', "is not in the file's folder"),
        (
            '[[page]]\nurl = "https://a.test/"\nbody = "a"\ntitle = "b"',
            "must not be given together",
        ),
        (
            '[[page]]\nurl = "https://a.test/"\ndelay_s = "long"',
            "Expected `float`, got `str` - at `$.delay_s`",
        ),
        (
            '[[page]]\nurl = "https://a.test/"\nneeds = "cookie"',
            "Expected `object`, got `str` - at `$.needs`",
        ),
        (
            '[[page]]\nurl = "https://a.test/"\nmethods = [1]',
            "Expected `str`, got `int` - at `$.methods[0]`",
        ),
        ('[[host]]\nname = "a.test"\ndns = "gone"', "Invalid enum value 'gone' - at `$.dns`"),
        ('[[host]]\ntls = "good"', "missing required field `name`"),
        ('host = "a.test"', "`host` must be written as [[host]]"),
        ('first_night = "soon"', "`first_night` must be a date"),
        ("[[page", "it is not TOML"),
    ],
)
def test_a_mistake_names_its_key(tmp_path: Path, toml: str, sentence: str) -> None:
    assert sentence in mistakes(tmp_path, toml)[0]


def test_the_mistakes_of_all_tables_are_reported_at_once(tmp_path: Path) -> None:
    lines = mistakes(
        tmp_path,
        '[[host]]\nname = "a.test"\ntls = "bad"\n'
        '[[page]]\nurl = "https://a.test/"\nx = 1\n[[page]]\nurl = ""',
    )
    assert [line.partition("): ")[0] for line in lines] == [
        "web.toml: host 1 (a.test",
        "web.toml: page 1 (https://a.test/",
        "web.toml: page 2 (without a name",
    ]


def test_the_first_rule_that_matches_counts(tmp_path: Path) -> None:
    played = written(
        tmp_path,
        """
        [[page]]
        url = "https://a.test/x"
        status = 410
        [[page]]
        url = "https://a.test/*"
        status = 503
        [[page]]
        url = "https://a.test/y"
        [[page]]
        url = "*://b.test/"
        """,
    ).on_night(1)
    assert get(played, "https://a.test/x") == 410
    assert get(played, "https://a.test/y") == 503
    assert get(played, "http://b.test/") == get(played, "https://b.test/") == 200
    assert get(played, "http://b.test/other") == 404
    assert get(played, "https://a.test.evil/x") == 404


def test_only_the_star_is_a_wildcard(tmp_path: Path) -> None:
    toml = '[[page]]\nurl = "https://a.test/x?y[]=(1)+*"\nstatus = 410'
    played = written(tmp_path, toml).on_night(1)
    assert get(played, "https://a.test/x?y[]=(1)+2") == 410
    assert get(played, "https://a.test/?y[]=(1)+2") == 404


def test_rules_match_nights_methods_tries_and_headers(tmp_path: Path) -> None:
    played = written(
        tmp_path,
        """
        [[page]]
        url = "https://a.test/"
        needs = { Cookie = "seen=1" }
        status = 204
        [[page]]
        url = "https://a.test/"
        methods = ["HEAD"]
        status = 405
        [[page]]
        url = "https://a.test/"
        nights = "1-2"
        tries = "1"
        status = 503
        [[page]]
        url = "https://a.test/"
        """,
    )
    memory: Counter[int] = Counter()
    url = "https://a.test/"
    first = played.on_night(1)
    assert get(first, url, memory, cookie="a=b; seen=1") == 204
    assert first.response(ReplayRequest("HEAD", url, {}), memory).status == 405
    tries = [first.response(ReplayRequest("GET", url, {}), memory).status for _ in range(3)]
    assert tries == [503, 200, 200]
    assert get(played.on_night(3), url) == 200


def test_counts_belong_to_the_player(tmp_path: Path) -> None:
    toml = '[[page]]\nurl = "https://a.test/"\ntries = "1"\nstatus = 503'
    view = written(tmp_path, toml).on_night(1)
    assert [get(view, "https://a.test/") for _ in range(2)] == [503, 503]


def test_nights_are_found_by_their_date(tmp_path: Path) -> None:
    toml = 'first_night = 2026-11-01\n[[page]]\nurl = "https://a.test/"\nnights = "3"\nstatus = 410'
    played = written(tmp_path, toml)
    assert played.on_date(date(2026, 11, 3)).night == 3
    assert get(played.on_date(date(2026, 11, 3)), "https://a.test/") == 410
    assert get(played.on_date(date(2026, 11, 4)), "https://a.test/") == 404


def test_a_body_keeps_the_blocks_that_the_query_or_the_night_asks_for(tmp_path: Path) -> None:
    toml = """
        [[page]]
        url = "https://a.test/q?*"
        keep_by = "id_list"
        body = "<!--when 2305.1-->A<!--end--><!--when 2305.2-->B<!--end-->=<!--count-->"
        [[page]]
        url = "https://a.test/n"
        keep_by = "night"
        body = "<!--when 1-->A<!--end--><!--when 2--->B<!--end-->"
    """
    view = written(tmp_path, toml).on_night(2)

    def body(url: str) -> bytes:
        return view.compose_body(view.response(ReplayRequest("GET", url, {}), Counter()), url)

    assert body("https://a.test/q?max=9&id_list=2305.9,2305.2v3") == b"B=1"
    assert body("https://a.test/q?id_list=2305.2%2C2305.1") == b"AB=2"
    assert body("https://a.test/q?id=2305.1") == b"=0"
    assert body("https://a.test/n") == b"B"


async def test_a_rule_for_all_hosts_comes_before_later_rules(tmp_path: Path) -> None:
    toml = """
        [[host]]
        name = "*"
        nights = "2"
        dns = "servfail"
        [[host]]
        name = "gone.test"
        dns = "missing"
        [[page]]
        url = "https://a.test/"
    """
    nights = [written(tmp_path, toml).on_night(night) for night in (1, 2, 3)]
    assert [night.host_rule("a.test").dns for night in nights] == [Dns.OK, Dns.SERVFAIL, Dns.OK]
    assert [night.host_rule("gone.test").dns for night in nights] == [
        Dns.MISSING,
        Dns.SERVFAIL,
        Dns.MISSING,
    ]


def test_every_fault_can_be_named_in_a_file(tmp_path: Path) -> None:
    for fault in Fault:
        toml = f'[[page]]\nurl = "https://a.test/"\nfault = "{fault}"'
        assert written(tmp_path, toml).pages[0].response.fault is fault


def test_a_body_is_written_in_the_charset_that_is_named(tmp_path: Path) -> None:
    page = '[[page]]\nurl = "https://a.test/"\nbody = "café"\nencoding = '
    scenario = written(tmp_path, page + '"latin-1"')
    assert scenario.pages[0].response.body == b"caf\xe9"
    for wrong in ('"ascii"', '"klingon"'):
        assert "`encoding` cannot write this body" in mistakes(tmp_path, page + wrong)[0]


def test_a_rule_for_all_hosts_counts_only_on_its_nights(tmp_path: Path) -> None:
    scenario = written(tmp_path, '[[host]]\nname = "*"\nnights = "2"\n')
    assert scenario.on_night(1).host_rule("nobody.test").dns is Dns.MISSING
    assert scenario.on_night(2).host_rule("nobody.test").dns is Dns.OK
