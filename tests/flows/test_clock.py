"""A machine whose clock is wrong counts nights wrongly: the canaries tell, nothing is judged."""

from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from staycurrent.flows.cli import context_for, parser
from staycurrent.flows.commands.check import check
from staycurrent.flows.commands.pull import execute
from staycurrent.flows.context import (
    Clock,
    RunContext,
    load_context,
    running_clock,
    system_clock,
)
from staycurrent.flows.database import Database
from staycurrent.flows.errors import NotJudged, UsageError
from staycurrent.flows.reporter import Reporter
from staycurrent.links.run_gate import clock_error
from staycurrent.links.settings import RunGateSettings
from staycurrent.web.replay.scenario import HostRule, PageRule, ReplayResponse, Scenario
from tests.support.behaviours import CANARIES, edge, lay_out
from tests.support.folder import Folder, with_database
from tests.support.web_server import Server

TRUE = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
LINK = "https://site.test/a"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def web(*dates: datetime | None, age: int = 0) -> Scenario:
    """A page, and canaries that name these times."""
    pages = [
        PageRule(url, ReplayResponse(200, _headers(date, age), b"<title>Well</title>"))
        for url, date in zip(CANARIES, dates, strict=True)
    ]
    hosts = tuple(HostRule(url.split("/")[2]) for url in (*CANARIES, LINK))
    return Scenario(
        hosts, (*pages, PageRule(LINK, ReplayResponse(200, body=b"<title>Here</title>")))
    )


def _headers(date: datetime | None, age: int) -> tuple[tuple[str, str], ...]:
    if date is None:
        return ()
    return (("date", format_datetime(date, usegmt=True)), ("age", str(age)))


def ended(
    folder: Path,
    scenario: Scenario,
    clock: Clock,
    command: Callable[[RunContext, Database], object] = check,
) -> str:
    """Why the night was not judged; empty if it was."""
    lay_out(folder, [LINK])
    with Server(scenario) as server:
        path = folder / "staycurrent.toml"
        night = load_context(path, clock, Reporter(), environment={})
        try:
            ctx = replace(night, open_client=lambda policy, _: edge(server, policy))
            with_database(command, ctx)
        except NotJudged as why:
            return str(why)
    return ""


@pytest.mark.parametrize(
    ("off", "reported"),
    [
        (9 * MINUTE, ""),
        (-9 * MINUTE, ""),
        (3 * HOUR, "clock (2026-11-22 05:00 UTC) is 180 minutes ahead of the canaries"),
        (-26 * HOUR, "clock (2026-11-21 00:00 UTC) is 1560 minutes behind the canaries"),
    ],
)
def test_a_clock_that_is_off_judges_nothing(tmp_path: Path, off: timedelta, reported: str) -> None:
    why = ended(tmp_path, web(*[TRUE] * 5), system_clock(TRUE + off))
    assert bool(why) is bool(reported)
    assert reported in why


def test_feeds_are_not_pulled_by_a_clock_that_is_off(tmp_path: Path) -> None:
    def pull_alone(ctx: RunContext, _: Database) -> None:
        execute(ctx, Namespace(replay=None, source=None))

    scenario, ahead = web(*[TRUE] * 5), TRUE + timedelta(days=3)
    assert "4320 minutes ahead" in ended(tmp_path, scenario, system_clock(ahead), pull_alone)
    assert not (tmp_path / ".staycurrent" / "warehouse.duckdb").exists()
    assert ended(tmp_path, scenario, running_clock(ahead), pull_alone) == ""


def test_a_feed_that_does_not_exist_is_said_before_a_canary_is_asked(tmp_path: Path) -> None:
    def pull_unknown(ctx: RunContext, _: Database) -> None:
        execute(ctx, Namespace(replay=None, source="no_such_feed"))

    ahead = system_clock(TRUE + timedelta(days=3))
    with pytest.raises(UsageError, match="--source: unknown value 'no_such_feed'"):
        ended(tmp_path, web(*[TRUE] * 5), ahead, pull_unknown)


def test_a_clock_that_was_set_is_meant_so(tmp_path: Path) -> None:
    assert ended(tmp_path, web(*[TRUE] * 5), running_clock(TRUE + 400 * HOUR)) == ""


def test_canaries_that_name_no_time_prove_nothing(tmp_path: Path) -> None:
    assert ended(tmp_path, web(*[None] * 5), system_clock(TRUE + 400 * HOUR)) == ""


def test_a_canary_out_of_a_cache_is_as_old_as_it_says(tmp_path: Path) -> None:
    kept = web(*[TRUE - 5 * HOUR] * 5, age=5 * 3600)
    assert ended(tmp_path, kept, system_clock(TRUE)) == ""


@pytest.mark.parametrize(
    ("minutes_off", "expected"),
    [
        ([0, 0, 0, 900, 900], None),
        ([0, 0, 900, 900, 900], 900),
        ([-900, 900], -900),
        ([10], None),
        ([11], 11),
        ([], None),
    ],
)
def test_the_canary_in_the_middle_speaks_for_all(
    minutes_off: Sequence[int], expected: int | None
) -> None:
    off = clock_error([n * MINUTE for n in minutes_off], RunGateSettings())
    assert off == (None if expected is None else expected * MINUTE)


def asked_for(folder: Folder, *argv: str) -> RunContext:
    return context_for(parser().parse_args(["check", "--settings", f"{folder.path}/a.toml", *argv]))


def test_the_command_line_asks_the_machine_unless_it_is_reported_the_time(folder: Folder) -> None:
    (folder.path / "a.toml").write_text("", encoding="utf-8")
    assert asked_for(folder).system_time() is not None
    assert asked_for(folder, "--as-of", "2026-11-22T02:00:00+00:00").system_time() is None


def test_a_recording_has_no_time_of_its_own(folder: Folder) -> None:
    (folder.path / "web.toml").write_text("", encoding="utf-8")
    (folder.path / "a.toml").write_text('[web]\nrecording = "web.toml"\n', encoding="utf-8")
    assert asked_for(folder).system_time() is None
