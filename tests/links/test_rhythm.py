"""Recheck intervals: from the allowed requests, per kind, and spread evenly over the days."""

from collections import Counter
from dataclasses import asdict, replace
from datetime import date, timedelta

import pytest

from staycurrent.links.providers.registry import PROVIDERS
from staycurrent.links.schedule import RecheckPolicy, link_kind
from staycurrent.links.settings import ProviderSettings, RecheckSettings
from tests.links.test_changes import look
from tests.support.values import policy_from_histories

PAGES = [f"https://site-{n % 50}.example/essays/{n}" for n in range(600)]
HOME_PAGES = [f"https://home-{n}.example/" for n in range(100)]
REPOSITORIES = [f"https://github.com/owner-{n}/name" for n in range(300)]
ALL = [*PAGES, *HOME_PAGES, *REPOSITORIES]
CHANGED = [look(1), look(8), look(15), look(16, final_url="https://b.example/")]


def intervals(policy: RecheckPolicy) -> dict[str, float]:
    return {
        str(kind): round(statistics.interval, 1) for kind, statistics in policy.statistics.items()
    }


def requests_a_day(policy: RecheckPolicy) -> float:
    return sum(one.links * one.cost / one.interval for one in policy.statistics.values())


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://github.com/owner/name", "github"),
        ("https://github.com/owner/name/issues/3", "github"),
        ("https://github.com/owner/name/actions", "page"),
        ("https://gitlab.com/group/subgroup/project", "gitlab"),
        ("https://arxiv.org/abs/1706.03762", "arxiv"),
        ("https://huggingface.co/owner/model", "huggingface"),
        ("https://www.youtube.com/watch?v=dQw4w9WgXcQ", "youtube"),
        ("https://doi.org/10.1000/182", "doi"),
        ("https://crates.io/crates/serde", "crates"),
        ("https://pypi.org/project/numpy/", "pypi"),
        ("https://www.npmjs.com/package/@types/node", "npm"),
        ("https://a.example/thesis.PDF", "document"),
        ("https://a.example/", "home"),
        ("https://a.example/index.html", "home"),
        ("https://a.example/essays/1", "page"),
        ("no address", "page"),
    ],
)
def test_the_kind_of_a_link_follows_from_its_url(url: str, kind: str) -> None:
    assert link_kind(url) == kind


def test_every_provider_has_settings_names_and_a_prior() -> None:
    names = [provider.name for provider in PROVIDERS]
    settings = ProviderSettings().by_name()
    assert list(settings) == names
    assert all(one.label and one.plural for one in settings.values())
    assert {*asdict(RecheckSettings().priors)} == {*names, "document", "home", "page"}


def test_the_requests_per_run_are_the_allowed_share() -> None:
    policy = policy_from_histories(ALL, {}, RecheckSettings())
    assert requests_a_day(policy) == pytest.approx(0.1 * len(ALL), rel=1e-3)
    assert intervals(policy) == {"github": 9.7, "home": 13.7, "page": 9.7}


def test_links_requested_in_batches_are_checked_daily() -> None:
    policy = policy_from_histories(ALL, {}, RecheckSettings(), {"github": 1 / 50})
    assert intervals(policy) == {"github": 1.0, "home": 10.1, "page": 7.1}
    assert requests_a_day(policy) == pytest.approx(0.1 * len(ALL), rel=1e-3)


def test_a_kind_that_changes_more_often_than_expected_is_checked_more_often() -> None:
    before = intervals(policy_from_histories(ALL, {}, RecheckSettings()))
    after = intervals(
        policy_from_histories(ALL, dict.fromkeys(HOME_PAGES, CHANGED), RecheckSettings())
    )
    assert after["home"] < before["page"] < after["page"]


def test_no_interval_exceeds_the_maximum_even_without_requests() -> None:
    assert intervals(
        policy_from_histories(ALL, {}, RecheckSettings(requests_share=0.0))
    ) == dict.fromkeys(("github", "home", "page"), 14.0)
    assert intervals(policy_from_histories(ALL, {}, RecheckSettings(alive_every=7))) == {
        "github": 7.0,
        "home": 7.0,
        "page": 7.0,
    }


def test_every_link_may_be_due_every_day() -> None:
    for pace in (RecheckSettings(alive_every=1), RecheckSettings(requests_share=1.0)):
        policy = policy_from_histories(ALL, {}, pace)
        assert {policy.days_until_check(key, 739_000) for key in ALL} == {1}


def test_due_dates_are_spread_evenly_from_the_first_day() -> None:
    policy = policy_from_histories(PAGES, {}, RecheckSettings())
    today = date(2026, 11, 20).toordinal()
    first = Counter(policy.days_until_check(key, today) for key in PAGES)
    assert set(first) == set(range(1, 11))
    assert max(first.values()) < 1.5 * len(PAGES) / policy.statistics["page"].interval


def test_the_due_date_of_a_link_does_not_depend_on_its_last_check() -> None:
    policy = policy_from_histories(PAGES, {}, RecheckSettings())
    day = date(2026, 11, 20).toordinal()
    for key in PAGES[:20]:
        interval = policy.interval(key)
        due = day + policy.days_until_check(key, day)
        assert {d + policy.days_until_check(key, d) for d in range(due - interval, due)} == {due}
        assert due + policy.days_until_check(key, due) == due + interval


def test_a_fractional_interval_is_distributed_over_the_links() -> None:
    policy = policy_from_histories(PAGES, {}, replace(RecheckSettings(), requests_share=1 / 7.5))
    counts = Counter(policy.interval(key) for key in PAGES)
    assert set(counts) == {7, 8}
    assert counts[7] / len(PAGES) == pytest.approx(0.5, abs=0.06)


def test_a_link_of_an_unlisted_kind_has_the_maximum_interval() -> None:
    policy = policy_from_histories(PAGES, {}, RecheckSettings())
    assert policy.interval(HOME_PAGES[0]) == 14
    assert timedelta(policy.days_until_check(HOME_PAGES[0], 739_000)) <= timedelta(14)
