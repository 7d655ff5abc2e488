"""Soft deaths from the first night to the verdict, over real sockets, and what each check costs."""

from pathlib import Path

import pytest

from staycurrent.links.observation import Outcome
from staycurrent.links.verdict import VerdictState
from tests.support.values import PlayedRuns, other_prose, play_runs, prose
from tests.support.web_server import written

NIGHTS = range(1, 10)
NOT_FOUND = "<title>Page not found</title><h1>Page not found</h1><p>Sorry, nothing is here.</p>"
CASINO = f"<title>SLOT777</title><p>{other_prose(90)} casino jackpot</p>"
KNIVES = f"<title>Best kitchen knives</title><p>{other_prose(90)}</p>"
NOTES = f"<title>Notes on dropout</title><p>{prose(90)}</p>"
SELLER = "https://www.hugedomains.com/x"


def page(url: str, body: str = "", **more: object) -> str:
    given = {"url": url, **({"body": body} if body else {}), **more}
    return "[[page]]\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in given.items())


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = '''{one}'''" for key, one in value.items()) + " }"
    return str(value) if isinstance(value, int) else f"'''{value}'''"


def sent(url: str, to: str, status: int = 301) -> str:
    return page(url, location=to, status=status)


A = "https://a.test/papers/attention"
PDF = "https://a.test/theses/thesis.pdf"
CASES: dict[str, tuple[str, str, VerdictState]] = {
    "soft404_phrase": (page("https://a.test/*", NOT_FOUND), A, VerdictState.DEAD),
    "soft404_phrase_only": (page(A, NOT_FOUND), A, VerdictState.ALIVE),
    "soft404_same_shell": (page("https://a.test/*", "<title>App</title>"), A, VerdictState.ALIVE),
    "parked": (
        page("https://a.test/*", "<title>a.test is for sale</title><h1>a.test</h1>"),
        A,
        VerdictState.DEAD,
    ),
    "parked_word_only": (page(A, "<title>This domain is for sale</title>"), A, VerdictState.ALIVE),
    "sent_to_a_seller": (
        sent(A, SELLER, 302) + page(SELLER, "<title>x</title>"),
        A,
        VerdictState.DEAD,
    ),
    "content_takeover": (
        page(A, NOTES, nights="1-2") + page("https://a.test/*", CASINO, nights="3-"),
        A,
        VerdictState.USURPED,
    ),
    "takeover_by_a_sibling": (
        page(A, NOTES, nights="1-2") + page("https://a.test/*", KNIVES, nights="3-"),
        A,
        VerdictState.USURPED,
    ),
    "rewritten_on_an_honest_host": (
        page(A, NOTES, nights="1-2") + page(A, KNIVES, nights="3-"),
        A,
        VerdictState.ALIVE,
    ),
    "redesign_keeps_its_title": (
        page(A, NOTES, nights="1-2")
        + page("https://a.test/*", KNIVES.replace("Best kitchen knives", "Dropout"), nights="3-"),
        A,
        VerdictState.ALIVE,
    ),
    "redesign_keeps_its_text": (
        page(A, NOTES, nights="1-2")
        + page("https://a.test/*", NOTES.replace("Notes on dropout", "A new name"), nights="3-"),
        A,
        VerdictState.ALIVE,
    ),
    "wrong_content_pdf": (
        page("https://a.test/*", "<title>Catalogue</title><p>Search</p>"),
        PDF,
        VerdictState.DEAD,
    ),
    "pdf_in_a_viewer": (
        page(PDF, "<title>x</title><embed type=application/pdf src=a.pdf><p>y"),
        PDF,
        VerdictState.ALIVE,
    ),
    "redirect_home": (sent(A, "/") + page("https://a.test/", NOTES), A, VerdictState.DEAD),
    "redirect_home_for_home": (
        sent("https://a.test/", "/en/") + page("https://a.test/en/", NOTES),
        "https://a.test/",
        VerdictState.ALIVE,
    ),
    "redirect_of_all": (
        sent("https://a.test/papers/*", "/news") + page("https://a.test/news", NOTES),
        A,
        VerdictState.DEAD,
    ),
    "redirect_of_one": (
        sent(A, "/news", 302) + page("https://a.test/news", NOTES),
        A,
        VerdictState.ALIVE,
    ),
    "a_house_of_its_own": (
        sent(A, "https://b.test/") + page("https://b.test/", NOTES),
        A,
        VerdictState.MOVED,
    ),
    "interstitial_200": (page(A, "<title>Just a moment...</title>"), A, VerdictState.BLOCKED),
    "geo": (page(A, "<title>Sorry</title>Not available in your country."), A, VerdictState.BLOCKED),
    "cookie_loop": (
        page(A, status=302, location=A).replace("url", "headers.set-cookie = 'a=b'\nurl", 1),
        A,
        VerdictState.BLOCKED,
    ),
    "meta_refresh": (
        page(A, '<meta http-equiv=refresh content="0; url=/v2/attention">')
        + page("https://a.test/v2/attention", NOTES),
        A,
        VerdictState.ALIVE,
    ),
    "meta_refresh_home": (
        page(A, '<meta http-equiv=refresh content="0; url=/">') + page("https://a.test/", NOTES),
        A,
        VerdictState.DEAD,
    ),
}


async def played(folder: Path, name: str) -> tuple[PlayedRuns, str]:
    web, url, _ = CASES[name]
    return await play_runs(written(folder, web), [url], NIGHTS), url


@pytest.mark.parametrize("name", CASES)
async def test_the_verdict_after_the_nights(tmp_path: Path, name: str) -> None:
    after, url = await played(tmp_path, name)
    assert after.state(url) is CASES[name][2], after.evidence(url)


@pytest.mark.parametrize(
    "name", [name for name, case in CASES.items() if case[2] is VerdictState.DEAD]
)
async def test_no_verdict_before_the_seventh_night(tmp_path: Path, name: str) -> None:
    web, url, _ = CASES[name]
    early = await play_runs(written(tmp_path, web), [url], range(1, 7))
    assert early.state(url) is VerdictState.SUSPECT
    after = await play_runs(written(tmp_path, web), [url], range(1, 8))
    assert after.state(url) is VerdictState.DEAD


@pytest.mark.parametrize("name", ["content_takeover", "takeover_by_a_sibling"])
async def test_a_site_is_usurped_on_the_third_night(tmp_path: Path, name: str) -> None:
    web, url, _ = CASES[name]
    early = await play_runs(written(tmp_path, web), [url], range(1, 5))
    assert early.state(url) is VerdictState.SUSPECT
    after = await play_runs(written(tmp_path, web), [url], range(1, 6))
    assert after.state(url) is VerdictState.USURPED


async def test_many_links_that_end_at_one_are_sent_away(tmp_path: Path) -> None:
    """Their folders are honest, so that nothing but their number speaks against them."""
    urls = [f"https://a.test/{name}" for name in ("alpha", "beta1", "gamma")]
    web = "".join(sent(url, "/platform") for url in urls)
    web += page("https://a.test/platform", NOTES)
    after = await play_runs(written(tmp_path, web), urls, NIGHTS)
    assert {after.state(url) for url in urls} == {VerdictState.DEAD}
    two = await play_runs(written(tmp_path, web), urls[:2], NIGHTS)
    assert {two.state(url) for url in urls[:2]} == {VerdictState.MOVED}


@pytest.mark.parametrize(
    ("name", "first", "later"),
    [
        ("soft404_same_shell", 1, 1),
        ("soft404_phrase_only", 2, 1),
        ("soft404_phrase", 3, 2),
        ("parked", 3, 2),
        ("redirect_of_one", 3, 2),
        ("redirect_home", 4, 4),
        ("wrong_content_pdf", 2, 2),
        ("interstitial_200", 1, 1),
        ("geo", 1, 1),
    ],
)
async def test_what_a_look_costs(tmp_path: Path, name: str, first: int, later: int) -> None:
    after, _ = await played(tmp_path, name)
    assert after.requests[1] == first
    assert {after.requests[night] for night in NIGHTS if night > 1} == {later}


async def test_a_control_page_is_requested_once_per_folder_and_again_after_three_weeks(
    tmp_path: Path,
) -> None:
    urls = [f"https://a.test/design/{n}x" for n in range(5)]
    web = "".join(page(url, NOT_FOUND) for url in urls)
    after = await play_runs(written(tmp_path, web), urls, (1, 2, 21, 22, 23))
    assert after.requests == {1: 6, 2: 5, 21: 5, 22: 6, 23: 5}
    assert {after.state(url) for url in urls} == {VerdictState.ALIVE}


async def test_a_folder_that_was_honest_is_asked_again_when_its_page_changes(
    tmp_path: Path,
) -> None:
    article = f"<title>404: not found</title><p>{prose(80)}</p>"
    web = page(A, article, nights="1-3") + page("https://a.test/*", NOT_FOUND, nights="4-")
    after = await play_runs(written(tmp_path, web), [A], range(1, 11))
    assert after.outcomes(A) == [Outcome.OK] * 3 + [Outcome.SOFT_MISSING] * 7
    assert after.requests == {1: 2, 2: 1, 3: 1, 4: 3, 5: 2, 6: 2, 7: 2, 8: 2, 9: 2, 10: 2}


async def test_a_page_that_comes_back_is_alive_at_once(tmp_path: Path) -> None:
    web = page(A, NOTES, nights="1-2,6-") + page("https://a.test/*", CASINO, nights="3-5")
    after = await play_runs(written(tmp_path, web), [A], range(1, 7))
    assert after.outcomes(A) == [
        *[Outcome.OK] * 2,
        *[Outcome.TAKEN_OVER] * 3,
        Outcome.OK,
    ]
    assert after.state(A) is VerdictState.ALIVE


async def test_one_page_in_the_place_of_pdfs_of_many_hosts_is_a_portals(tmp_path: Path) -> None:
    urls = [f"https://{host}.test/a/thesis.pdf" for host in ("one", "two", "three")]
    web = page("https://*", "<title>Hotel</title><p>Welcome, please pay</p>")
    hosts = "".join(f"[[host]]\nname = '{host}.test'\n" for host in ("one", "two", "three"))
    after = await play_runs(written(tmp_path, hosts + web), urls, (1,))
    assert [after.outcomes(url) for url in urls] == [[Outcome.OK]] * 3
    fewer = await play_runs(written(tmp_path, hosts + web), urls[:2], (1,))
    assert [fewer.outcomes(url) for url in urls[:2]] == [[Outcome.SOFT_MISSING]] * 2


@pytest.mark.parametrize(("host", "outcome"), [("a", Outcome.TAKEN_OVER), ("b", Outcome.OK)])
async def test_another_page_counts_that_changed_on_the_same_host(
    tmp_path: Path, host: str, outcome: Outcome
) -> None:
    urls = [A, f"https://{host}.test/papers/dropout"]
    web = "".join(page(url, NOTES, nights="1-2") + page(url, KNIVES, nights="3-") for url in urls)
    after = await play_runs(written(tmp_path, web), urls, (1, 2, 3))
    assert [after.outcomes(url)[-1] for url in urls] == [outcome] * 2


async def test_a_script_in_the_place_of_a_page_is_a_wall_and_leaves_no_print(
    tmp_path: Path,
) -> None:
    script = "<title>Hold on</title><p>Loading</p><script src=a.js></script>"
    web = page(A, NOTES, nights="1-2") + page("https://a.test/*", script, nights="3-")
    after = await play_runs(written(tmp_path, web), [A], range(1, 12))
    assert after.outcomes(A)[2:] == [Outcome.BLOCKED] * 9
    assert after.histories[A][-1].fingerprint is None


async def test_a_second_check_is_compared_with_the_baseline_too(tmp_path: Path) -> None:
    web = page(A, NOT_FOUND, nights="1") + page(A, "x", status=500, tries="1")
    web += page("https://a.test/*", NOT_FOUND)
    after = await play_runs(written(tmp_path, web), [A], (1, 2))
    assert after.outcomes(A) == [Outcome.SOFT_MISSING, Outcome.SERVER_ERROR]
