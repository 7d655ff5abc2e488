"""What holds for every test: no deadline per example, the longest first, little garbage sought."""

import gc
from pathlib import Path

import pytest
from hypothesis import settings

HERE = Path(__file__).parent
LONGEST = (
    "truth/test_behaviours.py",
    "flows/test_action.py",
    "flows/test_lists.py",
    "curated/test_rewrite.py",
    "flows/test_archive.py",
    "flows/looks/test_parts.py",
    "flows/pull_request/test_pr_trouble.py",
    "flows/pull_request/test_pr.py",
    "flows/pull_request/test_pr_learning.py",
    "flows/test_faults.py",
    "flows/test_lessons.py",
    "warehouse/test_exchange.py",
    "flows/test_edits.py",
    "flows/test_killed.py",
    "flows/test_chores.py",
    "warehouse/test_folding.py",
    "flows/test_many_lists.py",
    "flows/test_demo.py",
    "warehouse/test_survival.py",
    "curated/test_document.py",
    "curated/test_pathological.py",
    "flows/pull_request/test_pr_first.py",
    "flows/test_candidates.py",
)
"""Modules of ten seconds and more. A worker takes whole modules, in this order; one that began
with the last test of a run would leave the other cores idle."""

settings.register_profile("staycurrent", deadline=None, print_blob=True)
settings.load_profile("staycurrent")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest modules first; all else stays in its order."""
    turn = {HERE / name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: turn.get(item.path, len(turn)))


def pytest_collection_finish() -> None:
    """Let Python no more look for garbage among what stays to the end: 7,000 tests and modules."""
    gc.collect()
    gc.freeze()
