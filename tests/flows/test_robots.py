"""A night's courtesy, counted in the server's own log: pauses, limits, and nothing asked twice."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

from staycurrent.flows.commands.explain import explain
from staycurrent.web.replay.scenario import HostRule, PageRule, ReplayResponse, Scenario
from staycurrent.web.robots import MIN_CACHE_DAYS
from tests.support.behaviours import Play, canaries, lay_out
from tests.support.folder import with_database
from tests.support.web_server import Server, host_openings

PAUSE_S, PER_HOST = 0.2, 2
HOSTS = [f"host-{number}.test" for number in range(6)]
LINKS = [f"http://{host}/page/{number}" for host in HOSTS for number in range(5)]
WELL = PageRule(
    "http://host-*.test/page/*", ReplayResponse(200, body=b"<title>Here</title>", delay_s=0.03)
)
CLOSED = PageRule(
    "http://host-0.test/robots.txt", ReplayResponse(200, body=b"User-agent: *\nDisallow: /p")
)


@contextmanager
def played(folder: Path, *pages: PageRule, web: str = "") -> Iterator[Play]:
    """Nights on a web that is well wherever `pages` say nothing else; `web` are settings."""
    lay_out(folder, LINKS)
    file = folder / "staycurrent.toml"
    text = file.read_text(encoding="utf-8")
    for line in web.splitlines():
        key = line.partition(" ")[0]
        kept = [one for one in text.splitlines() if not one.startswith(f"{key} = ")]
        text = "\n".join(kept).replace("[web]", f"[web]\n{line}")
    file.write_text(text, encoding="utf-8")
    there = canaries()
    hosts = (*(HostRule(name) for name in HOSTS), *there.hosts)
    rest = (PageRule("*/robots.txt", ReplayResponse(404)), WELL, *there.pages)
    with Server(Scenario(hosts, (*pages, *rest))) as server:
        yield Play(folder, server)


def asked(play: Play, night: int) -> int:
    """Requests at the hosts of links on a night."""
    play.server.forget()
    play.go_on([night])
    assert play.nights[night].sentence == ""
    return sum(play.nights[night].requests[host] for host in HOSTS)


def test_every_host_gets_its_pauses_and_never_more_at_once_than_its_limit(tmp_path: Path) -> None:
    with played(tmp_path, web=f"pause_s = {PAUSE_S}\nper_host = {PER_HOST}") as play:
        for night in (1, 2):
            with host_openings() as opens:
                asked(play, night)
            for host in HOSTS:
                assert len(opens[host]) == play.nights[night].requests[host]
                assert min(b - a for a, b in pairwise(opens[host])) > PAUSE_S * 0.99
                assert play.server.peak(host) <= PER_HOST


def test_a_robots_txt_is_asked_for_once_in_weeks(tmp_path: Path) -> None:
    with played(tmp_path) as play:
        assert {
            night: asked(play, night) for night in (1, 2, MIN_CACHE_DAYS, 2 * MIN_CACHE_DAYS)
        } == {
            1: len(LINKS) + len(HOSTS),
            2: len(LINKS),
            MIN_CACHE_DAYS: len(LINKS),
            2 * MIN_CACHE_DAYS: len(LINKS) + len(HOSTS),
        }


def test_a_disallowed_page_is_blocked_and_nobody_asks_for_it(tmp_path: Path) -> None:
    with played(tmp_path, CLOSED) as play:
        assert asked(play, 1) == 31
        assert asked(play, 2) == 25
        assert {play.nights[2].shown[url].verdict for url in LINKS[:5]} == {"blocked"}
        (_, last) = with_database(explain, play.surroundings(2), LINKS[:1])[0].history
        assert last.evidence == "robots.txt disallows it"


def test_who_checks_his_own_site_may_switch_it_off(tmp_path: Path) -> None:
    with played(tmp_path, CLOSED, web="robots = false") as play:
        assert asked(play, 1) == len(LINKS)
        assert play.nights[1].shown[LINKS[0]].verdict == "alive"
