"""A night's budget: what is looked at first, what waits, and that such a night is judged."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from staycurrent.flows.checking.targets import CheckScope
from staycurrent.flows.commands.check import check
from staycurrent.flows.context import Clock
from staycurrent.web.replay.scenario import HostRule, PageRule, Ranges, ReplayResponse, Scenario
from tests.support.behaviours import Play, canaries, lay_out
from tests.support.folder import with_database
from tests.support.web_server import Server

LINKS = [f"http://host-{n}.test/page" for n in range(20)]
DEAD, MOVING = LINKS[17], LINKS[18]
REDIRECT = ReplayResponse(301, headers=(("location", "/page-of-today"),))
PAGES = (
    PageRule("*/robots.txt", ReplayResponse(404)),
    PageRule(DEAD, ReplayResponse(404), Ranges.parse("2-")),
    PageRule(MOVING, REDIRECT, Ranges.parse("2-")),
    PageRule("http://host-*.test/page*", ReplayResponse(200, body=b"<title>Here</title>")),
)


@contextmanager
def played(folder: Path, links: str, listed: Sequence[str] = LINKS) -> Iterator[Play]:
    """Twenty links, each at a host of its own unless listed otherwise; `links` are settings."""
    lay_out(folder, listed)
    file = folder / "staycurrent.toml"
    text = file.read_text(encoding="utf-8").replace("[links]", f"[links]\n{links}")
    file.write_text(text.replace("[web]", "[web]\nrobots = false"), encoding="utf-8")
    hosts = tuple(HostRule(f"host-{n}.test") for n in range(20))
    there = canaries()
    with Server(Scenario((*hosts, *there.hosts), (*PAGES, *there.pages))) as server:
        yield Play(folder, server)


def checked_links(play: Play, number: int) -> list[str]:
    """Links whose pages were asked for on a night that must be judged, each once."""
    before = len(play.server.requests)
    play.go_on([number])
    assert play.nights[number].sentence == ""
    asked = (one.url for one in play.server.requests[before:])
    return list(dict.fromkeys(url for url in asked if url in LINKS))


class Said:
    """A reporter that keeps its lines."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def info(self, line: str) -> None:
        self.lines.append(line)

    @contextmanager
    def progress(self, *_: object) -> Iterator[object]:
        yield lambda: None


def test_what_does_not_fit_waits_for_its_turn_and_what_awaits_a_verdict_never_waits(
    tmp_path: Path,
) -> None:
    with played(tmp_path, "budget_requests = 14") as play:
        nights = [checked_links(play, number) for number in (1, 2, 3, 4, 5)]
    first, second, third, *_ = nights
    # Five canaries and a name that cannot exist are asked for before the first check.
    assert 5 <= len(first) <= 14
    assert set(first).isdisjoint(second)
    seen = set().union(*nights)
    assert seen == set(LINKS)
    for urgent in (DEAD, MOVING):
        urgent_since = next(n for n, night in enumerate(nights) if urgent in night and n > 0)
        assert all(urgent in night for night in nights[urgent_since + 1 : urgent_since + 3])
    assert len(third) <= 14


def test_the_first_in_order_are_checked_even_if_a_long_host_would_go_before_them(
    tmp_path: Path,
) -> None:
    """Of what was never seen the order is the list's; a night begins with its longest host."""
    first, rest = LINKS[:8], [f"http://host-19.test/page?{n}" for n in range(12)]
    with played(tmp_path, "budget_requests = 14", [*first, *rest]) as play:
        play.go_on([1])
        asked = {one.url for one in play.server.requests}
    assert len(asked & set(first)) >= 7
    assert len(asked & set(rest)) <= 1


def test_what_waits_is_said_and_what_was_seen_counts(tmp_path: Path) -> None:
    with played(tmp_path, "budget_requests = 14") as play:
        said = Said()
        night = replace(play.surroundings(1), reporter=said)  # type: ignore[arg-type]
        play.server.play(1)
        report = with_database(check, night)
    waits = [line for line in said.lines if "deferred" in line]
    assert waits == [f"check: {20 - report.checked} links deferred to the next run"]
    assert 0 < report.checked < 14
    assert report.requests <= 14 + 5 + 16  # canaries at the end, and checks under way


def test_no_check_begins_after_its_minutes(tmp_path: Path) -> None:
    with played(tmp_path, "budget_minutes = 10.0") as play:
        night = play.surroundings(1)
        calls = iter(range(10_000))
        # Each time that the clock is read another minute is gone.
        late = Clock(night.clock.as_of, lambda: night.clock.as_of + timedelta(minutes=next(calls)))
        play.server.play(1)
        report = with_database(check, replace(night, clock=late))
    assert 0 < report.checked < 10


def test_who_asks_for_every_link_gets_every_link(tmp_path: Path) -> None:
    with played(tmp_path, "budget_requests = 6\nbudget_minutes = 1.0") as play:
        play.server.play(1)
        assert with_database(check, play.surroundings(1), CheckScope(all=True)).checked == 20


def test_who_asks_for_a_host_gets_it_although_others_fill_the_budget(tmp_path: Path) -> None:
    with played(tmp_path, "budget_requests = 14") as play:
        play.server.play(1)
        said = Said()
        night = replace(play.surroundings(1), reporter=said)  # type: ignore[arg-type]
        assert with_database(check, night, CheckScope(host="host-19.test")).checked == 1
    assert not [line for line in said.lines if "deferred" in line]


@pytest.mark.parametrize("links", ["budget_requests = 0", "budget_minutes = 0.0"])
def test_nothing_is_no_limit(tmp_path: Path, links: str) -> None:
    with played(tmp_path, links) as play:
        assert set(checked_links(play, 1)) == set(LINKS)
