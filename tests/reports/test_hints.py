"""Hints: each says what was observed and what to set; three at most, the most useful first."""

from dataclasses import replace
from datetime import timedelta

import pytest

from staycurrent.reports.hints import HintFacts, HostCount, hints
from tests.support.values import HOSTILE, STATUS_DATE

QUIET = HintFacts(STATUS_DATE, STATUS_DATE)


def last_run(days: int) -> HintFacts:
    return replace(QUIET, last_run=STATUS_DATE - timedelta(days=days))


@pytest.mark.parametrize(
    ("facts", "hint"),
    [
        (QUIET, None),
        (HintFacts(STATUS_DATE, None), None),
        (last_run(2), None),
        (last_run(3), "the last run was on 2026-11-30, 3 days ago"),
        (replace(QUIET, canaries_failed=2),
         "the canaries did not respond in the last 2 runs: set web.canaries to sites that this"),
        (replace(QUIET, canaries_failed=1), None),
        (replace(QUIET, github_waiting=7, has_github_token=False),
         "7 GitHub links not checked yet; without a token GitHub allows 60 API requests an hour"),
        (replace(QUIET, github_waiting=7, has_github_token=False, other_server="ghe.example"),
         "allows 60 API requests an hour: GITHUB_TOKEN is for ghe.example only, and later runs"),
        (replace(QUIET, github_waiting=7), None),
        (replace(QUIET, has_github_token=False), None),
        (replace(QUIET, rate_limited=(HostCount("a.example", 12, 20),)),
         '12 links of a.example were rate-limited: add "a.example=2" to web.slow_hosts'),
        (replace(QUIET, rate_limited=(HostCount("github.com", 3, 20),), slow_hosts=("github.com=1.5",)),  # noqa: E501
         'add "github.com=3" to web.slow_hosts'),
        (replace(QUIET, rate_limited=(HostCount("a.example", 2, 20),)), None),
        (replace(QUIET, blocked=(HostCount("a.example", 5, 10),)),
         '5 of 10 links of a.example refuse automated checks: add "a.example" to links.ignore'),
        (replace(QUIET, blocked=(HostCount("a.example", 5, 11),)), None),
        (replace(QUIET, blocked=(HostCount("a.example", 4, 4),)), None),
        (replace(QUIET, candidates=1, has_section=False), "`staycurrent render --create`"),
        (replace(QUIET, candidates=1), None),
        (replace(QUIET, has_section=False), None),
        (replace(QUIET, feed_days=3, min_relevance=0.5, best_relevance=0.376),
         "or set candidates.min_relevance to 0.37, which the best item has"),
        (replace(QUIET, feed_days=3, min_relevance=0.4, best_relevance=0.29,
                 enabled_feeds=("github_trending", "weekly_papers")),
         "set sources.github_trending.enabled, sources.weekly_papers.enabled = false, or add"),
        (replace(QUIET, feed_days=3, min_relevance=0.3, best_relevance=0.3),
         None),
        (replace(QUIET, feed_days=2, best_relevance=0.1), None),
        (replace(QUIET, feeds_down=("weekly_papers",)), "sources.weekly_papers.enabled = false"),
        (replace(QUIET, expired=("a.example",)), '"a.example" has expired'),
        (replace(QUIET, unmatched=("b.example",)), '"b.example" does not match any link'),
    ],
)  # fmt: skip
def test_a_hint_is_given_only_if_it_helps(facts: HintFacts, hint: str | None) -> None:
    found = hints(facts)
    assert len(found) == (hint is not None)
    assert hint is None or hint in found[0]


def test_there_are_three_at_most_and_the_most_useful_first() -> None:
    all_at_once = HintFacts(
        STATUS_DATE, STATUS_DATE - timedelta(days=9), has_github_token=False, github_waiting=1,
        rate_limited=(HostCount("a.example", 9, 9),), blocked=(HostCount("b.example", 9, 9),),
        candidates=3, has_section=False, expired=("x",), unmatched=("y",), feeds_down=("z",),
    )  # fmt: skip
    found = hints(all_at_once)
    assert len(found) == 3
    assert all(
        word in hint for word, hint in zip(("schedule", "TOKEN", "slow"), found, strict=True)
    )


def test_untrusted_text_is_sanitised() -> None:
    (hint,) = hints(replace(QUIET, unmatched=(HOSTILE,)))
    assert not set(hint) & set("\x1b\u202e")
