"""Asking for a page only if it changed: what is sent, what is believed, and what it costs."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from staycurrent.links.observation import Outcome
from staycurrent.links.page.fingerprint import Baseline
from staycurrent.links.revalidation import (
    PageValidators,
    Revalidator,
    ValidatorTrust,
    usable_validators,
    validators_of,
)
from staycurrent.links.verdict import VerdictState
from staycurrent.web.response import Response
from tests.links.test_soft_404_history import KNIVES, NOTES, page
from tests.support.values import PlayedRuns, page_response, play_runs, sent
from tests.support.web_server import written

URL = "https://a.test/essays/dropout"
NIGHT = date(2026, 11, 9)
TAG, MODIFIED = '"v1"', "Sun, 01 Nov 2026 02:00:00 GMT"
KNOWN = PageValidators(URL, NIGHT, TAG, MODIFIED, ValidatorTrust.PROVEN)


@pytest.mark.parametrize(
    ("headers", "sent_back"),
    [
        ({}, None),
        ({"etag": TAG}, {"if-none-match": TAG}),
        ({"etag": f"W/{TAG}"}, {"if-none-match": f"W/{TAG}"}),
        ({"last-modified": MODIFIED}, {"if-modified-since": MODIFIED}),
        (
            {"etag": TAG, "last-modified": MODIFIED},
            {"if-none-match": TAG, "if-modified-since": MODIFIED},
        ),
        # What is no entity tag or no date would be a header of the server's making.
        ({"etag": "v1"}, None),
        ({"etag": '"a b"'}, None),
        ({"etag": f'"{"x" * 300}"'}, None),
        ({"last-modified": "yesterday"}, None),
        ({"last-modified": "Thu, 01 Jan 1970 00:00:00 GMT"}, None),
        ({"etag": "v1", "last-modified": MODIFIED}, {"if-modified-since": MODIFIED}),
    ],
)
def test_what_a_server_gave_is_sent_back_as_it_was(
    headers: Mapping[str, str], sent_back: Mapping[str, str] | None
) -> None:
    found = validators_of(URL, NIGHT, _with(page_response(), headers), ValidatorTrust.UNTRIED)
    assert (found.headers if found else None) == sent_back
    if found:
        assert set(found.invented_headers) == set(found.headers)
        assert not set(found.invented_headers.values()) & set(found.headers.values())


@pytest.mark.parametrize(
    "bad", [page_response(status=404), page_response(status=203), sent("https://b.test/")], ids=str
)
def test_only_a_page_at_its_own_address_gives_validators(bad: Response) -> None:
    assert validators_of(URL, NIGHT, _with(bad, {"etag": TAG}), ValidatorTrust.UNTRIED) is None


def _with(one: Response, headers: Mapping[str, str]) -> Response:
    one.headers.update(headers)
    return one


@pytest.mark.parametrize(
    ("past", "trust", "sends"),
    [
        (Baseline(last_page_date=NIGHT), ValidatorTrust.PROVEN, True),
        (Baseline(last_page_date=NIGHT), ValidatorTrust.UNTRIED, True),
        (Baseline(last_page_date=NIGHT), ValidatorTrust.NONE, False),
        (Baseline(last_page_date=NIGHT, unchanged=2), ValidatorTrust.PROVEN, True),
        (
            Baseline(last_page_date=NIGHT, unchanged=3),
            ValidatorTrust.PROVEN,
            False,
        ),  # the fourth look
        (Baseline(), ValidatorTrust.PROVEN, False),  # it failed since, or was sent elsewhere
        (
            Baseline(last_page_date=date(2026, 11, 8)),
            ValidatorTrust.PROVEN,
            False,
        ),  # of another page than that
    ],
)
def test_a_page_is_asked_for_as_it_is_wherever_that_is_not_what_was_seen_last(
    past: Baseline, trust: ValidatorTrust, *, sends: bool
) -> None:
    known = PageValidators(URL, NIGHT, TAG, None, trust)
    assert (usable_validators(known, past, 4) is known) is sends
    assert usable_validators(None, past, 4) is None


async def _checked(
    known: PageValidators | None, past: Baseline, *answers: Response
) -> tuple[Response, list[Mapping[str, str]], list[PageValidators]]:
    """The answer, the headers of each question, and what was kept."""
    asked: list[Mapping[str, str]] = []
    kept: list[PageValidators] = []

    async def ask(_url: str, headers: Mapping[str, str]) -> Response:
        asked.append(headers)
        return answers[len(asked) - 1]

    memory = {URL: known} if known else {}
    revisits = Revalidator(ask, date(2026, 11, 16), known=memory, keep=kept.append, every=4)
    return await revisits.fetch(URL, past), asked, kept


SAME = page_response(b"", status=304)


async def test_a_304_that_can_be_believed_says_since_when() -> None:
    found, asked, kept = await _checked(KNOWN, Baseline(last_page_date=NIGHT), SAME)
    assert (found.status, found.detail) == (304, "unchanged since 2026-11-09")
    assert (asked, kept) == ([KNOWN.headers], [])


async def test_the_first_time_a_server_is_tried_with_what_it_never_gave() -> None:
    fresh = PageValidators(URL, NIGHT, TAG, None)
    there = _with(page_response(), {"etag": TAG})
    found, asked, kept = await _checked(fresh, Baseline(last_page_date=NIGHT), there)
    assert (found.status, asked) == (200, [fresh.invented_headers])
    assert [(one.trust, one.run_date) for one in kept] == [
        (ValidatorTrust.PROVEN, date(2026, 11, 16))
    ]


async def test_who_says_so_of_anything_is_asked_at_once_and_never_again() -> None:
    fresh = PageValidators(URL, NIGHT, TAG, None)
    there = _with(page_response(), {"etag": TAG})
    found, asked, kept = await _checked(fresh, Baseline(last_page_date=NIGHT), SAME, there)
    assert (found.status, asked) == (200, [fresh.invented_headers, {}])
    assert {one.trust for one in kept} == {ValidatorTrust.NONE}
    _, asked, _ = await _checked(
        kept[-1], Baseline(last_page_date=kept[-1].run_date), page_response()
    )
    assert asked == [{}]


@pytest.mark.parametrize("status", [400, 403, 412, 428])
async def test_who_turns_the_condition_down_is_asked_for_the_page(status: int) -> None:
    no = page_response(status=status)
    found, asked, _ = await _checked(KNOWN, Baseline(last_page_date=NIGHT), no, page_response())
    assert (found.status, asked) == (200, [KNOWN.headers, {}])


@pytest.mark.parametrize("status", [404, 410, 429, 500])
async def test_what_became_of_the_page_is_taken_as_it_is_said(status: int) -> None:
    found, asked, _ = await _checked(
        KNOWN, Baseline(last_page_date=NIGHT), page_response(status=status)
    )
    assert (found.status, len(asked)) == (status, 1)


def tagged(body: str, etag: str, **more: object) -> str:
    """A page that honours its tag."""
    same = page(URL, "", needs={"if-none-match": etag}, status=304, **more)
    return same + page(URL, body, headers={"etag": etag}, **more)


async def _nights(folder: Path, toml: str, last: int = 9) -> PlayedRuns:
    return await play_runs(written(folder, toml), [URL], range(1, last + 1), revisits=True)


async def test_three_of_four_checks_bring_no_page(tmp_path: Path) -> None:
    found = await _nights(tmp_path, tagged(NOTES, '"v1"'), 12)
    assert found.statuses(URL) == [200, 200, 304, 304, 304, 200, 304, 304, 304, 200, 304, 304]
    assert set(found.requests.values()) == {1}
    assert found.evidence(URL) == "304, unchanged since 2026-11-10"
    prints = {look.fingerprint for look in found.histories[URL]}
    assert len(prints) == 1
    assert None not in prints


async def test_a_page_that_changes_hands_is_seen_behind_its_new_tag(tmp_path: Path) -> None:
    web = tagged(NOTES, '"v1"', nights="1-4") + tagged(KNIVES, '"v2"', nights="5-")
    other = page("https://a.test/*", KNIVES, nights="5-")
    found = await _nights(tmp_path, web + other, 14)
    assert found.outcomes(URL)[3:6] == [Outcome.OK, Outcome.TAKEN_OVER, Outcome.TAKEN_OVER]
    assert found.state(URL) is VerdictState.USURPED


async def test_a_304_is_no_second_observation_of_a_page(tmp_path: Path) -> None:
    """A page that is another one at each visit has no character that it could lose."""
    web = (
        page(URL, NOTES, nights="1-2", headers={"etag": '"v1"'})
        + tagged(KNIVES, '"v2"', nights="3-5")
        + page("https://a.test/*", NOTES, nights="6-")
    )
    found = await _nights(tmp_path, web, 9)
    assert set(found.outcomes(URL)) == {Outcome.OK}
