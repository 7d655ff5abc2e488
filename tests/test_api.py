"""The Python API: three functions of the package itself."""

import subprocess
import sys
from pathlib import Path

import pytest

import staycurrent
from staycurrent.flows.errors import NotJudged
from staycurrent.links.observation import Outcome
from staycurrent.warehouse.file import WarehouseMissing
from tests.support.folder import Folder

PAGES = """
[[page]]
url = "https://a.example/here"
title = "A page"

[[page]]
url = "https://a.example/gone"
status = 410
"""
URLS = (
    "https://a.example/gone",
    "https://a.example/here",
    "htps://a.example/",
    "mailto:a@a.example",
)


def test_check_returns_the_observation_of_each_url_in_its_order(tmp_path: Path) -> None:
    Folder(tmp_path).write(listed="", web=PAGES)
    observed = staycurrent.check(URLS, settings=tmp_path / "staycurrent.toml")
    assert [observation.outcome for observation in observed] == [
        Outcome.GONE,
        Outcome.OK,
        Outcome.MALFORMED,
        Outcome.REFUSED_BY_POLICY,
    ]


def test_check_says_when_no_result_can_be_trusted(tmp_path: Path) -> None:
    Folder(tmp_path).write(listed="", web=PAGES)
    (tmp_path / "web.toml").write_text("first_night = 2026-11-01\n", encoding="utf-8")
    with pytest.raises(NotJudged, match="canar"):
        staycurrent.check(URLS, settings=tmp_path / "staycurrent.toml")


def test_check_asks_nobody_for_nothing() -> None:
    assert staycurrent.check([]) == ()


def test_check_takes_no_text_for_a_list_of_urls() -> None:
    with pytest.raises(TypeError, match="must be a list of URLs"):
        staycurrent.check("https://a.example/")


def test_parse_returns_the_links_with_their_spans() -> None:
    raw = b"# List\n\n- [A](https://a.example/x) - Text.\n"
    (occurrence,) = staycurrent.parse(raw).occurrences
    assert raw[occurrence.destination.start : occurrence.destination.end] == b"https://a.example/x"


def test_open_reads_a_warehouse_and_makes_none(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    with pytest.raises(WarehouseMissing):
        staycurrent.open(folder.warehouse)
    folder.write(listed="- [A](https://a.example/here)\n", web=PAGES)
    assert folder.staycurrent("run").code == 0
    with staycurrent.open(folder.warehouse) as warehouse:
        assert warehouse.path == folder.warehouse
        ((began,),) = warehouse.select("SELECT started_at FROM runs")
        assert warehouse.select("SELECT count(*) FROM runs WHERE started_at = ?", began) == [(1,)]


def test_importing_the_package_imports_nothing_else_of_it() -> None:
    program = "import sys, staycurrent; print(*sys.modules)"
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert [name for name in ended.stdout.split() if name.startswith("staycurrent.")] == []
