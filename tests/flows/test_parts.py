"""A night in parts, on several processes, is the night that one process would have made of it."""

from pathlib import Path
from shutil import copytree

import pytest

from flows.demo import RECORDED
from flows.parts import parts_of, processes
from flows.settings import ScaleSettings
from tests.flows.played import FEEDS_OFF, Folder
from tests.flows.rows import ROWS, rows

IN_PARTS = """
[scale]
processes = 2
parts = 3
"""
PDFS = [f"https://papers-{name}.example/{name}.pdf" for name in "abcdef"]
ALONE = "https://papers-z.example/z.pdf"
OTHERS = [
    "https://github.com/tagged/repository",
    "https://given.example/page",
    "https://soft.example/folder/page",
]
PAGES = f"""
[[page]]
url = {PDFS}
headers = {{ content-type = "text/html" }}
body = "<title>Welcome</title><p>This network wants you to agree to its terms before you go on."
[[page]]
url = "{ALONE}"
headers = {{ content-type = "text/html" }}
body = "<title>Our new site</title><p>All that we have written moved to another place this year."
[[page]]
url = "https://api.github.com/repos/tagged/repository"
headers = {{ etag = '"one"' }}
[page.json]
full_name = "tagged/repository"
node_id = "R_tagged"
private = false
archived = false
disabled = false
pushed_at = "2026-10-20T00:00:00Z"
[[page]]
url = "https://given.example/page"
headers = {{ etag = '"two"' }}
title = "Given with a tag"
[[page]]
url = "https://soft.example/*"
title = "Page not found"
"""


def laid_out(path: Path, more: str) -> Folder:
    """The demo's list and web, with pages that only the whole night can tell; `more` settings."""
    folder = Folder(path)
    copytree(RECORDED, path)
    web = (path / "web.toml").read_text(encoding="utf-8")
    listed = folder.text + "".join(f"- [Paper]({url}) - One.\n" for url in [*PDFS, ALONE, *OTHERS])
    folder.write(listed=listed, settings=FEEDS_OFF + more)
    (path / "web.toml").write_text(web + PAGES, encoding="utf-8")
    return folder


@pytest.mark.timeout(300)
def test_parts_see_link_by_link_what_one_process_sees(tmp_path: Path) -> None:
    whole, parts = laid_out(tmp_path / "whole", ""), laid_out(tmp_path / "parts", IN_PARTS)
    for folder in (whole, parts):
        folder.nights(1, 2)
    found = rows(parts)
    assert found == rows(whole)
    assert all(found[table] for table in ROWS)
    assert parts.text == whole.text
    assert not list(parts.warehouse.parent.glob("*.parts"))
    # What hosts of several parts show is known in all of them.
    outcomes = {row[0]: row[2] for row in found["observations"]}
    assert {outcomes[url] for url in PDFS} == {"ok"}
    assert outcomes[ALONE] == "soft_missing"


@pytest.mark.parametrize(
    ("links", "settings", "wanted"),
    [
        (1_000, ScaleSettings(processes=2), (1, 1)),
        (9_999, ScaleSettings(processes=2), (1, 1)),
        (10_000, ScaleSettings(processes=2), (2, 2)),
        (10_000, ScaleSettings(processes=1), (1, 1)),
        (30_000, ScaleSettings(processes=1), (1, 2)),
        (1_000_000, ScaleSettings(processes=2), (2, 50)),
        (100, ScaleSettings(processes=2, parts=3), (1, 3)),
    ],
)
def test_a_night_is_parted_where_it_pays(
    links: int, settings: ScaleSettings, wanted: tuple[int, int]
) -> None:
    assert (processes(links, settings), parts_of(links, settings)) == wanted


def test_many_machines_get_enough_parts_and_not_too_many() -> None:
    found = [parts_of(n, ScaleSettings(), elsewhere=True) for n in (1, 500_000, 9_000_000)]
    assert found == [10, 25, 50]
