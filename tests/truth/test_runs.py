"""Nights on which the fault is ours or everybody's at once: exit 75, and nothing is concluded."""

from pathlib import Path

import pytest

from staycurrent.flows.errors import DONE, SKIPPED
from tests.support.behaviours import (
    NOT_JUDGED,
    Play,
    Played,
    canaries,
    lay_out,
    load_cases,
    together,
)
from tests.support.web_server import Server

PARTS = tuple(part for part in load_cases() if part.case.verdict == NOT_JUDGED)


def played(folder: Path, part: Played) -> Play:
    """The fine nights, and the one that is not."""
    lay_out(folder, part.case.urls)
    with Server(together((part,), canaries())) as server:
        play = Play(folder, server)
        play.go_on(range(1, part.case.begins + 1))
    return play


@pytest.mark.parametrize("part", PARTS, ids=[part.case.id for part in PARTS])
def test_nothing_is_concluded_from_such_a_night(part: Played, tmp_path: Path) -> None:
    play = played(tmp_path, part)
    before, after = play.nights[part.case.begins - 1], play.nights[part.case.begins]
    assert (before.code, before.sentence) == (DONE, "")
    assert {one.verdict for one in before.shown.values()} == {"alive"}
    assert after.shown == before.shown
    if not part.case.rest_is_judged:
        assert after.code == SKIPPED, "the night was judged"
        assert after.sentence.startswith("not judged: ")
