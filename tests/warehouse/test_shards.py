"""Parts of a night as files: what is handed out, what comes back, and what is kept of it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.revalidation import PageValidators, ValidatorTrust
from staycurrent.links.soft_404 import ControlPage
from staycurrent.warehouse import lookups, observations, runs, shards
from staycurrent.warehouse.open import Warehouse, open_in_memory
from staycurrent.warehouse.runs import RunStatus
from staycurrent.warehouse.shards import ShardResult
from staycurrent.web.robots import RobotsTxt

NIGHT = date(2026, 11, 2)
NOW = datetime(2026, 11, 2, 2, tzinfo=UTC)
OURS, OTHERS = "https://ours.example/folder/a", "https://others.example/b"
UNDECIDED = (("https://a.example/", 2, b"\x80"), ("https://b.example/", 3, b""))
CAME = ShardResult(1, 2, 3, 4.5, "the slowest", ("a line",), (("html", "h"),), UNDECIDED)


def begun(w: Warehouse, nights_ago: int = 0) -> int:
    night = NIGHT - timedelta(days=nights_ago)
    return runs.begin(w, run_date=night, started_at=NOW, links=2)


def ended(w: Warehouse, run_id: int, status: RunStatus = RunStatus.JUDGED) -> None:
    runs.finish(
        w,
        run_id,
        status=status,
        reason="",
        finished_at=NOW,
        checked=1,
        requests=1,
        seconds=1.0,
    )


def look(link: str, nights_ago: int = 0, outcome: Outcome = Outcome.OK) -> Observation:
    moment = NOW - timedelta(days=nights_ago)
    return Observation(link, moment.date(), moment, outcome, "page", 200, "https://end.example/x")


@pytest.fixture
def memory() -> Warehouse:
    """A warehouse that knows two links, and a run of this run that has begun."""
    w = open_in_memory()
    for nights_ago, status in ((2, RunStatus.JUDGED), (1, RunStatus.NOT_JUDGED)):
        run = begun(w, nights_ago)
        seen = [look(OTHERS, nights_ago), look(OURS, nights_ago)]
        observations.add(w, run, seen)
        night = seen[0].run_date
        hosts = ("ours.example", "others.example", "end.example", "ours.example:8080")
        lookups.add_robots_txt(
            w, run, [RobotsTxt(host, night, 200, "Disallow: /x") for host in hosts]
        )
        folders = ("https://ours.example/folder/", "https://others.example/")
        lookups.add_control_pages(w, run, [ControlPage(folder, night, 404) for folder in folders])
        given = [
            PageValidators(key, night, '"1"', None, ValidatorTrust.UNTRIED)
            for key in (OURS, OTHERS)
        ]
        if status is RunStatus.JUDGED:
            lookups.add_validators(w, run, given)
        ended(w, run, status)
    return w


def handed_out(w: Warehouse, folder: Path) -> Warehouse:
    shards.write_shard(w, folder, [OURS], run_date=NIGHT)
    return shards.open_shard(folder)


def test_a_part_knows_of_its_links_what_the_warehouse_knows_and_nothing_else(
    memory: Warehouse, tmp_path: Path
) -> None:
    with handed_out(memory, tmp_path) as part:
        assert observations.histories(part) == observations.histories(memory, [OURS])
        assert set(lookups.control_pages(part, NIGHT)) == {"https://ours.example/folder/"}
        known = lookups.robots_txt(part, NIGHT)
        assert set(known) == {"ours.example", "ours.example:8080", "end.example"}
        assert set(lookups.validators(part, NIGHT)) == {OURS}


def test_what_a_part_brings_is_appended_under_the_run(memory: Warehouse, tmp_path: Path) -> None:
    run = begun(memory)
    with handed_out(memory, tmp_path) as part:
        own = begun(part)
        new = "https://ours.example/never-numbered"
        observations.add(part, own, [look(OURS, outcome=Outcome.MISSING), look(new)])
        lookups.add_robots_txt(part, own, [RobotsTxt("new.example", NIGHT, 404, "")])
        lookups.add_validators(
            part, own, [PageValidators(OURS, NIGHT, '"2"', None, ValidatorTrust.PROVEN)]
        )
        ended(part, own)
        shards.write_result(part, tmp_path, own, CAME)
    assert shards.merge_result(memory, run, tmp_path) == replace(CAME, shown=(), undecided=())
    assert shards.undecided([tmp_path]) == ["https://b.example/", "https://a.example/"]
    checks = shards.first_checks([tmp_path], ["https://a.example/", "https://c.example/"])
    assert checks == {"https://a.example/": b"\x80"}
    assert shards.hosts_by_fingerprint([tmp_path], {"html", "other"}) == {"html": {"h"}}
    ended(memory, run)
    found = observations.histories(memory)
    assert [one.outcome for one in found[OURS]] == [Outcome.OK, Outcome.MISSING]
    assert found[new] == (look(new),)
    assert len(found[OTHERS]) == 1
    assert lookups.validators(memory, NIGHT)[OURS].etag == '"2"'
    assert lookups.robots_txt(memory, NIGHT)["new.example"].status == 404


def test_what_two_parts_asked_one_host_is_kept_once(memory: Warehouse, tmp_path: Path) -> None:
    run = begun(memory)
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        with handed_out(memory, folder) as part:
            own = begun(part)
            lookups.add_robots_txt(part, own, [RobotsTxt("led.example", NIGHT, 200, name)])
            shards.write_result(part, folder, own, CAME)
        shards.merge_result(memory, run, folder)
    kept = memory.select("SELECT rules FROM robots_txt WHERE run_id = ?", run)
    assert kept == [("one",)]


def test_a_part_that_does_not_fit_leaves_nothing(memory: Warehouse, tmp_path: Path) -> None:
    run = begun(memory)
    with handed_out(memory, tmp_path) as part:
        own = begun(part)
        observations.add(part, own, [look(OURS)])
        lookups.add_robots_txt(part, own, [RobotsTxt("led.example", NIGHT, 200, "")])
        shards.write_result(part, tmp_path, own, CAME)
    shards.merge_result(memory, run, tmp_path)
    before = memory.select("SELECT count(*) FROM robots_txt")
    with pytest.raises(Exception, match="onstraint"):
        shards.merge_result(memory, run, tmp_path)  # a second observation of one link in one run
    assert memory.select("SELECT count(*) FROM robots_txt") == before
    ended(memory, run)
    with pytest.raises(ValueError, match="has ended"):
        shards.merge_result(memory, run, tmp_path)
