"""When links are looked at again: the night that is told is the night that comes."""

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest

from staycurrent.flows.commands.check import check
from staycurrent.flows.commands.explain import explain
from staycurrent.flows.commands.status import status
from staycurrent.reports.json_report import as_json
from staycurrent.reports.link_report import link_report_text as reported
from staycurrent.reports.text_report import as_text
from staycurrent.web.replay.scenario import HostRule, PageRule, ReplayResponse, Scenario
from tests.support.behaviours import FIRST, Play, canaries, lay_out
from tests.support.folder import FEEDS_OFF, Folder, with_database
from tests.support.web_server import Server

LINKS = [f"http://site.test/essays/{n}" for n in range(40)]
MISSING = "http://site.test/essays/missing"
PAGES = (
    PageRule("*/robots.txt", ReplayResponse(404)),
    PageRule(MISSING, ReplayResponse(404)),
    PageRule("http://site.test/essays/*", ReplayResponse(200, body=b"<title>Here</title>")),
)


def night(number: int) -> date:
    return FIRST.date() + timedelta(number - 1)


@pytest.fixture(scope="module")
def rested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three nights at the default pace."""
    folder = tmp_path_factory.mktemp("resting")
    lay_out(folder, [*LINKS, MISSING])
    file = folder / "staycurrent.toml"
    text = file.read_text(encoding="utf-8").replace("alive_every = 1", "")
    file.write_text(text.replace("settled_every = 1", "host_min = 40"), encoding="utf-8")
    there = canaries()
    with Server(Scenario((HostRule("site.test"), *there.hosts), (*PAGES, *there.pages))) as server:
        whole = Play(folder, server)
        whole.go_on([1])
        foretold = with_database(status, whole.surroundings(1)).next_checks
        for number in (2, 3):
            server.play(number)
            report = with_database(check, whole.surroundings(number))
            assert report.checked == Counter(foretold.values())[night(number)] + (number == 3)
    return folder


def test_every_coming_night_has_its_part(rested: Path) -> None:
    found = with_database(status, Play(rested, None).surroundings(3))  # type: ignore[arg-type]
    nights = Counter(found.next_checks.values())
    assert sum(nights.values()) == 41
    assert min(nights) == night(4)
    assert max(nights) <= night(3 + 14)
    assert max(nights.values()) < 20
    first = as_text(found).splitlines()[-2]
    assert first.startswith(f"Next checks: {nights[night(4)]} on {night(4)}, ")
    assert f'"date": "{night(4)}"' in as_json(found)


def test_a_story_says_when_and_why(rested: Path) -> None:
    here = Play(rested, None).surroundings(3)  # type: ignore[arg-type]
    lines = {url: reported(*with_database(explain, here, [url])) for url in (LINKS[0], MISSING)}
    foretold = with_database(status, here).next_checks[LINKS[0]]
    words = "pages of this kind change about once in"
    assert f"  due         {foretold}: {words} 1," in lines[LINKS[0]]
    words = "failing and moving links are checked daily until the verdict is certain"
    assert f"  due         {night(4)}: {words}" in lines[MISSING]


def test_a_second_run_of_a_date_does_not_check_what_waits_for_the_next(folder: Folder) -> None:
    """Else a run that was killed after it was judged would end where no other one does."""
    listed = "# List\n\n" + "".join(f"- [P](https://one.example/{n}) - Text.\n" for n in range(9))
    page = '[[page]]\nurl = "https://one.example/*"\ntitle = "P"\n'
    folder.write(listed=listed, web=page, settings=FEEDS_OFF)
    settings = folder.path / "staycurrent.toml"
    text = settings.read_text(encoding="utf-8").replace("alive_every = 1", "host_min = 1")
    settings.write_text(text, encoding="utf-8")
    folder.nights(1, 1)
    shown = folder.staycurrent("status", night=15).out
    assert f"Next checks: 8 on {night(16)}, 1 due now." in shown
    assert "check: 1 of 9 links is due" in folder.staycurrent("check", night=15).err
    waiting = folder.staycurrent("status", night=15).out
    assert f"Next checks: 8 on {night(16)}, " in waiting
    assert "due now" not in waiting
    explained = [folder.staycurrent("explain", f"e/{number}", night=15).out for number in range(9)]
    assert sum(f"  due         {night(16)}: " in one for one in explained) == 8
    assert "check: 0 of 9 links are due" in folder.staycurrent("check", night=15).err
