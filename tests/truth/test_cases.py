"""The cases themselves: complete, apart from each other, and told in the docs."""

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.support.behaviours import NOT_JUDGED, load_cases, table

ROOT = Path(__file__).parents[2]
BEHAVIOURS = ROOT.parent / "shared" / "facts" / "behaviours.json"
CASES = {part.case.id: part.case for part in load_cases()}
WORDS = {
    "alive": ("alive", "stale"),
    "moved-temporarily": ("alive",),
    "flaky": ("alive",),
    "moved-permanently": ("moved",),
    "dead": ("dead",),
    "gone": ("dead",),
    "soft-dead": ("dead",),
    "insecure": ("insecure",),
    "blocked-unknown": ("blocked",),
    "refused-policy": ("refused",),
    "malformed": ("refused",),
    "not-checked": ("unchecked",),
    "no-observation": (NOT_JUDGED,),
}
STALE = ("archived", "withdrawn")
"""Flags of links that are alive: the contract shows them at once."""


@pytest.mark.shared
@pytest.mark.skipif(not BEHAVIOURS.exists(), reason="../shared is not next to this project")
def test_every_behaviour_of_the_list_is_a_case_with_the_same_expectations() -> None:
    rows = json.loads(BEHAVIOURS.read_text(encoding="utf-8"))
    assert len(rows) == 95
    for row in rows:
        case = CASES[row["id"]]
        if (case.verdict, row["correct_verdict"]) == ("usurped", "soft-dead"):
            assert case.by == 3  # the contract has had a verdict of its own for it since
            continue
        assert case.verdict in WORDS[row["correct_verdict"]], case.id
        nights = (row["not_before_night"], row["flag_expected_by_night"])
        assert (case.not_before, case.by) == nights, case.id
        flags = case.flag is not None and case.flag not in STALE
        assert flags <= (case.by is not None), case.id
    own = set(CASES) - {row["id"] for row in rows}
    assert len(own) >= 30


def test_every_case_has_an_id_of_its_own() -> None:
    assert max(Counter(part.case.id for part in load_cases()).values()) == 1


def test_cases_share_no_host_but_those_of_providers() -> None:
    users = Counter(
        name
        for part in load_cases()
        if part.family != "providers"
        for name in part.scenario.host_names()
        if name != "*"
    )
    shared = {name for name, count in users.items() if count > 1}
    assert shared == set()


def test_a_dead_verdict_is_always_flagged_and_has_its_nights() -> None:
    for case in CASES.values():
        if case.verdict in ("dead", "moved", "insecure"):
            assert (case.flag, case.not_before is not None) == (case.verdict, True), case.id
            assert case.by is not None, case.id


def test_the_page_of_the_docs_is_up_to_date() -> None:
    page = (ROOT / "docs" / "behaviours.md").read_text(encoding="utf-8")
    assert page == table(), "run: python -m tests.support.behaviours > docs/behaviours.md"
