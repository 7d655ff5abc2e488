"""Values of TOML, and texts of an environment, as the settings have them; what fits not is told."""

import re
from datetime import date, datetime
from typing import Any, Literal

import pytest

from staycurrent.flows.settings.loading import ValueMismatch, convert_section, convert_value
from staycurrent.flows.settings.sections import LinkSettings, Settings
from staycurrent.links.settings import Ignore, Rule, Rules
from staycurrent.sources.settings import CustomFeedSettings

DAY = date(2027, 1, 1)
IGNORE = "a text or a table with pattern (a text), until (a date like 2027-01-01), reason (a text)"


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (bool, True, True),
        (bool, "false", False),
        (bool, "TRUE", True),
        (bool, 1, True),
        (float, 20, 20.0),
        (float, "2.5", 2.5),
        (int, 5, 5),
        (int, 20.0, 20),
        (str, "", ""),
        (date, DAY, DAY),
        (date, "2027-01-01", DAY),
        (date | None, DAY, DAY),
        (Literal["inline", "report"], "report", "report"),
        (str | Ignore, "example.org", "example.org"),
        (str | Ignore, {"pattern": "x", "until": DAY}, Ignore("x", DAY)),
    ],
)
def test_a_value_becomes_what_its_field_is(kind: Any, value: object, expected: object) -> None:
    found = convert_value(kind, value)
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("kind", "value", "must"),
    [
        (bool, "perhaps", "true or false"),
        (bool, "no", "true or false"),
        (bool, 2, "true or false"),
        (bool, 1.0, "true or false"),
        (float, True, "a number"),
        (float, "soon", "a number"),
        (float, [], "a number"),
        (int, False, "a whole number"),
        (int, "05", "a whole number"),
        (int, 1.5, "a whole number"),
        (int, float("nan"), "a whole number"),
        (int, "9" * 5000, "a whole number"),
        (int, DAY, "a whole number"),
        (int, "\ud800", "a whole number"),
        (str, 2026, "a text"),
        (date, datetime(2027, 1, 1), "a date like 2027-01-01"),  # noqa: DTZ001
        (date, "soon", "a date like 2027-01-01"),
        (Literal["inline", "report"], "loud", "'inline' or 'report'"),
        (Literal["inline", "report"], [], "'inline' or 'report'"),
        (str | Ignore, 3, IGNORE),
        (str | Ignore, {"until": DAY}, IGNORE),
        (str | Ignore, {"pattern": "x", "until": "soon"}, IGNORE),
        (str | Ignore, {"pattern": "x", "untl": DAY}, IGNORE),
    ],
)
def test_a_value_of_another_kind_is_reported_what_it_must_be(
    kind: Any, value: object, must: str
) -> None:
    with pytest.raises(ValueMismatch, match=re.escape(must)):
        convert_value(kind, value)


def test_what_is_not_named_stays_as_it_is() -> None:
    mistakes: list[str] = []
    given = {"rules": {"hard": {"checks": 4}}, "ignore": ["a.example", {"pattern": "b"}]}
    found = convert_section(LinkSettings(), given, "links", mistakes)
    assert (found.rules, mistakes) == (Rules(hard=Rule(checks=4, nights=7)), [])
    assert found.ignore == ("a.example", Ignore("b"))


def test_one_mistake_hides_no_other_and_costs_nothing_else() -> None:
    mistakes: list[str] = []
    given = {
        "web": {"timeout_s": "soon", "per_host": 2, "allow_ports": [80, "x", 0], "canaries": "🆕"},
        "links": 5,
        "sources": {"feeds": {"blog": {"url": "https://a.example", "limit": "few"}}},
    }
    found = convert_section(Settings(), given, "", mistakes)
    assert (found.web.per_host, found.web.allow_ports) == (2, Settings().web.allow_ports)
    assert found.sources.feeds == {"blog": CustomFeedSettings(url="https://a.example")}
    assert mistakes == [
        "web.timeout_s: must be a number greater than 0, at most 3600, not 'soon'",
        "web.allow_ports: item 2 must be a whole number from 1 to 65535, not 'x'",
        "web.allow_ports: item 3 must be a whole number from 1 to 65535, not 0",
        "web.canaries: must be a list such as [\"🆕\"], not '🆕'",
        "links: must be a table, not 5",
        "sources.blog.limit: must be a whole number, 1 or more, not 'few'",
    ]
