"""`render --diff` on a terminal and elsewhere."""

import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest

from staycurrent.flows.rendering import Rendering, print_diffs

RENDERING = Rendering(Path("a.md"), "a.md", b"old\n\x1b[2J\n", b"new\n\x1b[2J\n")
END = "\n<!-- stay:end x -->\n"
CHANGED = f"\na{END}"
PART = f"<!-- stay:begin x -->{END}"


class Terminal(StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        raise OSError


def printed(monkeypatch: pytest.MonkeyPatch, out: StringIO, **variables: str) -> str:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stdout", out)
    print_diffs([RENDERING])
    return out.getvalue()


def test_a_terminal_shows_colours_and_no_codes_of_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    text = printed(monkeypatch, Terminal())
    assert "\x1b[31m-old\x1b[0m\n\x1b[32m+new\x1b[0m\n" in text
    assert "\x1b[2J" not in text


def test_no_color_and_pipes_have_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b" not in printed(monkeypatch, Terminal(), NO_COLOR="1")
    assert printed(monkeypatch, StringIO()) == RENDERING.diff


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"a\nlast", b"a\nlast +"),
        (b"a\nlast", b"a\nlast\nmore\n"),
        (b"a +\nb\nlast", b"a\nb\nlast"),
        (b"only", b""),
        (b"a\x0cb\xe2\x80\xa8c\xc2\x85d\re\nlast\n", b"a\x0cb\xe2\x80\xa8c\xc2\x85d\re +\nlast\n"),
        (b"a\r\nb\r\n", b"a +\r\nb\r\n"),
        (f"{PART}a\rb\n".encode(), f"{PART.replace(END, CHANGED)}a\rb +\n".encode()),
    ],
)
def test_git_can_apply_it(before: bytes, after: bytes, tmp_path: Path) -> None:
    left = tmp_path / "a list.md"
    left.write_bytes(before)
    diff = Rendering(left, left.name, before, after).diff
    subprocess.run(["git", "apply"], input=diff.encode(), cwd=tmp_path, check=True)
    assert (left.read_bytes() if left.exists() else b"") == after


def test_it_has_the_changed_lines_only_however_often_they_are_repeated() -> None:
    block = "<details>\n\n- [a](/a)\n\n</details>\n\n"
    before, after = f"{block * 500}{PART}", f"{block * 500}{PART}"
    for number in (400, 300, 10):
        at = number * len(block) + block.index("\n\n</")
        after = f"{after[:at]} +{after[at:]}"
    after = after.replace(END, f"\n- new{END}")
    diff = Rendering(Path("a.md"), "a.md", before.encode(), after.encode()).diff
    lines = diff.partition("+++ b/a.md\n")[2].splitlines()
    assert [line for line in lines if line[0] in "@+-"] == [
        *("@@ -60,7 +60,7 @@", "-- [a](/a)", "+- [a](/a) +"),
        *("@@ -1800,7 +1800,7 @@", "-- [a](/a)", "+- [a](/a) +"),
        *("@@ -2400,7 +2400,7 @@", "-- [a](/a)", "+- [a](/a) +"),
        *("@@ -2999,4 +2999,5 @@", "+- new"),
    ]
