"""How long links rest: what the allowed requests buy, kind by kind, and even nights."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest

from staycurrent.links.providers.registry import PROVIDERS
from staycurrent.links.recheck import LinkKind, RecheckPolicy, link_kind, policy_from_histories
from staycurrent.links.settings import RecheckSettings
from tests.links.test_changes import look

PAGES = [f"https://site-{n % 50}.example/essays/{n}" for n in range(600)]
HOMES = [f"https://home-{n}.example/" for n in range(100)]
REPOSITORIES = [f"https://github.com/owner-{n}/name" for n in range(300)]
ALL = [*PAGES, *HOMES, *REPOSITORIES]
CHANGED = [look(1), look(8), look(15), look(16, final_url="https://b.example/")]


def rests(beats: RecheckPolicy) -> dict[str, float]:
    return {str(kind): round(beat.interval, 1) for kind, beat in beats.statistics.items()}


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
    assert link_kind(url) is LinkKind(kind)


def test_every_authority_has_a_kind_and_every_kind_a_prior() -> None:
    assert {one.name for one in PROVIDERS} <= set(LinkKind)
    assert all(getattr(RecheckSettings().priors, kind) > 0 for kind in LinkKind)


def test_the_requests_of_a_quiet_night_are_the_share_that_is_allowed() -> None:
    beats = policy_from_histories(ALL, {}, RecheckSettings())
    assert beats.requests == pytest.approx(0.1 * len(ALL), rel=1e-3)
    assert rests(beats) == {"github": 9.7, "home": 13.7, "page": 9.7}


def test_what_is_asked_in_batches_is_looked_at_nightly_for_what_it_costs() -> None:
    beats = policy_from_histories(ALL, {}, RecheckSettings(), {LinkKind.GITHUB: 1 / 50})
    assert rests(beats) == {"github": 1.0, "home": 10.1, "page": 7.1}
    assert beats.requests == pytest.approx(0.1 * len(ALL), rel=1e-3)


def test_a_kind_that_changes_more_often_than_was_believed_is_looked_at_more_often() -> None:
    before = rests(policy_from_histories(ALL, {}, RecheckSettings()))
    after = rests(policy_from_histories(ALL, dict.fromkeys(HOMES, CHANGED), RecheckSettings()))
    assert after["home"] < before["page"] < after["page"]


def test_nothing_rests_longer_than_it_may_however_few_requests_are_allowed() -> None:
    assert rests(
        policy_from_histories(ALL, {}, RecheckSettings(requests_share=0.0))
    ) == dict.fromkeys(("github", "home", "page"), 14.0)
    assert rests(policy_from_histories(ALL, {}, RecheckSettings(alive_every=7))) == {
        "github": 7.0,
        "home": 7.0,
        "page": 7.0,
    }


def test_every_night_means_every_night() -> None:
    for pace in (RecheckSettings(alive_every=1), RecheckSettings(requests_share=1.0)):
        beats = policy_from_histories(ALL, {}, pace)
        assert {beats.days_until_check(key, 739_000, 1) for key in ALL} == {1}


def test_turns_are_spread_evenly_from_the_first_night_on() -> None:
    beats = policy_from_histories(PAGES, {}, RecheckSettings())
    today = date(2026, 11, 20).toordinal()
    first = Counter(beats.days_until_check(key, today, 14) for key in PAGES)
    assert set(first) == set(range(1, 11))
    assert max(first.values()) < 1.5 * len(PAGES) / beats.statistics[LinkKind.PAGE].interval


def test_a_link_keeps_its_turn_whenever_it_was_looked_at() -> None:
    beats = policy_from_histories(PAGES, {}, RecheckSettings())
    day = date(2026, 11, 20).toordinal()
    for key in PAGES[:20]:
        rest = beats.interval(key, 14)
        turn = day + beats.days_until_check(key, day, 14)
        assert {d + beats.days_until_check(key, d, 14) for d in range(turn - rest, turn)} == {turn}
        assert turn + beats.days_until_check(key, turn, 14) == turn + rest


def test_a_rest_between_whole_nights_is_shared_out_among_the_links() -> None:
    beats = policy_from_histories(PAGES, {}, replace(RecheckSettings(), requests_share=1 / 7.5))
    found = Counter(beats.interval(key, 14) for key in PAGES)
    assert set(found) == {7, 8}
    assert found[7] / len(PAGES) == pytest.approx(0.5, abs=0.06)


def test_a_link_of_a_kind_that_the_lists_lack_rests_as_long_as_it_may() -> None:
    beats = policy_from_histories(PAGES, {}, RecheckSettings())
    assert beats.interval(HOMES[0], 14) == 14
    assert timedelta(beats.days_until_check(HOMES[0], 739_000, 14)) <= timedelta(14)
