"""`report`: one page from the list and the warehouse, whole or not at all."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest
from bs4 import BeautifulSoup

from staycurrent.warehouse.open import open_warehouse
from tests.support.folder import FEEDS_OFF, LIST, Folder

ROOT = Path(__file__).parents[2]
A_PAGE = '[[page]]\nurl = "https://a.example/"\ntitle = "A"\n'


def test_the_page_shows_every_place_of_the_list(demo_played: Folder, tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    ended = demo_played.staycurrent("report", "--out", str(out), night=7)
    assert (ended.code, ended.out) == (0, "")
    assert ended.err == f"report: written to {out}\n"
    tree = BeautifulSoup(out.read_text(encoding="utf-8"), "html.parser")
    status = demo_played.status(7)
    rows = tree.select("#all tbody tr")
    assert len(rows) == len(status["links"])
    assert sorted(str(tag["class"][0]) for tag in rows) == sorted(
        row["verdict"] for row in status["links"]
    )
    titles = [tag.text for tag in tree.select("#feeds tbody th b")]
    assert titles == [one["title"] for one in status["candidates"]]
    assert len(tree.select("#due tbody tr")) == 7
    assert len(tree.select("#health .numbers tbody tr")) == 8


def test_the_page_twice_is_the_same_bytes(demo_played: Folder, tmp_path: Path) -> None:
    pages = [tmp_path / name for name in ("a.html", "b.html")]
    for page in pages:
        demo_played.staycurrent("report", "--out", str(page), night=7)
    assert pages[0].read_bytes() == pages[1].read_bytes()


def test_before_the_first_night_there_is_a_page_too(folder: Folder) -> None:
    folder.write(listed=LIST)
    assert folder.staycurrent("report").code == 0
    assert "There has been no run yet" in (folder.path / "report.html").read_text(encoding="utf-8")
    assert not folder.warehouse.exists()


def test_while_somebody_reads_the_page_a_run_can_write(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.write(listed=LIST)
    assert folder.staycurrent("keep", "https://good.example/a").code == 0
    read: list[str] = []

    def page_through(html: str, *, is_utf8: bool) -> None:
        assert is_utf8
        with open_warehouse(folder.warehouse):
            read.append(html)

    monkeypatch.setattr("staycurrent.flows.commands.report.write_output", page_through)
    ended = folder.staycurrent("report", "--out", "-")
    assert (ended.code, len(read)) == (0, 1), ended.err


def test_what_was_never_checked_is_due_first_and_what_is_ignored_never(folder: Folder) -> None:
    folder.write(
        listed="- [A](https://a.example/)\n- [B](https://b.example/) <!-- stay:ignore -->\n"
        "- [C](#top)\n- [D](hhttps://d.example/)\n"
    )
    assert folder.staycurrent("report").code == 0
    tree = BeautifulSoup((folder.path / "report.html").read_text(encoding="utf-8"), "html.parser")
    counts = [[cell.text for cell in row.select("td")] for row in tree.select("#due tbody tr")]
    assert counts == [["1", "0"], *[["0", "0"]] * 6]


@pytest.mark.parametrize("times", [1, 2])
def test_a_link_in_two_places_is_two_of_the_list_and_one_over_time(
    folder: Folder, times: int
) -> None:
    folder.write(listed="- [A](https://a.example/)\n" * times, web=A_PAGE)
    folder.nights(1, 1)
    assert folder.staycurrent("report").code == 0
    tree = BeautifulSoup((folder.path / "report.html").read_text(encoding="utf-8"), "html.parser")
    assert tree.select(".tiles .n")[0].text == str(times)
    assert tree.select("#health .numbers td")[0].text == "1"
    note = "Here a link counts once, in however many places and lists it is."
    assert [one.text for one in tree.select("#health > p")] == [note] * (times - 1)


def test_a_page_of_one_list_says_that_all_lists_count_over_time(folder: Folder) -> None:
    lists = FEEDS_OFF + '[list]\npaths = ["curated.md", "other.md"]\n'
    folder.write(listed="- [A](https://a.example/)\n", web=A_PAGE, settings=lists)
    (folder.path / "other.md").write_text("- [B](https://b.example/)\n", encoding="utf-8")
    folder.nights(1, 1)
    note = "This is about all lists of the settings, not only those of this page."
    for argv, expected in (((), 0), (("--list", "other.md"), 1)):
        assert folder.staycurrent("report", *argv).code == 0
        assert (folder.path / "report.html").read_text(encoding="utf-8").count(note) == expected


@pytest.mark.parametrize(("night", "first"), [(1, "2026-11-02"), (2, "2026-11-02")])
def test_what_is_due_on_the_date_itself_is_not_put_off_to_the_next(
    folder: Folder, night: int, first: str
) -> None:
    folder.write(
        listed="- [A](https://a.example/x)\n",
        web='[[page]]\nurl = "https://a.example/x"\nstatus = 404\n',
    )
    folder.nights(1, 1)
    assert folder.staycurrent("report", night=night).code == 0
    tree = BeautifulSoup((folder.path / "report.html").read_text(encoding="utf-8"), "html.parser")
    assert [cell.text for cell in tree.select("#due tbody tr:first-child > *")] == [first, "1", "1"]
    (histories,) = tree.select("#histories")
    assert json.loads(histories.text)["links"][0][-1] == first


@pytest.mark.parametrize(
    "where",
    ["curated.md", "./curated.md", "./staycurrent.toml", "no/such/folder/page.html", "."],
)
def test_what_may_not_be_overwritten_is_refused(folder: Folder, where: str) -> None:
    folder.write(listed=LIST)
    settings = (folder.path / "staycurrent.toml").read_bytes()
    ended = folder.staycurrent("report", "--out", where)
    assert ended.code == 2
    assert "--out" in ended.err
    assert folder.list.read_text(encoding="utf-8") == LIST
    assert (folder.path / "staycurrent.toml").read_bytes() == settings
    assert sorted(one.name for one in folder.path.iterdir()) == [
        "curated.md", "staycurrent.toml", "web.toml",
    ]  # fmt: skip


@pytest.mark.parametrize("where", ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_the_page_is_written_to_stdout(folder: Folder, where: str) -> None:
    folder.write(listed=LIST)
    ended = folder.staycurrent("report", "--out", where)
    assert ended.code == 0
    assert ended.out.startswith("<!doctype html>")
    assert not (folder.path / "-").exists()


def test_what_is_no_regular_file_is_written_to_and_never_replaced(folder: Folder) -> None:
    folder.write(listed=LIST)
    fifo = folder.path / "fifo"
    os.mkfifo(fifo)
    read: list[bytes] = []
    reader = Thread(target=lambda: read.append(fifo.read_bytes()))
    reader.start()
    assert folder.staycurrent("report", "--out", "fifo").code == 0
    reader.join()
    assert read[0].startswith(b"<!doctype html>")
    assert fifo.is_fifo()
    link = folder.path / "page.html"
    link.symlink_to("/dev/null")
    assert folder.staycurrent("report", "--out", "page.html").code == 0
    assert link.is_symlink()
    assert Path("/dev/null").is_char_device()
    ended = folder.staycurrent("report", "--out", "/dev/full")
    assert ended.code == 2
    assert ended.err.endswith("--out /dev/full: cannot be written (No space left on device)\n")


def test_a_regular_file_of_the_shells_is_appended_to(folder: Folder) -> None:
    """`--out /dev/fd/3 3>>page.html`: the file is the shell's, with what is in it."""
    folder.write(listed=LIST)
    page = folder.path / "page.html"
    page.write_text("before\n", encoding="utf-8")
    command = [sys.executable, "-m", "staycurrent", "report", "--out"]
    with page.open("ab") as opened:
        where = f"/dev/fd/{opened.fileno()}"
        subprocess.run(
            [*command, where],
            cwd=folder.path,
            check=True,
            pass_fds=[opened.fileno()],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
        )
    assert page.read_text(encoding="utf-8").startswith("before\n<!doctype html>")


@pytest.mark.skipif(shutil.which("chromium") is None, reason="no Chromium here")
def test_in_a_browser_the_script_runs_under_the_pages_own_policy(
    demo_played: Folder, tmp_path: Path
) -> None:
    out = tmp_path / "page.html"
    demo_played.staycurrent("report", "--out", str(out), night=7)
    argv = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", out.as_uri()]
    home = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    dom = subprocess.run(argv, check=True, capture_output=True, text=True, env=home).stdout
    tree = BeautifulSoup(dom, "html.parser")
    assert "ready" in tree.select_one("#all")["class"]  # type: ignore[index]
    hidden = {str(tag["class"][0]) for tag in tree.select("#all tbody tr[hidden]")}
    assert hidden == {"alive", "unchecked"}
    assert tree.select_one("#controls[hidden]") is None
    assert len(tree.select("#all tbody button[aria-expanded=false]")) == 15
