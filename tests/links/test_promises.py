"""No forecast names a date that has passed, whatever was missed, and what is promised is kept."""

import re
from datetime import date, timedelta
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from staycurrent.links.forecast import forecast, rule_progress
from staycurrent.links.observation import Observation
from staycurrent.links.schedule import (
    LastCheck,
    due_links,
    last_check,
    next_check_date,
    within_budget,
)
from staycurrent.links.settings import RecheckSettings, Rule, Rules
from staycurrent.links.verdict import conclude
from tests.links.test_verdict import CHECKS, FIRST, observation_of
from tests.support.values import policy_from_histories

RULE = st.builds(Rule, checks=st.integers(1, 4), nights=st.integers(1, 15))
RULES = st.builds(Rules, explicit=RULE, hard=RULE, soft=RULE, weak=RULE, insecure=RULE, moved=RULE)
PACE = st.builds(
    RecheckSettings,
    alive_every=st.integers(1, 15),
    failing_every=st.integers(1, 6),
    settled_every=st.integers(1, 6),
    host_min=st.integers(1, 4),
)
FATES = st.lists(st.text(sorted(CHECKS), min_size=1, max_size=8), min_size=1, max_size=6)
PROMISED = re.compile(r"(\d{4}-\d\d-\d\d) at the earliest")


class Night(NamedTuple):
    is_missed: bool
    budget: int


NIGHTS = st.lists(st.builds(Night, st.booleans(), st.integers(0, 5)), min_size=1, max_size=20)


@given(FATES, NIGHTS, RULES, PACE)
def test_no_promised_date_has_passed(
    fates: list[str], nights: list[Night], rules: Rules, pace: RecheckSettings
) -> None:
    """Each link has its outcomes by turns; a missed night checks nothing, a budget cuts it."""
    keys = [f"https://site-{n}.example/{n}" for n in range(len(fates))]
    histories: dict[str, list[Observation]] = {key: [] for key in keys}
    for number, night in enumerate(nights):
        run_date = FIRST + timedelta(days=number)
        last_checks = {
            key: last for key in keys if (last := last_check(histories[key], rules)) is not None
        }
        policy = policy_from_histories(keys, histories, pace)
        if not night.is_missed:
            due = due_links(keys, last_checks, run_date, policy)
            for key in within_budget(due, last_checks, policy, night.budget):
                fate = fates[keys.index(key)]
                sign = fate[len(histories[key]) % len(fate)]
                histories[key].append(observation_of(number, sign))
        for key in keys:
            last = last_check(histories[key], rules)
            if last is not None:
                due_on = max(next_check_date(key, last, policy), run_date)
                _expect_no_past_date(histories[key], rules, due_on, run_date)
                _expect_a_move_in_time(last, due_on, run_date)


def _expect_no_past_date(
    history: list[Observation], rules: Rules, due: date, run_date: date
) -> None:
    conclusion = conclude(history[0].link, history, rules)
    text = forecast(conclusion, history, rules, due)
    assert all(date.fromisoformat(found) >= run_date for found in PROMISED.findall(text))
    progress = rule_progress(conclusion, history, rules, due)
    assert progress is None or progress.earliest is None or progress.earliest >= due


def _expect_a_move_in_time(last: LastCheck, due: date, run_date: date) -> None:
    if last.confirm_by is not None:
        assert due <= max(last.confirm_by, last.run_date + timedelta(days=1), run_date)
