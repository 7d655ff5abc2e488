"""What is taken over from an earlier night is what all observations together would say."""

from datetime import timedelta

import pytest

from staycurrent.flows.context import RunContext, fixed_clock, load_context
from staycurrent.flows.link_states import conclude_verdicts, current_verdicts, rules_fingerprint
from staycurrent.flows.lists import check_targets, read_lists
from staycurrent.flows.reporter import Reporter
from staycurrent.warehouse import observations, verdicts
from staycurrent.warehouse.open import open_warehouse
from tests.support.folder import FIRST, Folder, Walk

OTHER = {
    "STAYCURRENT_LINKS__RULES__HARD": "{ checks = 1, nights = 1 }",
    "STAYCURRENT_FRESHNESS__ARCHIVED_IS_STALE": "false",
}


def night_in(folder: Folder, n: int, environment: dict[str, str]) -> RunContext:
    as_of = FIRST + timedelta(days=n - 1)
    settings = folder.path / "staycurrent.toml"
    return load_context(settings, fixed_clock(as_of), Reporter(), environment=environment)


@pytest.mark.parametrize("environment", [{}, OTHER])
@pytest.mark.parametrize("after", range(1, 10))
def test_every_verdict_is_that_of_the_whole_history(
    walk: Walk, after: int, environment: dict[str, str]
) -> None:
    folder = walk.morning(after)
    night = night_in(folder, after, environment)
    wanted = check_targets(read_lists(night), night)
    keys = [*wanted.links, *wanted.refused, "https://nobody.example/looked"]
    with open_warehouse(folder.warehouse, read_only=True) as warehouse:
        known = observations.histories(warehouse)
        whole = conclude_verdicts(night, warehouse, keys, {}, known)
        assert current_verdicts(night, warehouse, keys) == whole
        stored = verdicts.stored(warehouse, keys, rules_fingerprint(night))
        read_before = {key: known[key] for key in keys[::2] if key in known}
        assert conclude_verdicts(night, warehouse, keys, stored, read_before) == whole
        assert set(stored) == set(keys[:-1])
        assert {one.is_up_to_date for one in stored.values()} == {not environment}


def test_what_was_seen_since_is_concluded_anew_and_what_does_not_count_is_not(
    walk: Walk,
) -> None:
    folder = walk.morning(9)
    night = night_in(folder, 9, {})
    with open_warehouse(folder.warehouse, read_only=True) as warehouse:
        stored = verdicts.stored(warehouse, ["https://gone.example/a"], rules_fingerprint(night))
    verdict = stored["https://gone.example/a"].verdict
    assert verdict is not None
    assert verdict.checks == 9
    assert rules_fingerprint(night) != rules_fingerprint(night_in(folder, 9, OTHER))
