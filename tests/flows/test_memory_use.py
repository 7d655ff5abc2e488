"""Stages that only read the lists hold one of them at a time, however many there are."""

import tracemalloc
from collections.abc import Callable

import pytest

from staycurrent.curated.document import MAX_CACHED
from staycurrent.flows.commands.pull import pull
from staycurrent.flows.context import RunContext, fixed_clock, load_context
from staycurrent.flows.database import Database, open_database
from staycurrent.flows.hints import hint_facts
from staycurrent.flows.lists import lazy_lists, read_lists
from staycurrent.flows.preflight import require_writable_lists
from staycurrent.flows.reporter import Reporter
from staycurrent.flows.snapshots import find_snapshots
from tests.support.folder import FEEDS_OFF, FIRST, Folder

LISTS, LINKS, ANCHORS = MAX_CACHED + 8, 8, 100
"""Anchors take as much room as links, and no look."""
WEB = '[[page]]\nurl = "https://gone.example/*"\nstatus = 410\n[[page]]\nurl = "*"\ntitle = "T"\n'
STAGES: dict[str, Callable[[RunContext, Database], object]] = {
    "ready": lambda night, _: require_writable_lists(lazy_lists(night)),
    "archive": find_snapshots,
    "pull": pull,
    "hints": hint_facts,
}


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """Many lists after a night, with a link in one of them that fails."""
    folder = Folder(tmp_path_factory.mktemp("registry"))
    names = [f"list-{number}.md" for number in range(LISTS)]
    paths = f"[list]\npaths = {names}\n[links.wayback]\nenabled = true\n"
    folder.write(listed="", web=WEB, settings=FEEDS_OFF + paths)
    for name in names:
        urls = (f"https://{name}.example/{number}" for number in range(LINKS))
        text = "".join(f"- [Entry]({url}) - What it is about, in so many words.\n" for url in urls)
        text += "".join(f"- [See](#list-{number}md)\n" for number in range(ANCHORS))
        (folder.path / name).write_text(f"# {name}\n\n{text}", encoding="utf-8")
    with (folder.path / names[0]).open("a", encoding="utf-8") as first:
        first.write("- [Gone](https://gone.example/a)\n")
    assert folder.staycurrent("check", "-q").code == 0
    return folder


def peak(night: RunContext, stage: Callable[[RunContext, Database], object]) -> int:
    """The most bytes that a stage held at once; its second time, with all that is made once."""
    with open_database(night) as db:
        stage(night, db)
    tracemalloc.start()
    with open_database(night) as db:
        stage(night, db)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


@pytest.fixture(scope="module")
def night(registry: Folder) -> RunContext:
    settings = registry.path / "staycurrent.toml"
    return load_context(settings, fixed_clock(FIRST), Reporter(), environment={})


@pytest.fixture(scope="module")
def all_at_once(night: RunContext) -> int:
    """What all lists take."""
    return peak(night, lambda ctx, _: read_lists(ctx))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", STAGES)
def test_a_stage_holds_no_more_than_one_of_many_lists(
    name: str, night: RunContext, all_at_once: int
) -> None:
    assert 3 * peak(night, STAGES[name]) < all_at_once
