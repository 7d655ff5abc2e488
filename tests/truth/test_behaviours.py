"""Every behaviour of links, played for fifteen nights and judged by the whole pipeline."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

import pytest

from staycurrent.curated.document import parse
from tests.golden.golden import assert_golden
from tests.support.behaviours import (
    NIGHTS,
    NOT_JUDGED,
    PATIENT,
    PER_HOST,
    SETTINGS,
    Case,
    Play,
    Played,
    canaries,
    lay_out,
    load_cases,
    mistakes,
    runs_out_of_time,
    together,
)
from tests.support.web_server import Server

pytestmark = pytest.mark.timeout(300)
ALL = tuple(part for part in load_cases() if part.case.verdict != NOT_JUDGED)
LATE = tuple(filter(runs_out_of_time, ALL))
PARTS = tuple(part for part in ALL if part not in LATE)
QUIET = 12
"""A night on which nothing changes for those that are well."""


@pytest.fixture(scope="module")
def play(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Play]:
    """All cases that answer in one list, from the first night to the last."""
    with _playing(tmp_path_factory.mktemp("truth"), PARTS, PATIENT) as whole:
        yield whole


@pytest.fixture(scope="module")
def late(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Play]:
    """The cases that run out of time: in a list of their own, because the others must not."""
    with _playing(tmp_path_factory.mktemp("late"), LATE, SETTINGS) as whole:
        yield whole


@contextmanager
def _playing(folder: Path, parts: tuple[Played, ...], settings: str) -> Iterator[Play]:
    lay_out(folder, tuple(chain.from_iterable(part.case.urls for part in parts)), settings)
    with Server(together(parts, canaries())) as server:
        whole = Play(folder, server)
        whole.go_on(range(1, NIGHTS + 1))
        yield whole


@pytest.mark.parametrize("part", PARTS, ids=[part.case.id for part in PARTS])
def test_the_verdict_is_right_on_the_right_nights(play: Play, part: Played) -> None:
    assert mistakes(part.case, play.nights) == ()


@pytest.mark.parametrize("part", LATE, ids=[part.case.id for part in LATE])
def test_so_is_that_of_what_runs_out_of_time(late: Play, part: Played) -> None:
    assert mistakes(part.case, late.nights) == ()


def test_what_is_concluded_from_each_behaviour_is_as_frozen(play: Play, late: Play) -> None:
    lines = (_concluded(late if part in LATE else play, part.case) for part in ALL)
    assert_golden("behaviours/concluded.txt", "".join(chain.from_iterable(lines)))


def test_every_night_was_judged(play: Play) -> None:
    assert {night.sentence for night in play.nights.values()} == {""}


def test_the_list_shows_the_flags_of_the_status(play: Play) -> None:
    shown = {url: one.flag for url, one in play.nights[NIGHTS].shown.items()}
    flags = [flag for flag in shown.values() if flag is not None]
    text = play.rendered(NIGHTS)
    assert text.count("<!--stay:") == len(flags)
    for flag in set(flags):
        assert text.count(f"<!--stay:{flag}:") == flags.count(flag)
    assert {place.url for place in parse(text.encode()).occurrences} == set(shown)


def test_no_host_sees_more_requests_at_once_than_it_may(play: Play) -> None:
    peaks = {host: play.server.peak(host) for host in play.server.addresses}
    assert max(peaks.values()) <= PER_HOST
    assert peaks["many-links.test"] == PER_HOST


def test_a_quiet_night_costs_little_more_than_a_request_a_link(play: Play) -> None:
    well = [part for part in PARTS if _is_well(play, part)]
    hosts = frozenset[str]().union(*(part.scenario.host_names() for part in well))
    asked = sum(play.nights[QUIET].requests[host] for host in hosts)
    links = sum(len(part.case.urls) for part in well)
    assert links > 80
    assert asked <= 1.3 * links


def _concluded(play: Play, case: Case) -> Iterator[str]:
    """A line for each conclusion from a case after the last night, with the number of links."""
    yield f"{case.id}\n"
    counted = Counter(play.nights[NIGHTS].shown[url] for url in case.urls)
    for shown, links in counted.items():
        flag, suggestion = shown.flag or "-", shown.suggestion or "-"
        yield f"  {links} {shown.verdict} {shown.reason} flag {flag} suggestion {suggestion}\n"


def _is_well(play: Play, part: Played) -> bool:
    """Alive on every night, at hosts that no other case has, and not by a long way round."""
    others = (other for other in PARTS if other is not part)
    alone = all(part.case.hosts.isdisjoint(other.scenario.host_names()) for other in others)
    shown = (night.shown[url] for night in play.nights.values() for url in part.case.urls)
    direct = part.case.id != "fifteen_hops"  # one link, sixteen requests: a rule of its own
    return direct and alone and all(one.verdict == "alive" for one in shown)


def test_a_private_address_is_never_asked(play: Play) -> None:
    asked = {request.url for request in play.server.requests}
    assert "http://rebind.test/" in asked
    assert "http://rebind.test/inside" not in asked
    private = (
        "http://dns-private",
        "https://userinfo.test",
        "http://10.",
        "http://127.",
        "http://[",
    )
    assert not [url for url in asked if url.startswith(private)]
