"""How long links rest: what the allowed requests buy, kind by kind, and even nights."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest

from staycurrent.links.authorities.registry import AUTHORITIES
from staycurrent.links.kinds import Kind, kind_of
from staycurrent.links.rhythm import Rhythm, rhythm
from staycurrent.links.settings import Pace
from tests.links.test_changes import look

PAGES = [f"https://site-{n % 50}.example/essays/{n}" for n in range(600)]
HOMES = [f"https://home-{n}.example/" for n in range(100)]
REPOSITORIES = [f"https://github.com/owner-{n}/name" for n in range(300)]
ALL = [*PAGES, *HOMES, *REPOSITORIES]
CHANGED = [look(1), look(8), look(15), look(16, final_url="https://b.example/")]


def rests(beats: Rhythm) -> dict[str, float]:
    return {str(kind): round(beat.rest, 1) for kind, beat in beats.beats.items()}


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://github.com/owner/name", "github"),
        ("https://github.com/owner/name/issues/3", "page"),
        ("https://arxiv.org/abs/1706.03762", "arxiv"),
        ("https://huggingface.co/owner/model", "huggingface"),
        ("https://www.youtube.com/watch?v=dQw4w9WgXcQ", "youtube"),
        ("https://doi.org/10.1000/182", "doi"),
        ("https://a.example/thesis.PDF", "document"),
        ("https://a.example/", "home"),
        ("https://a.example/index.html", "home"),
        ("https://a.example/essays/1", "page"),
        ("no address", "page"),
    ],
)
def test_the_kind_of_a_link_follows_from_its_address(url: str, kind: str) -> None:
    assert kind_of(url) is Kind(kind)


def test_every_authority_has_a_kind_and_every_kind_a_prior() -> None:
    assert {one.name for one in AUTHORITIES} <= set(Kind)
    assert all(getattr(Pace().priors, kind) > 0 for kind in Kind)


def test_the_requests_of_a_quiet_night_are_the_share_that_is_allowed() -> None:
    beats = rhythm(ALL, {}, Pace())
    assert beats.requests == pytest.approx(0.1 * len(ALL), rel=1e-3)
    assert rests(beats) == {"github": 9.7, "home": 13.7, "page": 9.7}


def test_what_is_asked_in_batches_is_looked_at_nightly_for_what_it_costs() -> None:
    beats = rhythm(ALL, {}, Pace(), {Kind.GITHUB: 1 / 50})
    assert rests(beats) == {"github": 1.0, "home": 10.1, "page": 7.1}
    assert beats.requests == pytest.approx(0.1 * len(ALL), rel=1e-3)


def test_a_kind_that_changes_more_often_than_was_believed_is_looked_at_more_often() -> None:
    before = rests(rhythm(ALL, {}, Pace()))
    after = rests(rhythm(ALL, dict.fromkeys(HOMES, CHANGED), Pace()))
    assert after["home"] < before["page"] < after["page"]


def test_nothing_rests_longer_than_it_may_however_few_requests_are_allowed() -> None:
    assert rests(rhythm(ALL, {}, Pace(requests_share=0.0))) == dict.fromkeys(
        ("github", "home", "page"), 14.0
    )
    assert rests(rhythm(ALL, {}, Pace(alive_every=7))) == {"github": 7.0, "home": 7.0, "page": 7.0}


def test_every_night_means_every_night() -> None:
    for pace in (Pace(alive_every=1), Pace(requests_share=1.0)):
        beats = rhythm(ALL, {}, pace)
        assert {beats.nights_to_rest(key, 739_000, 1) for key in ALL} == {1}


def test_turns_are_spread_evenly_from_the_first_night_on() -> None:
    beats = rhythm(PAGES, {}, Pace())
    today = date(2026, 11, 20).toordinal()
    first = Counter(beats.nights_to_rest(key, today, 14) for key in PAGES)
    assert set(first) == set(range(1, 11))
    assert max(first.values()) < 1.5 * len(PAGES) / beats.beats[Kind.PAGE].rest


def test_a_link_keeps_its_turn_whenever_it_was_looked_at() -> None:
    beats = rhythm(PAGES, {}, Pace())
    day = date(2026, 11, 20).toordinal()
    for key in PAGES[:20]:
        rest = beats.rest(key, 14)
        turn = day + beats.nights_to_rest(key, day, 14)
        assert {d + beats.nights_to_rest(key, d, 14) for d in range(turn - rest, turn)} == {turn}
        assert turn + beats.nights_to_rest(key, turn, 14) == turn + rest


def test_a_rest_between_whole_nights_is_shared_out_among_the_links() -> None:
    beats = rhythm(PAGES, {}, replace(Pace(), requests_share=1 / 7.5))
    found = Counter(beats.rest(key, 14) for key in PAGES)
    assert set(found) == {7, 8}
    assert found[7] / len(PAGES) == pytest.approx(0.5, abs=0.06)


def test_a_link_of_a_kind_that_the_lists_lack_rests_as_long_as_it_may() -> None:
    beats = rhythm(PAGES, {}, Pace())
    assert beats.rest(HOMES[0], 14) == 14
    assert timedelta(beats.nights_to_rest(HOMES[0], 739_000, 14)) <= timedelta(14)
