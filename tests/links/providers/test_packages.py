"""Asking registries about packages: there, deprecated, yanked, held, unpublished, gone."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain

import pytest

from staycurrent.links.observation import Freshness, Outcome
from staycurrent.links.providers.base import ProviderReport
from staycurrent.links.providers.packages import PROVIDERS
from staycurrent.links.providers.registry import split_by_provider
from staycurrent.links.settings import ApiSettings, ProviderSettings
from staycurrent.web.response import Failure, Response
from tests.support.values import API_DATE, Replay, api_response, as_api, failed, to

SETTINGS = ProviderSettings().by_name()
PAGES = {
    "crates": "https://crates.io/crates/Serde_JSON",
    "pypi": "https://pypi.org/project/Zope.Interface/",
    "npm": "https://www.npmjs.com/package/@types/node",
}
INDEX = {
    "crates": "https://index.crates.io/se/rd/serde_json",
    "pypi": "https://pypi.org/simple/zope-interface/",
    "npm": "https://registry.npmjs.org/@types%2fnode",
}
SECOND = {
    "crates": "https://crates.io/api/v1/crates/serde_json",
    "pypi": "https://pypi.org/pypi/zope-interface/json",
    "npm": "https://registry.npmjs.org/-/package/@types%2fnode/dist-tags",
}
NO_CRATE = {"errors": [{"detail": "crate `serde_json` does not exist"}]}
NO_PACKAGE = {"error": "Not found"}
THERE = {
    "crates": {"crate": {"id": "serde-json"}},
    "pypi": {"info": {}},
    "npm": {"latest": "1.0.0"},
}


async def ask(
    replay: Replay, name: str, *pages: str, settings: Mapping[str, ApiSettings] = SETTINGS
) -> ProviderReport:
    (provider,) = (one for one in PROVIDERS if one.name == name)
    links = [to(page) for page in pages or (PAGES[name],)]
    return await provider.check(links, as_api(settings[name], replay), API_DATE)


def crate(yanked: list[bool]) -> bytes:
    """An entry of the index, a version a line."""
    lines = [
        api_response("", body={"name": "serde_json", "vers": "1", "yanked": it}) for it in yanked
    ]
    return b"\n".join(line.body for line in lines) + b"\n"


def project(status: str | None = None, yanked: Sequence[bool | str] = ()) -> dict[str, object]:
    files = [{"filename": f"x-{n}.whl", "yanked": it} for n, it in enumerate(yanked)]
    marker = {"project-status": {"status": status, "reason": "<b>"}} if status else {}
    return {"meta": {"api-version": "1.4"}, "name": "zope-interface", "files": files, **marker}


def packument(latest: str = "2.0.0", **version: object) -> dict[str, object]:
    versions = {"1.0.0": {"deprecated": "use 2"}, latest: {"version": latest, **version}}
    return {"name": "@types/node", "dist-tags": {"latest": latest}, "versions": versions}


@pytest.mark.parametrize(
    ("name", "body", "freshness", "words"),
    [
        ("crates", crate([False]), Freshness.FRESH, "there"),
        ("crates", crate([True, False]), Freshness.FRESH, "there"),
        ("crates", crate([True, True]), Freshness.WITHDRAWN, "every version yanked"),
        ("pypi", project(None, [False]), Freshness.FRESH, "there"),
        ("pypi", project("active", [False, "broken"]), Freshness.FRESH, "there"),
        ("pypi", project("something new", [False]), Freshness.FRESH, "there"),
        ("pypi", project("archived", [False]), Freshness.ARCHIVED, "archived on PyPI"),
        ("pypi", project("deprecated"), Freshness.ARCHIVED, "deprecated on PyPI"),
        ("pypi", project("quarantined"), Freshness.DISABLED, "quarantined by PyPI"),
        ("pypi", project(None, [True, "broken"]), Freshness.WITHDRAWN, "every file yanked"),
        ("npm", packument(), Freshness.FRESH, "there"),
        ("npm", packument(deprecated=""), Freshness.FRESH, "there"),
        ("npm", packument(deprecated=False), Freshness.FRESH, "there"),
        ("npm", packument(deprecated="use another"), Freshness.ARCHIVED, "deprecated"),
        ("npm", {**packument(), "dist-tags": {}}, Freshness.FRESH, "there"),
        (
            "npm",
            packument("0.0.1-security", deprecated="held"),
            Freshness.DISABLED,
            "held by npm in the place of malicious code",
        ),
        ("npm", packument("0.0.1-security.0"), Freshness.DISABLED, None),
        ("npm", packument("1.0.0-security"), Freshness.FRESH, "there"),
    ],
)
async def test_a_package_is_there_and_may_be_stale(
    replay: Replay, name: str, body: object, freshness: Freshness, words: str | None
) -> None:
    replay.at(INDEX[name], api_response(INDEX[name], 200, body))

    report = await ask(replay, name)

    (seen,) = report.observations
    assert (seen.outcome, seen.freshness, seen.checks) == (Outcome.OK, freshness, 1)
    assert seen.evidence == (words or seen.evidence)
    assert replay.urls == [INDEX[name]]


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("crates", api_response(INDEX["crates"], 404)),
        ("crates", api_response(INDEX["crates"], 410)),
        ("pypi", api_response(INDEX["pypi"], 404, b"404 Not Found")),
        ("pypi", api_response(INDEX["pypi"], 200, project())),
        ("npm", api_response(INDEX["npm"], 404, NO_PACKAGE)),
        ("npm", api_response(INDEX["npm"], 200, {"name": "x", "time": {"unpublished": {}}})),
        ("npm", api_response(INDEX["npm"], 200, {"name": "x", "dist-tags": {}, "versions": {}})),
    ],
)
@pytest.mark.parametrize(
    ("status", "outcome", "checks"),
    [
        (404, Outcome.MISSING, 2),
        (410, Outcome.MISSING, 2),
        (200, Outcome.OK, 1),
        (403, Outcome.BLOCKED, 1),
        (451, Outcome.BLOCKED, 1),
        (429, None, 0),
        (500, None, 0),
        (503, None, 0),
        (302, None, 0),
    ],
)
async def test_a_package_is_missing_only_if_two_apis_say_so(
    replay: Replay, name: str, first: Response, status: int, outcome: Outcome | None, checks: int
) -> None:
    body = THERE[name] if status == 200 else NO_CRATE
    replay.at(INDEX[name], first)
    replay.at(SECOND[name], api_response(SECOND[name], status, body))

    report = await ask(replay, name)

    expected = [] if outcome is None else [(outcome, checks, name)]
    assert [(s.outcome, s.checks, s.checked_by) for s in report.observations] == expected
    assert replay.urls == [INDEX[name], SECOND[name]]


async def test_what_npm_unpublished_has_no_tags(replay: Replay) -> None:
    replay.at(INDEX["npm"], api_response(INDEX["npm"], 200, {"name": "@types/node"}))
    replay.at(SECOND["npm"], api_response(SECOND["npm"], 200, {}))

    (seen,) = (await ask(replay, "npm")).observations

    assert (seen.outcome, seen.checks, seen.status) == (Outcome.MISSING, 2, 200)


@pytest.mark.parametrize(
    ("version", "status", "outcome", "requests"),
    [
        ("1.0", None, Outcome.OK, 1),
        ("1.0.0", 200, Outcome.OK, 2),
        ("1.1", 404, Outcome.MISSING, 2),
    ],
)
async def test_a_version_of_a_living_package_may_be_deleted(
    replay: Replay, version: str, status: int | None, outcome: Outcome, requests: int
) -> None:
    body = {**project(None, [False]), "versions": ["1.0"]}
    replay.at(INDEX["pypi"], api_response(INDEX["pypi"], 200, body))
    second = f"https://pypi.org/pypi/zope-interface/{version}/json"
    if status is not None:
        replay.at(second, api_response(second, status, {"info": {}}))

    (seen,) = (await ask(replay, "pypi", f"{PAGES['pypi']}{version}/")).observations

    assert (seen.outcome, len(replay.urls)) == (outcome, requests)


async def test_a_version_of_a_quarantined_package_is_quarantined(replay: Replay) -> None:
    """PyPI lists no versions of it meanwhile."""
    body = {**project("quarantined"), "versions": []}
    replay.at(INDEX["pypi"], api_response(INDEX["pypi"], 200, body))

    (seen,) = (await ask(replay, "pypi", f"{PAGES['pypi']}1.0/")).observations

    assert (seen.outcome, seen.freshness) == (Outcome.OK, Freshness.DISABLED)


@pytest.mark.parametrize(
    ("name", "page", "moved_to"),
    [
        ("pypi", "http://pypi.python.org/pypi/Zope.Interface/1.0", "Zope.Interface/1.0/"),
        ("pypi", "https://pypi.org/pypi/Zope.Interface/", "Zope.Interface/"),
        ("pypi", "https://pypi.org/p/Zope.Interface/", None),
        ("pypi", "https://pypi.python.org/pypi/Zope.Interface?:action=display", None),
        ("npm", "https://npmjs.org/package/@types/node", "@types/node"),
        ("npm", "https://npmjs.com/package/@types/node", None),
    ],
)
async def test_a_page_at_a_host_that_was_given_up_has_moved(
    replay: Replay, name: str, page: str, moved_to: str | None
) -> None:
    body = {**project(None, [False]), "versions": ["1.0"]} if name == "pypi" else packument()
    replay.at(INDEX[name], api_response(INDEX[name], 200, body))

    (seen,) = (await ask(replay, name, page)).observations

    home = {"pypi": "https://pypi.org/project", "npm": "https://www.npmjs.com/package"}[name]
    expected = moved_to and f"{home}/{moved_to}"
    assert (seen.final_url, seen.permanent) == (expected, moved_to is not None)
    assert seen.freshness is Freshness.FRESH


@pytest.mark.parametrize("name", INDEX)
@pytest.mark.parametrize(
    "response",
    [
        api_response("", 200, b'{"yanked": 1, "files": {}, "versions": []}'),
        api_response("", 200, b'{"name": 1, "files": [], "versions": {}}'),
        api_response("", 200, b'"name"'),
        api_response("", 404, to="https://evil.example/"),
        api_response("", 403, to="https://evil.example/"),
        api_response("", 404, b"x" * 9),
        api_response("", 429),
        api_response("", 502),
        failed("", Failure.TIMEOUT),
        failed("", Failure.DEFERRED),
    ],
)
async def test_what_is_no_answer_is_no_observation(
    replay: Replay, name: str, response: Response
) -> None:
    final = response.final_url or INDEX[name]
    is_cut = response.body == b"x" * 9
    first = replace(response, url=INDEX[name], final_url=final, truncated=is_cut)
    replay.at(INDEX[name], first)
    replay.at(SECOND[name], api_response(SECOND[name], 404))

    report = await ask(replay, name)

    assert report.observations == ()
    assert report.note
    assert replay.urls == [INDEX[name]]


@pytest.mark.parametrize("name", INDEX)
async def test_an_answer_that_is_too_long_is_one_about_a_package(replay: Replay, name: str) -> None:
    cut = replace(api_response(INDEX[name], 200, b'{"name": "x", "fil'), truncated=True)
    replay.at(INDEX[name], cut)

    (seen,) = (await ask(replay, name)).observations

    assert (seen.outcome, seen.freshness) == (Outcome.OK, None)


@pytest.mark.parametrize(
    ("crate_name", "path"),
    [
        ("A", "1/a"),
        ("ab", "2/ab"),
        ("abc", "3/a/abc"),
        ("abcd", "ab/cd/abcd"),
        ("a-b_C", "a-/b_/a-b_c"),
    ],
)
async def test_the_folders_of_the_index_are_those_of_cargo(
    replay: Replay, crate_name: str, path: str
) -> None:
    await ask(replay, "crates", f"https://crates.io/crates/{crate_name}")

    assert replay.urls == [f"https://index.crates.io/{path}"]


async def test_each_package_is_requested_once_and_as_its_registry_wants(replay: Replay) -> None:
    for url in INDEX.values():
        replay.at(url, api_response(url, 404))
    for url in SECOND.values():
        replay.at(url, api_response(url, 429))
    crates = ["https://crates.io/crates/serde_json", "https://crates.io/crates/serde_json/versions"]

    await ask(replay, "crates", *crates)
    await ask(replay, "pypi")
    await ask(replay, "npm")

    assert replay.urls == [*chain(*zip(INDEX.values(), SECOND.values(), strict=True))]
    assert [question.headers.get("accept") for question in replay.asked[2::2]] == [
        "application/vnd.pypi.simple.v1+json",
        "application/vnd.npm.install-v1+json",
    ]


@pytest.mark.parametrize("name", INDEX)
def test_the_pages_are_checked_if_a_registry_is_switched_off(name: str) -> None:
    links = [to(page) for page in PAGES.values()]
    settings = {**SETTINGS, name: replace(SETTINGS[name], enabled=False)}  # type: ignore[call-arg]

    claimed, rest = split_by_provider(links, settings)

    assert set(claimed) == {*INDEX} - {name}
    assert rest == [to(PAGES[name])]
