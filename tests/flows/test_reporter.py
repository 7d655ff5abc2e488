"""How a run speaks: a bar on a terminal, a line for each tenth elsewhere, or nothing."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO

import pytest

from staycurrent.flows.reporter import (
    Advance,
    LineReporter,
    ProgressReporter,
    Reporter,
)
from tests.support.folder import LIST, Folder

HOSTILE = "pull: \x1b[31mred \u202edlrow [bold]not markup[/bold]"


class Terminal(StringIO):
    """What rich takes for a terminal."""

    def isatty(self) -> bool:
        return True


def works(reporter: Reporter, total: int) -> None:
    reporter.info("begins")
    with reporter.progress("links", total) as advance:
        for _ in range(total):
            advance()
    reporter.info("ends")


def test_lines_tell_each_tenth_of_long_work() -> None:
    out = StringIO()
    works(LineReporter(out), 200)
    assert out.getvalue().splitlines() == [
        "begins",
        *(f"  links: {done} of 200" for done in range(20, 201, 20)),
        "ends",
    ]


def test_lines_pass_over_the_steps_of_short_work() -> None:
    out = StringIO()
    works(LineReporter(out), 19)
    assert out.getvalue() == "begins\nends\n"


def test_a_bar_shows_how_much_is_done_and_leaves_only_lines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    out = Terminal()
    works(ProgressReporter(out), 30)
    assert "30/30" in out.getvalue()
    assert out.getvalue().startswith("begins\n")
    assert out.getvalue().endswith("ends\n")


@pytest.mark.parametrize(
    ("wait", "shown"),
    [
        ("", ""),
        ("9 second checks, due in 87 s", "waiting for 9 second checks, due in 87 s"),
        ("12 more checks at " + "long." * 20, "waiting for 12 more checks at long.long.…"),
    ],
)
def test_a_bar_names_what_it_waits_for_and_how_long_it_has_been(
    monkeypatch: pytest.MonkeyPatch, wait: str, shown: str
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    out = Terminal()
    with ProgressReporter(out).progress("links", 1_000, lambda: wait):
        pass
    lines = re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", out.getvalue()).split("\r")
    line = next(line.rstrip() for line in lines if line.startswith("  links "))
    assert line.endswith(f"   0/1000 0:00:00 {shown}".rstrip())
    assert len(line) <= 80


def test_a_run_names_what_takes_long(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: dict[str, tuple[int, set[str]]] = {}

    @contextmanager
    def progress(
        _: LineReporter, what: str, total: int, waits_for: Callable[[], str] = str
    ) -> Iterator[Advance]:
        waits = {waits_for()}
        yield lambda: waits.add(waits_for())
        shown[what] = total, waits

    monkeypatch.setattr(LineReporter, "progress", progress)
    folder.write(listed=LIST)
    assert folder.staycurrent("run", night=1).code == 0
    assert shown.keys() == {"links", "archive"}
    assert "1 more check at walled.example" in shown["links"][1]
    assert shown["archive"][1] == {"responses of web.archive.org"}


def test_a_work_beside_another_has_a_bar_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    out = Terminal()
    reporter = ProgressReporter(out)
    with reporter.progress("links", 30) as outer:
        outer()
        works(reporter, 20)
        outer()
    works(reporter, 10)
    shown = out.getvalue()
    assert "links" in shown
    assert shown.count("begins\n") == shown.count("ends\n") == 2
    assert " 2/30" in shown
    assert "10/10" in shown


def test_silence_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    works(Reporter(), 100)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("kind", [LineReporter, ProgressReporter])
def test_strangers_words_are_sanitised(kind: type[LineReporter] | type[ProgressReporter]) -> None:
    out = StringIO()
    kind(out).info(HOSTILE)
    assert out.getvalue() == "pull: [31mred dlrow [bold]not markup[/bold]\n"


@pytest.mark.parametrize("verb", ["check", "run"])
def test_a_verbose_night_shows_its_time_and_the_least_possible(folder: Folder, verb: str) -> None:
    folder.write(listed=LIST)
    reported = "in any order they would have taken at least"
    assert reported in folder.staycurrent(verb, "-v", night=1).err
    assert reported not in folder.staycurrent(verb, night=2).err
