"""Pieces of markdown in eight kinds of markup: the links of GitHub, and every one verified."""

from pathlib import Path

import pytest

from tests.support.documents import WRAPPINGS, unlike, unproved

LINES = (Path(__file__).parent / "examples.txt").read_text("utf-8").splitlines()
EXAMPLES = [line.replace("⏎", "\n").replace("→", "\t") for line in LINES]


@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_every_link_is_found_and_verified_in_any_surrounding_markup(wrapping: str) -> None:
    raws = [WRAPPINGS[wrapping](text).encode() for text in EXAMPLES]
    assert [(raw, unlike(raw)) for raw in raws if unlike(raw) != ([], [])] == []
    assert [(raw, unproved(raw)) for raw in raws if unproved(raw)] == []


def test_there_are_more_than_two_hundred_examples() -> None:
    assert len(set(EXAMPLES)) > 200
